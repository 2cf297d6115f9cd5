"""A whole import: one source, entity by entity, batch by batch, then the proofs.

A run that was stopped or killed is found again and goes on after its last checkpoint. Records are recognised by key and
hash: what has not changed since it was landed is counted as unchanged and not written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from operations.importing import sql
from operations.importing.ahead import read_ahead
from operations.importing.batch import BatchWriter
from operations.importing.declaration import LegacySource, Plan
from operations.importing.errors import ImportBusy, LegacyError
from operations.importing.landing import Landed, keys_of, land
from operations.importing.planning import ImportPlan, plan_import
from operations.importing.proofs import prove
from operations.importing.report import ImportReport, Proofs, counts_of
from operations.importing.session import Session
from operations.importing.sqlite import SQLiteReader, locate
from operations.models import EntityProgress, ImportRun, LandedRecord, LegacyEntity

BATCH_SIZE = 20_000


class Watcher(Protocol):
    """Sees an import go on. `stop_requested` is asked between batches."""

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None: ...
    def entity_started(self, name: str, done: int, total: int) -> None: ...
    def advanced(self, name: str, done: int) -> None: ...
    def proving(self, proof: str, name: str, done: int, total: int) -> None: ...
    def stop_requested(self) -> bool: ...


class Unwatched:
    """Nobody looks."""

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None: ...
    def entity_started(self, name: str, done: int, total: int) -> None: ...
    def advanced(self, name: str, done: int) -> None: ...
    def proving(self, proof: str, name: str, done: int, total: int) -> None: ...
    def stop_requested(self) -> bool:
        return False


class ImportStopped(Exception):
    """An operator asked to stop; everything up to the last batch is written."""


@dataclass
class Options:
    only: list[str] = field(default_factory=list)
    dry_run: bool = False
    batch_size: int = BATCH_SIZE
    alias: str = "default"


class _DryRunDone(Exception):
    """Carries the end of a dry run out of its transaction, which is rolled back on the way."""


def import_source(
    source: LegacySource, location: str, options: Options | None = None, watcher: Watcher | None = None
) -> ImportReport:
    """Import, prove and report.

    Raises LegacyError when the source cannot be read or is of no known schema (nothing has been written then), and
    ImportStopped when `watcher` asked to stop.
    """
    options, watcher = options or Options(), watcher or Unwatched()
    session = Session(options.alias)
    with SQLiteReader(locate(location)) as reader:
        plan = plan_import(source, reader.tables())
        plans = plan.only(options.only)
        with _one_import_at_a_time(source, session):
            whole = _Import(plan, plans, reader, session, options, watcher)
            return _rehearsed(whole.run, session) if options.dry_run else whole.run()


def verify_source(
    source: LegacySource, location: str, only: list[str] | None = None, watcher: Watcher | None = None
) -> Proofs:
    """Prove again what was imported from `location`; nothing is written.

    Raises LegacyError when the source cannot be read or was never imported.
    """
    session = Session("default")
    with SQLiteReader(locate(location)) as reader:
        plan = plan_import(source, reader.tables())
        plans = plan.only(only or [])
        known = dict(LegacyEntity.objects.filter(source=source.name).values_list("name", "id"))
        if any(one.name not in known for one in plans):
            raise LegacyError(f"{source.title} has not been imported yet: run import_legacy {source.name} first.")
        return prove(source.name, plans, reader, session, known, watcher or Unwatched())


def _rehearsed(run: Callable[[], ImportReport], session: Session) -> ImportReport:
    """Really run, then roll everything back. Keys are UUIDs, so not even a sequence has moved."""
    report: list[ImportReport] = []
    try:
        with transaction.atomic(using=session.alias):
            report.append(run())
            raise _DryRunDone
    except _DryRunDone:
        return report[0]


@contextmanager
def _one_import_at_a_time(source: LegacySource, session: Session) -> Iterator[None]:
    key = f"slipway import {source.name}"
    locked = session.fetch("SELECT pg_try_advisory_lock(hashtextextended(%(key)s, 0))", {"key": key})[0][0]
    if not locked:
        running = ImportRun.objects.filter(source=source.name, state=ImportRun.State.RUNNING).order_by("-id").first()
        name = f"run {running.pk}, started {running.started_at:%Y-%m-%d %H:%M:%S} UTC" if running else "another import"
        raise ImportBusy(f"{name} of {source.name} is going on. Wait for it, or stop it with Ctrl-C where it runs.")
    try:
        yield
    finally:
        if session.connection.is_usable():
            session.fetch("SELECT pg_advisory_unlock(hashtextextended(%(key)s, 0))", {"key": key})


class _Import:
    def __init__(
        self,
        plan: ImportPlan,
        plans: tuple[Plan, ...],
        reader: SQLiteReader,
        session: Session,
        options: Options,
        watcher: Watcher,
    ) -> None:
        self.plan = plan
        self.plans = plans
        self.reader = reader
        self.session = session
        self.options = options
        self.watcher = watcher

    def run(self) -> ImportReport:
        started = time.monotonic()
        self._tune()
        run = self._begin()
        try:
            entity_ids = self._entity_ids()
            self.watcher.started(run, self.plans)
            for plan in self.plans:
                self._import_entity(run, plan, entity_ids)
            self._refresh_statistics()
            proofs = prove(self.plan.source.name, self.plans, self.reader, self.session, entity_ids, self.watcher)
            return self._finish(run, proofs, seconds=time.monotonic() - started)
        except BaseException as error:
            self._interrupted(run, error)
            raise
        finally:
            self._untune()

    def _tune(self) -> None:
        """Batches are sorted and joined in memory, and no statement runs so often that compiling it would pay.

        Statistics lag behind tables that grow by the batch: without sequential scans, a batch finds what it refers to by
        index, whatever the planner believes. The batch itself has no index and is scanned all the same.
        """
        self.session.execute("SET work_mem = '128MB'")
        self.session.execute("SET jit = off")
        self.session.execute("SET enable_seqscan = off")

    def _untune(self) -> None:
        if not self.session.connection.needs_rollback and self.session.connection.is_usable():
            for setting in ("work_mem", "jit", "enable_seqscan"):
                self.session.execute(f"RESET {setting}")

    def _begin(self) -> ImportRun:
        """The run that was left unfinished over the same source, or a new one."""
        runs = ImportRun.objects.using(self.session.alias)
        place = {"source": self.plan.source.name, "location": self.reader.location.shown}
        unfinished = runs.filter(**place).order_by("-id").first()
        if unfinished and unfinished.state != ImportRun.State.FINISHED:
            unfinished.state, unfinished.error = ImportRun.State.RUNNING, ""
            unfinished.save(using=self.session.alias)
            return unfinished
        return runs.create(**place, generation=self.plan.generation.name)

    def _entity_ids(self) -> dict[str, int]:
        """The short keys of all entities of this source; new ones get the next numbers, without a sequence."""
        entities = LegacyEntity.objects.using(self.session.alias)
        with transaction.atomic(using=self.session.alias):
            self.session.execute("LOCK TABLE operations_legacyentity IN SHARE ROW EXCLUSIVE MODE")
            known = dict(entities.filter(source=self.plan.source.name).values_list("name", "id"))
            last = entities.order_by("-id").values_list("id", flat=True).first() or 0
            names = [plan.name for plan in self.plan.plans] + [entity.name for entity in self.plan.source.entities]
            for name in dict.fromkeys(names):
                if name not in known:
                    last += 1
                    known[name] = last
                    entities.create(id=last, source=self.plan.source.name, name=name)
        return known

    def _import_entity(self, run: ImportRun, plan: Plan, entity_ids: dict[str, int]) -> None:
        alias = self.session.alias
        progress, _ = EntityProgress.objects.using(alias).get_or_create(
            run=run, entity_id=entity_ids[plan.name], defaults={"expected": plan.table.rows}
        )
        self.watcher.entity_started(plan.name, progress.read, plan.table.rows)
        if progress.done:
            return
        landed_before = LandedRecord.objects.using(alias).filter(entity_id=entity_ids[plan.name]).exists()
        writer = BatchWriter(
            plan,
            self.session,
            source=self.plan.source.name,
            run=run.pk,
            entity_ids=entity_ids,
            returning=landed_before,
        )
        writer.prepare()
        for batch in self._landed(plan, progress):
            writer.write(batch, progress)
            self.watcher.advanced(plan.name, progress.read)
            if self.watcher.stop_requested():
                raise ImportStopped
        progress.done = True
        progress.save(using=alias)

    def _landed(self, plan: Plan, progress: EntityProgress) -> Iterator[Landed]:
        """Batches ready for COPY, encoded ahead by one while the database works on the one before."""
        table = plan.table
        key = plan.actual(plan.entity.key) if plan.entity else table.key
        key_of = keys_of(table, key)
        repeated = self.reader.repeated_keys(table, key[0]) if len(key) == 1 else set()
        first = progress.read + 1

        def encoded() -> Iterator[Landed]:
            number = first
            for batch in self.reader.batches(table, after=progress.position, size=self.options.batch_size):
                yield land(
                    batch.rows,
                    position=batch.position,
                    columns=table.columns,
                    key_of=key_of,
                    first=number,
                    numbered=table.has_rowid,
                    repeated=repeated,
                )
                number += len(batch.rows)

        return read_ahead(encoded())

    def _refresh_statistics(self) -> None:
        """After a load the planner must know the new sizes before anybody is served."""
        filled = {model for plan in self.plans if plan.entity for model in plan.entity.models}
        for table in sorted(apps.get_model(model)._meta.db_table for model in filled | {"operations.LandedRecord"}):
            self.session.execute(f"ANALYZE {sql.name(table)}")
        self.session.execute("RESET enable_seqscan")

    def _finish(self, run: ImportRun, proofs: Proofs, *, seconds: float) -> ImportReport:
        order = [plan.name for plan in self.plans]
        progresses = run.entities.using(self.session.alias).select_related("entity")
        chosen = sorted((p for p in progresses if p.entity.name in order), key=lambda p: order.index(p.entity.name))
        report = ImportReport(
            source=self.plan.source.name,
            run=str(run.pk),
            generation=self.plan.generation.name,
            dry_run=self.options.dry_run,
            entities=counts_of(chosen),
            proofs=proofs,
            seconds=seconds,
            expected=sum(plan.table.rows for plan in self.plans),
        )
        run.report = report.as_json()
        run.state, run.finished_at = ImportRun.State.FINISHED, timezone.now()
        run.save(using=self.session.alias)
        return report

    def _interrupted(self, run: ImportRun, error: BaseException) -> None:
        """Leave the run as it stands, with the reason; the next import goes on after its last batch."""
        stopped = isinstance(error, (ImportStopped, KeyboardInterrupt))
        if self.options.dry_run or not self.session.connection.is_usable():
            return
        run.state = ImportRun.State.STOPPED if stopped else ImportRun.State.FAILED
        run.error = "" if stopped else f"{type(error).__name__}: {error}"[:2000]
        run.save(using=self.session.alias)
