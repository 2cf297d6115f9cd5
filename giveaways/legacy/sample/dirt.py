"""The register of dirt: every way in which a legacy record goes wrong, and what should become of such a record."""

from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Literal, TypeAlias

from .spoiling import Spoil, another_id, no_json, no_object, unchanged, with_broken_utf8, with_value

Fate: TypeAlias = Literal["rejected", "kept_or_loaded", "loaded_or_rejected"]


@dataclass(frozen=True)
class Kind:
    """One kind of dirt in one entity.

    `fate` is what an importer owes such a record: `rejected` with a reason; `kept_or_loaded` where the gap may be left
    open or filled, `loaded_or_rejected` where the link may be left open or insisted on.
    `spoil` writes whole JSON values anew; kinds without one are made where their records are made.
    `bare`: what is nested in the value cannot be relied on, so there is nothing in it, and no other key belongs to it.
    """

    slug: str
    entity: str
    fate: Fate = "rejected"
    spoil: Spoil | None = None
    bare: bool = False


BEYOND_64_BITS = Kind("id_beyond_64_bits", "users", spoil=unchanged)

# Left of giveaways that cannot be loaded, and of giveaways that are gone.
PARENT_REJECTED, PARENT_MISSING = "giveaway_rejected", "giveaway_missing"

KINDS: tuple[Kind, ...] = (
    Kind("json_broken", "users", spoil=no_json),
    Kind("json_not_object", "users", spoil=no_object),
    Kind("id_disagrees", "users", spoil=another_id),
    BEYOND_64_BITS,
    Kind("text_broken_utf8", "users", spoil=with_broken_utf8("first_name")),
    # giveaways
    Kind("json_broken", "giveaways", spoil=no_json, bare=True),
    Kind("text_broken_utf8", "giveaways", spoil=with_broken_utf8("title"), bare=True),
    Kind("text_nul", "giveaways", spoil=with_value("title", "before\0after", "\0"), bare=True),
    Kind("status_unknown", "giveaways", spoil=with_value("status", "scheduled", "finished", "", "paused")),
    Kind(
        "started_at_unparsable",
        "giveaways",
        spoil=with_value("started_at", "yesterday", "", "2025-13-45T10:00:00Z", "0000-00-00T00:00:00Z"),
    ),
    Kind("duration_negative", "giveaways", spoil=with_value("duration", -1, -86_400)),
    Kind("winners_count_negative", "giveaways", spoil=with_value("winners_count", -1, -10)),
    # parts of giveaways
    *(
        Kind(PARENT_REJECTED, entity)
        for entity in (
            *("giveaway_prizes", "giveaway_sponsors", "requirements", "participants", "tickets", "win_records"),
        )
    ),
    *(Kind(PARENT_MISSING, entity) for entity in ("requirements", "participants", "tickets", "winners", "win_records")),
    Kind("prize_missing", "giveaway_prizes", "loaded_or_rejected"),
    Kind("type_unknown", "requirements"),
    Kind("member_not_number", "participants"),
    Kind("member_beyond_64_bits", "participants"),
    Kind("value_zero", "tickets"),
    Kind("value_negative", "tickets"),
    Kind("value_not_number", "tickets"),
    # prizes and wins
    Kind("json_broken", "prizes", spoil=no_json),
    Kind("text_broken_utf8", "prizes", spoil=with_broken_utf8("name")),
    Kind("id_empty", "win_records", "kept_or_loaded"),
)

FATES = {(kind.entity, kind.slug): kind.fate for kind in KINDS}

# From these sizes on a sample has every kind of dirt, whatever share of it was asked for.
FULL_GIVEAWAYS, FULL_USERS, FULL_ENTRANTS = 100, 100, 1_000


def kinds_of(entity: str) -> tuple[Kind, ...]:
    """The kinds that strike records of the entity by themselves, not through their parents or by being unique."""
    return tuple(
        kind
        for kind in KINDS
        if kind.entity == entity and kind.slug not in (PARENT_REJECTED, PARENT_MISSING, "id_empty")
    )


@dataclass(frozen=True)
class Hit:
    """One record that is going to be spoiled; `turn` counts those that the same kind has hit before."""

    kind: Kind
    turn: int


def choose(random: Random, entity: str, rows: int, share: float, *, full: bool) -> dict[int, Hit]:
    """Which of `rows` positions will be spoiled, and how: spread evenly, all kinds in turn."""
    kinds = kinds_of(entity)
    wanted = int(rows * share) if not full else max(round(rows * share), len(kinds))
    if not share or not wanted:
        return {}
    turns = dict.fromkeys(kinds, 0)
    hits = {}
    start, step = int(random.random() * len(kinds)), rows // wanted
    for number, kind in enumerate(islice(cycle(kinds), start, start + wanted)):
        hits[number * rows // wanted + int(random.random() * step)] = Hit(kind, turns[kind])
        turns[kind] += 1
    return hits


class Toll:
    """Dirt that is added to an entity's clean records as they are made, without knowing beforehand how many come."""

    def __init__(self, entity: str, share: float, *, full: bool) -> None:
        kinds = kinds_of(entity)
        self._share = share
        self._owed = list(kinds) if full and share else []
        self._debt = -float(len(self._owed))
        self._next = cycle(kinds)
        self._turns = dict.fromkeys(kinds, 0)

    def levy(self, rows: int, room: int | None = None) -> list[Hit]:
        """What `rows` more clean records owe: `room` hits at most, the others stay owed."""
        self._debt += rows * self._share
        due = max(0, int(self._debt))
        self._debt -= due
        self._owed += islice(self._next, due)
        taken = self._owed[:room]
        del self._owed[:room]
        return [Hit(kind, self._turn(kind)) for kind in taken]

    def _turn(self, kind: Kind) -> int:
        self._turns[kind] += 1
        return self._turns[kind] - 1
