"""The tables of each generation of the legacy schema, parents before children, and Prisma's own log of migrations."""

from hashlib import sha256
from random import Random
from typing import Literal, TypeAlias
from uuid import UUID

from .community import COMMUNITY, DONATIONS, TOKENS
from .forms import OPENED_MS, Value
from .schema import Table
from .telegram import MINI_APP
from .web import TRACKS_A, TRACKS_B, TRACKS_C, USERS_A, USERS_B, USERS_C

Generation: TypeAlias = Literal["A", "B", "C", "D"]

GENERATIONS: dict[Generation, tuple[Table, ...]] = {
    "A": (USERS_A, TRACKS_A, *COMMUNITY),
    "B": (USERS_B, TRACKS_B, *COMMUNITY, *TOKENS),
    "C": (USERS_C, TRACKS_C, *COMMUNITY, *TOKENS, DONATIONS),
    "D": MINI_APP,
}

MIGRATIONS_TABLE = "_prisma_migrations"
MIGRATIONS_DDL = f"""CREATE TABLE "{MIGRATIONS_TABLE}" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)"""
MIGRATIONS_INSERT = f'INSERT INTO "{MIGRATIONS_TABLE}" VALUES (?, ?, ?, ?, ?, ?, ?, ?)'

_FAILED = "Database error: database is locked"


def migration_rows(generation: Generation, seed: int) -> list[tuple[Value, ...]]:
    """A first migration, one that failed and was rolled back, and its second try."""
    random = Random(f"{seed}/migrations/{generation}")
    steps: tuple[tuple[str, bool], ...] = (
        ("20210101000000_first", True),
        ("20210214120000_columns", False),
        ("20210214120000_columns", True),
    )
    rows: list[tuple[Value, ...]] = []
    for number, (name, applied) in enumerate(steps):
        started = OPENED_MS + number * 3_600_000
        rows.append(
            (
                str(UUID(int=random.getrandbits(128), version=4)),
                sha256(name.encode()).hexdigest(),
                started + 40 if applied else None,
                name,
                None if applied else _FAILED,
                None if applied else started + 900,
                started,
                int(applied),
            )
        )
    return rows
