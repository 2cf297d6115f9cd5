"""Positions in the write-ahead log of the primary: where it is, and how a caller carries one along.

A token is the position and the timeline with a signature. One that was made up, cut or made by another site is no
token. One of another timeline, which a failover leaves behind, says only that the caller has seen something: it stands
for the position that the primary has now.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b

import psycopg
from django.conf import settings
from django.db import Error, connections

from config.routing.caller import PRIMARY, Caller
from config.routing.replicas import WATCH

FLUSHED = "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"
REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"
LONGEST = 80
_TOKEN = re.compile(r"([0-9a-f]{1,8})-([0-9a-f]{1,16})-([0-9a-f]{24})")


def flushed() -> int:
    """How far the primary's log is on disk; everything that anybody can have seen is before it.

    The insert position would be wrong: on an idle server it may be 15 s ahead of what is ever sent to a replica.
    """
    return _ask(PRIMARY, FLUSHED)


def _ask(alias: str, query: str) -> int:
    """By the connection beneath Django's, so that it is no query of the caller's."""
    connection = connections[alias]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        row = connection.connection.execute(query).fetchone()
    return int(row[0] or 0)


def settle(caller: Caller) -> None:
    """After this `needed` covers all that the caller has written and seen. Raises what the database raises."""
    if caller.unsettled:
        # Not the larger of both: nobody can have seen more than there is, so an absurd position ends here.
        caller.needed = flushed()
        caller.unsettled = False
    elif caller.server:
        try:
            caller.must_see(_ask(caller.server, REPLAYED))
        except (Error, psycopg.Error):
            caller.needed = flushed()


@cache
def _key() -> bytes:
    return blake2b(settings.SECRET_KEY.encode(), person=b"position", digest_size=32).digest()


def _signature(stated: str) -> str:
    about = f"{WATCH.system}:{stated}".encode()
    return blake2b(about, key=_key(), digest_size=12).hexdigest()


def token(position: int) -> str:
    """The position as a caller carries it; empty as long as nothing is known of the primary."""
    if not WATCH.system:
        return ""
    stated = f"{WATCH.timeline:x}-{position:x}"
    return f"{stated}-{_signature(stated)}"


def read_token(written: str) -> int | None:
    """The position that a token stands for; None where it is none of ours."""
    found = _TOKEN.fullmatch(written) if len(written) <= LONGEST else None
    if found is None or not WATCH.system:
        return None
    timeline, position, signature = found.groups()
    # Not compared in constant time: who guesses one byte after the other gains a position that is bounded below.
    if signature != _signature(f"{timeline}-{position}"):
        return None
    if int(timeline, 16) != WATCH.timeline:
        return WATCH.flushed
    return int(position, 16)
