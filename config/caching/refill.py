"""One refill of a key at a time, over all processes; the others wait for it, or go on with the old value."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from django.db import connections
from redis.exceptions import RedisError

from config.caching.at_hand import AT_HAND, namespaces_of
from config.caching.crowd import Crowd
from config.caching.fence import EPOCH_SECONDS, MAGIC, Stored, pack, refilling, unpack
from config.caching.scripts import FETCH, HOLD, STORE
from config.routing.caller import current
from operations import metrics

if TYPE_CHECKING:
    from config.caching.backend import Cache

LOCK_SECONDS = 0.6  # a refiller that died is replaced after that
WAIT_SECONDS = 5.0
EARLY = 0.8  # of the lifetime: refilled then, while the old value is still given
JITTER = 0.1
_MISSING = object()

_flights: dict[Any, Event] = {}
_flights_lock = Lock()
_background = ThreadPoolExecutor(2, thread_name_prefix="cache-refill")


def family(key: str) -> str:
    """What figures are grouped by: the word behind the namespaces."""
    parts = key.split(":", 2)
    return parts[1] if len(parts) > 1 else parts[0]


class Held:
    """The locks that this process holds, kept alive by one thread for as long as their refills run."""

    SECONDS = LOCK_SECONDS / 4

    def __init__(self) -> None:
        self._locks: dict[str, tuple[Any, str]] = {}
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, token: str, client: Any, key: str) -> None:
        with self._lock:
            self._locks[token] = (client, key)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="cache-locks", daemon=True)
                self._thread.start()

    def remove(self, token: str) -> None:
        with self._lock:
            self._locks.pop(token, None)

    def _run(self) -> None:
        while True:
            time.sleep(self.SECONDS)
            with self._lock:
                held = list(self._locks.items())
                if not held:
                    self._thread = None
                    return
            for token, (client, key) in held:
                try:
                    client.eval(HOLD, 1, key, token, int(LOCK_SECONDS * 1000))
                except RedisError:
                    break


HELD = Held()
CROWD = Crowd()
os.register_at_fork(after_in_child=CROWD.forget)


class Refill:
    """One `get_or_set`."""

    def __init__(self, cache: Cache, key: str, make: Callable[[], Any], timeout: float | None, version: Any) -> None:
        self.cache = cache
        self.key = key
        self.make = make
        self.timeout = timeout
        self.namespaces = namespaces_of(key)
        self.watches = False
        self.token = secrets.token_hex(8)
        value = str(cache.client.make_key(key, version=version))
        epochs = [str(cache.epoch_key(namespace)) for namespace in self.namespaces]
        self.keys = [value, f"{value}:refill", *epochs]

    def run(self) -> Any:
        try:
            return self._run()
        finally:
            if self.watches:
                CROWD.end_watch(self.keys[0])

    def _run(self) -> Any:
        until = time.monotonic() + WAIT_SECONDS
        pause = 0.005
        while True:
            try:
                (todo, raw, epochs), leads = CROWD.look(self.keys[0], self._fetch)
            except RedisError:
                return self._without_redis()
            if todo == "claimed" and leads:
                return self._claimed(epochs)
            if todo in ("hit", "early"):
                if todo == "early" and leads:
                    self._count("early")
                    _background.submit(self._in_background, epochs)
                return self._found(raw)
            if time.monotonic() > until:  # somebody takes long, and is alive
                self._count("impatient")
                return self.make()
            self._wait(pause)
            pause = min(pause * 1.5, 0.03)

    def _fetch(self) -> tuple[str, bytes, str]:
        arguments = [self.token, int(LOCK_SECONDS * 1000), int(time.time() * 1000), EPOCH_SECONDS, MAGIC]
        todo, raw, epochs = self.cache.run_script(FETCH, self.keys, arguments)
        return todo.decode(), raw, epochs.decode()

    def _found(self, raw: bytes) -> Any:
        self._count("hit")
        stored = unpack(raw)
        if stored is None:
            return self.cache.client.decode(raw)
        caller = current()
        if caller:
            caller.must_see(stored.seen)
        return self.cache.client.decode(stored.payload)

    def _wait(self, pause: float) -> None:
        """For a refill of this process until it ends; of those who wait for another's one asks again and again."""
        flight = _flights.get(self.keys[0])
        if flight is None and not self.watches:
            flight, self.watches = CROWD.watch(self.keys[0])
        if flight and not self.watches:
            flight.wait(LOCK_SECONDS)
        else:
            time.sleep(pause)

    def _claimed(self, epochs: str) -> Any:
        self._count("refill")
        flight = Event()
        with _flights_lock:
            _flights[self.keys[0]] = flight
        HELD.add(self.token, self.cache.redis, self.keys[1])
        try:
            return self._refilled(epochs)
        finally:
            HELD.remove(self.token)
            with _flights_lock:
                if _flights.get(self.keys[0]) is flight:
                    del _flights[self.keys[0]]
            flight.set()

    def _refilled(self, epochs: str) -> Any:
        try:
            with refilling(epochs) as caller:
                value = self.make()
        except BaseException:
            self._give_up()
            raise
        with suppress(RedisError):  # the next one refills again
            self._store(value, epochs, caller.needed)
        return value

    def _store(self, value: Any, epochs: str, seen: int) -> None:
        lifetime = self.timeout and self.timeout * (1 - random.random() * JITTER)  # noqa: S311 - spreads, hides nothing
        soft = int((time.time() + (lifetime * EARLY if lifetime else 10**9)) * 1000)
        payload = self.cache.client.encode(value)
        payload = payload if isinstance(payload, bytes) else str(payload).encode()
        stored = pack(Stored(epochs, soft, seen, payload))
        milliseconds = 0 if lifetime is None else max(1, int(lifetime * 1000))
        if not self.cache.run_script(STORE, self.keys, [self.token, epochs, stored, milliseconds]):
            self._count("fenced")

    def _give_up(self) -> None:
        try:
            self.cache.run_script(HOLD, self.keys[1:2], [self.token, 0])
        except RedisError:
            return

    def _in_background(self, epochs: str) -> None:
        try:
            self._claimed(epochs)
        except Exception:  # noqa: BLE001 - the old value is still there, and whoever misses it will meet the error
            self._count("failed early")
        finally:
            connections.close_all()

    def _without_redis(self) -> Any:
        """A copy of a moment ago, or one refill of this process for all who ask meanwhile."""
        copy = AT_HAND.get(self.keys[0], _MISSING)
        if copy is not _MISSING:
            self._count("copy")
            return copy
        with _flights_lock:
            flight = _flights.get(self.keys[0])
            leads = flight is None
            if leads:
                _flights[self.keys[0]] = flight = Event()
        assert flight is not None
        if not leads:
            flight.wait(WAIT_SECONDS)
            copy = AT_HAND.get(self.keys[0], _MISSING)
            if copy is not _MISSING:
                self._count("copy")
                return copy
            return self._made()
        try:
            return self._made()
        finally:
            with _flights_lock:
                _flights.pop(self.keys[0], None)
            flight.set()

    def _made(self) -> Any:
        self._count("without Redis")
        began = AT_HAND.beginning
        value = self.make()
        AT_HAND.put(self.keys[0], value, self.namespaces, began)
        return value

    def _count(self, outcome: str) -> None:
        metrics.count("cache_lookups", family=family(self.key), outcome=outcome)
