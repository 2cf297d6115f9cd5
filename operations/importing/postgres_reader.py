"""Reads a PostgreSQL database in one snapshot and changes nothing.

Every value is text, as PostgreSQL writes it; arrays and composites are JSON. The first connection holds the snapshot,
and its locks: ACCESS SHARE, which DDL alone has to wait for. Each reading has a connection of its own that sees the
same.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from types import TracebackType
from typing import Any, Self

import psycopg

from operations.importing.declaration import View
from operations.importing.postgres_catalog import Catalog, Recognise, Relation, quoted
from operations.importing.postgres_connection import Connection, connected, failures_explained
from operations.importing.postgres_location import PostgresLocation
from operations.importing.sqlite import AT_ONCE, MOST_BYTES, WEIGHED, BrokenText, RawBatch, decoded
from operations.importing.tables import Table

Joined = dict[str, tuple[str, str, Table]]
Row = tuple[Any, ...]


class PostgresReader:
    """An open database. Use as a context manager; raises SourceUnreadable with the remedy."""

    def __init__(
        self, location: PostgresLocation, views: Sequence[View] = (), recognise: Recognise | None = None
    ) -> None:
        self.location = location
        self._views = views
        self._recognise = recognise
        self._stack = ExitStack()
        self._connection: Connection
        self._snapshot: str
        self._relations: dict[str, Relation] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._server = self._serve(stack)
            self._connection = stack.enter_context(connected(self._server))
            with failures_explained(self.location):
                ((self._snapshot,),) = self._connection.execute("SELECT pg_export_snapshot()").fetchall()
            # Counted at once: a table that was locked cannot be truncated under the snapshot any more.
            with failures_explained(self.location):
                found = Catalog(self._connection, self._server, self._views, self._recognise).relations()
            self._relations = {relation.table.name: relation for relation in found}
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _serve(self, stack: ExitStack) -> PostgresLocation:
        """Where the server is; what was started for it ends with `stack`."""
        return self.location

    def tables(self) -> list[Table]:
        """Tables of the schema, with exact counts, then the views that it has all tables for."""
        return [relation.table for relation in self._relations.values()]

    def batches(
        self, table: Table, *, after: Any = None, size: int, joined: Joined | None = None
    ) -> Iterator[RawBatch]:
        """All records after a position, in the order of the key; without one, in that of all columns' texts.

        `joined` adds columns of another table: {name: (own column, other column, other table)}, found by the other
        table's `id`.
        """
        relation = self._relations[table.name]
        position = after
        statement, parameters = self._query(relation, after, joined or {})
        with (
            connected(self._server, snapshot=self._snapshot, undecoded=True) as connection,
            failures_explained(self.location),
            closing(_stream(connection, statement, parameters)) as stream,
        ):
            is_decoded = connection.info.parameter_status("client_encoding") == "UTF8"
            while rows := _batch(stream, size):
                if not is_decoded:
                    rows = [_decoded(row) for row in rows]
                position = _position(relation, rows, position)
                yield RawBatch(rows=rows, position=position)

    def ask(self, query: str) -> list[Row]:
        """The answer to a question about all records, in the words of the server, as text."""
        with failures_explained(self.location):
            return self._connection.execute(query.encode()).fetchall()

    def _query(self, relation: Relation, after: Any, joined: Joined) -> tuple[str, list[str]]:
        columns = ["0", *(relation.text(column) for column in relation.table.columns)]
        joins = []
        for index, (own, other, other_table) in enumerate(joined.values()):
            other_relation = self._relations[other_table.name]
            columns.append(other_relation.text(other, f"j{index}"))
            joins.append(_join(f"j{index}", relation, own, other_relation))
        order = relation.order()
        select = f"SELECT {', '.join(columns)} FROM {relation.origin} t{''.join(joins)}".replace("%", "%%")
        ordered = f" ORDER BY {', '.join(order)}".replace("%", "%%") if order else ""
        if after is None:
            return f"{select}{ordered}", []
        if not relation.is_keyed:
            return f"{select}{ordered} OFFSET %s::text::bigint", [str(after)]
        last, values = zip(
            *(_bound(relation.type(column), value) for column, value in zip(relation.table.key, after, strict=True)),
            strict=True,
        )
        return f"{select} WHERE ({', '.join(order).replace('%', '%%')}) > ({', '.join(last)}){ordered}", list(values)

    def repeated_keys(self, table: Table, column: str) -> set[int]:
        """Numbers of the records, in the order of reading, whose key an earlier record has. Empty where a unique index
        rules it out.

        Keys are compared as what they become, text. NULL and blanks are no keys.
        """
        relation = self._relations[table.name]
        if column in relation.unique:
            return set()
        number = f"row_number() OVER (ORDER BY {', '.join(relation.order())})"
        records = f'SELECT {number} AS number, ({relation.text(column)}) COLLATE "C" AS key FROM {relation.origin} t'
        nth = "row_number() OVER (PARTITION BY key ORDER BY number)"
        keys = f"SELECT number, {nth} AS nth FROM ({records}) record WHERE btrim(key) <> ''"
        with failures_explained(self.location):
            found = self._connection.execute(f"SELECT number FROM ({keys}) key WHERE nth > 1".encode())
            return {number for (number,) in found.fetchall()}


def _stream(connection: Connection, statement: str, parameters: list[str]) -> Generator[Row, None, None]:
    """The rows as they arrive; to close it ends the statement over there too."""
    chunk = AT_ONCE if psycopg.capabilities.has_stream_chunked() else 1
    yield from connection.cursor().stream(statement.encode(), parameters, size=chunk)


def _batch(stream: Iterator[Row], size: int) -> list[Row]:
    """The next records: `size` of them, or fewer when they are large."""
    rows: list[Row] = []
    weight = 0
    while weight < MOST_BYTES and (some := list(islice(stream, min(AT_ONCE, size - len(rows))))):
        rows += some
        weight += WEIGHED * sum(len(value) for row in some[::WEIGHED] for value in row[1:] if value is not None)
    return rows


def _decoded(row: Row) -> Row:
    return tuple(decoded(value) if type(value) is bytes else value for value in row)


def _position(relation: Relation, rows: list[Row], before: Any) -> Any:
    """Where reading goes on, as JSON can hold it: the last key, or without one how many records have been read."""
    if not relation.is_keyed:
        return (before or 0) + len(rows)
    places = [relation.table.columns.index(column) + 1 for column in relation.table.key]
    return [
        {"text": value.hex()} if isinstance(value, BrokenText) else value
        for value in (rows[-1][place] for place in places)
    ]


def _bound(type_: str, value: Any) -> tuple[str, str]:
    """A part of a position as SQL and the value for it."""
    type_ = type_.replace("%", "%%")
    if isinstance(value, dict):
        return f"convert_from(decode(%s, 'hex'), 'SQL_ASCII')::{type_}", value["text"]
    return f"%s::text::{type_}", value


def _join(alias: str, relation: Relation, own: str, other: Relation) -> str:
    """Joins the record that has a key; the first of them, if several have it. An empty text refers to none."""
    key = next(column for column in other.table.columns if column.lower() == "id")
    if relation.type(own) == other.type(key) and key in other.unique:
        is_text = relation.type(own).startswith(("text", "character varying"))
        value = f"nullif(t.{quoted(own)}, '')" if is_text else f"t.{quoted(own)}"
        return f" LEFT JOIN {other.origin} {alias} ON {alias}.{quoted(key)} = {value}"
    text = f'({other.text(key, "o")}) COLLATE "C"'
    first = f"SELECT DISTINCT ON ({text}) o.*, {text} AS {alias}_key FROM {other.origin} o"
    order = ", ".join((text, *other.order("o")))
    return (
        f" LEFT JOIN ({first} ORDER BY {order}) {alias}"
        f" ON {alias}.{alias}_key = nullif({relation.text(own)}, '') COLLATE \"C\""
    )
