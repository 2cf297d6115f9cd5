"""Takes out again what a run loaded and nobody has changed since.

What goes and what stays is judged record by record (see `removal`), in the reverse order of the entities' dependencies,
and batch by batch: each is one transaction with its count in the run's report. Killed at any instant, the next call
goes on with what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from operations.importing.contests import give_back
from operations.importing.declaration import LegacySource
from operations.importing.errors import ImportStopped, LegacyError
from operations.importing.exclusive import database_failures, one_import_at_a_time
from operations.importing.giving_way import giving_way
from operations.importing.going import LandedEntity
from operations.importing.landed import landed_entities
from operations.importing.planning import legacy_source
from operations.importing.removal import PASSES, Judged, Removal, Stay
from operations.importing.session import BATCHWISE, Session
from operations.importing.upkeep import analyze
from operations.invalidation import rows_changing
from operations.models import ImportRun

BATCH_SIZE = 20_000
NAMED = 20  # records that stay which are named, of each entity
OUTCOMES = ("loaded", "merged", "kept", "rejected")


@dataclass
class EntityUndo:
    """`loaded` to `rejected` go; `changed`, `in_use` and `earlier` stay, and `stays` names the first of them.

    `handed_over` of those that go leave their row to a record of another system; `stays` names these too.
    """

    entity: str
    table: str
    loaded: int = 0
    merged: int = 0
    kept: int = 0
    rejected: int = 0
    changed: int = 0
    in_use: int = 0
    earlier: int = 0
    handed_over: int = 0
    stays: list[Stay] = field(default_factory=list)

    @property
    def going(self) -> int:
        return self.loaded + self.merged + self.kept + self.rejected

    @property
    def staying(self) -> int:
        return self.changed + self.in_use + self.earlier

    def add(self, judged: Judged) -> None:
        for outcome in OUTCOMES:
            setattr(self, outcome, getattr(self, outcome) + judged.gone.get(outcome, 0))
        for verdict, count in Counter(stay.verdict for stay in judged.stays).items():
            setattr(self, verdict, getattr(self, verdict) + count)
        self.stays = [*self.stays, *judged.stays][:NAMED]


@dataclass(frozen=True)
class UndoReport:
    """What an undo takes out and what it leaves: foreseen if `planned`, done otherwise."""

    run: str
    source: str
    planned: bool
    entities: tuple[EntityUndo, ...]
    earlier_runs: int  # of the same source: what they loaded and this run changed goes as well

    @property
    def going(self) -> int:
        return sum(entity.going for entity in self.entities)

    @property
    def staying(self) -> int:
        return sum(entity.staying for entity in self.entities)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"going": self.going, "staying": self.staying}


def find_run(name: str) -> ImportRun:
    """The run with this uuid, or the `latest`. Raises LegacyError if there is none."""
    newest = ImportRun.objects.order_by("-id")
    try:
        found = newest.first() if name == "latest" else newest.filter(pk=UUID(name)).first()
    except ValueError:
        found = None
    if found:
        return found
    known = ", ".join(f"{run.pk} ({run})" for run in newest[:3])
    raise LegacyError(
        f"There is no run {name!r}. " + (f"The last ones: {known}." if known else "Nothing was imported.")
    )


def undo_run(
    run: ImportRun,
    *,
    planned: bool,
    only: list[str] | None = None,
    batch_size: int = BATCH_SIZE,
    stop_requested: Callable[[], bool] = lambda: False,
) -> UndoReport:
    """Take out what `run` loaded, or only say what that would be.

    Raises LegacyError when it cannot be done now, and ImportStopped when `stop_requested` says so; what was finished
    by then stays undone.
    """
    session = Session("default")
    source = legacy_source(run.source)
    with database_failures(session), one_import_at_a_time(source, session), rows_changing(source.models):
        run.refresh_from_db()
        undo = _Undo(run, source, session, planned=planned, stop_requested=stop_requested)
        try:
            Removal.prepare(session)
            with session.tuned(BATCHWISE):
                return undo.work(only or [], batch_size)
        except IntegrityError as error:
            raise LegacyError(
                f"A row that no model describes refers to one that would go: {str(error).strip().splitlines()[-1]} "
                "Remove it, then run the same command again to go on."
            ) from error
        finally:
            if session.connection.is_usable():
                Removal.clear(session)


class _Undo:
    def __init__(
        self,
        run: ImportRun,
        source: LegacySource,
        session: Session,
        *,
        planned: bool,
        stop_requested: Callable[[], bool],
    ) -> None:
        self.run = run
        self.source = source
        self.session = session
        self.planned = planned
        self.stop_requested = stop_requested
        self.landed = landed_entities(session)

    def work(self, only: list[str], batch_size: int) -> UndoReport:
        chosen = self._chosen(only)
        done = tuple(self._undo(entity, batch_size) for entity in chosen)
        report = UndoReport(str(self.run.pk), self.run.source, self.planned, done, self._earlier_runs())
        if report.going and not self.planned:
            for one in chosen:
                if one.compiler:
                    give_back(one.compiler, self.session)
            self.run.report["undone"]["finished_at"] = timezone.now().isoformat()
            self.run.save(update_fields=["report"])
            analyze(tuple(one.compiler.plan for one in chosen if one.compiler), self.session)
        return report

    def _chosen(self, only: list[str]) -> list[LandedEntity]:
        """The source's entities, those first that nothing else depends on."""
        own = [one for one in self.landed if one.source == self.source.name]
        for name in only:
            if name not in {one.name for one in own}:
                known = ", ".join(one.name for one in own)
                raise LegacyError(f"There is no entity {name!r} in this source. It has: {known}.")
        order = [entity.name for entity in reversed(self.source.entities)]
        own.sort(key=lambda one: order.index(one.name) if one.name in order else -1)
        return [one for one in own if not only or one.name in only]

    def _earlier_runs(self) -> int:
        before = ImportRun.objects.filter(source=self.run.source, pk__lt=self.run.pk)
        return before.exclude(state=ImportRun.State.UNDONE).count()

    def _undo(self, entity: LandedEntity, batch_size: int) -> EntityUndo:
        counts = EntityUndo(entity.name, entity.table)
        removal = Removal(entity, self.landed, self.session, run=self.run.pk, planned=self.planned)
        removal.begin()
        for outcomes in PASSES:
            after: str | None = ""
            while after is not None:
                after = self._batch(removal, counts, outcomes, after, batch_size)
                if self.stop_requested():
                    raise ImportStopped
        return counts

    def _batch(
        self, removal: Removal, counts: EntityUndo, outcomes: tuple[str, ...], after: str, size: int
    ) -> str | None:
        with self.session.past_history():
            self.session.execute("SET CONSTRAINTS ALL IMMEDIATE")
            judged = giving_way(self.session, lambda: removal.batch(outcomes, after, size))
            if judged is None:
                return None
            counts.add(judged)
            if judged.gone and not self.planned:
                self._count(counts.entity, judged)
        return judged.last

    def _count(self, entity: str, judged: Judged) -> None:
        """What has gone so far, in the transaction in which it goes. An import never goes on with such a run."""
        undone = self.run.report.setdefault("undone", {"entities": {}, "finished_at": None})
        undone["finished_at"] = None
        so_far = undone["entities"].setdefault(entity, dict.fromkeys(OUTCOMES, 0))
        for outcome, count in judged.gone.items():
            so_far[outcome] += count
        self.run.state = ImportRun.State.UNDONE
        self.run.save(update_fields=["state", "report"])
