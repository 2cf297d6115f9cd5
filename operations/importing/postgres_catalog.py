"""What a PostgreSQL database has: tables with columns, keys and exact counts, and the views that a declaration adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import psycopg

from operations.importing.declaration import View
from operations.importing.errors import SourceUnreadable
from operations.importing.postgres_connection import Connection
from operations.importing.postgres_location import PostgresLocation
from operations.importing.tables import Table

# No partitions: their records are the parent's. Nothing that an extension brought along.
TABLES = """
    SELECT c.oid, c.relname, c.relkind = 'p', has_table_privilege(c.oid, 'SELECT')
    FROM pg_class c
    WHERE c.relnamespace = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    ORDER BY c.relname COLLATE "C"
"""
# A domain has the category of its base type: A for arrays, C for composites.
COLUMNS = """
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory IN ('A', 'C'), a.attnum
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
"""
# Unique indexes over whole columns of whole tables, primary keys first. Before 11 all columns of an index were of its
# key, and there was no column to say how many are.
KEYS = """
    SELECT i.indrelid, key.columns, i.indisprimary OR key.never_null
    FROM pg_index i
    CROSS JOIN LATERAL (
        SELECT array_agg(a.attname::text ORDER BY n.place) AS columns, bool_and(a.attnotnull) AS never_null
        FROM generate_series(0, coalesce((to_jsonb(i) ->> 'indnkeyatts')::int, i.indnatts) - 1) AS n (place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n.place]
    ) key
    WHERE i.indrelid = ANY(%s) AND (i.indisunique OR i.indisprimary) AND i.indisvalid AND i.indpred IS NULL
        AND i.indexprs IS NULL
    ORDER BY i.indrelid, i.indisprimary DESC, cardinality(key.columns), key.columns
"""
TYPES = """
    SELECT format_type(t.oid, given.modifier), t.typcategory IN ('A', 'C'), t.typcollation <> 0
    FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY AS given (oid, modifier, place)
    JOIN pg_type t ON t.oid = given.oid
    ORDER BY given.place
"""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


Recognise = Callable[[list[Table]], object]


@dataclass(frozen=True)
class Relation:
    """A table or view with what it takes to read it.

    `origin` stands in FROM. `as_json` are columns that are read as JSON. No two records have the same value in a column
    of `unique`. `collation` is what texts of the key are ordered by, where they bring none of their own.
    """

    table: Table
    origin: str
    as_json: frozenset[str]
    unique: frozenset[str]
    collation: dict[str, str]

    @property
    def is_keyed(self) -> bool:
        """Whether its key finds the place where reading stopped: JSON cannot be cast back to what it was made of."""
        return bool(self.table.key) and not self.as_json & set(self.table.key)

    def text(self, column: str, record: str = "t") -> str:
        """A column's value as text, in SQL."""
        value = f"{record}.{quoted(column)}"
        return f"to_json({value})::text" if column in self.as_json else f"{value}::text"

    def type(self, column: str) -> str:
        return self.table.types[self.table.columns.index(column)]

    def order(self, record: str = "t") -> list[str]:
        """The order of reading as SQL. Without a key it is that of the texts: records that are equal in all of them
        may change places.
        """
        if self.is_keyed:
            return [f"{record}.{quoted(column)}{self.collation.get(column, '')}" for column in self.table.key]
        return [f'({self.text(column, record)}) COLLATE "C"' for column in self.table.columns]


