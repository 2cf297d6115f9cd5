"""Draws by seeds, from the entries to the winners, without a database."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from giveaways.drawing import merkle
from giveaways.drawing.ranking import Entry, key_of, winners
from tests.giveaways.chance import chi_squared_p

LIKELY = (0.001, 0.999)


@dataclass
class Won:
    """How often each position in the list, each turn of joining and each parity of the id won one place."""

    by_position: Counter[int] = field(default_factory=Counter)
    by_joining: Counter[int] = field(default_factory=Counter)
    by_parity: Counter[int] = field(default_factory=Counter)


def draw_often(draws: int, *, entries: int, places: int, seed: int) -> list[Won]:
    """As many draws, each of a giveaway with entries and a secret of its own; one tally per place.

    Ids are random, so the order of the list says nothing of the order of joining; half of them are even.
    """
    seeded = random.Random(seed)
    tallies = [Won() for _ in range(places)]
    for _ in range(draws):
        joined = [UUID(int=seeded.getrandbits(127) << 1 | turn & 1) for turn in range(entries)]
        listed = sorted(joined)
        turns = {entry: turn for turn, entry in enumerate(joined)}
        for tally, position in zip(tallies, ranked(listed, [1] * entries, places, seeded), strict=True):
            tally.by_position[position] += 1
            tally.by_joining[turns[listed[position]]] += 1
            tally.by_parity[listed[position].int & 1] += 1
    return tallies


def ranked(listed: Sequence[UUID], tickets: Sequence[int], places: int, seeded: random.Random) -> list[int]:
    """The positions that win in a draw with a new secret."""
    root = merkle.root([merkle.leaf(Entry(*entry).packed) for entry in zip(listed, tickets, strict=True)])
    key = key_of(seed=seeded.randbytes(32), giveaway=UUID(int=seeded.getrandbits(128)), root=root)
    return winners(key=key, tickets=tickets, strata=[0] * len(listed), count=places)


def p_values(tallies: Sequence[Won], *, entries: int) -> dict[str, float]:
    """How likely the tallies are if nothing but chance decides, by what was counted and the place."""
    found = {}
    for place, tally in enumerate(tallies, start=1):
        for name, counts, kinds in (
            ("position", tally.by_position, entries),
            ("joining", tally.by_joining, entries),
            ("parity", tally.by_parity, 2),
        ):
            expected = [counts.total() / kinds] * kinds
            found[f"{name}, place {place}"] = chi_squared_p([counts[kind] for kind in range(kinds)], expected)
    return found
