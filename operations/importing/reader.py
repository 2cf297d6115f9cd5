"""Chooses the reader of a source by its address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from operations.importing.declaration import LegacySource, View
from operations.importing.errors import SourceUnreadable
from operations.importing.planning import recognised
from operations.importing.postgres_catalog import Recognise
from operations.importing.postgres_dump import DumpReader, is_dump, locate_dump
from operations.importing.postgres_location import is_postgres, locate_postgres
from operations.importing.postgres_reader import PostgresReader
from operations.importing.redis_connection import SCHEMES, RedisLocation, Server, connected, locate_redis
from operations.importing.redis_reader import Family, RedisReader
from operations.importing.redis_scan import Progress
from operations.importing.sqlite import RawBatch, SQLiteReader, locate
from operations.importing.tables import SourceLocation, Table
from operations.sandbox import Sandbox, SandboxError

SNAPSHOT_HEADERS = (b"REDIS", b"VALKEY")
UNDERSTOOD = (
    "sqlite:///path/to/file.db, redis://host:port/db (rediss:// with TLS), unix:///path/to/socket, rdb:///path, "
    "postgresql://user:password@host:port/database and pgdump:///path"
)


class Reader(Protocol):
    """An open source: its tables, and their records in an order that lasts."""

    @property
    def location(self) -> SourceLocation: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def tables(self) -> list[Table]: ...
    def batches(
        self, table: Table, *, after: Any = None, size: int, joined: dict[str, tuple[str, str, Table]] | None = None
    ) -> Iterator[RawBatch]: ...
    def repeated_keys(self, table: Table, column: str) -> set[int]: ...


class SnapshotReader(RedisReader):
    """An RDB file, loaded by a server of our own while it is read."""

    @contextmanager
    def _connected(self) -> Iterator[Server]:
        try:
            sandbox = Sandbox(("cache",), rdb=self.location.path)
            sandbox.open()
        except SandboxError as error:
            raise SourceUnreadable(f"{self.location.path} could not be loaded. {error}") from error
        try:
            url = sandbox.cache.url.replace("?db=0", f"?db={self.location.database}")
            with connected(replace(self.location, url=url, is_snapshot=True)) as server:
                yield server
        finally:
            sandbox.close()


# Of each store, its reader and what to give.
STORES: dict[str, tuple[type[Reader], str]] = {
    "sqlite": (SQLiteReader, "a SQLite file, sqlite:///path/to/file.db"),
    "redis": (RedisReader, "Redis, redis://host:port/db or an RDB file"),
    "postgresql": (PostgresReader, "PostgreSQL, postgresql://host/database or a dump of one"),
}


def open_source(source: LegacySource, url: str, progress: Progress | None = None, zone: str = "UTC") -> Reader:
    """The reader of a legacy system at an address, to be used as a context manager.

    `zone` is that of moments which name none, for views that ask. `progress` hears how far a source has been read that
    has to be read as a whole. Raises SourceUnreadable for an address that is not understood.
    """
    reader = open_reader(url, source.families, progress, source.views, zone, partial(recognised, source))
    kind, kept_in = STORES[source.store]
    if not isinstance(reader, kind):
        raise SourceUnreadable(f"{reader.location.shown} cannot be {source.title}: that is kept in {kept_in}.")
    return reader


def open_reader(
    url: str,
    families: Sequence[Family] = (),
    progress: Progress | None = None,
    views: Sequence[View] = (),
    zone: str = "UTC",
    recognise: Recognise | None = None,
) -> Reader:
    """The reader for an address; `families` and `progress` are for Redis, `recognise` is for PostgreSQL.

    Raises SourceUnreadable for an address that is not understood.
    """
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme in SCHEMES:
        return RedisReader(locate_redis(url), families, progress, views)
    if scheme == "rdb" or (not scheme and _header(Path(url)).startswith(SNAPSHOT_HEADERS)):
        return SnapshotReader(locate_snapshot(url), families, progress, views)
    if is_postgres(url):
        return PostgresReader(replace(locate_postgres(url), zone=zone), views, recognise)
    if scheme == "pgdump" or (not scheme and is_dump(Path(url))):
        return DumpReader(replace(locate_dump(url), zone=zone), views, recognise)
    if scheme in {"", "sqlite"}:
        return SQLiteReader(locate(url))
    raise SourceUnreadable(f"{scheme}:// is not an address that can be read. Understood are {UNDERSTOOD}.")


def locate_snapshot(url: str) -> RedisLocation:
    """Understand rdb:///path/to/dump.rdb, with ?db=1 for another database than 0, or a plain path."""
    place, _, database = re.fullmatch(r"(.*?)(\?db=([0-9]+))?", url, re.DOTALL).groups()  # type: ignore[union-attr]
    path = locate(f"sqlite://{place.removeprefix('rdb://')}" if place.startswith("rdb://") else place).path
    if not path.is_file():
        raise SourceUnreadable(f"There is no file {path}. Check the path after rdb:///.")
    if not os.access(path, os.R_OK):
        raise SourceUnreadable(f"{path} cannot be read. Check its permissions.")
    if not _header(path).startswith(SNAPSHOT_HEADERS):
        raise SourceUnreadable(f"{path} is not an RDB file, or is empty. Make one with redis-cli --rdb dump.rdb.")
    if path.name.endswith(".base.rdb") and list(path.parent.glob("*.manifest")):
        raise SourceUnreadable(
            f"{path} lacks what has changed since it was written: that is in the append-only files beside it. Start "
            "a server on that folder and read it, or make an RDB file of it with redis-cli --rdb dump.rdb."
        )
    return RedisLocation(path, f"rdb:///{path}?db={database or 0}", database=int(database or 0))


def _header(path: Path) -> bytes:
    with suppress(OSError), path.open("rb") as file:
        return file.read(max(map(len, SNAPSHOT_HEADERS)))
    return b""
