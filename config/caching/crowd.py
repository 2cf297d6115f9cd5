"""Many threads of a process that ask for one key at the same moment ask Redis once.

Who comes while a look is on its way joins the next one: a look that had begun before may show what was invalidated
since. So a crowd of any size costs two looks, and those who wait for another process's refill leave the asking to one.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from typing import Any


class Look:
    def __init__(self) -> None:
        self.ended = Event()
        self.found: Any = None
        self.error: BaseException | None = None
        self.size = 1  # threads that share it


class Crowd:
    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """In a process that was forked: those who look are in the other one."""
        self._lock = Lock()
        self._gathering: dict[str, Look] = {}
        self._under_way: dict[str, Look] = {}
        self._watchers: dict[str, Event] = {}

    def look(self, key: str, fetch: Callable[[], Any]) -> tuple[Any, bool]:
        """What `fetch` finds when it is called after this has been, and whether it was this thread that called it."""
        with self._lock:
            look = self._gathering.get(key)
            leads = look is None
            if look is None:
                look = self._gathering[key] = Look()
            else:
                look.size += 1
            before = self._under_way.get(key)
        if leads:
            self._lead(key, look, before, fetch)
        else:
            look.ended.wait()
        if look.error:
            raise look.error
        return look.found, leads

    def _lead(self, key: str, look: Look, before: Look | None, fetch: Callable[[], Any]) -> None:
        try:
            if before:
                before.ended.wait()
            with self._lock:  # from here on nobody joins
                del self._gathering[key]
                self._under_way[key] = look
            look.found = fetch()
        except BaseException as error:  # noqa: BLE001 - raised by `look`, in all threads
            look.error = error
        finally:
            with self._lock:
                for looks in (self._gathering, self._under_way):
                    if looks.get(key) is look:
                        del looks[key]
            look.ended.set()

    def gathered(self, key: str) -> int:
        """How many wait for the next look to begin."""
        look = self._gathering.get(key)
        return look.size if look else 0

    def watch(self, key: str) -> tuple[Event, bool]:
        """The end of the watch over the key, and whether it is this thread that watches from now on."""
        with self._lock:
            watcher = self._watchers.get(key)
            if watcher:
                return watcher, False
            watcher = self._watchers[key] = Event()
            return watcher, True

    def end_watch(self, key: str) -> None:
        with self._lock:
            watcher = self._watchers.pop(key, None)
        if watcher:
            watcher.set()
