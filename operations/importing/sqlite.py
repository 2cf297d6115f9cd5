"""Reads the tables of a SQLite file, batch by batch, in an order that lasts."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

import msgspec

from operations.importing.errors import SourceUnreadable
from operations.importing.sqlite_file import RECOVER, check, explained, opened
from operations.importing.tables import SourceLocation, Table

_encode = msgspec.json.Encoder().encode
BUSY_SECONDS = 5
# Row numbers go by these names, unless a column of the table has taken one for itself.
ROW_NUMBERS = ("_rowid_", "rowid", "oid")
# quick_check also finds values that a constraint forbids: dirt, to be imported or rejected record by record.
DIRT = ("NULL value in", "CHECK constraint failed", "NUMERIC value in", "TEXT value in", "non-")
# A batch ends early when its records are large, so that memory does not depend on their size. Every eighth is weighed.
MOST_BYTES = 64 * 2**20
AT_ONCE, WEIGHED = 32, 8
HIDDEN = 1  # a column of a virtual table that is not part of its records


class BrokenText(bytes):
    """The bytes of a TEXT value that are not UTF-8."""


def written(number: float) -> str:
    """A number as text, as it also stands in the landed record."""
    return _encode(number).decode()


@dataclass(frozen=True)
class RawBatch:
    """Records as SQLite gives them: the row number, then the columns in the table's order.

    `position` is where the next batch starts.
    """

    rows: list[tuple[Any, ...]]
    position: Any


def locate(url: str) -> SourceLocation:
    """Understand `sqlite:///path` (relative or absolute after the third slash) or a plain path."""
    if "://" in url and not url.startswith("sqlite://"):
        raise SourceUnreadable(f"{url.split('://')[0]}:// is not a SQLite address: give sqlite:///path/to/file.db")
    rest = url.removeprefix("sqlite://")
    candidates = [Path(rest.removeprefix("/")), Path(rest)] if url.startswith("sqlite://") else [Path(url)]
    candidates += [Path(unquote(str(candidate))) for candidate in candidates]
    try:
        path = next((candidate for candidate in candidates if candidate.exists()), candidates[0]).absolute()
    except OSError as error:
        raise SourceUnreadable(f"{url} cannot be read: {error.strerror}. Check the path after sqlite:///.") from error
    return SourceLocation(path=path, shown=f"sqlite:///{os.fsencode(path).decode(errors='replace')}")


def decoded(value: bytes) -> str | BrokenText:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return BrokenText(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row_number(columns: tuple[str, ...]) -> str:
    """The name by which a table's row number can be asked for; '' if columns have taken all of them."""
    taken = {column.lower() for column in columns}
    return next((name for name in ROW_NUMBERS if name not in taken), "")


def _has_text_key(table: Table) -> bool:
    """Whether rows without a number have one text that finds them, and keeps its place while others come and go."""
    if table.has_rowid or not _row_number(table.columns):  # the latter may have one after all, and keys that are NULL
        return False
    return [table.types[table.columns.index(name)].upper() for name in table.key] == ["TEXT"]


def _storable(key: Any) -> Any:
    """A key as PostgreSQL can hold it in JSON, to be bound again by `_bound`."""
    if isinstance(key, bytes):
        return {"text" if isinstance(key, BrokenText) else "blob": key.hex()}
    return {"text": key.encode().hex()} if "\x00" in key else key


def _bound(position: Any) -> tuple[str, Any]:
    """A position as SQL and the value for it."""
    if not isinstance(position, dict):
        return "?", position
    ((kind, value),) = position.items()
    return f"CAST(? AS {kind})", bytes.fromhex(value)


