"""What is known of the primary and its replicas, kept up to date by the probe, read by every decision."""

from __future__ import annotations

import os
import socket
import time
from bisect import bisect_right
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import psycopg
from django.conf import settings

from operations import metrics

HISTORY = 4_000  # positions of the primary, one of each look


@dataclass
class Replica:
    alias: str
    up: bool = False
    is_lost: bool = False
    """It was up, or asked at least, and is not now."""
    why: str = "not asked yet"
    replayed: int = 0
    lag_seconds: float = 0.0
    lag_bytes: int = 0
    lags: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=600))
    """(Unix seconds, lag) once a second, for the picture."""

    @property
    def lagging(self) -> bool:
        return self.lag_seconds > settings.REPLICA_MAX_LAG


class Watch:
    """One per process."""

    def __init__(self) -> None:
        self.replicas: dict[str, Replica] = {}
        self.system = ""
        self.timeline = 0
        self.flushed = 0
        self._times: deque[float] = deque(maxlen=HISTORY)
        self._positions: deque[int] = deque(maxlen=HISTORY)
        self._in_use: dict[str, set[Any]] = {}
        self._lock = Lock()

    def primary_is_at(self, position: int) -> None:
        self.flushed = position
        if self._positions and position < self._positions[-1]:  # another primary, or one that was restored
            self._times.clear()
            self._positions.clear()
        if not self._positions or position > self._positions[-1]:
            self._times.append(time.monotonic())
            self._positions.append(position)

    def replica_is_at(self, alias: str, replayed: int) -> None:
        replica = self.replicas[alias]
        replica.replayed = replayed
        replica.lag_bytes = max(0, self.flushed - replayed)
        replica.lag_seconds = self._lag(replayed)
        replica.up, replica.is_lost, replica.why = True, False, ""
        now = time.time()
        if not replica.lags or now - replica.lags[-1][0] >= 1:
            replica.lags.append((now, replica.lag_seconds))

    def _lag(self, replayed: int) -> float:
        """Seconds since the primary went beyond `replayed`, by this process's own clock and looks."""
        beyond = bisect_right(self._positions, replayed)
        return time.monotonic() - self._times[beyond] if beyond < len(self._times) else 0.0

    def lost(self, alias: str, why: str) -> None:
        replica = self.replicas.get(alias)
        if replica:
            if replica.up:
                metrics.count("replica_losses", replica=alias)
            replica.up, replica.is_lost, replica.why = False, True, why

    def takes(self, alias: str, connection: Any) -> None:
        """A connection to the replica is in use; see `cut`."""
        with self._lock:
            self._in_use.setdefault(alias, set()).add(connection)
        replica = self.replicas.get(alias)
        if replica and replica.is_lost:  # since it was chosen: the cut that came with it has missed this connection
            self.cut(alias)

    def gives_back(self, alias: str, connection: Any) -> None:
        with self._lock:
            self._in_use.get(alias, set()).discard(connection)

    def cut(self, alias: str) -> None:
        """Ends all waiting for a server that is silent: whoever reads from it gets an error, and asks the primary.

        libpq waits for an answer without end, and the keepalives of a frozen machine are answered by its kernel.
        """
        with self._lock:
            for connection in self._in_use.get(alias, ()):
                with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)


WATCH = Watch()


def _readings(attribute: str) -> list[metrics.Reading]:
    return [({"replica": found.alias}, float(getattr(found, attribute))) for found in WATCH.replicas.values()]


metrics.watch("replica_up", lambda: _readings("up"))
metrics.watch("replica_lag_seconds", lambda: _readings("lag_seconds"))
metrics.watch("replica_lag_bytes", lambda: _readings("lag_bytes"))
metrics.watch(
    "replica_state",
    lambda: [({"replica": found.alias, "why": found.why}, float(found.up)) for found in WATCH.replicas.values()],
    exported=False,
)
metrics.watch(
    "replica_lag_history",
    lambda: [({"replica": r.alias, "at": str(int(at))}, lag) for r in WATCH.replicas.values() for at, lag in r.lags],
    exported=False,
)
