"""A connection to a legacy PostgreSQL database that can only read, and whose failures name their remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from operations.importing.errors import SourceUnreadable
from operations.importing.postgres_location import FORM, PostgresLocation

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 100_000  # the first whose standbys export snapshots and whose partitions are known
CONNECT_SECONDS = 10
# An import may think long between two questions, and what it reads has to be written the same way by every server.
SETTINGS = {
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "lock_timeout": "30s",
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    # A policy would hide records silently; with this off the server says so instead.
    "row_security": "off",
    "jit": "off",
}
# Those that a server is too old for are left out; SET LOCAL would fail.
SET = """
    SELECT set_config(s.name, wanted.value, true)
    FROM unnest(%s::text[], %s::text[]) AS wanted (name, value) JOIN pg_settings s USING (name)
"""


@contextmanager
def connected(location: PostgresLocation, *, snapshot: str = "", undecoded: bool = False) -> Iterator[Connection]:
    """One read-only transaction that sees one state: its own, or that of `snapshot`.

    `undecoded` leaves text as bytes where the database does not know its encoding.
    """
    with failures_explained(location):
        connection = _connect(location)
    try:
        with failures_explained(location):
            _begin(connection, location, snapshot)
            if undecoded and connection.info.parameter_status("server_encoding") == "SQL_ASCII":
                connection.execute("SET LOCAL client_encoding = 'SQL_ASCII'")
        yield connection
    finally:
        connection.close()


def _connect(location: PostgresLocation) -> Connection:
    patience = conninfo_to_dict(location.url).get("connect_timeout", CONNECT_SECONDS)
    own = {"application_name": "slipway", "client_encoding": "UTF8", "connect_timeout": patience}
    # Nothing is prepared: a pooler may stand in between.
    connection = psycopg.connect(make_conninfo(location.url, **own), autocommit=True, prepare_threshold=None)
    if connection.info.server_version < OLDEST:
        version = connection.info.parameter_status("server_version")
        connection.close()
        raise SourceUnreadable(
            f"{location.shown} is PostgreSQL {version}; 10 is the oldest that can be read. Make a dump with its own "
            "pg_dump and give that."
        )
    return connection


def _begin(connection: Connection, location: PostgresLocation, snapshot: str) -> None:
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE")
    if snapshot:
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
    path = sql.Identifier(location.schema).as_string(connection)
    wanted = SETTINGS | {"search_path": path}
    connection.execute(SET, [list(wanted), list(wanted.values())])
    connection.execute("SELECT set_config('slipway.zone', %s, true)", [location.zone])


@contextmanager
def failures_explained(location: PostgresLocation) -> Iterator[None]:
    """Whatever the source does wrong while the block runs is raised as SourceUnreadable."""
    try:
        yield
    except psycopg.Error as error:
        raise SourceUnreadable(explanation(error, location.shown)) from error


def explanation(error: psycopg.Error, shown: str) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    if error.sqlstate is None:
        return f"{shown} {_connection_trouble(text)}"
    remedy = REMEDIES.get(error.sqlstate) or REMEDIES.get(error.sqlstate[:2], "")
    return f"{shown} does not let itself be read: {text}.{remedy and ' '}{remedy}"


SNAPSHOT_GONE = "The session that held the state to be read has ended. Run the same command again."
REMEDIES = {
    "42501": (
        'Read as the owner of its tables, or grant what is missing: GRANT USAGE ON SCHEMA … TO "user"; GRANT SELECT ON '
        'ALL TABLES IN SCHEMA … TO "user". Where a row-level policy hides records: ALTER ROLE "user" BYPASSRLS.'
    ),
    "40001": (
        "This is a standby whose primary cleaned up behind the reading. Set hot_standby_feedback = on there, or "
        "max_standby_streaming_delay = -1, and run the same command again; or read the primary."
    ),
    "55P03": "Another session keeps a table locked. Let it finish, or end it, and run the same command again.",
    "0A000": "An unlogged table has no records on a standby. Read the primary.",
    "42704": SNAPSHOT_GONE,
    "22023": SNAPSHOT_GONE,
    "22P05": "It holds text that cannot be written in UTF-8. Correct that there.",
    "22021": "It holds text that its encoding does not permit. Correct that there.",
    "53": "The server lacks room, memory or connections. Make some, and run the same command again.",
    "57": "The session was ended over there. Run the same command again.",
    "58": "The server cannot read its files. Restore it from a backup, and read that.",
    "XX": "The database is damaged. Restore it from a backup, and read that.",
}


def _connection_trouble(text: str) -> str:
    """In English only: a server says it in its own language before there is a session. `text` is kept all the same."""
    for words, remedy in TROUBLES.items():
        if any(word in text for word in words.split("|")):
            return f"cannot be opened ({text}). {remedy}"
    return f"cannot be reached, or has hung up ({text}). Check that it runs, and the address: {FORM}."


TROUBLES = {
    "password|authentication failed|no PostgreSQL user name": f"Check user and password in the address: {FORM}.",
    "pg_hba.conf": "Permit this machine and user in pg_hba.conf of that server, or try ?sslmode=require.",
    "role ": "Check the user in the address.",
    "database ": "Check the name of the database at the end of the address; psql -l lists them.",
    "SSL|certificate": "Check sslmode and sslrootcert in the address; without TLS it is ?sslmode=disable.",
    "starting up|shutting down|recovery|too many|connection slots": "Try again in a while.",
    "service": "Check ~/.pg_service.conf, or the file that PGSERVICEFILE names.",
}
