"""The database session of an import: plain SQL, always with bound parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connections


class Session:
    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection = connections[alias]

    def execute(self, statement: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run a statement; gives the number of rows that it wrote or found."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters or {})
            return int(cursor.rowcount)

    def fetch(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters or {})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def copy_in(self, statement: str, block: bytes) -> None:
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(block)
