"""Tries rejected records again: those that were mended, and those that waited for others.

A replay is a run of its own, so that it can be undone; the source is not needed. Records that come to the same end as
before are left as they are: a second replay writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from django.utils import timezone

from operations.importing.batch import BatchWriter
from operations.importing.contests import give_back
from operations.importing.declaration import LegacySource
from operations.importing.errors import ImportStopped, LegacyError
from operations.importing.exclusive import database_failures, one_import_at_a_time
from operations.importing.landed import landed_plans
from operations.importing.landing import Landed, copy_safe, key_problem, key_text
from operations.importing.planning import legacy_source
from operations.importing.report import EntityCounts, counts_of
from operations.importing.session import BATCHWISE, Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED
from operations.importing.upkeep import analyze
from operations.invalidation import rows_changing
from operations.models import EntityProgress, ImportRun, LegacyEntity

BATCH_SIZE = 2_000
LOCATION = "(replay)"  # where a replay's records come from
COLUMNS = "seq, key, sha256, unstorable, problem, raw, mended, own"
# What is wrong with a legacy key shows in no column: only a mend of the key can change it.
KEY_PROBLEMS = ("empty_key", "key_too_long", "reserved_key", "duplicate_key", "unstorable_text")


@dataclass(frozen=True)
class ReplayReport:
    """Counts per entity: `read` were tried, `unchanged` are rejected as before."""

    source: str
    run: str | None  # None: there was nothing to try
    entities: tuple[EntityCounts, ...]

    @property
    def loaded(self) -> int:
        return sum(one.loaded + one.merged for one in self.entities)

    @property
    def rejected(self) -> int:
        return sum(one.rejected + one.unchanged for one in self.entities)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"loaded": self.loaded, "rejected": self.rejected}


def replay(
    source_name: str,
    *,
    only: list[str] | None = None,
    keys: list[str] | None = None,
    mended: bool = False,
    batch_size: int = BATCH_SIZE,
    stop_requested: Callable[[], bool] = lambda: False,
) -> ReplayReport:
    """Try the rejected records of a source again: all, those of some entities, with these keys, or the mended ones.

    Raises LegacyError when it cannot be done now, and ImportStopped when `stop_requested` says so; what was finished by
    then is kept.
    """
    source, session = legacy_source(source_name), Session("default")
    with database_failures(session), one_import_at_a_time(source, session), rows_changing(source.models):
        ids = dict(LegacyEntity.objects.filter(source=source.name).values_list("name", "id"))
        for name in only or ():
            if name not in ids:
                raise LegacyError(f"There is no entity {name!r} in this source. It has: {', '.join(ids)}.")
        chosen = _Chosen(session, keys, mended)
        plans = [
            plan
            for name, plan in landed_plans(source, ids, session).items()
            if (not only or name in only) and chosen.some(ids[name])
        ]
        if not plans:
            return ReplayReport(source.name, None, ())
        return _Replay(source, ids, session, chosen, batch_size, stop_requested).work(plans)


class _Chosen:
    """The rejected records that are tried."""

    def __init__(self, session: Session, keys: list[str] | None, mended: bool) -> None:
        self.session = session
        self.where = "l.entity_id = %(entity)s AND l.outcome = 'rejected' AND l.key > %(after)s"
        self.where += " AND l.key = ANY(%(keys)s)" if keys is not None else ""
        self.where += " AND l.mended IS NOT NULL" if mended else ""
        self.parameters = {"keys": keys or []}

    def _from(self) -> str:
        # By the rejections: they are few, and have an index of their own.
        return (
            f"FROM operations_rejection r JOIN {LANDED} l ON l.entity_id = r.entity_id AND l.key = r.key "
            f"WHERE r.entity_id = %(entity)s AND {self.where}"
        )

    def some(self, entity: int) -> bool:
        found = self.session.fetch(
            f"SELECT 1 {self._from()} LIMIT 1", {**self.parameters, "entity": entity, "after": ""}
        )
        return bool(found)

    def count(self, entity: int) -> int:
        parameters = {**self.parameters, "entity": entity, "after": ""}
        return int(self.session.fetch(f"SELECT count(*) {self._from()}", parameters)[0][0])

    def rows(self, entity: int, after: str, size: int) -> list[tuple[Any, ...]]:
        return self.session.fetch(
            f"SELECT l.key, l.sha256, l.unstorable, r.reason, l.raw, l.mended {self._from()} "
            "ORDER BY l.key LIMIT %(size)s",
            {**self.parameters, "entity": entity, "after": after, "size": size},
        )


class _Replay:
    def __init__(
        self,
        source: LegacySource,
        ids: dict[str, int],
        session: Session,
        chosen: _Chosen,
        batch_size: int,
        stop_requested: Callable[[], bool],
    ) -> None:
        self.source = source
        self.ids = ids
        self.session = session
        self.chosen = chosen
        self.batch_size = batch_size
        self.stop_requested = stop_requested

    def work(self, plans: list[Plan]) -> ReplayReport:
        run = ImportRun.objects.create(source=self.source.name, location=LOCATION)
        try:
            with self.session.tuned(BATCHWISE):
                for plan in plans:
                    self._replay(run, plan)
            analyze(tuple(plans), self.session)
        except BaseException as error:
            stopped = isinstance(error, (ImportStopped, KeyboardInterrupt))
            if self.session.connection.is_usable() and not self.session.connection.needs_rollback:
                self._end(run, ImportRun.State.STOPPED if stopped else ImportRun.State.FAILED, str(error)[:2_000])
            raise
        return self._end(run, ImportRun.State.FINISHED)

    def _end(self, run: ImportRun, state: str, error: str = "") -> ReplayReport:
        counts = counts_of(run.entities.select_related("entity").order_by("id"))
        report = ReplayReport(self.source.name, str(run.pk), counts)
        run.state, run.error, run.finished_at, run.report = state, error, timezone.now(), report.as_json()
        run.save()
        return report

    def _replay(self, run: ImportRun, plan: Plan) -> None:
        entity = self.ids[plan.name]
        progress = EntityProgress.objects.create(run=run, entity_id=entity, expected=self.chosen.count(entity))
        writer = BatchWriter(
            plan, self.session, source=self.source.name, run=run.pk, entity_ids=self.ids, returning=True
        )
        writer.prepare()
        for landed in self._batches(plan, entity):
            writer.write(landed, progress)
            if self.stop_requested():
                raise ImportStopped
        if writer.compiler:
            give_back(writer.compiler, self.session)
        progress.done = True
        progress.save()

    def _batches(self, plan: Plan, entity: int) -> Iterator[Landed]:
        after, first = "", 1
        while rows := self.chosen.rows(entity, after, self.batch_size):
            lines = [_line(plan, number, row) for number, row in enumerate(rows, first)]
            after = rows[-1][0]
            yield Landed(b"".join(lines), first=first, count=len(rows), position=after, columns=COLUMNS)
            first += len(rows)


def _line(plan: Plan, number: int, row: tuple[Any, ...]) -> bytes:
    key, sha256, unstorable, reason, raw, mended = row
    problem, own = _key_of(plan, key, reason, mended)
    cells = (key, "\\x" + bytes(sha256).hex(), unstorable, problem, raw, mended, own)
    return b"%d\x02%b\n" % (number, b"\x02".join(copy_safe(cell) if cell else b"" for cell in cells))


def _key_of(plan: Plan, key: str, reason: str, mended: str | None) -> tuple[str | None, str | None]:
    """What is wrong with a record's key, and the key of its row where a mend says another than the legacy key."""
    if mended is None:
        return (reason if key.startswith("rowid:") and reason in KEY_PROBLEMS else None), None
    assert plan.entity is not None
    values = msgspec.json.decode(mended)
    parts = [values.get(column) for column in plan.actual(plan.entity.key)]
    problems = [problem for part in parts if (problem := key_problem(part))]
    if problems:
        return problems[0], None
    own = key_text(parts[0]) if len(parts) == 1 else msgspec.json.encode(parts).decode()
    return None, own if own != key else None
