"""The sample is what every import is measured against, so what it says of itself is checked against the keys."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis

from giveaways.legacy.sample import (
    ENTITIES,
    FULL_ENTRANTS,
    FULL_GIVEAWAYS,
    FULL_USERS,
    KINDS,
    Sample,
    write_sample,
)
from operations.sandbox import Sandbox
from tests.giveaways.inventory import FAMILIES, STATUSES, TIME, Inventory, Verdict, parsed, read, text_problem, verdicts

ORDERS = {
    "users": "id username first_name last_name is_premium avatar role status created_at updated_at",
    "giveaways": "id creator_id title description started_at ends_at duration max_participants winners_count status "
    "created_at updated_at prizes auto_distribute allow_tickets msg_id sponsors requirements",
    "prizes": "id type name description is_internal fields created_at updated_at",
    "win_records": "id giveaway_id user_id prize_id place status created_at updated_at received_at",
    "pre_winner_lists": "giveaway_id user_ids users created_at",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with Sandbox(names=("cache",)) as sandbox:
        yield sandbox.environment()["REDIS_URL"].partition("?")[0]


@pytest.fixture
def url(server: str) -> str:
    with closing(redis.Redis.from_url(f"{server}?db=9")) as client:
        client.flushdb()
    return f"{server}?db=9"


@pytest.fixture(scope="module")
def filled(server: str) -> tuple[Sample, Inventory]:
    sample = write_sample(f"{server}?db=1", giveaways=200, users=300, entrants=3_000)
    return sample, read(sample.url)


@pytest.fixture(scope="module")
def clean(server: str) -> tuple[Sample, Inventory]:
    sample = write_sample(f"{server}?db=2", giveaways=300, users=400, entrants=6_000, dirt=0)
    return sample, read(sample.url)


def planned(sample: Sample) -> Counter[Verdict]:
    return Counter((record.entity, record.key, record.element, record.kind) for record in sample.dirty)


def without_locks(inventory: Inventory) -> dict[bytes, Any]:
    return {key: value for key, value in inventory.values.items() if inventory.entity(key) != "locks"}


def test_the_same_seed_gives_the_same_keys_and_values(server: str, url: str) -> None:
    numbers: dict[str, Any] = {"giveaways": 120, "users": 150, "entrants": 2_000, "seed": 7, "dirt": 0.05}

    first = write_sample(f"{server}?db=3", **numbers)
    second = write_sample(url, **numbers)

    assert without_locks(read(first.url)) == without_locks(read(second.url))
    assert (first.records, first.dirty, first.strangers) == (second.records, second.dirty, second.strangers)


def test_another_seed_gives_other_giveaways(filled: tuple[Sample, Inventory], url: str) -> None:
    sample, inventory = filled

    other = write_sample(url, giveaways=200, users=300, entrants=3_000, seed=2)

    assert other.dirty != sample.dirty
    assert read(url).of("giveaways").keys().isdisjoint(inventory.of("giveaways"))


def test_records_are_as_many_as_the_sample_says(filled: tuple[Sample, Inventory]) -> None:
    sample, inventory = filled

    assert inventory.records() == Counter(sample.records)
    assert tuple(sample.records) == ENTITIES
    assert min(sample.records.values()) > 0
    assert [sample.records[name] for name in ("giveaways", "users", "participants")] == [200, 300, 3_000]


def test_keys_of_all_families_occur(filled: tuple[Sample, Inventory]) -> None:
    _, inventory = filled

    for family in FAMILIES:
        assert any(re.fullmatch(family[1].encode(), key) for key in inventory.values), family


def test_unknown_keys_are_of_all_types_and_stand_where_known_ones_would(filled: tuple[Sample, Inventory]) -> None:
    _, inventory = filled
    unknown = [key for key in inventory.values if inventory.entity(key) == "unknown"]
    misplaced = {family[0] for family in FAMILIES for key in unknown if re.fullmatch(family[1].encode(), key)}

    assert {inventory.types[key] for key in unknown} == {"string", "list", "set", "hash", "zset", "stream"}
    assert any(text_problem(key) == "text_broken_utf8" for key in unknown)
    assert misplaced >= {"users", "user_channels", "giveaways", "participants", "tickets", "prizes", "win_records"}


def test_keys_live_as_long_as_their_family_says(filled: tuple[Sample, Inventory]) -> None:
    sample, inventory = filled
    lists = [ttl for key, ttl in inventory.ttls.items() if inventory.entity(key) == "pre_winner_lists"]

    for key, ttl in inventory.ttls.items():
        longest = inventory.longest_ttl(key)
        if longest and not (ttl == -1 and inventory.entity(key) == "pre_winner_lists"):
            assert 0 < ttl <= longest, key
        else:
            assert ttl == -1, key
    assert -1 in lists
    assert max(lists) > 0
    assert set(sample.locks) == inventory.of("locks").keys()


def test_every_kind_of_dirt_occurs(filled: tuple[Sample, Inventory]) -> None:
    sample, _ = filled

    assert {(record.entity, record.kind, record.fate) for record in sample.dirty} == {
        (kind.entity, kind.slug, kind.fate) for kind in KINDS
    }


def test_dirt_is_where_the_sample_says_and_nowhere_else(filled: tuple[Sample, Inventory]) -> None:
    sample, inventory = filled

    assert Counter(verdicts(inventory)) == planned(sample)
    assert max(planned(sample).values()) == 1


def test_a_clean_sample_has_no_dirt(clean: tuple[Sample, Inventory]) -> None:
    sample, inventory = clean

    assert sample.dirty == ()
    assert list(verdicts(inventory)) == []


def test_strangers_are_those_without_a_key_to_whom_clean_records_lead(filled: tuple[Sample, Inventory]) -> None:
    sample, inventory = filled
    dirty = {(record.entity, record.key, record.element) for record in sample.dirty}
    dirty_keys = {key for _, key, _ in dirty}
    met = {body["creator_id"] for key, body in inventory.json("giveaways").items() if key not in dirty_keys}
    met |= {win["user_id"] for key, win in inventory.json("win_records").items() if key not in dirty_keys}
    for entity in ("participants", "tickets"):
        for key, people in inventory.of(entity).items():
            met |= {int(who) for who in people if (entity, key, who) not in dirty}
    rejected = {int(record.key[5:]) for record in sample.dirty if record.entity == "users"}
    keys = {int(key[5:]) for key in inventory.of("users")}

    assert met - keys == sample.strangers
    assert met & rejected == set()
    assert len(sample.strangers) > 0


def test_json_is_as_go_writes_it(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean

    for entity, order in ORDERS.items():
        for key, raw in inventory.of(entity).items():
            value, text = parsed(raw), raw.decode()
            names = [name for name in order.split() if name in value]
            if value.get("requirements", "") is None:  # the other serialisation has it elsewhere
                names.remove("requirements")
                names.insert(names.index("msg_id"), "requirements")
            times = [value[name] for name in value if name.endswith("_at") and isinstance(value[name], str)]
            assert list(value) == names, key
            assert all(TIME.fullmatch(time) for time in times), key
            assert not set("<>&\u2028") & set(text), key
            assert json.dumps(value, ensure_ascii=False, separators=(",", ":")) == unescaped(text), key


def unescaped(text: str) -> str:
    return re.sub(r"\\u(003[ce]|0026|2028)", lambda match: chr(int(match[1], 16)), text)


def test_people_come_in_both_generations_and_all_forms(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    users = list(inventory.json("users").values())
    ids = [int(user["id"]) for user in users]
    usernames = [user["username"] for user in users if user["username"]]

    assert {type(user["id"]) for user in users} == {str, int}
    assert all(("is_premium" in user) == isinstance(user["id"], str) for user in users)
    assert {user.get("status") for user in users} == {None, "active", "banned"}
    assert {user.get("role") for user in users} == {None, "user", "admin"}
    assert max(ids) == 2**52
    assert any(2**31 < number < 2**40 for number in ids)
    assert len(set(usernames)) < len(usernames) < len(users)
    assert len({name.casefold() for name in usernames}) < len(set(usernames))


def test_giveaways_come_in_all_forms(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    bodies = list(inventory.json("giveaways").values())
    sponsors = [body["sponsors"] for body in bodies if body["sponsors"]]
    titles = defaultdict(set)
    for sponsor in (sponsor for group in sponsors for sponsor in group if sponsor["id"]):
        titles[sponsor["id"]].add(sponsor["title"])
    fractions = {len((TIME.fullmatch(body["started_at"]) or [""])[1] or "") for body in bodies}

    assert {body["status"] for body in bodies} == STATUSES
    assert {body["started_at"][-6:] for body in bodies} >= {"+03:00", "+02:00"}
    assert any(body["started_at"].endswith("Z") for body in bodies)
    assert fractions >= {0, 4, 10}
    assert {"max_participants" in body for body in bodies} == {True, False}
    assert {"auto_distribute" in body for body in bodies} == {True, False}
    assert {type(body["sponsors"]) for body in bodies} == {list, type(None)}
    assert any([sponsor["id"] for sponsor in group].count(0) > 1 for group in sponsors)
    assert {(number > 0) - (number < 0) for group in sponsors for number in [item["id"] for item in group]} == {
        -1,
        0,
        1,
    }
    assert max(map(len, titles.values())) > 1


def test_places_come_in_all_forms(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    arrays = [body["prizes"] for body in inventory.json("giveaways").values() if "prizes" in body]
    ids = [[item.get("prize_id") for item in items] for items in arrays]
    owners = Counter(number for numbers in ids for number in set(numbers) if number)

    assert {type(item["place"]) for items in arrays for item in items} == {int, str}
    assert any(len(items) > 1 and {item["place"] for item in items} == {"all"} for items in arrays)
    assert any(len(numbers) > 1 and numbers[0] and len(set(numbers)) == 1 for numbers in ids)
    assert {"", None} <= {number for numbers in ids for number in numbers}
    assert max(owners.values()) == 2


def test_requirements_come_in_three_generations_and_copies_disagree(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    bodies, verdict = inventory.json("giveaways"), Counter()
    generations = set()
    for key, value in inventory.json("requirements").items():
        generations.add("first" if isinstance(value, dict) else "second" if "value" in value[0] else "current")
        body = bodies[key.removesuffix(":requirements")]
        copy = body.get("requirements", "absent")
        verdict["null" if copy is None else copy if copy == "absent" else str(copy == value)] += 1

    assert generations == {"first", "second", "current"}
    assert min(verdict[form] for form in ("null", "absent", "True", "False")) > 0
    assert any("requirements" not in body for body in bodies.values())


def test_entries_disagree_with_their_counters_and_tickets(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    sets, counters = inventory.of("participants"), inventory.of("participants_count")
    ahead = {
        int(count) - len(sets.get(f"giveaway:{key.rpartition(':')[2]}:participants", ()))
        for key, count in counters.items()
    }
    outsiders = [
        holder
        for key, tickets in inventory.of("tickets").items()
        for holder in tickets.keys() - sets[key.replace("tickets", "participants")]
    ]

    assert min(ahead) == 0
    assert max(ahead) > 0
    assert outsiders
    assert any(f"{key}:participants" not in sets for key in inventory.of("giveaways"))


def test_outcomes_come_in_all_forms(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    wins = inventory.json("win_records").values()
    places = defaultdict(set)
    for win in wins:
        places[f"giveaway:{win['giveaway_id']}"].add(win["place"])
    drawn = {key: body for key, body in inventory.json("giveaways").items() if body["status"] == "completed"}
    with_array = {key.removesuffix(":winners") for key in inventory.of("winners")}
    lists = inventory.json("pre_winner_lists").values()

    assert {win["status"] for win in wins} == {"pending", "distributed", "cancelled"}
    assert all(("received_at" in win) == (win["status"] == "distributed") for win in wins)
    assert any(not win["prize_id"] for win in wins)
    assert any(max(numbers) > len(numbers) for numbers in places.values())
    assert any(key not in places for key in drawn)
    assert with_array - places.keys()
    assert any(body["winners_count"] < len(body.get("prizes", ())) for body in drawn.values())
    assert {type(value["users"]) for value in lists} == {list, type(None)}
    assert all(isinstance(item["user_id"], str) for value in lists for item in value["users"] or ())


def test_sets_of_states_disagree_with_the_states(clean: tuple[Sample, Inventory]) -> None:
    _, inventory = clean
    bodies = {key.removeprefix("giveaway:").encode() for key in inventory.of("giveaways")}
    sets = inventory.of("memberships").values()
    everywhere = Counter(member for members in sets for member in members)

    assert max(everywhere.values()) == 2
    assert bodies - everywhere.keys()
    assert everywhere.keys() - bodies


def test_the_share_of_dirt_is_kept(url: str) -> None:
    sample = write_sample(url, giveaways=400, users=1_000, entrants=8_000, dirt=0.1)

    assert sum(sample.fates("users").values()) == 100
    assert sum(sample.fates("giveaways").values()) == 40


def test_times_end_at_the_given_now(url: str) -> None:
    now = datetime.fromisoformat("2024-02-29T10:00:00+03:00")

    write_sample(url, giveaways=50, users=50, entrants=200, now=now, dirt=0)

    started = [datetime.fromisoformat(body["started_at"]) for body in read(url).json("giveaways").values()]
    assert now - timedelta(days=200) < min(started)
    assert now - timedelta(days=3) < max(started) <= now


@pytest.mark.parametrize(
    ("giveaways", "users", "entrants"),
    [(1, 1, 0), (1, 1, 50), (3, 2, 7), (2, 600, 600), (150, 1, 300), (FULL_GIVEAWAYS, FULL_USERS, FULL_ENTRANTS)],
)
@pytest.mark.parametrize("dirt", [0, 0.01, 0.5])
@pytest.mark.parametrize("seed", [1, 5])
def test_small_samples_can_be_written(
    url: str, giveaways: int, users: int, entrants: int, dirt: float, seed: int
) -> None:
    sample = write_sample(url, giveaways=giveaways, users=users, entrants=entrants, dirt=dirt, seed=seed)

    inventory = read(url)
    assert inventory.records() == +Counter(sample.records)
    assert [sample.records[name] for name in ("giveaways", "users", "participants")] == [giveaways, users, entrants]
    assert Counter(verdicts(inventory)) == planned(sample)
    if entrants == FULL_ENTRANTS and dirt:
        assert {(record.entity, record.kind) for record in sample.dirty} == {(kind.entity, kind.slug) for kind in KINDS}


def test_a_database_that_is_not_empty_is_refused_and_left_alone(url: str) -> None:
    with closing(redis.Redis.from_url(url)) as client:
        client.set("somebody's", "key")

    with pytest.raises(ValueError, match="holds 1 keys already; name an empty one"):
        write_sample(url, giveaways=10, users=10, entrants=10)

    assert read(url).values == {b"somebody's": b"key"}


@pytest.mark.parametrize(
    "numbers",
    [{"giveaways": 0}, {"users": 0}, {"entrants": -1}, {"dirt": -0.1}, {"dirt": 0.6}, {"now": datetime(2025, 1, 1)}],  # noqa: DTZ001
    ids=lambda numbers: next(iter(numbers)),
)
def test_impossible_numbers_are_refused_before_anything_is_written(url: str, numbers: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"giveaways": 10, "users": 10, "entrants": 10}

    with pytest.raises(ValueError, match=r"needs at least one|is a share|needs a time zone"):
        write_sample(url, **(usual | numbers))

    assert read(url).values == {}
