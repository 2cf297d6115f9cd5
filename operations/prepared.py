"""Statements that a session plans once: for the few that run thousands of times and are short beside their planning."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, Error, connections
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName

LOST = (InvalidSqlStatementName, DuplicatePreparedStatement)


class Prepared:
    """A statement with $1, $2... in it, run by EXECUTE on the primary.

    Inside of a transaction, which an error would end, it is run as it is. So it is for good where a pooler between site
    and server gives each transaction another session: prepared statements are lost there.
    """

    def __init__(self, name: str, types: tuple[str, ...], statement: str) -> None:
        self._prepare = f"PREPARE {name} ({', '.join(types)}) AS {statement}"
        self._execute = f"EXECUTE {name} ({', '.join(f'%(p{place})s' for place in range(1, len(types) + 1))})"
        self._plain = re.sub(r"\$([0-9]+)", r"%(p\1)s", statement)
        self._sessions: WeakSet[Any] = WeakSet()
        self._is_lost = False

    def fetch_one(self, *values: Any) -> tuple[Any, ...] | None:
        """The first row, if there is one."""
        parameters = {f"p{place}": value for place, value in enumerate(values, start=1)}
        if self._is_lost or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return _row(self._plain, parameters)
        try:
            self._prepare_once()
            return _row(self._execute, parameters)
        except Error as error:
            if not isinstance(error.__cause__, LOST):
                raise
            self._is_lost = True
        return _row(self._plain, parameters)

    def _prepare_once(self) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        connection.ensure_connection()
        if connection.connection not in self._sessions:
            with connection.cursor() as cursor:
                cursor.execute(self._prepare)
            self._sessions.add(connection.connection)


def _row(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, dict(parameters))
        while cursor.nextset():  # of several statements, the last one answers
            pass
        return cursor.fetchone()  # type: ignore[no-any-return]
