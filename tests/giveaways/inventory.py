"""What is in a database of the giveaway tool, read and judged without a look at how samples are made."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias

import redis

Verdict: TypeAlias = tuple[str, str, object, str]  # entity, key, element, kind

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MINUTE, DAY = 60_000, 86_400_000  # milliseconds

# Entity, whole key, type, longest TTL (0: none).
FAMILIES = (
    ("users", r"user:\d+", "string", 0),
    ("user_channels", r"user:\d+:channels", "set", 0),
    ("giveaways", f"giveaway:{UUID}", "string", 0),
    ("requirements", f"giveaway:{UUID}:requirements", "string", 0),
    ("participants", f"giveaway:{UUID}:participants", "set", 0),
    ("participants_count", f"giveaway:participants_count:{UUID}", "string", 0),
    ("tickets", f"giveaway:{UUID}:tickets", "hash", 0),
    ("winners", f"giveaway:{UUID}:winners", "string", 0),
    ("locks", f"giveaway:{UUID}:lock", "string", MINUTE // 2),
    ("locks", f"lock:giveaway:{UUID}", "string", MINUTE // 2),
    ("memberships", "giveaways:(?:active|pending|history|processing)", "set", 0),
    ("prizes", f"prize:{UUID}", "string", 0),
    ("prize_assignments", f"prize:{UUID}:assignment", "string", 0),
    ("prize_distributions", f"prize:{UUID}:distribution", "string", 0),
    ("prize_templates", "prize:templates", "string", 0),
    ("requirement_templates", "requirement:templates", "set", 0),
    ("win_records", f"win_record:(?:{UUID})?", "string", 0),
    ("pre_winner_lists", f"pre_winner_list:{UUID}", "string", DAY),
    ("channel_infos", r"channel:info:id:-?\d+", "string", 14 * DAY),
    ("channel_infos", r"channel:info:username:\w+", "string", 14 * DAY),
    ("channel_texts", r"channel:-\d+:(?:username|title)", "string", 0),
    ("channel_texts", r"channel:(?!info:)(?!avatar:)[-\w]+:avatar", "string", 0),
    ("channel_texts", r"channel:avatar:-\d+", "string", 15 * MINUTE),
    ("ton_proofs", r"ton_proof:\d+", "string", 30 * DAY),
    ("ton_proofs", r"tonproof:proof:\d+", "string", DAY),
    ("ton_states", r"ton_state:\d+", "string", 15 * MINUTE),
    ("ton_states", r"tonproof:state:\d+", "string", 5 * MINUTE),
)
STATUSES = {"active", "completed", "cancelled", "pending", "expired", "custom", "processing", "history"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Inventory:
    """All keys of a database, read at once: locks do not stay for long."""

    values: dict[bytes, Any]
    types: dict[bytes, str]
    ttls: dict[bytes, int]

    def of(self, entity: str) -> dict[str, Any]:
        return {key.decode(): self.values[key] for key in self.values if self.entity(key) == entity}

    def entity(self, key: bytes) -> str:
        family = next((family for family in FAMILIES if self._is(key, family)), None)
        return family[0] if family else "unknown"

    def longest_ttl(self, key: bytes) -> int:
        return next((family[3] for family in FAMILIES if self._is(key, family)), 0)

    def _is(self, key: bytes, family: tuple[str, str, str, int]) -> bool:
        return self.types[key] == family[2] and bool(re.fullmatch(family[1].encode(), key))

    def json(self, entity: str) -> dict[str, Any]:
        """Values that are JSON, by key; broken ones are left out."""
        return {key: value for key, raw in self.of(entity).items() if (value := parsed(raw)) is not BROKEN}

    def records(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for key, value in self.values.items():
            entity = self.entity(key)
            parts = elements(parsed(value)) if entity in ("requirements", "winners") else value
            nested = entity != "unknown" and not isinstance(parts, bytes)
            counts[entity] += len(parts) if nested else 1
        for body in self.json("giveaways").values():
            counts["giveaway_prizes"] += len(body.get("prizes", ()))
            counts["giveaway_sponsors"] += len(body["sponsors"] or ())
        return counts


BROKEN = object()


def parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode())
    except ValueError:
        return BROKEN


def elements(value: Any) -> list[dict[str, Any]]:
    return value["requirements"] if isinstance(value, dict) else value


def read(url: str) -> Inventory:
    with closing(redis.Redis.from_url(url)) as client:
        keys = sorted(client.scan_iter(count=1_000))
        with client.pipeline(transaction=False) as pipeline:
            types = {key: kind.decode() for key, kind in zip(keys, run(pipeline, "TYPE", keys), strict=True)}
            ttls = dict(zip(keys, run(pipeline, "PTTL", keys), strict=True))
        return Inventory({key: value_of(client, key, types[key]) for key in keys}, types, ttls)


def run(pipeline: redis.client.Pipeline, command: str, keys: list[bytes]) -> list[Any]:
    for key in keys:
        pipeline.execute_command(command, key)
    return pipeline.execute()


def value_of(client: redis.Redis, key: bytes, kind: str) -> Any:
    readers = {
        "string": client.get,
        "set": client.smembers,
        "hash": client.hgetall,
        "list": lambda key: client.lrange(key, 0, -1),
        "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        "stream": client.xrange,
    }
    return readers[kind](key)


def verdicts(inventory: Inventory) -> Iterator[Verdict]:
    """Everything that is wrong, found by looking."""
    for entity, problem_of in (("users", user_problem), ("giveaways", giveaway_problem), ("prizes", prize_problem)):
        for key, raw in inventory.of(entity).items():
            if problem := problem_of(key, raw):
                yield entity, key, None, problem
    bodies = inventory.of("giveaways")
    rejected = {key for key, raw in bodies.items() if giveaway_problem(key, raw)}
    for entity, giveaway, key, element, part in parts_of_giveaways(inventory):
        inherited = (
            "giveaway_missing" if giveaway not in bodies else "giveaway_rejected" if giveaway in rejected else ""
        )
        if problem := inherited or part_problem(inventory, entity, part):
            yield entity, key, element, problem


def parts_of_giveaways(inventory: Inventory) -> Iterator[tuple[str, str, str, object, Any]]:
    """Entity, key of the giveaway, own key, element and value."""
    for key, body in inventory.json("giveaways").items():
        for entity, parts in (("giveaway_prizes", body.get("prizes")), ("giveaway_sponsors", body["sponsors"])):
            yield from ((entity, key, key, index, part) for index, part in enumerate(parts or ()))
    for entity in ("requirements", "winners"):
        for key, value in inventory.json(entity).items():
            yield from ((entity, owner(key), key, index, item) for index, item in enumerate(elements(value)))
    for key, members in inventory.of("participants").items():
        yield from (("participants", owner(key), key, member, member) for member in members)
    for key, values in inventory.of("tickets").items():
        yield from (("tickets", owner(key), key, holder, value) for holder, value in values.items())
    for key, win in inventory.json("win_records").items():
        yield "win_records", f"giveaway:{win['giveaway_id']}", key, None, win


def owner(key: str) -> str:
    return key.rpartition(":")[0]


def text_problem(raw: bytes) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "text_broken_utf8"
    return "json_broken"


def prize_problem(key: str, raw: bytes) -> str:
    return text_problem(raw) if parsed(raw) is BROKEN else ""


def user_problem(key: str, raw: bytes) -> str:
    user = parsed(raw)
    if user is BROKEN:
        return text_problem(raw)
    if not isinstance(user, dict):
        return "json_not_object"
    if str(user["id"]) != key.removeprefix("user:"):
        return "id_disagrees"
    return "id_beyond_64_bits" if int(user["id"]) >= 2**63 else ""


def giveaway_problem(key: str, raw: bytes) -> str:
    body = parsed(raw)
    if body is BROKEN:
        return text_problem(raw)
    if not TIME.fullmatch(body["started_at"]) or body["started_at"][:4] != "2025" or body["started_at"][5:7] > "12":
        return "started_at_unparsable"
    problems = {
        "text_nul": "\0" in body["title"],
        "status_unknown": body["status"] not in STATUSES,
        "duration_negative": body["duration"] < 0,
        "winners_count_negative": body["winners_count"] < 0,
    }
    return next((slug for slug, present in problems.items() if present), "")


def part_problem(inventory: Inventory, entity: str, part: Any) -> str:
    if entity == "giveaway_prizes":
        prize = part.get("prize_id")
        return "prize_missing" if prize and f"prize:{prize}".encode() not in inventory.values else ""
    if entity == "requirements":
        return "" if part["type"] in ("subscription", "boost", "custom") else "type_unknown"
    if entity == "win_records":
        return "" if part["id"] else "id_empty"
    return number_problem(entity, part) if isinstance(part, bytes) else ""


def number_problem(entity: str, value: bytes) -> str:
    is_number = bool(re.fullmatch(rb"-?\d+", value))
    if entity == "participants":
        return "member_not_number" if not is_number else "member_beyond_64_bits" if int(value) >= 2**63 else ""
    if not is_number:
        return "value_not_number"
    return "value_zero" if int(value) == 0 else "value_negative" if int(value) < 0 else ""
