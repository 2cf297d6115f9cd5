"""A private file that a source without an order of its own is poured into, to be read in the order of its keys.

Records are appended as they come. At the end each table is sorted once into its final form, in which what came twice
is one record. The file is a temporary one of SQLite's own: it has no name, and is gone with its process, however that
ends.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import msgspec

from operations.importing.declaration import View
from operations.importing.errors import SourceUnreadable
from operations.importing.sqlite import SQLiteReader, written
from operations.importing.tables import SourceLocation

PAGE_BYTES = 16_384
CACHE_KIB = 16_384
LARGE = 262_144  # bytes of a record that is not moved a second time
FEW = 8  # elements that are not worth a page
LOOKALIKE = re.compile(rb"\\x[0-9a-f]{2}")

Row = tuple[Any, ...]

_encode = msgspec.json.Encoder().encode


def text_or_bytes(raw: bytes) -> str | bytes:
    """Text if it is UTF-8 without NUL, else the bytes as they are."""
    try:
        return raw if b"\0" in raw else raw.decode()
    except UnicodeDecodeError:
        return raw


def name_of(raw: bytes, *, slashes: bool = True) -> str:
    """Text that no other bytes have: what is not text, and unless `slashes` a slash too, is written as \\xNN.

    Where anything is written so, or looks as if it was, backslashes are doubled.
    """
    if slashes or b"/" not in raw:
        text = text_or_bytes(raw)
        if isinstance(text, str) and not LOOKALIKE.search(raw):
            return text
    escaped = raw.replace(b"\\", rb"\\").replace(b"\0", rb"\x00")
    return (escaped if slashes else escaped.replace(b"/", rb"\x2f")).decode(errors="backslashreplace")


@dataclass(frozen=True)
class Shape:
    """The columns of a table: key, redis_key, `groups`, element and value where it has these, type, expires_at.

    With `elements`, a key that holds many has a record for each, known as `<redis key>/<element>`.
    """

    name: str
    groups: tuple[str, ...] = ()
    elements: bool = True
    values: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        own = (("element",) if self.elements else ()) + (("value",) if self.values else ())
        return ("key", "redis_key", *self.groups, *own, "type", "expires_at")

    def name_of_key(self, raw: bytes) -> str:
        """Among elements the name of a key has no slash, so that the first one ends it."""
        return name_of(raw, slashes=not self.elements)


@dataclass(frozen=True)
class Key:
    """A key of the source: what all its records have in common."""

    raw: bytes
    shape: Shape
    groups: tuple[str | None, ...]
    type: str
    expires_at: int | None  # milliseconds since 1970

    def record(self, name: str, element: bytes | None, value: bytes | None, expires_at: int | None) -> Row:
        own = []
        if self.shape.elements:
            own.append(None if element is None else text_or_bytes(element))
        if self.shape.values:
            own.append(None if value is None else text_or_bytes(value))
        return (name, text_or_bytes(self.raw), *self.groups, *own, self.type, expires_at)

    def page(self, page: str) -> Row:
        prefix = self.shape.name_of_key(self.raw) + "/"
        return (prefix, text_or_bytes(self.raw), *self.groups, self.type, self.expires_at, page)


class _Pool:
    """One table being filled: with records, and with pages, each a JSON object of many plain elements of one key.

    SQLite takes pages apart much faster than rows can be handed to it one by one.
    """

    def __init__(self, connection: sqlite3.Connection, shape: Shape, number: int) -> None:
        self.shape = shape
        self.records: list[Row] = []
        self.pages: list[Row] = []
        self._connection = connection
        self._final = _quoted(shape.name)
        self._columns = _listed(shape.columns)
        self._staged = {"records": f'"records {number}"', "pages": f'"pages {number}"'}
        self._create()

    def _create(self) -> None:
        types = {"key": "TEXT PRIMARY KEY", "expires_at": "INTEGER"}
        declared = ", ".join(f"{_quoted(name)} {types.get(name, 'TEXT')}" for name in self.shape.columns)
        of_page = ("key prefix", "redis_key", *self.shape.groups, "type", "expires_at", "page of elements")
        self._connection.execute(f"CREATE TABLE {self._final} ({declared}) WITHOUT ROWID")
        self._connection.execute(f"CREATE TABLE {self._staged['records']} ({self._columns})")
        self._connection.execute(f"CREATE TABLE {self._staged['pages']} ({_listed(of_page)})")

    def put(self, record: Row, weight: int) -> None:
        if weight > LARGE:
            self._insert(self._final, [record])
        else:
            self.records.append(record)

    def flush(self) -> None:
        self._insert(self._staged["records"], self.records)
        self._insert(self._staged["pages"], self.pages)
        self.records, self.pages = [], []

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self._connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({places})", rows)

    def forget(self, redis_key: str | bytes) -> None:
        for table in (self._final, *self._staged.values()):
            self._connection.execute(f"DELETE FROM {table} WHERE redis_key = ?", (redis_key,))

    def sort(self) -> None:
        computed = {"key": 'p."key prefix" || j.key', "element": "j.key", "value": "j.value"}
        columns = ", ".join(computed.get(name, f"p.{_quoted(name)}") for name in self.shape.columns)
        records, pages = self._staged.values()
        into = f"INSERT OR IGNORE INTO {self._final}"
        self._connection.execute(f"{into} SELECT {self._columns} FROM {records} ORDER BY key")
        # The elements of a page are sorted already. Only those of keys with several pages have to be brought together.
        keys = f'SELECT min(rowid) AS number, count(*) AS pages FROM {pages} GROUP BY "key prefix"'
        alone = f"SELECT number FROM ({keys}) WHERE pages = 1"
        sorted_pages = f'(SELECT * FROM {pages} WHERE rowid IN ({alone}) ORDER BY "key prefix")'
        other_pages = f"(SELECT * FROM {pages} WHERE rowid NOT IN ({alone}))"
        for chosen, order in ((sorted_pages, ""), (other_pages, "ORDER BY 1")):
            self._connection.execute(
                f'{into} SELECT {columns} FROM {chosen} p, json_each(p."page of elements") j {order}'
            )
        self._connection.execute(f"DROP TABLE {records}")
        self._connection.execute(f"DROP TABLE {pages}")


class Spool:
    """Pour with `add` and `add_elements`, `flush` now and then, and `finish`; then a SpoolReader reads it."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.connection.executescript(
            f"PRAGMA page_size = {PAGE_BYTES}; PRAGMA cache_size = -{CACHE_KIB}; PRAGMA journal_mode = OFF; "
            "PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; BEGIN"
        )
        self.connection.create_function("digest", 1, _digest, deterministic=True)
        self.connection.create_function("written", 1, written, deterministic=True)
        self._pools = {shape.name: _Pool(self.connection, shape, number) for number, shape in enumerate(shapes)}

    def add(self, key: Key, value: bytes) -> None:
        """The one record of a key that holds a value."""
        record = key.record(key.shape.name_of_key(key.raw), None, value, key.expires_at)
        self._pools[key.shape.name].put(record, len(value))

    def add_elements(
        self, key: Key, elements: Sequence[bytes], values: Sequence[bytes], expiries: Sequence[int | None] = ()
    ) -> None:
        """Records of elements of a key. `values` may be empty, `expiries` too where elements have none of their own."""
        if not elements:
            return
        pool = self._pools[key.shape.name]
        if not expiries:
            page = _page(elements, values)
            if page is not None:
                pool.pages.append(key.page(page))
                return
            if len(elements) > FEW:  # one that is not plain does not spoil the others
                half = len(elements) // 2
                self.add_elements(key, elements[:half], values[:half])
                self.add_elements(key, elements[half:], values[half:])
                return
        prefix = key.shape.name_of_key(key.raw) + "/"
        for element, value, own in zip_longest(elements, values, expiries):
            expires_at = min((moment for moment in (own, key.expires_at) if moment is not None), default=None)
            record = key.record(prefix + name_of(element), element, value, expires_at)
            pool.put(record, len(element) + len(value or b""))

    def flush(self) -> None:
        """Write what has been added; until then it is held in memory."""
        for pool in self._pools.values():
            pool.flush()

    def forget(self, key: Key) -> None:
        """Take out all records of a key: it is not any more what it was when they were read."""
        self._pools[key.shape.name].flush()
        self._pools[key.shape.name].forget(text_or_bytes(key.raw))

    def finish(self, views: Sequence[View] = ()) -> None:
        """Sort what was added, and make the tables of `views` out of it, in their order."""
        for pool in self._pools.values():
            pool.flush()
            pool.sort()
        for view in views:
            self._derive(view)
        self.connection.execute("COMMIT")
        self.connection.execute("PRAGMA query_only = ON")

    def _derive(self, view: View) -> None:
        """A view's records: of those with the same key, the first in the order of all their values."""
        declared = ", ".join(f"{_quoted(name)} TEXT" for name in view.columns)
        table, columns = _quoted(view.name), _listed(view.columns)
        self.connection.execute(f"CREATE TABLE {table} ({declared}, PRIMARY KEY ({_listed(view.key)})) WITHOUT ROWID")
        self.connection.execute(
            f"INSERT OR IGNORE INTO {table} SELECT {columns} FROM ({view.query}) ORDER BY {columns}"
        )

    def close(self) -> None:
        self.connection.close()


