"""The records of a source with the keys under which they are landed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operations.importing.landing import ROW_KEY, KeyOf, keys_of
from operations.importing.reader import Reader
from operations.importing.tables import Plan, Table

Keyed = list[tuple[str, tuple[Any, ...]]]


@dataclass(frozen=True)
class KeyedBatch:
    """Records with their keys, and where those after them start."""

    records: Keyed
    position: Any


def keying(plan: Plan, reader: Reader) -> KeyOf:
    """A function that gives the key of a record, and what is wrong with it, from its row and its number."""
    key = plan.actual(plan.entity.key) if plan.entity else plan.table.key
    key_of = keys_of(plan.table, key)
    repeated = reader.repeated_keys(plan.table, key[0]) if len(key) == 1 else set()
    return once_each(key_of, repeated) if repeated else key_of


def once_each(key_of: KeyOf, repeated: set[int]) -> KeyOf:
    """Of records with one key the first has it; the others, whose numbers are `repeated`, are known by these."""

    def once(row: tuple[Any, ...], number: int) -> tuple[str, str | None]:
        return (f"{ROW_KEY}{number}", "duplicate_key") if number in repeated else key_of(row, number)

    return once


def keyed_batches(
    plan: Plan,
    reader: Reader,
    *,
    size: int,
    joined: dict[str, tuple[str, str, Table]] | None = None,
    after: Any = None,
    read: int = 0,
) -> Iterator[KeyedBatch]:
    """All records of a plan's table, batch by batch in the order of the source.

    With `after`, the position of a batch, those that follow it: `read` is how many came before.
    """
    key_of = keying(plan, reader)
    sequence = read
    for batch in reader.batches(plan.table, after=after, size=size, joined=joined):
        keyed: Keyed = []
        for row in batch.rows:
            sequence += 1
            number = row[0] if plan.table.has_rowid else sequence
            keyed.append((key_of(row, number)[0], row))
        yield KeyedBatch(keyed, batch.position)
