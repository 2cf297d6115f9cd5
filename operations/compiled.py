"""Queries whose SQL is compiled once: for lists that are asked all the time and cost less to run than to compile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model, QuerySet

SHAPES = 512  # statements that are remembered, of one query


@dataclass(frozen=True)
class Statement:
    model: type[Model]
    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, str], ...]
    """Which parameters are not always the same, and their names."""
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]
    """What Django makes of a column's values in Python: its place, how, and the expression."""

    def with_values(self, values: dict[str, Any]) -> list[Any]:
        parameters = [*self.parameters]
        for place, name in self.places:
            parameters[place] = values[name]
        return parameters

    def converted(self, rows: list[tuple[Any, ...]], connection: Any) -> list[Sequence[Any]]:
        if not self.converters:
            return rows  # type: ignore[return-value]
        lists = [[*row] for row in rows]
        for place, converters, expression in self.converters:
            for convert in converters:
                for row in lists:
                    row[place] = convert(row[place], expression, connection)
        return lists  # type: ignore[return-value]


class Compiled:
    """A queryset of tuples (`values_list`) that `build(*shape, **values)` gives.

    The SQL may depend on `shape` (how many rows, in which order) and on which of the values are None, and is compiled
    once for each of those; values are bound whenever it runs. The router is asked as for the queryset itself.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._statement = lru_cache(SHAPES)(self._compile)

    def rows(self, *shape: Any, **values: Any) -> list[Sequence[Any]]:
        """Raises TypeError where the query cannot be compiled ahead: see `_compile`."""
        given = {name: value for name, value in values.items() if value is not None}
        kinds = tuple((name, type(value)) for name, value in given.items())
        statement = self._statement(shape, kinds, tuple(name for name in values if name not in given))
        connection = connections[router.db_for_read(statement.model)]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.with_values(given))
            return statement.converted(cursor.fetchall(), connection)

    def _compile(
        self, shape: tuple[Any, ...], kinds: tuple[tuple[str, type], ...], missing: tuple[str, ...]
    ) -> Statement:
        marks = {name: _mark(place, kind) for place, (name, kind) in enumerate(kinds)}
        queryset = self._build(*shape, **marks, **dict.fromkeys(missing))
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        converters = [(place, (*how,), of) for place, (how, of) in compiler.get_converters(columns).items()]
        places = tuple(
            (place, name)
            for place, parameter in enumerate(parameters)
            for name, mark in marks.items()
            if type(parameter) is type(mark) and parameter == mark
        )
        if lost := marks.keys() - {name for _, name in places}:
            raise TypeError(f"Not bound as it is given: {', '.join(sorted(lost))}")
        return Statement(queryset.model, sql, tuple(parameters), places, tuple(converters))


def _mark(place: int, kind: type) -> Any:
    """A value that no query has by itself."""
    if kind is str:
        return f"\x7f{place}\x7f compiled ahead"
    if kind is datetime:
        return datetime(9871, 2, 3, 4, 5, 6, 789_123, UTC) + timedelta(days=place)
    raise TypeError(f"A value of this kind cannot be told from others: {kind.__name__}")