class Catalog:
    """Looks once; raises SourceUnreadable, with the remedy, for what may not be read.

    `recognise` may refuse what the tables are, before views are made of them.
    """

    def __init__(
        self,
        connection: Connection,
        location: PostgresLocation,
        views: Sequence[View] = (),
        recognise: Recognise | None = None,
    ) -> None:
        self._connection = connection
        self._location = location
        self._views = views
        self._recognise = recognise

    def relations(self) -> list[Relation]:
        found = self._tables()
        if self._recognise:
            self._recognise([relation.table for relation in found])
        names = {relation.table.name: set(relation.table.columns) for relation in found}
        made: dict[str, Relation] = {}
        for view in self._views:
            is_possible = all(table in names and set(columns) <= names[table] for table, columns in view.needs.items())
            if is_possible and view.name not in made:
                made[view.name] = self._view(view)
        return [*(_beside(made, relation) for relation in found), *made.values()]

    def _fetch(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement.encode(), parameters).fetchall()

    def _tables(self) -> list[Relation]:
        listed = self._fetch(TABLES, [self._schema()])
        self._check_permitted([name for _, name, _, permitted in listed if not permitted])
        oids = [oid for oid, *_ in listed]
        columns = _grouped(self._fetch(COLUMNS, [oids]))
        keys = _grouped(self._fetch(KEYS, [oids]))
        return [
            self._table(name, is_partitioned, columns.get(oid, []), keys.get(oid, []))
            for oid, name, is_partitioned, _ in listed
        ]

    def _schema(self) -> int:
        """The schema's number."""
        schema, shown = self._location.schema, self._location.shown
        found = self._fetch(
            "SELECT oid, has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = %s", [schema]
        )
        if not found:
            others = self._fetch(
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' ORDER BY nspname"
            )
            known = ", ".join(name for (name,) in others) or "none"
            raise SourceUnreadable(f"{shown} has no schema {schema}. It has: {known}. Name one of them with ?schema=.")
        ((oid, permitted),) = found
        if not permitted:
            raise SourceUnreadable(
                f"{shown}: the schema {schema} may not be looked into. As its owner: "
                f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {self._user()}."
            )
        number: int = oid
        return number

    def _check_permitted(self, denied: list[str]) -> None:
        if denied:
            schema = quoted(self._location.schema)
            tables = ", ".join(f"{schema}.{quoted(name)}" for name in denied)
            raise SourceUnreadable(
                f"{self._location.shown}: {', '.join(denied)} may not be read. As the owner of the tables: "
                f"GRANT SELECT ON {tables} TO {self._user()}."
            )

    def _user(self) -> str:
        return quoted(self._fetch("SELECT current_user")[0][0])

    def _table(self, name: str, is_partitioned: bool, columns: list[Any], keys: list[Any]) -> Relation:
        # ONLY: what inherits from a table is a table of its own here.
        origin = f"{'' if is_partitioned else 'ONLY '}{quoted(self._location.schema)}.{quoted(name)}"
        ((rows,),) = self._fetch(f"SELECT count(*) FROM {origin}")
        return Relation(
            table=Table(
                name=name,
                columns=tuple(column for column, *_ in columns),
                key=next((tuple(key) for key, never_null in keys if never_null), ()),
                rows=rows,
                has_rowid=False,
                types=tuple(type_ for _, type_, *_ in columns),
            ),
            origin=origin,
            as_json=frozenset(column for column, _, as_json, _ in columns if as_json),
            unique=frozenset(key[0] for key, _ in keys if len(key) == 1),
            collation={},
        )

    def _view(self, view: View) -> Relation:
        query = view.query.strip().rstrip(";")
        origin = f"(\n{query}\n)"  # it may end in a comment
        try:
            columns, types = self._types(view, origin)
            key = ", ".join(f"v.{quoted(column)}" for column in view.key)
            whole = f"count(*) FILTER (WHERE num_nulls({key}) = 0), count(DISTINCT ({key}))"
            ((rows, with_key, distinct),) = self._fetch(f"SELECT count(*), {whole} FROM {origin} v")
        except (psycopg.Error, ValueError) as error:
            text = " ".join(str(error).split()).rstrip(".")
            raise SourceUnreadable(
                f"{self._location.shown}: the view {view.name} of the declaration cannot be read: {text}. "
                "Correct its query, or what it needs."
            ) from error
        if not rows == with_key == distinct:
            raise SourceUnreadable(
                f"{self._location.shown}: the key of the view {view.name} ({', '.join(view.key)}) tells {distinct} of "
                f"its {rows} records apart, and {rows - with_key} have none. Correct its query."
            )
        return Relation(
            table=Table(
                name=view.name,
                columns=columns,
                key=view.key,
                rows=rows,
                has_rowid=False,
                types=tuple(types[column][0] for column in columns),
                query=query,
            ),
            origin=origin,
            as_json=frozenset(column for column in columns if types[column][1]),
            unique=frozenset(view.key) if len(view.key) == 1 else frozenset(),
            # What a view composes may have no collation to be ordered by.
            collation={column: ' COLLATE "C"' for column in columns if types[column][2]},
        )

    def _types(self, view: View, origin: str) -> tuple[tuple[str, ...], dict[str, tuple[str, bool, bool]]]:
        """The view's columns: those that it names, or else all that its query gives."""
        cursor = self._connection.execute(f"SELECT * FROM {origin} v LIMIT 0".encode())
        assert cursor.pgresult is not None
        names = [column.name for column in cursor.description or ()]
        places = range(len(names))
        oids, modifiers = ([ask(place) for place in places] for ask in (cursor.pgresult.ftype, cursor.pgresult.fmod))
        columns = view.columns or tuple(names)
        wrong = [name for name in dict.fromkeys((*columns, *view.key)) if names.count(name) != 1]
        if wrong or not set(view.key) <= set(columns) or not view.key:
            raise ValueError(f"of {', '.join(wrong or view.key) or 'its key'} it does not have exactly one column")
        return columns, dict(zip(names, self._fetch(TYPES, [oids, modifiers]), strict=True))


def _beside(views: Mapping[str, Relation], relation: Relation) -> Relation:
    """A table, under another name where a view of the declaration has its own."""
    table = relation.table
    return replace(relation, table=replace(table, name=f"{table.name} (table)")) if table.name in views else relation


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """{first value: the others of its rows}"""
    return {key: [row[1:] for row in group] for key, group in groupby(rows, key=lambda row: row[0])}
