"""Reads a SQLite file and changes nothing: neither the file, nor its journals, nor its folder."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

from operations.importing.declaration import SourceLocation, Table
from operations.importing.errors import SourceUnreadable

HEADER = b"SQLite format 3\x00"
WAL_VERSION = b"\x02"
BUSY_SECONDS = 5


class BrokenText(bytes):
    """The bytes of a TEXT value that are not UTF-8."""


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
    path = next((candidate for candidate in candidates if candidate.exists()), candidates[0])
    return SourceLocation(path=path.absolute(), shown=f"sqlite:///{path.absolute()}")


def _decode(value: bytes) -> str | BrokenText:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return BrokenText(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class SQLiteReader:
    """An open legacy file. Use as a context manager; raises SourceUnreadable with the remedy."""

    def __init__(self, location: SourceLocation) -> None:
        self.location = location
        self._stack = ExitStack()
        self._connection: sqlite3.Connection

    def __enter__(self) -> SQLiteReader:
        path = self.location.path
        self._check_file(path)
        try:
            self._connection = self._open(path)
            self._stack.callback(self._connection.close)
            # One read transaction from the first look to the last row: everybody sees the same file.
            self._connection.execute("BEGIN")
            verdict = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            self._stack.close()
            raise self._explained(error) from error
        if verdict != "ok":
            self._stack.close()
            raise SourceUnreadable(
                f"{path} is damaged: {verdict}. Restore it from a backup, or recover what is left with "
                "`sqlite3 damaged.db .recover | sqlite3 recovered.db` and import that."
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _check_file(self, path: Path) -> None:
        if not path.exists():
            left = [suffix for suffix in ("-journal", "-wal") if path.with_name(path.name + suffix).exists()]
            hint = f" Only its {left[0]} file is there, which holds no records by itself." if left else ""
            raise SourceUnreadable(f"There is no file {path}.{hint} Check the path after sqlite:///.")
        if not path.is_file():
            raise SourceUnreadable(f"{path} is not a file. Give the path of the SQLite file itself.")
        try:
            with path.open("rb") as file:
                header = file.read(len(HEADER))
        except OSError as error:
            raise SourceUnreadable(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
        if not header:
            raise SourceUnreadable(f"{path} is empty. Was the copy interrupted?")
        if header != HEADER:
            raise SourceUnreadable(
                f"{path} is not a SQLite database, or it is encrypted. If it is encrypted, make a plain copy first "
                "(with SQLCipher: ATTACH … KEY ''; SELECT sqlcipher_export(…))."
            )

    def _open(self, path: Path) -> sqlite3.Connection:
        journal, wal, shared = (path.with_name(path.name + suffix) for suffix in ("-journal", "-wal", "-shm"))
        unfinished = [file for file in (journal, wal) if file.is_file() and file.stat().st_size > 0]
        live_wal = wal in unfinished and shared.is_file() and journal not in unfinished
        if unfinished and not live_wal:
            # What the journal holds must be rolled back or brought in, which writes: it is done to a private copy.
            path = self._private_copy(path, unfinished)
            return sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
        with path.open("rb") as file:
            file.seek(18)
            wal_mode = file.read(1) == WAL_VERSION
        # A file in WAL mode without a WAL: opening it would make one beside it, unless it is taken as it is.
        mode = "mode=ro&immutable=1" if wal_mode and not unfinished else "mode=ro"
        uri = f"file:{quote(str(path))}?{mode}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)

    def _private_copy(self, path: Path, journals: list[Path]) -> Path:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-source-")))
        for file in (path, *journals):
            shutil.copy2(file, folder / file.name)
        return folder / path.name

    def _explained(self, error: sqlite3.Error) -> SourceUnreadable:
        path, text = self.location.path, str(error)
        if "locked" in text or "busy" in text:
            return SourceUnreadable(f"{path} is locked by another program. Stop that program, or import a copy.")
        if "malformed" in text or "corrupt" in text or "not a database" in text:
            return SourceUnreadable(
                f"{path} is damaged or encrypted ({text}). Restore it from a backup, or recover what is left with "
                "`sqlite3 damaged.db .recover | sqlite3 recovered.db` and import that."
            )
        return SourceUnreadable(f"{path} cannot be read: {text}.")

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
            raise self._explained(error) from error

    def _table(self, name: str, without_rowid: bool) -> Table:
        described = self._connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
        key = sorted((position, column) for _, column, _, _, _, position in described if position)
        rows = self._connection.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]
        return Table(
            name=name,
            columns=tuple(row[1] for row in described),
            types=tuple(row[2] for row in described),
            key=tuple(column for _, column in key),
            rows=rows,
            has_rowid=not without_rowid,
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
            position = rows[-1][0] if table.has_rowid else (position or 0) + len(rows)
            yield RawBatch(rows=rows, position=position)
            if len(rows) < size:
                return

    def _rows(
        self, table: Table, position: Any, size: int, joined: dict[str, tuple[str, str, Table]]
    ) -> list[tuple[Any, ...]]:
        sql, parameters = self._query(table, position, size, joined)
        try:
            return self._fetch(sql, parameters, str)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise self._explained(error) from error
            # Some text is not UTF-8: this batch is read the careful way, which is slower.
            return self._fetch(sql, parameters, _decode)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _fetch(self, sql: str, parameters: tuple[Any, ...], text: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.cursor()
        self._connection.text_factory = text
        return cursor.execute(sql, parameters).fetchall()

    def _query(
        self, table: Table, position: Any, size: int, joined: dict[str, tuple[str, str, Table]]
    ) -> tuple[str, tuple[Any, ...]]:
        number = f"t.{self._rowid(table)}" if table.has_rowid else "0"
        columns = [number, *(f"t.{_quoted(column)}" for column in table.columns)]
        joins = []
        for index, (own, other, other_table) in enumerate(joined.values()):
            columns.append(f"j{index}.{_quoted(other)}")
            joins.append(f" LEFT JOIN {_quoted(other_table.name)} j{index} ON j{index}.id = t.{_quoted(own)}")
        select = f"SELECT {', '.join(columns)} FROM {_quoted(table.name)} t{''.join(joins)}"
        if not table.has_rowid:
            order = ", ".join(f"t.{_quoted(column)}" for column in table.key)
            return f"{select} ORDER BY {order} LIMIT ? OFFSET ?", (size, position or 0)
        if position is None:
            return f"{select} ORDER BY {number} LIMIT ?", (size,)
        return f"{select} WHERE {number} > ? ORDER BY {number} LIMIT ?", (position, size)

    def _rowid(self, table: Table) -> str:
        taken = {column.lower() for column in table.columns}
        return next(name for name in ("_rowid_", "rowid", "oid") if name not in taken)

    def repeated_keys(self, table: Table, column: str) -> set[int]:
        """Row numbers of the records whose key an earlier record has. Empty where a unique index rules it out."""
        if not table.has_rowid or self._is_unique(table, column):
            return set()
        number, name, key = self._rowid(table), _quoted(table.name), _quoted(column)
        first = f"SELECT min({number}) FROM {name} WHERE {key} IS NOT NULL GROUP BY {key}"
        found = self._connection.execute(
            f"SELECT {number} FROM {name} WHERE {key} IS NOT NULL AND {number} NOT IN ({first})"
        )
        return {row[0] for row in found}

    def _is_unique(self, table: Table, column: str) -> bool:
        for _, index, unique, _, partial in self._connection.execute(
            f"PRAGMA index_list({_quoted(table.name)})"
        ).fetchall():
            columns = [row[2] for row in self._connection.execute(f"PRAGMA index_info({_quoted(index)})")]
            if unique and not partial and columns == [column]:
                return True
        return table.key == (column,) and table.types[table.columns.index(column)].upper() == "INTEGER"

    def scalar(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        """One value of a query of `inspection`, which asks about values, never for records."""
        row = self._connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._fetch(sql, parameters, _decode)
        except sqlite3.Error as error:
            raise self._explained(error) from error
