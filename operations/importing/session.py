"""The database session of an import: plain SQL, always with bound parameters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from operations import history

# A batch finds everything by index, whatever the planner believes: statistics lag behind tables that grow by the batch,
# and a plan that reads a whole table for each batch makes an import quadratic. Batches are sorted in memory; no
# statement runs so often that compiling it would pay; the second processor has work of its own.
BATCHWISE = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "128MB",
    "jit": "off",
}
# The server looks whether its client still lives while it works: what a killed import held is soon free again.
WATCHFUL = {"client_connection_check_interval": "500ms"}


class Session:
    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection = connections[alias]
        if settings.DEBUG:  # Django would keep thousands of statements, each with the keys of a whole batch
            self.connection.queries_log = deque(maxlen=0)

    def execute(self, statement: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run a statement; gives the number of rows that it wrote or found."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters or {})
            return int(cursor.rowcount)

    def fetch(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters or {})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    @contextmanager
    def tuned(self, wanted: Mapping[str, str]) -> Iterator[None]:
        """Run under these settings of the server; the connection goes back to the pool without them."""
        for name, value in wanted.items():
            self.execute(f"SET {name} = '{value}'")
        try:
            yield
        finally:
            if not self.connection.needs_rollback and self.connection.is_usable():
                for name in wanted:
                    self.execute(f"RESET {name}")

    @contextmanager
    def past_history(self) -> Iterator[None]:
        """A transaction of which the history's triggers write nothing.

        What an import writes has the landing record for its history, and a million events would say nothing more. The
        setting ends with the transaction, so that no connection takes it back to the pool. Triggers cannot be left out
        otherwise: disabling them locks the table for everybody, and `session_replication_role` is for superusers and
        disables foreign keys as well.
        """
        names = "{" + ",".join(history.triggers()) + "}"
        with transaction.atomic(using=self.alias):
            before = self.fetch("SELECT coalesce(current_setting('pgtrigger.ignore', true), '')")[0][0]
            self._ignore(names)
            yield
            self._ignore(before)  # a transaction around this one goes on

    def take_turns(self, about: str) -> None:
        """Wait until no other transaction that takes turns `about` the same is going on; up to the end of this one."""
        self.fetch("SELECT pg_advisory_xact_lock(hashtextextended(%(about)s, 0))", {"about": f"slipway {about}"})

    def _ignore(self, triggers: str) -> None:
        self.fetch("SELECT set_config('pgtrigger.ignore', %(triggers)s, true)", {"triggers": triggers})

    def copy_in(self, statement: str, block: bytes) -> None:
        with self.connection.wrap_database_errors, self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(block)
