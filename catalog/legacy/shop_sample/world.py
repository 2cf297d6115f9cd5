"""What all parts of one sample share: sizes, keys, moments, and what has been written so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

from .dirt import FATES, Fate, Hit, choose, kinds_of
from .schema import Generation

Row: TypeAlias = dict[str, Any]

OPENED = datetime(2024, 6, 1, 3, tzinfo=UTC)
SPAN = timedelta(days=400)
_MILLISECOND = timedelta(milliseconds=1)
_OPENED_MS = int(OPENED.timestamp() * 1000)

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(a + b for a in _BASE36 for b in _BASE36)
_UUID_EVERY = 97  # keys that a script took from gen_random_uuid()


@dataclass(frozen=True)
class DirtyRecord:
    """A record that is wrong; `other` is the key of the record that it turns out to be or repeats."""

    table: str
    key: str
    kind: str
    fate: Fate
    other: str | None = None


@dataclass
class World:
    seed: int
    generation: Generation
    users: int
    products: int
    orders: int
    dirt: float
    rows: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    dirty: list[DirtyRecord] = field(default_factory=list)
    rejected: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _keys: int = 0

    def random(self, *path: str) -> Random:
        """A generator of its own for each place, so that one part can change without moving the others."""
        return Random("/".join(map(str, (self.seed, *path))))  # noqa: S311  made-up data, no secrets

    @property
    def is_first(self) -> bool:
        return self.generation == "first"

    @property
    def shops(self) -> int:
        return max(2, self.users // 25)

    def hits(self, table: str, rows: int) -> dict[int, Hit]:
        return choose(self.random(table, "dirt"), kinds_of(table, self.generation), rows, self.dirt)

    def spoiled(self, table: str, key: str, kind: str, other: str | None = None) -> None:
        fate = FATES[table, kind]
        self.dirty.append(DirtyRecord(table, key, kind, fate, other))
        if fate == "rejected":
            self.rejected[table].add(key)

    def key(self, random: Random, moment: int) -> str:
        """A cuid of the moment, which is in milliseconds since the opening; now and then a uuid."""
        self._keys += 1
        if self._keys % _UUID_EVERY == 0:
            return str(UUID(int=random.getrandbits(128), version=4))
        return f"c{_digits(_OPENED_MS + moment)}{_digits(self._keys)[4:]}k3fz{_digits(random.getrandbits(41))}"

    def kept(self, table: str) -> list[Row]:
        """What can be loaded of a table."""
        rejected = self.rejected[table]
        return [row for row in self.rows[table] if row["id"] not in rejected]

    def lost(self, table: str) -> list[Row]:
        return [row for row in self.rows[table] if row["id"] in self.rejected[table]]


def moment_of(position: int, rows: int) -> int:
    """Milliseconds after the opening at which row `position` of `rows` came to be."""
    return (position + 1) * (SPAN // _MILLISECOND) // (rows + 1)


def stamp(moment: int) -> str:
    """As TIMESTAMP(3) holds it: UTC, without saying so."""
    return (OPENED + moment * _MILLISECOND).strftime("%Y-%m-%d %H:%M:%S.") + f"{moment % 1000:03}"


def pick(random: Random, values: Sequence[Any]) -> Any:
    return values[int(random.random() * len(values))]


def _digits(number: int) -> str:
    """The last eight digits of a number in base 36."""
    low, high = number % 1_679_616, number // 1_679_616 % 1_679_616
    return _PAIRS[high // 1296] + _PAIRS[high % 1296] + _PAIRS[low // 1296] + _PAIRS[low % 1296]
