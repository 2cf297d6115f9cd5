"""The cache on Redis: django-redis with an answer in time, whatever has become of Redis, and never an outdated one.

The standard API of Django, with two additions: `get_or_set` refills a key once over all processes and is fenced, and
`invalidate(*namespaces)` makes void, after the commit, all that it kept under keys that begin with these namespaces
(`catalog.track+accounts.user:popular:...`). `at_hand` holds copies in the memory of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections, transaction
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from config.caching.at_hand import AT_HAND, namespaces_of
from config.caching.breaker import Breaker, GuardedRedis
from config.caching.fence import EPOCH_SECONDS, new_epoch, unpack
from config.caching.refill import Refill
from operations import metrics


def after_commit(work: Callable[[], None]) -> None:
    if connections.settings["default"]["ENGINE"].endswith("dummy"):
        work()
    else:
        transaction.on_commit(work)


class Cache(RedisCache):
    at_hand = AT_HAND

    def get_or_set(self, key: str, default: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        """The value, or that of `default` (called, if it can be), which is kept; None and empty are values."""
        make = default if callable(default) else lambda: default
        return Refill(self, key, make, self._seconds(timeout), version).run()

    def invalidate(self, *namespaces: str) -> None:
        """Makes void what `get_or_set` keeps for them, when the transaction has committed; at once outside of one."""
        after_commit(partial(self._invalidate, namespaces))

    def _invalidate(self, namespaces: tuple[str, ...]) -> None:
        self.at_hand.invalidate(namespaces)
        keys = [str(self.epoch_key(namespace)) for namespace in namespaces]
        epoch = new_epoch()
        try:
            for key in keys:
                self.redis.set(key, epoch, ex=EPOCH_SECONDS)
        except RedisError:
            self._forget_later(keys)
            self.breaker.wait_noticed()
        self.at_hand.invalidate(namespaces)  # what was refilled at this moment may have been read before

    def _forget_later(self, keys: Iterable[str]) -> None:
        """Redis may come back with what it held: it is not read from before these are gone."""
        self.breaker.owe(*keys)

    def get(self, key: str, default: Any = None, version: Any = None, client: Any = None) -> Any:
        try:
            raw: Any = self.redis.get(self.client.make_key(key, version=version))
            if raw is None or not self._is_valid(key, raw):
                return default
        except RedisError:
            return default
        stored = unpack(raw)
        return self.client.decode(stored.payload if stored else raw)

    def get_many(self, keys: Iterable[str], version: Any = None) -> dict[str, Any]:
        missing = object()
        found = {key: self.get(key, missing, version) for key in keys}
        return {key: value for key, value in found.items() if value is not missing}

    def _is_valid(self, key: str, raw: bytes) -> bool:
        stored = unpack(raw)
        if stored is None:
            return True
        epochs: Any = self.redis.mget([str(self.epoch_key(namespace)) for namespace in namespaces_of(key)])
        return stored.epochs == "".join(f"{epoch.decode()}," if epoch else "," for epoch in epochs)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None, **kwargs: Any) -> Any:
        try:
            return self.client.set(key, value, timeout=timeout, version=version, **kwargs)
        except ConnectionInterrupted:
            self._forget_later([str(self.client.make_key(key, version=version))])
            return False

    def delete(self, key: str, version: Any = None, **kwargs: Any) -> Any:
        try:
            return bool(self.client.delete(key, version=version, **kwargs))
        except ConnectionInterrupted:
            self._forget_later([str(self.client.make_key(key, version=version))])
            self.breaker.wait_noticed()
            return False

    def clear(self) -> Any:
        self.at_hand.clear()
        return super().clear()

    def epoch_key(self, namespace: str) -> Any:
        return self.client.make_key(f"epoch:{namespace}", version=1)

    def run_script(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        return self.redis.register_script(script)(keys=keys, args=arguments)

    @property
    def redis(self) -> GuardedRedis:
        client: GuardedRedis = self.client.get_client(write=True)
        return client

    @property
    def breaker(self) -> Breaker:
        return self.redis.breaker

    def _seconds(self, timeout: Any) -> float | None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else float(seconds)


class LocalCache(LocMemCache):
    """Without Redis every process caches for itself, with the same additions."""

    at_hand = AT_HAND
    _cache: Any
    _lock: Any
    _delete: Callable[[str], bool]

    def invalidate(self, *namespaces: str) -> None:
        after_commit(partial(self._invalidate, set(namespaces)))

    def _invalidate(self, namespaces: set[str]) -> None:
        self.at_hand.invalidate(tuple(namespaces))
        with self._lock:
            for made in list(self._cache):
                key = made.split(":", 2)[-1]
                if not namespaces.isdisjoint(namespaces_of(key)):
                    self._delete(made)

    def clear(self) -> None:
        self.at_hand.clear()
        super().clear()


def _is_open() -> list[metrics.Reading]:
    breaker = getattr(cache, "breaker", None)
    return [({}, float(breaker.is_open))] if breaker else []


metrics.watch("cache_open", _is_open)
