"""Which servers a process uses: those that its environment names, and a sandbox for the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from operations.sandbox.errors import SandboxError
from operations.sandbox.sandbox import Sandbox

VARIABLES = ("DATABASE_URL", "READ_DATABASE_URL", "REDIS_URL")


def missing_servers(given: Mapping[str, str]) -> tuple[str, ...]:
    """The servers that a sandbox has to provide, because `given` does not name them.

    With a DATABASE_URL there is no replica: nothing of ours can stream from a server that we know nothing of. Without a
    READ_DATABASE_URL the primary answers reads.
    """
    if given.get("READ_DATABASE_URL") and not given.get("DATABASE_URL"):
        raise SandboxError("READ_DATABASE_URL is set, but not the DATABASE_URL of its primary. Set both, or neither.")
    databases = () if given.get("DATABASE_URL") else ("primary", "replica")
    cache = () if given.get("REDIS_URL") else ("cache",)
    return databases + cache


@contextmanager
def servers(given: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """The URLs to work with: those in `given` as they are, the others of a sandbox that is open while the block runs.

    Nothing is started when DATABASE_URL and REDIS_URL are given.
    """
    found = {name: given[name] for name in VARIABLES if given.get(name)}
    names = missing_servers(given)
    if not names:
        yield found
        return
    with Sandbox(names) as sandbox:
        yield sandbox.environment() | found
