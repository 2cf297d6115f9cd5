"""Fills one database: people first, then shops and goods, then orders, all of it made before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from .dirt import Fate
from .facts import count_facts
from .goods import write_categories, write_products, write_shops
from .orders import spoil_parts, write_orders
from .people import write_people
from .schema import GENERATIONS, TABLES, Generation, Table, types
from .world import DirtyRecord, Row, World

MOST_DIRT = 0.5  # clean records need clean ones to lead to
FEWEST = 5  # of everything: shops need owners, orders need goods
_MIGRATION_NAMES = ("20250601030000_init", "20250610030000_village", "20250624030000_clean_up", "20250627030000_line")


@dataclass(frozen=True)
class ShopSample:
    """What a sample database holds: `rows` by table, every dirty record, and what an import should come to.

    `facts` are explained at `facts.count_facts`. Records of tables without a destination are to be kept, all others
    that are not dirty to be loaded; what is made of a record (a product's variant, its pictures) shares its fate. Of
    two people who are one, the record with the lower key is read first, and the other one merged into it.
    """

    url: str = field(repr=False)  # it may have a password in it
    generation: Generation
    seed: int
    rows: Mapping[str, int]
    dirty: tuple[DirtyRecord, ...] = field(repr=False)
    facts: Mapping[str, int]

    def fates(self, table: str) -> Counter[Fate]:
        """How many dirty records of the table should come to which end."""
        return Counter(record.fate for record in self.dirty if record.table == table)


def write_shop_sample(
    url: str,
    *,
    generation: Generation = "current",
    users: int,
    products: int,
    orders: int,
    seed: int = 1,
    dirt: float = 0.01,
) -> ShopSample:
    """Fills the empty PostgreSQL database at `url` as the village shop would have, and says exactly what is in it.

    There is a shop for 25 users; an order has 2.3 items, and a slip at nearly every other. The same arguments give the
    same rows. `dirt` is the share of spoiled records, 0 (none) to 0.5; tables of four rows and more for each kind of
    dirt have every kind, even if that is more than the share. A database that is not empty and impossible numbers are
    refused with ValueError; what fails leaves nothing behind.
    """
    if generation not in GENERATIONS:
        raise ValueError(f"generation is one of {', '.join(GENERATIONS)}, not {generation!r}")
    if min(users, products, orders) < FEWEST:
        raise ValueError(f"a sample needs at least {FEWEST} users, products and orders")
    if not 0 <= dirt <= MOST_DIRT:
        raise ValueError(f"dirt is a share from 0 to {MOST_DIRT}, not {dirt}")
    with psycopg.connect(url) as connection:
        present = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if present != (0,):
            raise ValueError("the database holds tables already; name an empty one")
        world = World(seed, generation, users, products, orders, dirt)
        _make(world)
        _send(connection, world)
    return ShopSample(
        url=url,
        generation=generation,
        seed=seed,
        rows={table.name: len(world.rows[table.name]) for table in TABLES[generation]},
        dirty=tuple(world.dirty),
        facts=count_facts(world),
    )


def _make(world: World) -> None:
    write_people(world)
    write_shops(world)
    write_categories(world)
    write_products(world)
    write_orders(world)
    spoil_parts(world)
    random = world.random("migrations")
    for name in _MIGRATION_NAMES[: 1 if world.is_first else 4]:
        world.rows["_prisma_migrations"].append(
            {
                "id": world.key(random, 0)[:36],
                "checksum": f"{random.getrandbits(256):064x}",
                "finished_at": "2025-06-01 03:00:01+00",
                "migration_name": name,
                "logs": None,
                "rolled_back_at": None,
                "started_at": "2025-06-01 03:00:00+00",
                "applied_steps_count": 1,
            }
        )


def _send(connection: psycopg.Connection[Any], world: World) -> None:
    tables = TABLES[world.generation]
    with connection.cursor() as cursor:
        for statement in (*types(world.generation), *(table.create for table in tables)):
            cursor.execute(statement)
        for table in tables:
            with cursor.copy(table.copy) as copy:
                for lines in _lines(table, world.rows[table.name]):
                    copy.write(lines)
        for table in tables:
            for statement in table.constraints:
                cursor.execute(statement)
        cursor.execute("ANALYZE")


def _lines(table: Table, rows: list[Row]) -> Iterator[str]:
    """Rows in the text format of COPY, many in one piece."""
    names = [table.renamed.get(name, name) for name in table.names]
    one_image = "imageUrl" in table.renamed
    for start in range(0, len(rows), 5_000):
        some = rows[start : start + 5_000]
        yield "".join("\t".join([_cell(row[name], one_image) for name in names]) + "\n" for row in some)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _cell(value: Any, one_image: bool) -> str:
    if isinstance(value, list):  # of URLs, which need no quotes
        return "{" + ",".join(value) + "}" if not one_image else value[0] if value else "\\N"
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
