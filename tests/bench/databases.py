"""Databases of their own for benchmarks, on the server that the settings name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


def url_of(database: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))


def environment_of(url: str) -> dict[str, str]:
    """Leads a process to the database at `url`, and to what the replica has of it where there is one."""
    replica = os.environ.get("READ_DATABASE_URL", "")
    kept = {name: value for name, value in os.environ.items() if name != "READ_DATABASE_URL"}
    if replica:
        kept["READ_DATABASE_URL"] = urlunsplit(urlsplit(replica)._replace(path=urlsplit(url).path))
    return kept | {"DATABASE_URL": url, "DEBUG": "off", "HTTPS": "off", "ALLOWED_HOSTS": "127.0.0.1"}


@contextmanager
def database(name: str) -> Iterator[str]:
    """A new, empty database; gives its URL and drops it at the end."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield url_of(name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
