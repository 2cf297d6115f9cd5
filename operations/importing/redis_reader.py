"""Reads Redis or Valkey with reading commands alone, once, into a spool; the records are then read from there.

A string is a record; so is each member of a set, field of a hash, item of a list, member of a sorted set and entry of a
stream. Which keys belong together is told by `Family`. SCAN may give a key more than once: that is one record. Keys
that come while it is under way it gives or does not; those that go before their turn are counted in `vanished`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from operations.importing.declaration import View
from operations.importing.redis_connection import RedisLocation, Server, connected
from operations.importing.redis_scan import WALKS, Pouring, Progress
from operations.importing.spool import Key, Shape, Spool, SpoolReader, room_wanted, text_or_bytes
from operations.importing.sqlite import RawBatch
from operations.importing.tables import Table

TYPES = ("string", *WALKS)
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Family:
    """Keys of one kind: those of a type whose whole text `pattern` matches. Its named groups become columns.

    The first family that fits has the key. Keys that fit none belong to the family "unknown".
    """

    name: str
    pattern: re.Pattern[str]
    type: str

    def __post_init__(self) -> None:
        names = [name.lower() for name in self.shape.columns]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name) or self.name.startswith("sqlite_") or self.name == UNKNOWN:
            raise ValueError(f"{self.name!r} cannot be the name of a family.")
        if self.type not in TYPES:
            raise ValueError(f"Family {self.name}: {self.type!r} is none of {', '.join(TYPES)}.")
        if len(set(names)) < len(names):
            raise ValueError(f"Family {self.name}: a group of the pattern has the name of another column.")

    @property
    def shape(self) -> Shape:
        groups = tuple(self.pattern.groupindex)
        return Shape(self.name, groups, elements=self.type != "string", values=self.type != "set")


class RedisReader:
    """A server, read when it is entered. Raises SourceUnreadable with the remedy.

    `progress` is called now and then while it is read, and may raise to stop that.
    """

    def __init__(
        self,
        location: RedisLocation,
        families: Sequence[Family] = (),
        progress: Progress | None = None,
        views: Sequence[View] = (),
    ) -> None:
        self.location = location
        self.vanished: Counter[str] = Counter()  # by family: keys that were gone when their turn came
        self._families = Families(families)
        self._progress = progress or (lambda seen, total: None)
        self._views = views
        self._stack = ExitStack()
        self._records: SpoolReader

    def __enter__(self) -> Self:
        with room_wanted(self.location.shown), ExitStack() as stack:
            spool = stack.enter_context(closing(Spool(self._families.shapes)))
            with self._connected() as server:
                Pouring(server, spool, self._families, self.vanished, self._progress).all()
            spool.finish(self._views)
            self._records = SpoolReader(self.location, spool)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _connected(self) -> AbstractContextManager[Server]:
        return connected(self.location)

    def tables(self) -> list[Table]:
        """One for each family, also for those that have no record, and one for unknown keys."""
        return self._records.tables()

    def batches(
        self, table: Table, *, after: Any = None, size: int, joined: dict[str, tuple[str, str, Table]] | None = None
    ) -> Iterator[RawBatch]:
        return self._records.batches(table, after=after, size=size, joined=joined)

    def repeated_keys(self, table: Table, column: str) -> set[int]:
        return self._records.repeated_keys(table, column)


class Families:
    """Finds the family of a key."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._all = [(family.pattern, family.type, family.shape) for family in families]
        self._unknown = Shape(UNKNOWN)
        self.shapes = (*(shape for _, _, shape in self._all), self._unknown)
        if len({shape.name for shape in self.shapes}) < len(self.shapes):
            raise ValueError("Two families have the same name.")

    def key(self, raw: bytes, type_: str, expires_at: int | None) -> Key:
        text = text_or_bytes(raw)
        for pattern, wanted, shape in self._all:
            if isinstance(text, str) and wanted == type_ and (match := pattern.fullmatch(text)):
                return Key(raw, shape, tuple(match.groupdict().values()), type_, expires_at)
        return Key(raw, self._unknown, (), type_, expires_at)

    def name_of_vanished(self, raw: bytes) -> str:
        """The family by the text of the key alone: its type went with it."""
        text = text_or_bytes(raw)
        for pattern, _, shape in self._all:
            if isinstance(text, str) and pattern.fullmatch(text):
                return shape.name
        return UNKNOWN
