"""Empty stores of every kind, for the legacy systems that the demo makes up: a file, databases beside the site's."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from operations.importing.declaration import LegacySource

REDIS_DATABASE = 9  # another than the cache's


class LegacyStores:
    """Use as a context manager: what was made is gone at its end."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder = Path()

    def __enter__(self) -> Self:
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-demo-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def make(self, source: LegacySource) -> tuple[str, str]:
        """An empty store for a source: its path or address, and what of it can be shown."""
        if source.store == "sqlite":
            path = str(self._folder / f"{source.name}.db")
            return path, path
        if source.store == "redis":
            return _redis_address(), f"database {REDIS_DATABASE} of the cache's server"
        name = f"slipway_demo_{source.name}"
        self._make_database(name)
        return _postgres_address(name), f"database {name} of the site's server"

    def _make_database(self, name: str) -> None:
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        dropping = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        self._stack.callback(self._run, dropping)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(_postgres_address(connection.settings_dict["NAME"]), autocommit=True) as server:
            server.execute(statement)


def _redis_address() -> str:
    address, _, query = settings.REDIS_URL.partition("?")
    if address.startswith("unix:"):
        return f"{address}?db={REDIS_DATABASE}"
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{REDIS_DATABASE}" + (f"?{query}" if query else "")


def _postgres_address(database: str) -> str:
    """The site's own server, with all that its connections need."""
    own = connection.settings_dict
    options = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    options |= {name: own["OPTIONS"][name] for name in ("sslmode", "sslrootcert") if name in own["OPTIONS"]}
    given = {name: str(value) for name, value in options.items() if value}
    return f"postgresql:///{quote(database)}?{urlencode(given)}"
