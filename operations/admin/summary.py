"""What an import run came to, in the shape that its pages show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from operations.admin.legacy import declared_entities
from operations.charts import Part, StackedBar, stacked_bar
from operations.models import EntityProgress, ImportRun

OUTCOMES = ("loaded", "merged", "kept", "rejected", "unchanged")
METHODS = {"sql": "In SQL: landing against target", "source": "In Python: the source read again"}


@dataclass(frozen=True)
class Reason:
    code: str
    count: int
    entity_id: int | None = None

    @property
    def count_text(self) -> str:
        return f"{self.count:,}"

    @property
    def query(self) -> str:
        """The query string of the rejections list that shows them."""
        return f"?reason={self.code}" + (f"&entity_id={self.entity_id}" if self.entity_id is not None else "")


@dataclass(frozen=True)
class EntityCounts:
    """What became of the records of one entity. Together the outcomes are what was read."""

    name: str
    read: int
    outcomes: Mapping[str, int]
    reasons: tuple[Reason, ...] = ()
    expected: int = 0

    @property
    def unaccounted(self) -> int:
        return self.read - sum(self.outcomes.values())

    @property
    def bar(self) -> StackedBar:
        parts = [Part(outcome, outcome, self.outcomes[outcome]) for outcome in OUTCOMES]
        return stacked_bar(f"{self.name}: {self.read:,} read", parts, max(self.expected, self.read))

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Each outcome with its count, for a row of a table; nothing where there is none."""
        return [(outcome, f"{self.outcomes[outcome]:,}" if self.outcomes[outcome] else "") for outcome in OUTCOMES]

    @property
    def read_text(self) -> str:
        return f"{self.read:,}" if self.read >= self.expected else f"{self.read:,} of {self.expected:,}"


@dataclass(frozen=True)
class ProofResult:
    method: str
    rows: int
    differences: int
    named: tuple[Mapping[str, str], ...] = ()  # the first of them: table, key, column, expected, found
    changed: int = 0
    changes: tuple[Mapping[str, str], ...] = ()  # the first of them, with by and at

    @property
    def said(self) -> str:
        differences = "no difference" if not self.differences else f"{self.differences:,} differences"
        changed = f", {self.changed:,} changed later" if self.changed else ""
        return f"{self.rows:,} rows compared, {differences}{changed}"


@dataclass(frozen=True)
class RunSummary:
    run: ImportRun
    entities: tuple[EntityCounts, ...]
    proofs: tuple[ProofResult, ...]

    @property
    def totals(self) -> EntityCounts:
        return _together("Total", self.entities)

    @property
    def brief(self) -> list[EntityCounts]:
        """The entities with a destination, and one line for all tables that are kept raw."""
        declared = declared_entities(self.run.source)
        kept = [entity for entity in self.entities if declared and entity.name not in declared]
        if len(kept) < 2:
            return list(self.entities)
        loaded = [entity for entity in self.entities if entity.name in declared]
        return [*loaded, _together(f"{len(kept)} other tables", kept)]

    @property
    def goes_on(self) -> bool:
        return self.run.state in ImportRun.GOING_ON

    @property
    def is_whole(self) -> bool:
        """The run came to its end and read all that the source had."""
        return self.run.state == ImportRun.State.FINISHED and self.totals.read >= self.totals.expected

    @property
    def reasons(self) -> list[Reason]:
        """Of the whole run, the most frequent first."""
        counts: Counter[str] = Counter()
        for entity in self.entities:
            counts.update({reason.code: reason.count for reason in entity.reasons})
        return [Reason(code, count) for code, count in counts.most_common()]

    @property
    def is_proven(self) -> bool | None:
        """None where there is no proof to speak of."""
        return all(not proof.differences for proof in self.proofs) if self.proofs else None

    @property
    def duration(self) -> timedelta:
        taken = (self.run.finished_at or timezone.now()) - self.run.started_at
        return timedelta(seconds=round(taken.total_seconds(), 1 if taken.total_seconds() < 100 else None))

    @property
    def duration_text(self) -> str:
        seconds = self.duration.total_seconds()
        return f"{seconds:.1f} s" if seconds < 100 else str(timedelta(seconds=int(seconds)))


def _together(name: str, entities: Sequence[EntityCounts]) -> EntityCounts:
    outcomes = {outcome: sum(entity.outcomes[outcome] for entity in entities) for outcome in OUTCOMES}
    read = sum(entity.read for entity in entities)
    return EntityCounts(name, read, outcomes, expected=sum(entity.expected for entity in entities))


def summary(run: ImportRun) -> RunSummary:
    """Counts from the checkpoints, which also stand while the run goes on; from the report where there are none."""
    progress = sorted(run.entities.all(), key=lambda found: found.entity_id)
    counts = [_counted(found) for found in progress] or [_reported(found) for found in run.report.get("entities", ())]
    return RunSummary(run=run, entities=tuple(counts), proofs=tuple(_proofs(run.report.get("proof"))))


def _counted(progress: EntityProgress) -> EntityCounts:
    return EntityCounts(
        name=progress.entity.name,
        read=progress.read,
        outcomes={outcome: getattr(progress, outcome) for outcome in OUTCOMES},
        reasons=_reasons(progress.reasons, progress.entity_id),
        expected=progress.expected,
    )


def _reported(entity: Mapping[str, Any]) -> EntityCounts:
    return EntityCounts(
        name=str(entity.get("entity", "")),
        read=int(entity.get("read", 0)),
        outcomes={outcome: int(entity.get(outcome, 0)) for outcome in OUTCOMES},
        reasons=_reasons(entity.get("reasons") or {}, None),
    )


def _reasons(counts: Mapping[str, int], entity_id: int | None) -> tuple[Reason, ...]:
    by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Reason(code, count, entity_id) for code, count in by_count)


def _proofs(proof: Any) -> Iterable[ProofResult]:
    for method, title in METHODS.items():
        result = (proof or {}).get(method)
        if result:
            yield ProofResult(
                method=title,
                rows=int(result.get("rows", 0)),
                differences=int(result.get("differences", 0)),
                named=tuple(result.get("named") or ()),
                changed=int(result.get("changed", 0)),
                changes=tuple(result.get("changes") or ()),
            )
