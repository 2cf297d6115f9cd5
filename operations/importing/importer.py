"""A whole import: one source, entity by entity, batch by batch, then the proofs.

A run that was stopped or killed is found again and goes on after its last checkpoint. Records are recognised by key and
hash: what has not changed since it was landed is counted as unchanged and not written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from django.db import OperationalError, transaction
from django.utils import timezone

from operations.importing.ahead import read_ahead
from operations.importing.batch import BatchWriter
from operations.importing.compiler import EntityCompiler
from operations.importing.contests import contests_of, give_back
from operations.importing.control import pause_is_over, was_cancelled
from operations.importing.crew import Crew
from operations.importing.declaration import LegacySource
from operations.importing.errors import ImportStopped
from operations.importing.exclusive import database_failures, one_import_at_a_time
from operations.importing.keyed import keying
from operations.importing.landed import landed_entities
from operations.importing.landing import Landed, land
from operations.importing.merges import merges_of, takeovers_of
from operations.importing.planning import ImportPlan, plan_import, unmatched
from operations.importing.proofs import prove
from operations.importing.reader import Reader, open_source
from operations.importing.report import ImportReport, Proofs, Vanished, counts_of
from operations.importing.session import BATCHWISE, Session
from operations.importing.tables import Plan
from operations.importing.upkeep import analyze
from operations.importing.vanished import Search, remove, together
from operations.importing.watcher import Unwatched, Watcher
from operations.importing.zones import chosen_zone
from operations.invalidation import rows_changing
from operations.models import EntityProgress, ImportRun, LandedRecord, LegacyEntity

BATCH_SIZE = 20_000
WRITERS = 2  # sessions that write an entity at the same time; reading and encoding keep a third processor busy


@dataclass
class Options:
    only: list[str] = field(default_factory=list)
    dry_run: bool = False
    batch_size: int = BATCH_SIZE
    delete_vanished: bool = False
    zone: str | None = None  # of moments that name none; None: as in the import before, or UTC
    writers: int = WRITERS
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
    with database_failures(session):
        zone = chosen_zone(source, options.zone)
    with database_failures(session), open_source(source, location, watcher.reading, zone) as reader:
        plan = plan_import(source, reader.tables(), zone)
        plans = plan.only(options.only)
        with one_import_at_a_time(source, session), rows_changing(source.models):
            whole = _Import(plan, plans, reader, session, options, watcher)
            if not options.dry_run:
                return whole.run()
            try:
                return _rehearsed(whole.run, session)
            finally:
                # What the planner knows of a table's size is not rolled back with the rows.
                if session.connection.is_usable():
                    analyze(plans, session)


def _rehearsed(run: Callable[[], ImportReport], session: Session) -> ImportReport:
    """Really run, then roll everything back. Keys are UUIDs, so not even a sequence has moved."""
    report: list[ImportReport] = []
    try:
        with transaction.atomic(using=session.alias):
            report.append(run())
            raise _DryRunDone
    except _DryRunDone:
        return report[0]


class _Import:
    def __init__(
        self,
        plan: ImportPlan,
        plans: tuple[Plan, ...],
        reader: Reader,
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
        self.zone = plan.plans[0].zone if plan.plans else "UTC"

    def run(self) -> ImportReport:
        started = time.monotonic()
        run = self._begin()
        try:
            entity_ids = self._entity_ids()
            self.watcher.started(run, self.plans)
            if self.plan.source.before_load and not self.options.dry_run:
                self.plan.source.before_load(self.reader, self.plans)
            while (found := self._load_and_prove(run, entity_ids)) is None:
                pass
            return self._finish(run, entity_ids, *found, seconds=time.monotonic() - started)
        except BaseException as error:
            if was_cancelled(error) and self.watcher.stop_requested():
                self._interrupted(run, ImportStopped())
                raise ImportStopped from error
            self._interrupted(run, error)
            raise

    def _load_and_prove(self, run: ImportRun, entity_ids: dict[str, int]) -> tuple[list[Vanished], Proofs] | None:
        """From the checkpoints on; None if a pause has broken a batch off, which is to be done again."""
        try:
            with self.session.tuned(BATCHWISE):
                # Those that go first leave their names to those that come in their place.
                early = self._vanished(run, entity_ids, certainly=True) if self.options.delete_vanished else []
                begun = {one.entity_id: one for one in run.entities.using(self.session.alias)}
                for plan in self.plans:
                    self._import_entity(run, plan, entity_ids, begun.get(entity_ids[plan.name]))
                vanished = together(early, self._vanished(run, entity_ids))
            self._refresh_statistics()
            proofs = prove(self.plan.source, self.plans, self.reader, self.session, entity_ids, self.watcher)
            return vanished, proofs
        except OperationalError as error:
            if was_cancelled(error) and pause_is_over(self.watcher):
                return None
            raise

    def _begin(self) -> ImportRun:
        """The run that was left unfinished over the same source, or a new one."""
        runs = ImportRun.objects.using(self.session.alias)
        place = {"source": self.plan.source.name, "location": self.reader.location.shown, "zone": self.zone}
        run = runs.filter(**place).order_by("-id").first()
        if run and run.state not in (ImportRun.State.FINISHED, ImportRun.State.UNDONE) and self._goes_on(run):
            run.state, run.error = ImportRun.State.RUNNING, ""
            run.save(using=self.session.alias)
        else:
            run = runs.create(**place, generation=self.plan.generation.name)
        # This import alone holds the lock: whatever else claims to be running was killed.
        killed = runs.filter(source=self.plan.source.name, state__in=ImportRun.GOING_ON).exclude(pk=run.pk)
        killed.update(state=ImportRun.State.FAILED, error="It was killed, and another run has taken its place.")
        return run

    def _goes_on(self, run: ImportRun) -> bool:
        """True if the source is what it was when the run began: a position in another file means nothing."""
        rows = {plan.name: plan.table.rows for plan in self.plan.plans}
        begun = run.entities.using(self.session.alias).values_list("entity__name", "expected")
        return run.generation == self.plan.generation.name and all(rows.get(name) == count for name, count in begun)

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

    def _import_entity(
        self, run: ImportRun, plan: Plan, entity_ids: dict[str, int], progress: EntityProgress | None
    ) -> None:
        alias = self.session.alias
        progress = progress or EntityProgress.objects.using(alias).create(
            run=run, entity_id=entity_ids[plan.name], expected=plan.table.rows
        )
        self.watcher.entity_started(plan.name, progress.read, plan.table.rows)
        if progress.done:
            return
        returning = LandedRecord.objects.using(alias).filter(entity_id=entity_ids[plan.name]).exists()

        def prepared(session: Session) -> BatchWriter:
            writer = BatchWriter(
                plan,
                session,
                source=self.plan.source.name,
                run=run.pk,
                entity_ids=entity_ids,
                returning=returning,
            )
            writer.prepare()
            return writer

        with closing(self._landed(plan, progress, returning=returning)) as batches:
            self._write(batches, plan, progress, prepared)
        if self.watcher.stop_requested():
            raise ImportStopped
        self._give_back(entity_ids, plan)
        progress.done = True
        progress.save(using=alias)

    def _write(
        self,
        batches: Iterator[Landed],
        plan: Plan,
        progress: EntityProgress,
        prepared: Callable[[Session], BatchWriter],
    ) -> None:
        if self._writers(plan) > 1:
            crew = Crew(
                alias=self.session.alias,
                make_writer=prepared,
                progress=progress,
                advanced=lambda: self.watcher.advanced(plan.name, progress.read),
                goes_on=lambda: not self.watcher.stop_requested(),
            )
            crew.write(batches, self._writers(plan))
            return
        writer: BatchWriter | None = None
        for batch in batches:
            writer = writer or prepared(self.session)
            writer.write(batch, progress)
            self.watcher.advanced(plan.name, progress.read)
            if self.watcher.stop_requested():
                raise ImportStopped

    def _writers(self, plan: Plan) -> int:
        """More than one where records do not decide about each other, and where other sessions see what is there."""
        decides = plan.entity is not None and (plan.entity.unique or plan.entity.proofs)
        small = plan.table.rows <= 2 * self.options.batch_size
        return 1 if decides or small or self.session.connection.in_atomic_block else self.options.writers

    def _landed(self, plan: Plan, progress: EntityProgress, *, returning: bool) -> Generator[Landed]:
        """Batches ready for COPY, encoded ahead by one while the database works on the one before."""
        table = plan.table
        key_of = keying(plan, self.reader)
        first = progress.read + 1
        # Whatever is killed, no more than one batch is done again: writers at the same time share it.
        size = max(1, self.options.batch_size // self._writers(plan))

        def encoded() -> Iterator[Landed]:
            number = first
            for batch in self.reader.batches(table, after=progress.position, size=size):
                yield land(
                    batch.rows,
                    position=batch.position,
                    columns=table.columns,
                    key_of=key_of,
                    first=number,
                    numbered=table.has_rowid,
                    returning=returning,
                )
                number += len(batch.rows)

        return read_ahead(encoded())

    def _give_back(self, entity_ids: dict[str, int], *plans: Plan) -> None:
        for plan in plans:
            if plan.entity:
                give_back(EntityCompiler(plan, entity_ids=entity_ids, alias=self.session.alias), self.session)

    def _vanished(self, run: ImportRun, entity_ids: dict[str, int], *, certainly: bool = False) -> list[Vanished]:
        """What earlier imports landed and the source does not have any more; removed, if that was asked for."""
        search = Search(self.reader, self.session, entity_ids)
        try:
            found = [one for plan in self.plans if (one := search.find(plan, certainly=certainly))]
            if found and self.options.delete_vanished:
                landed = landed_entities(self.session)
                own = tuple(one for one in landed if one.source == self.plan.source.name)
                others = tuple(one for one in landed if one.source != self.plan.source.name)
                remove(found, (*own, *others), self.session, run.pk, self.watcher.stop_requested)
                self._give_back(entity_ids, *self.plans)
        finally:
            search.close()
        if self.watcher.stop_requested():
            raise ImportStopped
        return found

    def _refresh_statistics(self) -> None:
        """After a load the planner must know the new sizes before anybody is served."""
        analyze(self.plans, self.session)

    def _finish(
        self, run: ImportRun, entity_ids: dict[str, int], vanished: list[Vanished], proofs: Proofs, *, seconds: float
    ) -> ImportReport:
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
            expired=dict(getattr(self.reader, "vanished", {})),
            unmatched=unmatched(self.plans),
            vanished=tuple(vanished),
            merges=merges_of(run, self.session.alias),
            takeovers=takeovers_of(run, self.plans, entity_ids, self.session.alias),
            contests=contests_of(self.plans, self.session, source=self.plan.source.name),
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
