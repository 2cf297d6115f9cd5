"""Looks at all replicas and the primary, many times a second, in one thread of the process.

It speaks libpq's non-blocking interface: all servers are asked at once, and one that does not answer within the
deadline is known to be silent then, whatever it was last. A connection that breaks is noticed at once. Readers who wait
for a replica to catch up have it look sooner: most have within milliseconds, long before the next look is due.
"""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import pq
from psycopg.conninfo import make_conninfo

from config.routing.caller import PRIMARY, REPLICA
from config.routing.replicas import WATCH, Replica
from operations.servers import connection_parameters

DEADLINE = 0.075
CONNECTING = 1.0
AGAIN = 0.1  # until a connection that failed is tried again
OF_PRIMARY = 4  # the primary is asked so many times less often: what it says tells the lag, and decides about no read
SOON = 0.004  # between two looks, where somebody waits for a replica; twice as long after each that found nothing new

IDENTITY = b"""
    SELECT (SELECT system_identifier FROM pg_control_system()),
           CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) END
"""
POSITION = b"""
    SELECT pg_is_in_recovery(), pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint
"""


class Line:
    """The probe's connection to one server, and what is under way on it."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection: pq.abc.PGconn | None = None
        self.state = "closed"  # connecting, identifying, asked, idle
        self.due = 0.0
        self.waits_for = select.POLLIN
        self.asked_at = 0.0
        self.gap = SOON

    def advance(self, is_ready: bool) -> None:
        """One step; called when the connection is ready, and when `due` has come."""
        try:
            self._step(is_ready)
        except psycopg.Error as error:
            self._fail(str(error).strip().splitlines()[0] if str(error).strip() else "lost")

    def look_soon(self) -> None:
        if self.state == "idle" and self.alias != PRIMARY:
            self.due = min(self.due, self.asked_at + self.gap)

    def _step(self, is_ready: bool) -> None:
        now = time.monotonic()
        if self.state == "closed" and now >= self.due:
            self._open()
        elif self.state == "connecting" and is_ready:
            self._connect()
        elif is_ready and self.connection:
            self.connection.consume_input()
            if self.state in ("identifying", "asked") and not self.connection.is_busy():
                self._answered()
        elif self.state == "idle" and now >= self.due:
            self.asked_at = now
            self._ask("asked", POSITION)
        elif now >= self.due:
            self._fail("silent")

    def _open(self) -> None:
        found = connection_parameters(self.alias, application="slipway-probe", seconds=1)
        kept: dict[str, Any] = {name: value for name, value in found.items() if isinstance(value, (str, int))}
        kept.pop("prepare_threshold", None)
        self.connection = pq.PGconn.connect_start(make_conninfo(**kept).encode())
        self.state, self.due = "connecting", time.monotonic() + CONNECTING
        self.waits_for = select.POLLOUT
        if self.connection.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError(self.connection.error_message.decode(errors="replace"))

    def _connect(self) -> None:
        assert self.connection is not None
        status = self.connection.connect_poll()
        if status == pq.PollingStatus.FAILED:
            raise psycopg.OperationalError(self.connection.error_message.decode(errors="replace"))
        self.waits_for = select.POLLOUT if status == pq.PollingStatus.WRITING else select.POLLIN
        if status == pq.PollingStatus.OK:
            self.connection.nonblocking = 1
            self._ask("identifying", IDENTITY)

    def _ask(self, state: str, query: bytes) -> None:
        assert self.connection is not None
        self.connection.send_query(query)
        self.connection.flush()
        self.state, self.due, self.waits_for = state, time.monotonic() + DEADLINE, select.POLLIN

    def _answered(self) -> None:
        assert self.connection is not None
        rows: list[Any] = []
        while (result := self.connection.get_result()) is not None:
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
            rows.append([result.get_value(0, column) for column in range(result.nfields)])
        row = [value.decode() if value is not None else None for value in rows[0]]
        if self.state == "identifying":
            self._identified(row[0] or "", row[1])
            self._ask("asked", POSITION)
            return
        self._located(row[0] == "t", int(row[1] or 0))
        times = OF_PRIMARY if self.alias == PRIMARY else 1
        self.state, self.due = "idle", time.monotonic() + settings.REPLICA_PROBE_SECONDS * times

    def _identified(self, system: str, timeline: str | None) -> None:
        if self.alias == PRIMARY:
            WATCH.system, WATCH.timeline = system, int(timeline or "0", 16)
        elif WATCH.system and system != WATCH.system:
            raise psycopg.OperationalError("belongs to another primary")

    def _located(self, in_recovery: bool, position: int) -> None:
        if self.alias == PRIMARY:
            if not in_recovery:
                WATCH.primary_is_at(position)
        elif not in_recovery:
            raise psycopg.OperationalError("was promoted")
        elif WATCH.system:
            is_new = position != WATCH.replicas[self.alias].replayed
            self.gap = SOON if is_new else min(self.gap * 2, settings.REPLICA_PROBE_SECONDS)
            WATCH.replica_is_at(self.alias, position)

    def _fail(self, why: str) -> None:
        if self.connection:
            with suppress(psycopg.Error):
                self.connection.finish()
        self.connection = None
        self.state, self.due = "closed", time.monotonic() + AGAIN
        if self.alias != PRIMARY:
            was_up = WATCH.replicas[self.alias].up
            WATCH.lost(self.alias, why)
            WATCH.cut(self.alias)
            if was_up:
                _drop_pool(self.alias)


def _drop_pool(alias: str) -> None:
    """Its idle connections are dead, or lead to a server that is silent: the next read makes new ones."""
    connection: Any = connections[alias]
    pool = connection._connection_pools.pop(alias, None)
    if pool:
        Thread(target=pool.close, name="close-pool", daemon=True).start()


def aliases() -> list[str]:
    """The replicas that the settings name."""
    return [alias for alias in connections.settings if alias == REPLICA or alias.startswith(f"{REPLICA}_")]


class Probe:
    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None
        self._stopping = False
        self._bell: tuple[int, int] | None = None
        self._rung = False

    def look_soon(self) -> None:
        """Called when a reader went to the primary because no replica was known to have what it must see."""
        with self._lock:
            self._ring()

    def _ring(self) -> None:
        if self._bell and not self._rung:
            self._rung = True
            os.write(self._bell[1], b"!")

    def start(self) -> None:
        """Does nothing where it runs, or where there are no replicas."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            names = aliases()
            WATCH.replicas = {alias: WATCH.replicas.get(alias, Replica(alias)) for alias in names}
            if not names:
                return
            self._silence()  # of one that died
            self._stopping, self._rung, self._bell = False, False, os.pipe()
            self._thread = Thread(target=self._run, args=([PRIMARY, *names],), name="replica-probe", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        thread = self._thread
        self._stopping = True
        with self._lock:
            self._ring()
        if thread:
            thread.join()
        self._thread = None
        with self._lock:
            self._silence()

    def _silence(self) -> None:
        bell, self._bell = self._bell, None
        for descriptor in bell or ():
            os.close(descriptor)

    @property
    def running(self) -> bool:
        return self._thread is not None

    def _run(self, names: list[str]) -> None:
        lines = [Line(alias) for alias in names]
        while not self._stopping:
            self._look(lines)
        for line in lines:
            line._fail("not watched")

    def _look(self, lines: list[Line]) -> None:
        assert self._bell
        poller = select.poll()
        poller.register(self._bell[0], select.POLLIN)
        by_descriptor = {}
        for line in lines:
            if line.connection is not None:
                by_descriptor[line.connection.socket] = line
                poller.register(line.connection.socket, line.waits_for)
        wait = max(0.0, min(line.due for line in lines) - time.monotonic())
        # At least a millisecond: rounded down to nothing it would spin until the time has come.
        ready = {descriptor for descriptor, _ in poller.poll(max(1, wait * 1000))}
        if self._bell[0] in ready:
            os.read(self._bell[0], 64)
            self._rung = False
            for line in lines:
                line.look_soon()
        # Who has answered is heard before anybody is called late: this thread may have been the late one.
        for descriptor, line in by_descriptor.items():
            if descriptor in ready:
                line.advance(is_ready=True)
        now = time.monotonic()
        for line in lines:
            if now >= line.due:
                line.advance(is_ready=False)


PROBE = Probe()


def _forget_after_fork() -> None:
    PROBE._silence()  # the parent has its own ends
    PROBE.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_forget_after_fork)
