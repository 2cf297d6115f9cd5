"""Several replicas, each at a place of its own, and one that is late on purpose."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connections

from accounts.models import User
from config.routing.caller import PRIMARY, REPLICA, Caller, calling
from config.routing.positions import flushed
from config.routing.probe import PROBE
from config.routing.replicas import WATCH
from config.routing.router import Reason, choose
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = "replica_2"
PAUSED = "SELECT pg_get_wal_replay_pause_state() = 'paused'"


@pytest.fixture(scope="module")
def three() -> Iterator[Sandbox]:
    with Sandbox(["primary", "replica", SECOND]) as sandbox:
        yield sandbox


@pytest.fixture
def site(three: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The settings lead to a primary and two replicas, both of which are up."""
    PROBE.stop()
    usual = connections.settings[REPLICA]
    with monkeypatch.context() as elsewhere:
        for alias, server in {PRIMARY: three.primary, REPLICA: three.replicas[0], SECOND: three.replicas[1]}.items():
            place = {"HOST": str(server.home), "NAME": "slipway"}
            elsewhere.setitem(connections.settings, alias, {**connections.settings.get(alias, usual), **place})
        PROBE.start()
        assert wait_until(lambda: alive() == {REPLICA, SECOND}, 10)
        yield three
        PROBE.stop()
    WATCH.replicas.pop(SECOND, None)


def alive() -> set[str]:
    return {alias for alias, replica in WATCH.replicas.items() if replica.up and replica.replayed >= WATCH.flushed > 0}


def written(site: Sandbox) -> int:
    """The position of a new write."""
    with site.primary.connect() as primary:
        primary.execute("SELECT pg_logical_emit_message(true, 'test', 'more')")
        row = primary.execute("SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint").fetchone()
    assert row is not None
    position: int = row[0]
    assert wait_until(lambda: WATCH.flushed >= position, 5)
    return position


def chosen(needed: int = 0, server: str = "") -> Counter[str]:
    return Counter(choose(Caller(needed=needed, server=server))[0] for _ in range(100))


def test_readers_are_shared_out_among_all_replicas(site: Sandbox) -> None:
    assert wait_until(lambda: set(chosen()) == {REPLICA, SECOND}, 10)

    # Fewer than 10 of 100 for one of them would be a rarer chance than one in 10^16.
    assert wait_until(lambda: min(chosen()[alias] for alias in (REPLICA, SECOND)) >= 10, 10)


def test_a_reader_goes_to_whichever_replica_has_what_it_must_see(site: Sandbox) -> None:
    with site.replicas[0].connect() as first:
        first.execute("SELECT pg_wal_replay_pause()")
        assert wait_until(lambda: first.execute(PAUSED).fetchone() == (True,), 5)
        try:
            position = written(site)
            assert wait_until(lambda: WATCH.replicas[SECOND].replayed >= position, 5)

            assert wait_until(lambda: chosen(needed=position) == {SECOND: 100}, 10)
            assert set(chosen()) == {REPLICA, SECOND}  # strangers may read what is older
            # Within a request nobody changes from one replica to another, which may be further back.
            assert chosen(server=REPLICA) == {REPLICA: 100}
            assert chosen(needed=position, server=REPLICA) == {PRIMARY: 100}
        finally:
            first.execute("SELECT pg_wal_replay_resume()")


@pytest.mark.parametrize("way", ["kill", "freeze"])
def test_the_others_go_on_when_one_replica_does_not(site: Sandbox, way: str) -> None:
    getattr(site.replicas[0], way)()
    try:
        assert wait_until(lambda: not WATCH.replicas[REPLICA].up, 5)

        assert wait_until(lambda: chosen() == {SECOND: 100}, 10)
    finally:
        site.replicas[0].thaw()
        if way == "kill":
            site.replicas[0].start()
    assert wait_until(lambda: set(chosen()) == {REPLICA, SECOND}, 10)


def test_without_any_replica_reads_go_to_the_primary(site: Sandbox) -> None:
    for replica in site.replicas:
        replica.freeze()
    try:
        assert wait_until(lambda: choose(Caller()) == (PRIMARY, Reason.DOWN), 5)
    finally:
        for replica in site.replicas:
            replica.thaw()
    assert wait_until(lambda: set(chosen()) == {REPLICA, SECOND}, 10)


def test_a_replica_that_is_late_on_purpose_gets_its_readers_back(sandbox: Sandbox) -> None:
    PROBE.start()
    assert wait_until(lambda: WATCH.replicas[REPLICA].up and WATCH.replicas[REPLICA].replayed >= flushed(), 10)
    with sandbox.replica.connect() as replica:
        replica.execute("ALTER SYSTEM SET recovery_min_apply_delay = '1s'")
        replica.execute("SELECT pg_reload_conf()")
        shows = "SHOW recovery_min_apply_delay"
        try:
            # Each connection learns of it by itself, the replaying process too: this one stands for all.
            assert wait_until(lambda: replica.execute(shows).fetchone() == ("1s",), 5)
            UserFactory()
            began = time.monotonic()
            writer = Caller(needed=flushed())

            assert choose(writer) == (PRIMARY, Reason.PINNED)
            with calling(Caller(needed=writer.needed)):
                assert User.objects.count() == 1
            assert choose(Caller()) == (REPLICA, Reason.REPLICA)
            assert wait_until(lambda: choose(writer) == (REPLICA, Reason.REPLICA), 10)
            took = time.monotonic() - began
            with calling(Caller(needed=writer.needed)):
                assert User.objects.count() == 1
                assert User.objects.all().db == REPLICA
        finally:
            replica.execute("ALTER SYSTEM RESET recovery_min_apply_delay")
            replica.execute("SELECT pg_reload_conf()")
            connections[REPLICA].close()

    assert took > 0.8
