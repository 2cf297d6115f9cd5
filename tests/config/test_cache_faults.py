"""A Redis that dies, freezes, is full, takes no writes: no error, no wrong answer, no waiting, and back in a second."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from config.caching.backend import Cache
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until

pytestmark = pytest.mark.django_db(transaction=True)  # an invalidation asks the primary where it is

Fault = Callable[[Sandbox], AbstractContextManager[None]]


@contextmanager
def frozen(sandbox: Sandbox) -> Iterator[None]:
    sandbox.cache.freeze()
    try:
        yield
    finally:
        sandbox.cache.thaw()


@contextmanager
def killed(sandbox: Sandbox) -> Iterator[None]:
    sandbox.cache.kill()
    try:
        yield
    finally:
        sandbox.cache.start()


def configured(**changes: str) -> Fault:
    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        with redis.Redis.from_url(sandbox.cache.url) as client:
            usual = {name: client.config_get(name)[name] for name in changes}
            for name, value in changes.items():
                client.config_set(name, value)
            try:
                yield
            finally:
                for name, value in usual.items():
                    client.config_set(name, value)

    return fault


@contextmanager
def read_only(sandbox: Sandbox) -> Iterator[None]:
    with redis.Redis.from_url(sandbox.cache.url) as client:
        client.replicaof("127.0.0.1", "1")
        try:
            yield
        finally:
            client.replicaof("NO", "ONE")


@contextmanager
def out_of_clients(sandbox: Sandbox) -> Iterator[None]:
    """Takes no new connection, and has lost the old ones."""
    with redis.Redis.from_url(sandbox.cache.url) as client:
        client.config_set("maxclients", "1")
        own = client.client_id()
        client.client_kill_filter(skipme=True, _type="normal")
        try:
            assert client.client_id() == own
            yield
        finally:
            client.config_set("maxclients", "10000")


@contextmanager
def refusing(sandbox: Sandbox) -> Iterator[None]:
    """As a server that loads its data: it answers every command by an error."""
    with redis.Redis.from_url(sandbox.cache.url) as client:
        client.execute_command("ACL", "SETUSER", "default", "-@all", "+acl")
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", "default", "+@all")


FAULTS: dict[str, Fault] = {
    "frozen": frozen,
    "killed": killed,
    "full": configured(maxmemory="1"),
    "read only": read_only,
    "out of clients": out_of_clients,
    "refusing": refusing,
}


@pytest.fixture(autouse=True)
def serving() -> Iterator[None]:
    assert wait_until(serves, 5)
    yield
    assert wait_until(serves, 5)


def serves() -> bool:
    return bool(cache.set("serves:key", 1, 5)) and cache.get("serves:key") == 1


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_costs_one_moment_and_no_answer(sandbox: Sandbox, name: str) -> None:
    stored = {"value": "before"}
    asked = []

    def make() -> str:
        asked.append(1)
        return stored["value"]

    assert cache.get_or_set("rows:list", make) == "before"
    with FAULTS[name](sandbox):
        stored["value"] = "after"
        cache.invalidate("rows")
        began = len(asked)
        times = []
        for number in range(300):
            started = time.perf_counter()
            assert cache.get_or_set("rows:list", make) == "after"
            assert cache.get(f"rows:{number}", "default") == "default"
            cache.set("rows:plain", number, 30)
            times.append(time.perf_counter() - started)
        assert len(asked) - began <= 300

    assert cache.get_or_set("rows:list", make) == "after"
    assert wait_until(serves, 5)
    assert cache.get("rows:plain") is None or cache.get("rows:plain") == 299
    assert sum(times) < 15  # without the breaker each of the 900 calls would wait for its timeout


def test_what_was_invalidated_while_redis_was_frozen_is_void_when_it_is_back(sandbox: Sandbox) -> None:
    cache.get_or_set("rows:list", lambda: "before")
    cache.set("rows:session", "signed in", 30)
    with frozen(sandbox):
        cache.invalidate("rows")
        cache.delete("rows:session")
    found: set[str] = set()

    def back() -> bool:
        found.add(cache.get("rows:list", "missing"))
        found.add(cache.get("rows:session", "missing"))
        return serves()

    assert wait_until(back, 5)
    assert found == {"missing"}


def test_flushall_in_the_middle_of_a_refill_keeps_nothing_outdated(sandbox: Sandbox) -> None:
    def make() -> str:
        with redis.Redis.from_url(sandbox.cache.url) as client:
            client.flushall()
        return "outdated"

    assert cache.get_or_set("rows:list", make) == "outdated"

    assert cache.get_or_set("rows:list", lambda: "fresh") == "fresh"


@pytest.mark.parametrize("place", ["rows:list", "rows:list:refill", "epoch:rows"])
def test_a_wrong_type_under_a_key_is_a_miss(sandbox: Sandbox, place: str) -> None:
    cache.get_or_set("rows:list", lambda: "before")
    with redis.Redis.from_url(sandbox.cache.url) as client:
        client.delete("slipway:1:rows:list")
        client.delete(f"slipway:1:{place}")
        client.hset(f"slipway:1:{place}", "a", "b")

    assert cache.get("rows:list", "missing") == "missing"
    assert cache.get_or_set("rows:list", lambda: "after") == "after"
    assert cache.get_or_set("rows:list", lambda: "never") == "after"


def test_a_server_that_swallows_everything_costs_one_moment() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        port = hole.getsockname()[1]
        black_holed = Cache(f"redis://127.0.0.1:{port}/0", settings.CACHES["default"])
        times = []
        for _ in range(100):
            started = time.perf_counter()
            assert black_holed.get_or_set("rows:list", lambda: "value") == "value"
            times.append(time.perf_counter() - started)

    assert sum(times) < 3  # and not a hundred timeouts


def test_a_wrong_use_is_no_outage() -> None:
    cache.set("rows:text", "text", 30)
    with suppress(Exception):
        cache.incr("rows:text")

    assert not cache.breaker.is_open  # type: ignore[attr-defined]