def _digest(text: str) -> str:
    """For views: a short key for a long text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _page(elements: Sequence[bytes], values: Sequence[bytes]) -> str | None:
    """The elements, sorted, as a JSON object, if they are plain text that names itself, and none is large."""
    if max(map(len, elements)) + max(map(len, values), default=0) > LARGE:
        return None
    together = b"".join((*elements, *values))
    if b"\0" in together or LOOKALIKE.search(together):
        return None
    try:
        if values:
            pairs = sorted(zip(elements, values, strict=True))
            return _encode({element.decode(): value.decode() for element, value in pairs}).decode()
        return _encode(dict.fromkeys(map(bytes.decode, sorted(elements)))).decode()
    except UnicodeDecodeError:
        return None


def _quoted(name: str) -> str:
    return f'"{name}"'


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_quoted, names))


class SpoolReader(SQLiteReader):
    """Reads a finished spool, by the connection that filled it."""

    def __init__(self, location: SourceLocation, spool: Spool) -> None:
        super().__init__(location)
        self._spool = spool
        self._connection = spool.connection

    def __enter__(self) -> SpoolReader:
        return self


@contextmanager
def room_wanted(shown: str) -> Iterator[None]:
    """A spool that cannot be written raises SourceUnreadable with the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise SourceUnreadable(
            f"What was read of {shown} could not be put aside: {error}. It wants a temporary file of about four times "
            "the data: set SQLITE_TMPDIR to a folder with room for it."
        ) from error
