"""One refill at a time, early refills, fences: on a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction

from accounts.models import User
from config.caching.fence import position_of
from config.caching.refill import LOCK_SECONDS
from config.routing.caller import REPLICA, Caller, calling, reading_from
from config.routing.positions import flushed
from config.routing.probe import PROBE
from config.routing.replicas import WATCH
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.factories.accounts import UserFactory


class Source:
    """Counts how often it is asked."""

    def __init__(self, value: Any = "value") -> None:
        self.value = value
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        return self.value


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}, b"", b"\x00slipway:", "ä", 7, {"a": [1, None]}])
def test_whatever_was_made_is_kept(value: Any) -> None:
    source = Source(value)

    assert [cache.get_or_set("kept:value", source) for _ in range(3)] == [value] * 3
    assert source.asked == 1
    assert cache.get("kept:value", "missing") == value
    assert cache.get_many(["kept:value", "kept:other"]) == {"kept:value": value}


def test_a_plain_value_is_found_by_both() -> None:
    cache.set("plain:key", [1], 30)

    assert cache.get_or_set("plain:key", Source("other")) == [1]


def test_a_value_in_place_of_a_function_is_kept() -> None:
    assert cache.get_or_set("plain:value", 5) == 5
    assert cache.get("plain:value") == 5


@pytest.mark.django_db(transaction=True)
def test_an_invalidation_makes_void_what_shows_its_rows() -> None:
    sources = {key: Source() for key in ("one:a", "one+two:b", "two:c")}
    for key, source in sources.items():
        cache.get_or_set(key, source)

    cache.invalidate("one")

    assert cache.get("one:a") is None
    assert cache.get("two:c") == "value"
    for key, source in sources.items():
        cache.get_or_set(key, source)
    assert [source.asked for source in sources.values()] == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_an_invalidation_waits_for_its_commit() -> None:
    cache.get_or_set("one:a", Source())
    with transaction.atomic():
        cache.invalidate("one")
        assert cache.get("one:a") == "value"

    assert cache.get("one:a") is None


@pytest.mark.django_db(transaction=True)
def test_what_was_read_before_an_invalidation_is_not_kept_after_it() -> None:
    def slow() -> str:
        cache.invalidate("one")
        return "outdated"

    assert cache.get_or_set("one:a", slow) == "outdated"

    assert cache.get("one:a") is None
    assert cache.get_or_set("one:a", Source("fresh")) == "fresh"


def test_an_error_is_nobodys_value() -> None:
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        cache.get_or_set("one:a", fail)
    started = time.perf_counter()
    assert cache.get_or_set("one:a", Source()) == "value"
    assert time.perf_counter() - started < LOCK_SECONDS  # nobody waits for the lock of who failed


def test_many_readers_of_one_key_make_it_once() -> None:
    started = threading.Barrier(40)
    asked = []
    found = []

    def make() -> str:
        asked.append(1)
        time.sleep(0.1)  # a slow query
        return "value"

    def read() -> None:
        started.wait()
        found.append(cache.get_or_set("crowd:key", make))

    threads = [threading.Thread(target=read) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["value"] * 40
    assert len(asked) == 1


def test_a_refill_that_takes_long_keeps_its_claim() -> None:
    made = Source()
    begun = threading.Event()

    def slow() -> str:
        begun.set()
        time.sleep(LOCK_SECONDS * 2.5)
        return "slow"

    thread = threading.Thread(target=cache.get_or_set, args=("long:key", slow))
    thread.start()
    begun.wait()
    assert cache.get_or_set("long:key", made) == "slow"
    thread.join()
    assert made.asked == 0


def test_a_hot_key_is_refilled_before_it_expires_and_nobody_waits() -> None:
    refilled = threading.Event()
    values = iter(["first", "second"])

    def make() -> str:
        value = next(values)
        if value == "second":
            time.sleep(0.2)  # a reader that waited would be late by this
            refilled.set()
        return value

    cache.get_or_set("hot:key", make, 2)
    waits = []
    while not refilled.is_set():
        started = time.perf_counter()
        assert cache.get_or_set("hot:key", make, 2) in ("first", "second")
        waits.append(time.perf_counter() - started)

    assert wait_until(lambda: cache.get("hot:key") == "second", 1)
    assert max(waits) < 0.15


@pytest.fixture
def watched(sandbox: Sandbox) -> Iterator[None]:
    PROBE.start()
    assert wait_until(lambda: WATCH.replicas["replica"].up and WATCH.replicas["replica"].replayed >= flushed(), 10)
    yield
    connections["replica"].close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("watched")
def test_nothing_is_refilled_from_a_replica_behind_the_last_invalidation(sandbox: Sandbox) -> None:
    def people() -> int:
        return User.objects.count()

    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_pause()")
        try:
            UserFactory()
            cache.invalidate("accounts.user")

            with calling(Caller()):  # somebody who wrote nothing, and may read from the replica
                assert User.objects.using("replica").db == REPLICA
                assert people() == 0
                assert cache.get_or_set("accounts.user:count", people) == 1
            with calling(Caller()) as reader:
                assert cache.get_or_set("accounts.user:count", people) == 1
                assert people() == 1  # who has seen the cached value is not sent back in time
                assert reader.needed > 0
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("watched")
def test_a_namespace_of_unknown_age_is_refilled_by_what_there_is(sandbox: Sandbox) -> None:
    assert position_of("aa@5,bb@7,") == 7
    assert position_of("aa@5,bb@,") is None
    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_pause()")
        try:
            UserFactory()
            with reading_from(REPLICA), calling(Caller()):
                assert cache.get_or_set("accounts.user:count", User.objects.count) == 1
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")
