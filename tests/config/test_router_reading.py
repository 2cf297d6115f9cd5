"""Where reads go, on a primary and a replica that streams from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, connections, transaction
from pytest_django.fixtures import Settings

from accounts.models import User
from config.routing.caller import PRIMARY, REPLICA, Caller, calling, reading_from
from config.routing.positions import flushed
from config.routing.probe import PROBE
from config.routing.replicas import WATCH
from config.routing.router import Reason, choose
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

RESUMED = "SELECT pg_get_wal_replay_pause_state() = 'not paused'"
PAUSED = "SELECT pg_get_wal_replay_pause_state() = 'paused'"


@pytest.fixture(autouse=True)
def watched(sandbox: Sandbox) -> Iterator[None]:
    PROBE.start()
    assert wait_until(caught_up, 10)
    yield
    connections["replica"].close()


def caught_up() -> bool:
    """Whether the probe knows the replica to be where the primary is."""
    replica = WATCH.replicas["replica"]
    return replica.up and replica.replayed >= flushed()


@contextmanager
def paused(sandbox: Sandbox) -> Iterator[None]:
    """The replica replays nothing while the block runs."""
    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_pause()")
        assert wait_until(lambda: replica.execute(PAUSED).fetchone() == (True,), 5)
        try:
            yield
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")


def served_by() -> str:
    """The server that answers a read of the ORM now."""
    return str(User.objects.all().db)


def test_a_reader_who_wrote_nothing_reads_from_the_replica() -> None:
    with calling(Caller()):
        assert list(User.objects.all()) == []
        assert choose(Caller()) == (REPLICA, Reason.REPLICA)
    assert connections["replica"].connection is not None


def test_without_a_caller_reads_go_to_the_primary() -> None:
    assert served_by() == PRIMARY
    assert choose(None) == (PRIMARY, Reason.ASKED)


def test_a_request_that_used_the_primary_stays_there() -> None:
    with calling(Caller()) as caller:
        UserFactory()

        assert choose(caller) == (PRIMARY, Reason.PINNED)
        assert User.objects.count() == 1


def test_a_job_reads_its_own_writes_while_replay_is_paused(sandbox: Sandbox) -> None:
    with reading_from(REPLICA) as caller:
        assert served_by() == REPLICA
        with paused(sandbox):
            UserFactory()

            assert choose(caller) == (PRIMARY, Reason.PINNED)
            assert User.objects.count() == 1
        assert wait_until(caught_up, 10)
        assert User.objects.count() == 1
        assert served_by() == REPLICA


def test_whoever_waits_for_the_replica_has_it_looked_at_sooner(settings: Settings) -> None:
    settings.REPLICA_PROBE_SECONDS = 60
    try:
        time.sleep(0.2)  # the next look is far away by now
        with reading_from(REPLICA) as caller:
            UserFactory()

            assert choose(caller) == (PRIMARY, Reason.PINNED)
            assert wait_until(lambda: choose(caller) == (REPLICA, Reason.REPLICA), 10)
    finally:
        PROBE.stop()


def test_a_job_sees_what_was_committed_before_it_began(sandbox: Sandbox) -> None:
    with paused(sandbox):
        UserFactory()
        with reading_from(REPLICA):
            assert User.objects.count() == 1


@pytest.mark.parametrize("write", ["autocommit", "atomic", "raw", "copy"])
def test_every_kind_of_write_is_seen_by_its_writer(sandbox: Sandbox, write: str) -> None:
    user = UserFactory(username="before")
    assert wait_until(caught_up, 10)
    with paused(sandbox), reading_from(REPLICA):
        assert User.objects.get().username == "before"
        change(user, write)

        assert User.objects.latest("username").username == "behind"


def change(user: User, how: str) -> None:
    if how == "autocommit":
        User.objects.update(username="behind")
    elif how == "atomic":
        with transaction.atomic():
            User.objects.update(username="behind")
    elif how == "raw":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_user SET username = 'behind'")
    else:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE copied (LIKE accounts_user INCLUDING DEFAULTS)")
            cursor.execute("INSERT INTO copied SELECT * FROM accounts_user")
            cursor.execute("UPDATE copied SET id = 'copy', username = 'behind', email = NULL")
            cursor.execute("SELECT * FROM copied")
            row = cursor.fetchone()
            with cursor.copy("COPY accounts_user FROM STDIN") as copy:
                copy.write_row(row)


def test_asking_for_the_replica_by_name_never_shows_what_is_outdated(sandbox: Sandbox) -> None:
    with paused(sandbox):
        UserFactory()

        assert User.objects.using("replica").count() == 1
    assert wait_until(caught_up, 10)
    assert User.objects.using("replica").count() == 1


def test_reads_in_a_transaction_and_with_locks_go_to_the_primary() -> None:
    with calling(Caller()) as caller:
        with transaction.atomic():
            assert served_by() == PRIMARY
            assert choose(caller) == (PRIMARY, Reason.IN_TRANSACTION)
        assert User.objects.select_for_update().db == PRIMARY


def test_writes_follow_no_row_to_the_replica() -> None:
    UserFactory()
    assert wait_until(caught_up, 10)
    with calling(Caller()):
        user = User.objects.get()
        assert user._state.db == REPLICA
        user.username = "changed"
        user.save()

    assert User.objects.get().username == "changed"


def test_a_reader_who_saw_the_primary_is_not_sent_back_in_time(sandbox: Sandbox) -> None:
    with paused(sandbox):
        UserFactory()
        with reading_from(PRIMARY):
            assert User.objects.count() == 1
        with reading_from(REPLICA):
            assert User.objects.count() == 1


def test_a_replica_that_is_too_late_answers_nobody(sandbox: Sandbox, settings: object) -> None:
    settings.REPLICA_MAX_LAG = 0.05  # type: ignore[attr-defined]
    with paused(sandbox), psycopg.connect(sandbox.primary.url, autocommit=True) as writer:
        writer.execute("SELECT pg_logical_emit_message(true, 'test', 'later')")
        assert wait_until(lambda: WATCH.replicas["replica"].lagging, 5)

        assert choose(Caller()) == (PRIMARY, Reason.LAGGING)
    assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)