class SQLiteReader:
    """An open legacy file. Use as a context manager; raises SourceUnreadable with the remedy."""

    def __init__(self, location: SourceLocation) -> None:
        self.location = location
        self._stack = ExitStack()
        self._connection: sqlite3.Connection

    def __enter__(self) -> SQLiteReader:
        path = self.location.path
        check(path)
        try:
            # Journals stand beside the file itself, not beside a link to it.
            self._connection = opened(path.resolve(), self._stack, BUSY_SECONDS)
            # SQLite writes a REAL with 15 digits, which two numbers can share.
            self._connection.create_function("written", 1, written, deterministic=True)
            # One read transaction from the first look to the last row: everybody sees the same file.
            self._connection.execute("BEGIN")
            verdict = str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            self._stack.close()
            raise explained(path, error) from error
        if verdict != "ok" and not verdict.startswith(DIRT):
            self._stack.close()
            raise SourceUnreadable(f"{path} is damaged: {verdict}. {RECOVER}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def tables(self) -> list[Table]:
        """Every table that holds records of its own: no views, no virtual tables, nothing of SQLite's own."""
        try:
            listed = self._connection.execute("PRAGMA table_list").fetchall()
            names = [
                (name, bool(without_rowid))
                for schema, name, kind, _columns, without_rowid, _strict in listed
                if schema == "main" and kind in {"table", "shadow"} and not name.startswith("sqlite_")
            ]
            return [self._table(name, without_rowid) for name, without_rowid in sorted(names)]
        except sqlite3.Error as error:
            raise explained(self.location.path, error) from error

    def _table(self, name: str, without_rowid: bool) -> Table:
        described = self._connection.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        # Generated columns are values of the record like others; the hidden ones of virtual tables are not.
        described = [row for row in described if row[6] != HIDDEN]
        key = sorted((row[5], row[1]) for row in described if row[5])
        columns = tuple(row[1] for row in described)
        rows = self._connection.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]
        return Table(
            name=name,
            columns=columns,
            types=tuple(row[2] for row in described),
            key=tuple(column for _, column in key),
            rows=rows,
            has_rowid=not without_rowid and bool(_row_number(columns)),
        )

    def batches(
        self, table: Table, *, after: Any = None, size: int, joined: dict[str, tuple[str, str, Table]] | None = None
    ) -> Iterator[RawBatch]:
        """All records after a position, in a lasting order.

        `joined` adds columns of another table: {name: (own column, other column, other table)}, found by the other
        table's `id`.
        """
        position = after
        while True:
            rows = self._rows(table, position, size, joined or {})
            if not rows:
                return
            if _has_text_key(table):
                position = _storable(rows[-1][table.columns.index(table.key[0]) + 1])
            else:
                position = rows[-1][0] if table.has_rowid else (position or 0) + len(rows)
            yield RawBatch(rows=rows, position=position)

    def _rows(
        self, table: Table, position: Any, size: int, joined: dict[str, tuple[str, str, Table]]
    ) -> list[tuple[Any, ...]]:
        sql, parameters = self._query(table, position, size, joined)
        try:
            return self._fetch(sql, parameters, str)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise explained(self.location.path, error) from error
            # Some text is not UTF-8: this batch is read the careful way, which is slower.
            return self._fetch(sql, parameters, decoded)
        except sqlite3.Error as error:
            raise explained(self.location.path, error) from error

    def _fetch(self, sql: str, parameters: tuple[Any, ...], text: Any) -> list[tuple[Any, ...]]:
        self._connection.text_factory = text
        cursor = self._connection.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = []
        weight = 0
        while weight < MOST_BYTES and (some := cursor.fetchmany(AT_ONCE)):
            rows += some
            weight += WEIGHED * sum(
                len(value) for row in some[::WEIGHED] for value in row if isinstance(value, (str, bytes))
            )
        return rows

    def _query(
        self, table: Table, position: Any, size: int, joined: dict[str, tuple[str, str, Table]]
    ) -> tuple[str, tuple[Any, ...]]:
        number = self._number(table)
        columns = [number, *(f"t.{_quoted(column)}" for column in table.columns)]
        joins = []
        for index, (own, other, other_table) in enumerate(joined.values()):
            columns.append(f"j{index}.{_quoted(other)}")
            joins.append(self._join(f"j{index}", f"nullif(t.{_quoted(own)}, '')", other_table))
        select = f"SELECT {', '.join(columns)} FROM {_quoted(table.name)} t{''.join(joins)}"
        order = self._order(table)
        if not table.has_rowid and not _has_text_key(table):
            return f"{select} ORDER BY {order} LIMIT ? OFFSET ?", (size, position or 0)
        if position is None:
            return f"{select} ORDER BY {order} LIMIT ?", (size,)
        last, value = _bound(position)
        return f"{select} WHERE {order} > {last} ORDER BY {order} LIMIT ?", (value, size)

    def _join(self, alias: str, key: str, table: Table) -> str:
        """Joins the record that has a key; the first of them, if several have it."""
        name, number = _quoted(table.name), _row_number(table.columns)
        own = next(column for column in table.columns if column.lower() == "id")
        if not table.has_rowid or self._is_unique(table, own):
            return f" LEFT JOIN {name} {alias} ON {alias}.id = {key}"
        text = "CAST({} AS TEXT) COLLATE BINARY"
        firsts = f"SELECT {text.format('id')} AS id, min({number}) AS number FROM {name} GROUP BY 1"
        return (
            f" LEFT JOIN ({firsts}) {alias}_first ON {alias}_first.id = {text.format(key)}"
            f" LEFT JOIN {name} {alias} ON {alias}.{number} = {alias}_first.number"
        )

    def _number(self, table: Table) -> str:
        """A record's number as SQL, for records as `t`: 0 where the table has none to offer."""
        return f"t.{_row_number(table.columns)}" if table.has_rowid else "0"

    def _order(self, table: Table) -> str:
        """The order of reading as SQL."""
        columns = table.key or table.columns
        return self._number(table) if table.has_rowid else ", ".join(f"t.{_quoted(column)}" for column in columns)

    def repeated_keys(self, table: Table, column: str) -> set[int]:
        """Numbers of the records whose key an earlier record has. Empty where a unique index rules it out.

        Keys are compared as what they become, text: 1 and '1' are the same, 'a' and 'A' are not.
        """
        if self._is_unique(table, column):
            return set()
        order = self._order(table)
        number = order if table.has_rowid else f"row_number() OVER (ORDER BY {order})"
        records = f"SELECT {number} AS number, t.{_quoted(column)} AS key FROM {_quoted(table.name)} t"
        text = "CASE typeof(key) WHEN 'real' THEN written(key) ELSE CAST(key AS TEXT) END COLLATE BINARY"
        nth = f"row_number() OVER (PARTITION BY {text} ORDER BY number)"
        found = self._connection.execute(
            f"SELECT number FROM (SELECT number, {nth} AS nth FROM ({records}) "
            "WHERE typeof(key) NOT IN ('null', 'blob') AND trim(key) <> '') WHERE nth > 1"
        )
        return {row[0] for row in found}

    def _is_unique(self, table: Table, column: str) -> bool:
        """True if no two records can have the same text as their key."""
        place = table.columns.index(column)
        declared = table.types[place].upper()
        if table.key == (column,) and declared == "INTEGER" and table.has_rowid:
            return True
        # A column without affinity can hold both 1 and '1', whatever its indexes say.
        if not declared or "BLOB" in declared or declared == "ANY":
            return False
        name = _quoted(table.name)
        for _, index, unique, _, partial in self._connection.execute(f"PRAGMA index_list({name})").fetchall():
            columns = [row[2] for row in self._connection.execute(f"PRAGMA index_info({_quoted(index)})")]
            if unique and not partial and columns == [column]:
                return True
        return False
