"""Databases of the meal planner for tests: its real schema, and the records that a test is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from catalog.legacy.meals import MEAL_PLANNER
from catalog.legacy.sample_meals.schema import ENUMS, TABLES, Generation, Table
from catalog.legacy.sample_meals.world import START
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.models import Rejection
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
USUAL = {"s": "-", "i": 1, "d": 1.0, "t": START, "day": date(2025, 6, 2), "b": False}


@contextmanager
def planner(sandbox: Sandbox, generation: Generation, rows: Rows) -> Iterator[str]:
    """The address of a database with these records; what a record leaves out is NULL, or something usual."""
    with empty_database(sandbox) as url:
        with psycopg.connect(url) as connection:
            for name, words in ENUMS[generation].items():
                listed = sql.SQL(", ").join(map(sql.Literal, words))
                connection.execute(sql.SQL("CREATE TYPE {} AS ENUM ({})").format(sql.Identifier(name), listed))
            for table in TABLES[generation]:
                connection.execute(table.create.encode())
                for row in rows.get(table.name, ()):
                    _insert(connection, table, _whole(table, row))
            for table in TABLES[generation]:
                for statement in table.constraints:
                    connection.execute(statement.encode())
        yield url


def _whole(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    kinds = dict(column.split(":") for column in table.columns.split())
    return {name: USUAL[kind] for name, kind in kinds.items() if kind in USUAL} | dict(row)


def _insert(connection: psycopg.Connection, table: Table, row: Mapping[str, Any]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(row))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table.name), names, marks)
    connection.execute(statement, list(row.values()))


def imported(
    sandbox: Sandbox, generation: Generation, /, *, zone: str | None = None, **rows: list[Row]
) -> ImportReport:
    """Imports these records; whatever they are, nothing may be lost."""
    with planner(sandbox, generation, rows) as url:
        report = import_source(MEAL_PLANNER, url, Options(zone=zone))
    assert report.ok
    return report


def keyed(*keys: str, **fields: Any) -> list[Row]:
    return [{"id": key, "name": key, **fields} for key in keys]


def rejections() -> set[tuple[str, str, str, str]]:
    return set(Rejection.objects.values_list("entity__name", "key", "reason", "column"))
