"""A log of where queries ran, over the whole test suite: nothing may be decided by what a replica says.

A read on a replica decides where the same request goes on to write without asking the primary again, and where it
happens inside a transaction. Tests name further units, such as an action or a job, by `QUERIES.unit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connections
from django.db.backends.utils import CursorWrapper

from config.routing.caller import PRIMARY

WRITE = re.compile(r"\s*(?:WITH\b.*\b)?(INSERT|UPDATE|DELETE|MERGE|COPY|TRUNCATE|CALL)\b", re.IGNORECASE | re.DOTALL)
TABLE = re.compile(r'\b(?:FROM|JOIN)\s+"?(\w+)', re.IGNORECASE)


@dataclass
class Unit:
    """What one request, action or job has asked, in order."""

    name: str
    is_request: bool = False
    queries: list[tuple[str, str]] = field(default_factory=list)
    """(alias of the server, SQL)"""

    def on(self, alias: str) -> list[str]:
        return [sql for where, sql in self.queries if where == alias]

    @property
    def deciding(self) -> list[str]:
        """Reads of a replica that a write followed, unless the primary was asked again in between."""
        writes = [place for place, (_, sql) in enumerate(self.queries) if WRITE.match(sql)]
        before = self.queries[: writes[-1]] if writes else []
        return [
            sql
            for place, (alias, sql) in enumerate(before)
            if alias != PRIMARY and not tables(sql) <= self._asked_of_the_primary(before[place:])
        ]

    def _asked_of_the_primary(self, queries: list[tuple[str, str]]) -> set[str]:
        asked = (tables(sql) for alias, sql in queries if alias == PRIMARY and not WRITE.match(sql))
        return set().union(*asked)


def tables(sql: str) -> set[str]:
    return set(TABLE.findall(sql))


_UNIT: ContextVar[Unit | None] = ContextVar("unit", default=None)


class QueryLog:
    def __init__(self) -> None:
        self.found: list[str] = []
        """What should not have been asked of a replica, as sentences."""
        self.reads_of_replicas = 0

    def note(self, alias: str, sql: Any) -> None:
        text = str(sql)
        if "FROM pg_type" in text:  # a new connection learns the types of the server
            return
        unit = _UNIT.get()
        if unit:
            unit.queries.append((alias, text))
        if alias == PRIMARY:
            return
        self.reads_of_replicas += 1
        if connections[PRIMARY].in_atomic_block:
            self.found.append(f"In a transaction the {alias} was asked: {text}")

    @contextmanager
    def unit(self, name: str) -> Iterator[Unit]:
        unit = Unit(name)
        token = _UNIT.set(unit)
        try:
            yield unit
        finally:
            _UNIT.reset(token)
            self._judge(unit)

    def _begin_request(self, environ: Any = None, **kwargs: Any) -> None:
        self._end_request()  # of one whose answer nobody has closed
        if environ and _UNIT.get() is None:
            _UNIT.set(Unit(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", is_request=True))

    def _end_request(self, **kwargs: Any) -> None:
        unit = _UNIT.get()
        if unit and unit.is_request:
            _UNIT.set(None)
            self._judge(unit)

    def _judge(self, unit: Unit) -> None:
        self.found += [f"{unit.name} wrote after it had asked a replica: {sql}" for sql in unit.deciding]

    @contextmanager
    def listening(self) -> Iterator[None]:
        execute, execute_many = CursorWrapper._execute, CursorWrapper._executemany  # type: ignore[attr-defined]

        def _execute(cursor: Any, sql: Any, *args: Any) -> Any:
            self.note(cursor.db.alias, sql)
            return execute(cursor, sql, *args)

        def _execute_many(cursor: Any, sql: Any, *args: Any) -> Any:
            self.note(cursor.db.alias, sql)
            return execute_many(cursor, sql, *args)

        CursorWrapper._execute, CursorWrapper._executemany = _execute, _execute_many  # type: ignore[attr-defined]
        request_started.connect(self._begin_request)
        request_finished.connect(self._end_request)
        try:
            yield
        finally:
            request_started.disconnect(self._begin_request)
            request_finished.disconnect(self._end_request)
            CursorWrapper._execute, CursorWrapper._executemany = execute, execute_many  # type: ignore[attr-defined]


QUERIES = QueryLog()
