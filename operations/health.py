"""How the primary, its replicas, the cache and the migrations are, told within a second or so.

Each is asked over a connection of its own, made for the question and closed after it: a frozen server costs no
connection of the site's pool.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import wait
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, LiteralString

import psycopg
import redis
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from redis.backoff import NoBackoff
from redis.retry import Retry

from operations.questions import DEADLINE, NO_ANSWER, SILENCE, Finding, Position, Question, Status
from operations.servers import PRIMARY, connect, is_configured, replicas

CACHE_KEY = "slipway:health"

SILENT_PRIMARY = Finding(Status.UNKNOWN, "the primary does not tell")

# Beyond these a replica is called degraded.
MAX_LAG_SECONDS = 30.0
MAX_LAG_BYTES = 64 * 1024 * 1024

# A replica that streams is milliseconds behind for as long as something is written.
LOOKS = 5
SECONDS_BETWEEN_LOOKS = 0.02


@dataclass(frozen=True)
class Report:
    status: Status
    components: Mapping[str, dict[str, Any]]

    @property
    def can_serve(self) -> bool:
        """Whether requests can be answered at all. Reads fall back to the primary, the cache to the database."""
        return self.status is not Status.DOWN

    def as_json(self) -> dict[str, Any]:
        return {"status": self.status, **self.components}


def report() -> Report:
    """Everything, within `DEADLINE`. The site is down when its primary is; whatever else fails degrades it."""
    answers = {question: question.begin() for question in questions()}
    wait(answers.values(), timeout=DEADLINE)
    found = {q.name: answer.result() if answer.done() else q.silence for q, answer in answers.items()}
    components = {name: _as_json(finding) for name, finding in found.items()}
    for alias in replicas():
        components[alias] |= _lag(found["primary"], found[alias])
    return Report(_overall({name: component["status"] for name, component in components.items()}), components)


def _overall(statuses: Mapping[str, Status]) -> Status:
    if statuses["primary"] is Status.DOWN:
        return Status.DOWN
    return Status.UP if set(statuses.values()) <= {Status.UP, Status.NOT_CONFIGURED} else Status.DEGRADED


def _as_json(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"status": finding.status}
    if finding.reason:
        told["reason"] = finding.reason
    if finding.status is not Status.NOT_CONFIGURED:
        told["milliseconds"] = finding.milliseconds
    return told


def _lag(primary: Finding, replica: Finding) -> dict[str, Any]:
    """The lag of the replica, and its status where the lag is too long. The bytes count from where the primary is."""
    if replica.status is Status.NOT_CONFIGURED:
        return {}
    here, there = replica.position, primary.position
    if here is None:
        return {"lag_seconds": None, "lag_bytes": None}
    behind = max(0, there.reached - here.reached) if there else None
    seconds = 0.0 if behind == 0 else here.seconds
    lag: dict[str, Any] = {"lag_seconds": seconds, "lag_bytes": behind}
    if replica.status is Status.UP and ((seconds or 0) > MAX_LAG_SECONDS or (behind or 0) > MAX_LAG_BYTES):
        lag |= {"status": Status.DEGRADED, "reason": "is too far behind the primary"}
    return lag


def _connect(alias: str) -> AbstractContextManager[psycopg.Connection[Any]]:
    return connect(alias, application="slipway-health", seconds=DEADLINE)


def _row(connection: psycopg.Connection[Any], query: LiteralString) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    assert row is not None  # the queries here have one row, always
    return row


PRIMARY_QUERY: LiteralString = """
    SELECT pg_is_in_recovery(),
           CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END
"""


def ask_primary() -> Finding:
    if not is_configured(PRIMARY):
        return Finding(Status.DOWN, "no database is configured")
    with _connect(PRIMARY) as connection:
        in_recovery, reached = _row(connection, PRIMARY_QUERY)
    if in_recovery:
        return Finding(Status.DEGRADED, "is a replica: it takes no writes")
    return Finding(Status.UP, position=Position(int(reached)))


REPLICA_QUERY: LiteralString = """
    SELECT pg_is_in_recovery(),
           EXISTS (SELECT FROM pg_stat_wal_receiver),
           CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() <> 'not paused' END,
           pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint,
           pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::bigint,
           extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float
