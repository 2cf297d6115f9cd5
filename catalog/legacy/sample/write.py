"""Writes one sample file: clean rows first, in one go, then the dirt over them, row by row."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .dirt import Fate, Hit, Kind, plan_dirt
from .generations import (
    GENERATIONS,
    MIGRATIONS_DDL,
    MIGRATIONS_INSERT,
    MIGRATIONS_TABLE,
    Generation,
    migration_rows,
)
from .schema import Table, count_rows
from .spoiling import BrokenText, Spoil, Spot
from .world import World

MOST_DIRT = 0.5  # clean records need clean ones to refer to

# Nobody sees the file before it is complete, and a failure removes it: a journal and fsync would protect nothing.
_FAST = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-131072", "temp_store=MEMORY", "locking_mode=EXCLUSIVE")
_AS_PRISMA_LEAVES_IT = ("locking_mode=NORMAL", "journal_mode=DELETE")


@dataclass(frozen=True)
class DirtyRecord:
    """A record that was spoiled: `key` is what now stands in its `id`, `other` the key of the record it belongs to."""

    table: str
    rowid: int
    key: str | None
    kind: str
    column: str
    fate: Fate
    other: str | None = None


@dataclass(frozen=True)
class Sample:
    """What a sample file holds: `rows` by table name, in the order of their making, and every dirty record."""

    path: Path
    generation: Generation
    seed: int
    rows: Mapping[str, int]
    dirty: tuple[DirtyRecord, ...]

    def fates(self, table: str) -> Counter[Fate]:
        """How many dirty records of the table should come to which end; all others should be loaded (or kept)."""
        return Counter(record.fate for record in self.dirty if record.table == table)


def write_sample(
    path: Path, *, generation: Generation, users: int, tracks: int, seed: int = 1, dirt: float = 0.01
) -> Sample:
    """Writes a legacy database of the generation to `path` and says exactly what is in it.

    The same arguments give the same file. `dirt` is the share of spoiled records, 0 (none) to 0.5; tables of 200 rows
    and more have every kind of dirt at least once, even if that is more than the share (kinds that take other records
    to be wrong need 200 users and 200 tracks too). An existing file is refused with FileExistsError, impossible
    numbers with ValueError.
    """
    if generation not in GENERATIONS:
        raise ValueError(f"generation is one of {', '.join(GENERATIONS)}, not {generation!r}")
    if users < 1 or tracks < 1:
        raise ValueError("a sample needs at least one user and one track")
    if not 0 <= dirt <= MOST_DIRT:
        raise ValueError(f"dirt is a share from 0 to {MOST_DIRT}, not {dirt}")
    tables = GENERATIONS[generation]
    world = World(seed, count_rows(tables, users=users, tracks=tracks))
    hits = plan_dirt(world, generation, dirt)
    migrations = migration_rows(generation, seed)

    path.touch(exist_ok=False)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            _pragmas(database, _FAST)
            database.execute("BEGIN")
            database.execute(MIGRATIONS_DDL)
            database.executemany(MIGRATIONS_INSERT, migrations)
            for table in tables:
                for statement in table.ddl():
                    database.execute(statement)
                database.executemany(table.insert(), table.clean_rows(world))
            dirty = _spoil(database, world, tables, hits)
            database.execute("COMMIT")
            _pragmas(database, _AS_PRISMA_LEAVES_IT)
    except BaseException:
        path.unlink()
        raise
    rows = {MIGRATIONS_TABLE: len(migrations)} | {table.name: world.rows[table.entity] for table in tables}
    return Sample(path, generation, seed, rows, dirty)


def _pragmas(database: sqlite3.Connection, settings: tuple[str, ...]) -> None:
    for setting in settings:
        database.execute(f"PRAGMA {setting}").fetchall()


def _spoil(
    database: sqlite3.Connection, world: World, tables: tuple[Table, ...], hits: list[Hit]
) -> tuple[DirtyRecord, ...]:
    names = {table.entity: table.name for table in tables}
    return tuple(_spoil_record(database, world, names[hit.kind.entity], hit) for hit in hits)


def _spoil_record(database: sqlite3.Connection, world: World, table: str, hit: Hit) -> DirtyRecord:
    kind, rowid = hit.kind, hit.position + 1
    spot = Spot(world, kind.entity, hit.position, hit.turn)
    for column, spoil in _cells(kind):
        value = spoil(spot)
        mark, bound = ("CAST(? AS TEXT)", value.raw) if isinstance(value, BrokenText) else ("?", value)
        database.execute(f'UPDATE "{table}" SET "{column}" = {mark} WHERE rowid = ?', (bound, rowid))
    (key,) = database.execute(f'SELECT "id" FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()
    other = world.keys[kind.entity](kind.partner(spot)) if kind.partner else None
    return DirtyRecord(table, rowid, key, kind.slug, kind.column, kind.fate, other)


def _cells(kind: Kind) -> tuple[tuple[str, Spoil], ...]:
    return ((kind.column, kind.spoil), kind.also) if kind.also else ((kind.column, kind.spoil),)
