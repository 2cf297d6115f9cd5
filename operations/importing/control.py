"""Lets staff see an import from the admin while it goes on, and pause, resume and stop it.

`controlled` wraps whatever watches the import. A thread with a connection of its own reads what is asked for, several
times a second, and writes how far the import came. An import asks between batches and is held there, outside of any
transaction. One that is in the middle of a long statement has that cancelled, and its batch rolled back: to be done
again after a pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Event, Thread, current_thread
from typing import Any, Protocol
from uuid import UUID

import psycopg
from django.db import DatabaseError, connections
from django.db.models import QuerySet
from django.utils import timezone
from psycopg.errors import QueryCanceled
from psycopg.pq import TransactionStatus

from operations.importing.errors import ImportStopped
from operations.importing.live import Live
from operations.importing.tables import Plan
from operations.models import ImportRun, RunControl

ALIAS = "default"
POLL = 0.2  # seconds; what is asked for shall be seen at once
WRITE = 0.5  # seconds between two notes of how far it came
GRACE = 0.3  # seconds that a batch has to end by itself when the import shall pause or stop
RESTING = (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)  # the latter is closed


class Audience(Protocol):
    """Who watches the import where it runs: a terminal, or the job of a worker."""

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None: ...
    def reading(self, done: int, total: int) -> None: ...
    def entity_started(self, name: str, done: int, total: int) -> None: ...
    def advanced(self, name: str, done: int) -> None: ...
    def proving(self, proof: str, name: str, done: int, total: int) -> None: ...
    def stop_requested(self) -> bool: ...
    def note(self, text: str) -> None: ...


def never() -> bool:
    return False


@contextmanager
def controlled(
    audience: Audience,
    *,
    pausable: bool = True,
    job: UUID | None = None,
    keeps_pause: Callable[[], bool] = never,
) -> Iterator[Controlled]:
    """A watcher for `import_source`; ImportStopped then says who stopped it in the admin.

    A dry run is not `pausable`: it is one transaction, which must not idle. `job` is the row of the import's job.
    `keeps_pause` is asked when a paused import ends: whether what goes on with it shall be paused too.
    """
    watcher = Controlled(audience, pausable=pausable, job=job, keeps_pause=keeps_pause)
    try:
        yield watcher
    except ImportStopped as error:
        raise ImportStopped(watcher.stopped_by) from error
    finally:
        watcher.close()


class Controlled:
    def __init__(
        self, audience: Audience, *, pausable: bool, job: UUID | None, keeps_pause: Callable[[], bool]
    ) -> None:
        self.audience = audience
        self.pausable = pausable
        self.job = job
        self.keeps_pause = keeps_pause
        self.live = Live()
        self.asked_by = ""
        self._asked = ""
        self._asked_since = 0.0
        self._held = 0  # threads that wait to be resumed
        self._shown = False
        self._knows = False  # the import has been told to stop
        self._broken_off = False  # a batch, to pause
        self._begun: set[str] = set()
        self._changed = Condition()
        self._ended = Event()
        self._sessions: dict[Thread, psycopg.Connection[Any]] = {}
        self._cancelled: dict[Thread, float] = {}
        self._desk: Thread | None = None

    # What the import tells

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None:
        self.audience.started(run, plans)
        self.live.started({plan.name: plan.table.rows for plan in plans}, pausable=self.pausable)
        self._desk = Thread(target=self._keep_desk, args=(run,), name="slipway-control", daemon=True)
        self._desk.start()

    def reading(self, done: int, total: int) -> None:
        self.audience.reading(done, total)

    def entity_started(self, name: str, done: int, total: int) -> None:
        self._remember_session()
        self.live.entity_started(name, done, total)
        if name not in self._begun:  # it begins again after a pause
            self._begun.add(name)
            self.audience.entity_started(name, done, total)

    def advanced(self, name: str, done: int) -> None:
        self.live.advanced(name, done)
        self.audience.advanced(name, done)

    def proving(self, proof: str, name: str, done: int, total: int) -> None:
        self._remember_session()
        self.live.proving(proof, name, done, total)
        self.audience.proving(proof, name, done, total)

    def stop_requested(self) -> bool:
        """Whether to stop. Does not return while the import is paused."""
        self._remember_session()
        with self._changed:
            if self._asked == RunControl.Request.PAUSE and self.pausable:
                self._held += 1
                while self._asked == RunControl.Request.PAUSE and not self.audience.stop_requested():
                    self._changed.wait(POLL)
                self._held -= 1
            if self._asked == RunControl.Request.STOP:
                self._knows = True
        return self._knows or self.audience.stop_requested()

    def pause_is_over(self) -> bool:
        """Whether a batch was broken off to pause, and the import shall go on now. Waits until it is known."""
        broken_off, self._broken_off = self._broken_off, False
        return broken_off and not self.stop_requested()

    @property
    def stopped_by(self) -> str:
        """Who stopped it in the admin; empty if nobody did."""
        return self.asked_by if self._knows else ""

    def close(self) -> None:
        self._ended.set()
        if self._desk:
            self._desk.join()

    def _remember_session(self) -> None:
        # Every thread of an import has a session of its own; it is asked for here, in that thread.
        session = connections[ALIAS].connection
        if session is not None:
            self._sessions[current_thread()] = session

    # The desk

    def _keep_desk(self, run: ImportRun) -> None:
        desk, written, is_there = RunControl.objects.filter(run=run.pk), 0.0, False
        try:
            while not self._ended.wait(POLL if is_there else 0):
                try:
                    if not is_there:
                        self._open_desk(run)
                        is_there = True
                    self._read(desk.values_list("requested", "requested_by").first())
                    if time.monotonic() - written >= WRITE:
                        desk.update(live=self.live.as_json(), seen_at=timezone.now())
                        written = time.monotonic()
                    self._show_state(run)
                    self._hurry()
                except DatabaseError:
                    # The import itself says what ails the database, or outlives it; the desk is there again then.
                    connections[ALIAS].close_if_unusable_or_obsolete()
                    self._ended.wait(POLL)
            self._leave_desk(desk)
        finally:
            connections[ALIAS].close()

    def _open_desk(self, run: ImportRun) -> None:
        # A pause outlives the death of a worker; a stop that nobody obeyed any more does not.
        RunControl.objects.filter(run=run.pk, requested=RunControl.Request.STOP).delete()
        RunControl.objects.bulk_create(
            [RunControl(run_id=run.pk, job_id=self.job, live=self.live.as_json())],
            update_conflicts=True,
            unique_fields=["run"],
            update_fields=["job", "live"],
        )

    def _leave_desk(self, desk: QuerySet[RunControl]) -> None:
        with suppress(DatabaseError):
            if self._asked != RunControl.Request.PAUSE or not self.keeps_pause():
                desk.delete()

    def _read(self, found: tuple[str, str] | None) -> None:
        asked, self.asked_by = found or ("", "")
        with self._changed:
            if asked != self._asked:
                self._asked, self._asked_since = asked, time.monotonic()
                self._changed.notify_all()

    def _show_state(self, run: ImportRun) -> None:
        """The run is paused when none of its sessions works any more, and no longer than that."""
        held = self._held > 0 and all(
            session.info.transaction_status in RESTING
            for thread, session in list(self._sessions.items())
            if thread.is_alive()
        )
        if held == self._shown:
            return
        before, after = ImportRun.State.RUNNING, ImportRun.State.PAUSED
        if not held:
            before, after = after, before
        ImportRun.objects.filter(pk=run.pk, state=before).update(state=after)
        self._shown = self.live.held = held
        by = f" by {self.asked_by}" if self.asked_by else ""
        self.audience.note(f"Paused{by} in the admin, to be resumed there." if held else f"Resumed{by} in the admin.")

    def _hurry(self) -> None:
        """Cancel what still works on a statement though the import shall pause or stop."""
        with self._changed:
            now = time.monotonic()
            if now - self._asked_since < GRACE or not self._may_cancel():
                return
            for thread, session in list(self._sessions.items()):
                is_working = thread.is_alive() and session.info.transaction_status == TransactionStatus.ACTIVE
                # Once is enough: the next statements are those that leave the session as it was.
                if is_working and now - self._cancelled.get(thread, 0.0) >= GRACE:
                    self._cancelled[thread] = now
                    self._broken_off = self._asked == RunControl.Request.PAUSE
                    session.cancel_safe(timeout=1)

    def _may_cancel(self) -> bool:
        if self._asked == RunControl.Request.STOP:
            return not self._knows
        # What follows the batches asks often enough, and would have to begin again.
        return self._asked == RunControl.Request.PAUSE and self.pausable and self.live.is_loading


def was_cancelled(error: BaseException) -> bool:
    """Whether the server ended a statement because somebody asked it to."""
    return isinstance(error.__cause__, QueryCanceled)


def pause_is_over(watcher: object) -> bool:
    """Whether `watcher` broke a batch off to pause, and the import shall go on now."""
    return isinstance(watcher, Controlled) and watcher.pause_is_over()
