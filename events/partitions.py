"""The partitions of the events: one for each month, and one on either side for whatever lies outside of the months.

The two edges are what makes that no event is ever refused because nobody made a partition. There is no DEFAULT
partition: with one, PostgreSQL does not detach a month while others work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from events.keys import time_of
from events.models import EventArchive
from events.months import TABLE, Month

BEFORE, AFTER = f"{TABLE}_before", f"{TABLE}_after"
_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

PARTITIONS = f"""
SELECT found.relname, pg_get_expr(found.relpartbound, found.oid), inherited.inhdetachpending,
       greatest(found.reltuples, 0)::bigint, pg_total_relation_size(found.oid)
FROM pg_class AS root
JOIN pg_class AS found ON found.relnamespace = root.relnamespace AND found.relkind = 'r'
LEFT JOIN pg_inherits AS inherited ON inherited.inhrelid = found.oid
WHERE root.oid = '{TABLE}'::regclass
    AND (
        inherited.inhparent = root.oid
        OR inherited.inhparent IS NULL AND found.relname ~ '^{TABLE}_[0-9]{{4}}_[0-9]{{2}}$'
    )
ORDER BY found.relname
"""


class PartitionsError(Exception):
    """What an operator can do something about; the text says what."""


@dataclass(frozen=True)
class Partition:
    """One partition; `rows` is what the statistics say. One that is not attached was left by a drop that stopped."""

    name: str
    bounds: tuple[UUID, ...]
    attached: bool
    detaching: bool
    rows: int
    size: int
    archived_at: datetime | None = None

    @property
    def month(self) -> Month | None:
        return Month.of_table(self.name)

    @property
    def state(self) -> str:
        if self.detaching:
            return "detaching"
        return "attached" if self.attached else "detached"


@dataclass(frozen=True)
class Layout:
    """All partitions, as found."""

    partitions: tuple[Partition, ...]

    def named(self, name: str) -> Partition | None:
        return next((partition for partition in self.partitions if partition.name == name), None)

    @property
    def months(self) -> list[Month]:
        """Those that take events, the oldest first."""
        taking = (partition for partition in self.partitions if partition.attached and not partition.detaching)
        return sorted(partition.month for partition in taking if partition.month)

    def edge_is(self, name: str, bound: UUID) -> bool:
        edge = self.named(name)
        return edge is not None and edge.bounds == (bound,)


def layout() -> Layout:
    archived = dict(EventArchive.objects.using("default").values_list("month", "archived_at"))
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        return Layout(
            tuple(
                Partition(
                    name=name,
                    bounds=tuple(UUID(key) for key in _KEY.findall(bounds or "")),
                    attached=bounds is not None,
                    detaching=bool(detaching),
                    rows=rows,
                    size=size,
                    archived_at=archived.get(month.first_day) if (month := Month.of_table(name)) else None,
                )
                for name, bounds, detaching, rows, size in cursor.fetchall()
            )
        )


@contextmanager
def patience(seconds: float) -> Iterator[CursorWrapper]:
    """A cursor whose statements wait so long for a lock, and no longer: whoever waits for one holds up all others."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, %s)", [f"{seconds * 1000:.0f}ms", _in_block()])
            try:
                yield cursor
            finally:
                if not _in_block():
                    cursor.execute("RESET lock_timeout")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise PartitionsError(
            f"Others kept using {TABLE} for {seconds:g} s. Run the same command again, or with a greater "
            "--lock-timeout; what it had done so far needs no repair."
        ) from error


def _in_block() -> bool:
    return connection.in_atomic_block


def make_months(ahead: int, since: Month | None = None, *, seconds: float = 2, dry_run: bool = False) -> list[Month]:
    """Makes the months that are missing from the first one (or `since`) to `ahead` months from now; returns them.

    Takes no lock where none is missing. Otherwise the table is locked for the moment in which the edges move; events
    that stand in an edge go to their months.
    """
    found = layout()
    present = found.months or [Month.current()]
    first = min(present[0], since or present[0])
    last = max(present[-1], Month.current().plus(ahead))
    missing = [month for month in first.through(last) if month not in found.months]
    _refuse_leftovers(found, missing)
    edges = {BEFORE: first.floor, AFTER: last.plus(1).floor}
    moving = {name: bound for name, bound in edges.items() if not found.edge_is(name, bound)}
    if missing or moving:
        with transaction.atomic(), patience(seconds) as cursor:
            _rearrange(cursor, missing, moving, (first.floor, last.plus(1).floor))
            transaction.set_rollback(dry_run)
    return missing


def _refuse_leftovers(found: Layout, missing: list[Month]) -> None:
    for month in missing:
        if found.named(month.table):
            raise PartitionsError(
                f"{month.table} stands detached: a drop of {month} stopped there. Finish it with "
                f"--drop-before {month.plus(1).first_day}."
            )


def _rearrange(cursor: CursorWrapper, missing: list[Month], moving: dict[str, UUID], inside: tuple[UUID, UUID]) -> None:
    for name in moving:
        cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {name}")
    for month in missing:
        cursor.execute(
            f"CREATE TABLE {month.table} PARTITION OF {TABLE} "
            f"FOR VALUES FROM ('{month.floor}') TO ('{month.plus(1).floor}')"
        )
    for name, bound in moving.items():
        cursor.execute(
            f"WITH moved AS (DELETE FROM {name} WHERE id >= %s AND id < %s RETURNING *) "
            f"INSERT INTO {TABLE} SELECT * FROM moved",
            inside,
        )
        bounds = f"FROM (MINVALUE) TO ('{bound}')" if name == BEFORE else f"FROM ('{bound}') TO (MAXVALUE)"
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES {bounds}")


@dataclass(frozen=True)
class Outside:
    """Events in an edge: they have no month of their own."""

    edge: str
    first: datetime
    last: datetime


def events_outside() -> list[Outside]:
    """Two probes of an index for each edge."""
    found = []
    with connection.cursor() as cursor:
        for name in (BEFORE, AFTER):
            keys: list[UUID] = []
            for direction in ("ASC", "DESC"):
                cursor.execute(f"SELECT id FROM {name} ORDER BY id {direction} LIMIT 1")
                keys += [row[0] for row in cursor.fetchall()]
            if keys:
                found.append(Outside(name, time_of(keys[0]), time_of(keys[1])))
    return found