"""


def ask_replica(alias: str) -> Finding:
    """Where a replica is, and how late.

    The time of the last replayed transaction alone says little: while nothing is written it lies back further and
    further. So a replica that has replayed all that it received is 0 s late, and one that has done so a few looks
    later, as late as that.
    """
    if not is_configured(alias):
        return Finding(Status.NOT_CONFIGURED)
    with _connect(alias) as connection:
        in_recovery, is_streaming, is_paused, reached, received, age = _row(connection, REPLICA_QUERY)
        if not in_recovery:
            return Finding(Status.DEGRADED, "is no replica: what it answers may be outdated")
        position = Position(reached or 0, age and max(0.0, round(age, 3)))
        if not is_streaming:  # it may have replayed all that it received, and miss what it did not
            return Finding(Status.DEGRADED, "does not stream from the primary", position=position)
        if is_paused:
            return Finding(Status.DEGRADED, "its replay is paused", position=position)
        for look in range(LOOKS):
            if reached >= (received or reached):  # nothing received yet is nothing outstanding
                position = Position(reached, round(look * SECONDS_BETWEEN_LOOKS, 3))
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
            reached = _row(connection, REPLICA_QUERY)[3]
    return Finding(Status.UP, position=position)


def ask_cache() -> Finding:
    """Whether Redis takes a write: one that only answers may be a replica, full, or unable to save."""
    if not settings.REDIS_URL:
        return Finding(Status.NOT_CONFIGURED)
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=DEADLINE,
        socket_connect_timeout=DEADLINE,
        retry=Retry(NoBackoff(), 0),  # its default asks a silent server ten times
    )
    try:
        with closing(client):
            client.set(CACHE_KEY, "1", ex=60)
    except redis.AuthenticationError:
        return Finding(Status.DOWN, "refuses the sign-in")
    except redis.BusyLoadingError:
        return Finding(Status.DOWN, "is loading its data")
    except redis.TimeoutError:
        return Finding(Status.DOWN, NO_ANSWER)
    except redis.ConnectionError:
        return Finding(Status.DOWN, "cannot be reached")
    except redis.ResponseError:
        return Finding(Status.DEGRADED, "takes no writes")
    return Finding(Status.UP)


MIGRATIONS_QUERY: LiteralString = "SELECT array_agg(app), array_agg(name) FROM django_migrations"


def ask_migrations() -> Finding:
    """Whether the database is as this code expects it. Old code over a migrated database is no fault: two versions may
    serve side by side."""
    if not is_configured(PRIMARY):
        return SILENT_PRIMARY
    try:
        with _connect(PRIMARY) as connection:
            apps, names = _row(connection, MIGRATIONS_QUERY)
    except psycopg.errors.UndefinedTable:
        return Finding(Status.DEGRADED, "no migration is applied")
    except psycopg.OperationalError:
        return SILENT_PRIMARY
    count = len(unapplied_migrations(set(zip(apps or (), names or (), strict=True))))
    if count:
        return Finding(Status.DEGRADED, f"{count} migration{'s are' if count > 1 else ' is'} not applied")
    return Finding(Status.UP)


def unapplied_migrations(applied: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Migrations on disk that are missing from `applied`, where a squashed one and those that it replaces are one."""
    replacements = _migrations_on_disk()
    done = set(applied)
    for key, replaced in replacements.items():
        if replaced and (key in applied or replaced <= applied):
            done |= {key, *replaced}
    return set(replacements) - done


@cache
def _migrations_on_disk() -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return {key: frozenset(migration.replaces) for key, migration in migrations.items()}


@cache
def _of_replica(alias: str) -> Question:
    """One question for each replica, however often it is asked: a frozen one costs one thread."""
    return Question(alias, partial(ask_replica, alias), SILENCE)


def questions() -> list[Question]:
    return [ABOUT_PRIMARY, *(_of_replica(alias) for alias in replicas()), ABOUT_CACHE, ABOUT_MIGRATIONS]


ABOUT_PRIMARY = Question("primary", ask_primary, SILENCE)
ABOUT_CACHE = Question("cache", ask_cache, SILENCE)
ABOUT_MIGRATIONS = Question("migrations", ask_migrations, SILENT_PRIMARY)
