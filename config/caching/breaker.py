"""Leaves a Redis alone that does not serve, and returns to it when it does.

One thread of each process looks at Redis, so no request finds out by waiting that it is still gone. It also looks while
all is well: then every process knows of an outage within `NOTICED`, even one that asks for nothing. On that rests the
promise about what was invalidated during an outage: whoever invalidates waits until all have noticed; whoever comes
back waits until all who owe an invalidation have delivered it (`SETTLED`).
"""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

import redis
from redis.exceptions import NoPermissionError, OutOfMemoryError, ReadOnlyError, RedisError, ResponseError

from operations import metrics

HEARTBEAT = 0.1
RETRY = 0.05
NOTICED = 0.3
SETTLED = 0.2
MOST_OWED = 10_000
HEARTBEAT_KEY = "slipway:heartbeat"
# Errors of a server that answers and does not serve; redis-py has no class for them.
OUT_OF_ORDER = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "command not allowed when used memory")


def is_outage(error: BaseException) -> bool:
    """Whether the server is to blame. A wrong type under a key of ours is a miss, and no more."""
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError, OSError)):
        return True
    if isinstance(error, (OutOfMemoryError, ReadOnlyError, NoPermissionError)):
        return True
    return isinstance(error, ResponseError) and str(error).startswith(OUT_OF_ORDER)


class Open(redis.ConnectionError):
    """Redis is not asked at the moment."""


class Breaker:
    """One for each pool, that is for each server and process."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._owed: set[str | bytes] = set()
        self._owes_all = False
        self._lock = Lock()
        self._thread: Thread | None = None
        self._wake = Event()
        self.opened_at = 0.0
        """When it opened, by the monotonic clock; 0 while it is closed."""
        self.returned_at = float("-inf")
        """When it last closed, by the monotonic clock: what Redis counted before that may be lost."""

    @property
    def is_open(self) -> bool:
        return self.opened_at > 0

    def check(self) -> None:
        if self.opened_at:
            raise Open("Redis does not serve at the moment")
        if self._thread is None:
            self._watch()

    def failed(self, error: BaseException) -> None:
        if not is_outage(error) or self.opened_at:
            return
        self.opened_at = time.monotonic()
        metrics.count("cache_outages", error=type(error).__name__)
        self._wake.set()

    def owe(self, *keys: str | bytes) -> None:
        """To be deleted before anybody of this process reads from Redis again."""
        with self._lock:
            self._owed.update(keys)
            if len(self._owed) > MOST_OWED:
                self._owes_all = True
                self._owed.clear()
        self._wake.set()

    def wait_noticed(self) -> None:
        """Until every other process leaves Redis alone, too; at once when the outage is older than that."""
        while self.opened_at and (left := self.opened_at + NOTICED - time.monotonic()) > 0:
            time.sleep(min(left, 0.02))

    def _watch(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="cache-watch", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        kwargs = {**self._pool.connection_kwargs}
        own = redis.ConnectionPool(connection_class=self._pool.connection_class, max_connections=2, **kwargs)
        client = redis.Redis(connection_pool=own)
        serves_since = 0.0
        while True:
            self._wake.wait(RETRY if self.opened_at else HEARTBEAT)
            self._wake.clear()
            try:
                client.set(HEARTBEAT_KEY, "1", px=1000)
                self._deliver(client)
            except (RedisError, OSError) as error:
                serves_since = 0.0
                self.failed(error)
                if self.opened_at:
                    time.sleep(RETRY)  # woken by many, it would ask without pause
                continue
            now = time.monotonic()
            serves_since = serves_since or now
            if self.opened_at and now - max(serves_since, self.opened_at) >= SETTLED:
                self.returned_at = now
                self.opened_at = 0.0

    def _deliver(self, client: redis.Redis) -> None:
        if self._owes_all:
            client.flushdb()
            self._owes_all = False
        with self._lock:
            owed = list(self._owed)
        if owed:
            client.unlink(*owed)
            with self._lock:
                self._owed.difference_update(owed)


class GuardedRedis(redis.Redis):
    """A client whose every command passes the breaker of its pool."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pool: Any = self.connection_pool
        with suppress(AttributeError):
            self.breaker: Breaker = pool.breaker
            return
        self.breaker = pool.breaker = Breaker(pool)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.breaker.check()
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            self.breaker.failed(error)
            raise

    def pipeline(self, *args: Any, **kwargs: Any) -> Any:
        self.breaker.check()
        return super().pipeline(*args, **kwargs)
