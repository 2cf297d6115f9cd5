"""Fills one empty PostgreSQL database: types, tables, rows by COPY, constraints last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg

from .clerk import clerk_rows
from .families import family_rows
from .first import first_rows
from .schema import ENUMS, GENERATIONS, TABLES, Generation
from .world import DirtyRecord, Fate, World

MOST_DIRT = 0.5
_ROWS = {"first": first_rows, "families": family_rows, "clerk": clerk_rows}


@dataclass(frozen=True)
class MealsSample:
    """What a sample database holds: `rows` by table, and every dirty record. All others should be loaded or kept."""

    url: str = field(repr=False)  # it may have a password in it
    generation: Generation
    seed: int
    rows: Mapping[str, int]
    dirty: tuple[DirtyRecord, ...] = field(repr=False)

    def fates(self, table: str) -> Counter[Fate]:
        """How many dirty records of the table should come to which end."""
        return Counter(record.fate for record in self.dirty if record.table == table)


def write_meals_sample(
    url: str, *, generation: Generation, users: int, days: int, seed: int = 1, dirt: float = 0.01
) -> MealsSample:
    """Fills the empty database at `url` as the planner of the generation would have, and says exactly what is in it.

    The same arguments give the same rows. `dirt` is the share of records that are wrong, 0 (none) to 0.5; with any,
    every kind that the generation knows comes at least once from 6 users and 7 days on. A database with tables and
    impossible numbers are refused with ValueError; all is written in one transaction.
    """
    if users < 1 or days < 1 or generation not in GENERATIONS:
        raise ValueError(f"a sample needs a user, a day and a generation of {', '.join(GENERATIONS)}")
    if not 0 <= dirt <= MOST_DIRT:
        raise ValueError(f"dirt is a share from 0 to {MOST_DIRT}, not {dirt}")
    world = World(seed, generation, days, users, dirt)
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if found and found[0]:
            raise ValueError(f"the database has {found[0]} tables already; name an empty one")
        rows = _ROWS[generation](world)
        _fill(connection, world, rows)
    counts = {name: len(written) for name, written in rows.items()}
    return MealsSample(url, generation, seed, counts, tuple(world.dirty))


def _fill(connection: psycopg.Connection, world: World, rows: Mapping[str, list[tuple[object, ...]]]) -> None:
    for name, words in ENUMS[world.generation].items():
        listed = ", ".join(f"'{word}'" for word in words)
        connection.execute(f'CREATE TYPE "{name}" AS ENUM ({listed})'.encode())
    for table in TABLES[world.generation]:
        connection.execute(table.create.encode())
        with connection.cursor() as cursor, cursor.copy(table.copy.encode()) as copy:
            for row in rows[table.name]:
                copy.write_row(row)
    for table in TABLES[world.generation]:
        for statement in table.constraints:
            connection.execute(statement.encode())
    if world.generation == "clerk" and not any(record.kind == "portion_collides" for record in world.dirty):
        # Prisma's migration that makes this index fails, and leaves none, where portions collide.
        connection.execute(
            'CREATE UNIQUE INDEX "portion_history_userId_itemId_itemType_key" '
            'ON "portion_history" ("userId", "itemId", "itemType")'
        )
