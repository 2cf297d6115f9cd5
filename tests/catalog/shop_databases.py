"""Databases for samples of the legacy shop, on the server that the tests have anyway."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from operations.sandbox import Sandbox


@contextmanager
def empty_database(sandbox: Sandbox) -> Iterator[str]:
    """The URL of a database that is there while the block runs."""
    name = f"shop_{secrets.token_hex(4)}"
    with sandbox.primary.connect("postgres") as primary:
        primary.execute(f"CREATE DATABASE {name}")
        yield sandbox.primary.url.replace("/slipway?", f"/{name}?")
        primary.execute(f"DROP DATABASE {name} WITH (FORCE)")
