"""Two writers for one entity: batches are worked on at the same time and committed in the order of reading.

A batch that is ready before its predecessor waits with its transaction open, so that a checkpoint always stands for all
that was read before it. Only for entities whose records do not decide about each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from threading import Condition, Lock, Thread

from django.db import connections

from operations.importing.batch import BatchWriter
from operations.importing.landing import Landed
from operations.importing.session import BATCHWISE, WATCHFUL, Session
from operations.models import EntityProgress


class _Abandoned(Exception):
    """Another writer has failed: this batch must not be committed before that one's."""


class _Turns:
    def __init__(self) -> None:
        self._changed = Condition()
        self._next = 0
        self.failure: BaseException | None = None

    def wait_for(self, number: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._next == number or self.failure is not None)
            if self.failure is not None:
                raise _Abandoned

    def pass_on(self) -> None:
        with self._changed:
            self._next += 1
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self.failure = self.failure or error
            self._changed.notify_all()


class Crew:
    """`make_writer` makes a prepared writer for a session; `goes_on` is asked before each batch."""

    def __init__(
        self,
        *,
        alias: str,
        make_writer: Callable[[Session], BatchWriter],
        progress: EntityProgress,
        advanced: Callable[[], None],
        goes_on: Callable[[], bool],
    ) -> None:
        self.alias = alias
        self.make_writer = make_writer
        self.progress = progress
        self.advanced = advanced
        self.goes_on = goes_on

    def write(self, batches: Iterator[Landed], writers: int) -> None:
        """Write all batches; the first error of any writer is raised when all have ended."""
        numbered = enumerate(batches)
        reading, turns = Lock(), _Turns()

        def take() -> tuple[int, Landed] | None:
            with reading:
                return next(numbered, None) if turns.failure is None and self.goes_on() else None

        def work() -> None:
            try:
                session = Session(self.alias)
                with session.tuned(BATCHWISE | WATCHFUL):
                    writer = self.make_writer(session)
                    while (taken := take()) is not None:
                        number, batch = taken
                        writer.write(batch, self.progress, before_checkpoint=partial(turns.wait_for, number))
                        turns.pass_on()
                        self.advanced()
            except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
                turns.fail(error)
            finally:
                connections[self.alias].close()

        threads = [Thread(target=work, name=f"slipway-writer-{number}", daemon=True) for number in range(writers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException as error:
            # A second Ctrl-C: nobody may go on writing when the import has let go of its lock.
            turns.fail(error)
            for thread in threads:
                thread.join()
            raise
        if turns.failure is not None:
            raise turns.failure
