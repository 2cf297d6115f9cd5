"""Copies in the memory of this process, each for a second at most.

They are for readers who need not see anything in particular: whoever carries a position gets what is in Redis.
"""

from __future__ import annotations

import time
from typing import Any

from config.routing.caller import current


def namespaces_of(key: str) -> tuple[str, ...]:
    """`catalog.track+accounts.user:popular:1` shows rows of both: an invalidation of either makes it void."""
    return tuple(key.partition(":")[0].split("+"))


class AtHand:
    SECONDS = 1.0
    ENTRIES = 256

    def __init__(self) -> None:
        self._entries: dict[Any, tuple[float, tuple[str, ...], Any]] = {}
        self._invalidations = 0

    def get(self, key: Any, default: Any = None) -> Any:
        until, _, value = self._entries.get(key, (0.0, (), None))
        if time.monotonic() >= until:
            return default
        caller = current()
        if caller and (caller.needed or caller.unsettled or caller.later):
            return default
        return value

    def put(self, key: Any, value: Any, namespaces: tuple[str, ...], began: int | None = None) -> None:
        """`began` is what `beginning` gave before the value was read: what was invalidated since is not kept."""
        if began is not None and began != self._invalidations:
            return
        if len(self._entries) >= self.ENTRIES:
            self._entries.clear()  # anyone can ask for what does not exist: the memory for it is bounded
        self._entries[key] = (time.monotonic() + self.SECONDS, namespaces, value)

    @property
    def beginning(self) -> int:
        return self._invalidations

    def invalidate(self, namespaces: tuple[str, ...]) -> None:
        self._invalidations += 1
        for key, (_, belongs_to, _value) in list(self._entries.items()):
            if not set(belongs_to).isdisjoint(namespaces):
                self._entries.pop(key, None)

    def clear(self) -> None:
        self._invalidations += 1
        self._entries.clear()


AT_HAND = AtHand()
