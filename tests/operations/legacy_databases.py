"""PostgreSQL databases for the tests of their reader: made in the server of the run, and dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

from operations.importing.reader import Reader
from operations.importing.tables import Table
from operations.sandbox import Sandbox

Row = tuple[Any, ...]


@dataclass(frozen=True)
class LegacyDatabase:
    """A database with a session to fill it; `url` is the address to read it at."""

    name: str
    url: str
    session: psycopg.Connection[Row]

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.session.execute(statement.encode())

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        return self.session.execute(statement.encode(), parameters or None).fetchall()


@contextmanager
def legacy_database(sandbox: Sandbox, options: str = "") -> Iterator[LegacyDatabase]:
    name = f"legacy_{uuid4().hex[:12]}"
    server = sandbox.primary
    with server.connect("postgres") as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options}".encode())
        try:
            with server.connect(name, client_encoding="utf8") as session:
                yield LegacyDatabase(name, server.url.replace("/slipway?", f"/{name}?"), session)
        finally:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def table_of(reader: Reader, name: str) -> Table:
    return next(table for table in reader.tables() if table.name == name)


def rows_of(reader: Reader, name: str, *, after: Any = None, size: int = 1000, **options: Any) -> list[Row]:
    """Records without their number. Positions go through JSON, as they do in a checkpoint."""
    table = table_of(reader, name)
    after = json.loads(json.dumps(after))
    return [row[1:] for batch in reader.batches(table, after=after, size=size, **options) for row in batch.rows]


def record_of(reader: Reader, name: str) -> dict[str, Any]:
    """The only record of a table."""
    ((row),) = rows_of(reader, name)
    return dict(zip(table_of(reader, name).columns, row, strict=True))
