"""What an import did, in one shape for the terminal, `--json` and the admin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from operations.importing.tables import Unmatched
from operations.models import EntityProgress

MERGES_NAMED = 100  # of each entity


@dataclass(frozen=True)
class Difference:
    """A place where the target is not what the source says. Values are as shown to people."""

    table: str
    key: str
    column: str
    expected: str
    found: str


@dataclass(frozen=True)
class Change(Difference):
    """A difference that somebody made on purpose, as the history knows: who, and when (ISO 8601, UTC)."""

    by: str
    at: str

    @classmethod
    def of(cls, difference: Difference, at: datetime, by: str) -> Change:
        return cls(**asdict(difference), by=by, at=at.isoformat(timespec="seconds"))


@dataclass
class ProofResult:
    """`rows` are the records that were compared; `differences` counts all, `named` holds the first of them.

    `changed` counts what is different because somebody changed it later, `changes` holds the first of those.
    """

    rows: int = 0
    differences: int = 0
    named: list[Difference] = field(default_factory=list)
    changed: int = 0
    changes: list[Change] = field(default_factory=list)

    NAMED: ClassVar[int] = 100
    KEPT: ClassVar[int] = 200_000  # of one part, until the history was asked about them

    def differ(self, difference: Difference) -> None:
        self.differences += 1
        if len(self.named) < self.KEPT:
            self.named.append(difference)

    def add(self, other: ProofResult) -> None:
        self.rows += other.rows
        self.differences += other.differences
        self.named = [*self.named, *other.named][: self.NAMED]
        self.changed += other.changed
        self.changes = [*self.changes, *other.changes][: self.NAMED]


@dataclass(frozen=True)
class EntityCounts:
    """read = loaded + merged + kept + rejected + unchanged: every record is in exactly one of them."""

    entity: str
    read: int
    loaded: int
    merged: int
    kept: int
    rejected: int
    unchanged: int
    reasons: dict[str, int]

    @property
    def is_conserved(self) -> bool:
        accounted = self.loaded + self.merged + self.kept + self.rejected + self.unchanged
        return self.read == accounted and sum(self.reasons.values()) == self.rejected

    @classmethod
    def of(cls, progress: EntityProgress) -> EntityCounts:
        return cls(
            entity=progress.entity.name,
            read=progress.read,
            loaded=progress.loaded,
            merged=progress.merged,
            kept=progress.kept,
            rejected=progress.rejected,
            unchanged=progress.unchanged,
            reasons=dict(sorted(progress.reasons.items())),
        )


@dataclass(frozen=True)
class Merge:
    """A record that is the person of another row, by proof. `row` is the key of that row."""

    entity: str
    key: str
    row: str


@dataclass(frozen=True)
class TakeOver:
    """A record that is the person of the row of a later system's record, by proof: it is the one that the row shows."""

    entity: str
    key: str
    row: str


@dataclass(frozen=True)
class Contest:
    """A row whose value of `field` is that of the row `holder` (None: of nobody any more): nothing proves them one."""

    entity: str
    row: str
    field: str
    value: str
    holder: str | None


@dataclass
class Vanished:
    """Records landed earlier that the source does not have any more.

    `removed` were taken out, `stay` could not be (somebody changed or uses them); `keys` names the first of all.
    """

    entity: str
    count: int
    removed: int = 0
    stay: int = 0
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Earlier:
    """Records of an entity that a verification had proven before it was stopped, until `at` (ISO 8601, UTC)."""

    proof: str
    entity: str
    rows: int
    at: str


@dataclass(frozen=True)
class Proofs:
    """What the two proofs found: landing against target in SQL, source against target in Python.

    What was changed later, by somebody whom the history knows, is no difference. `earlier` are the parts that were not
    looked at again: they were found so at that time. Together they took so many `seconds`.
    """

    sql: ProofResult
    source: ProofResult
    earlier: tuple[Earlier, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        return not self.sql.differences and not self.source.differences

    def as_json(self) -> dict[str, Any]:
        results = {name: asdict(result) for name, result in (("sql", self.sql), ("source", self.source))}
        return results | ({"earlier": [asdict(one) for one in self.earlier]} if self.earlier else {})


@dataclass(frozen=True)
class ImportReport:
    source: str
    run: str
    generation: str
    dry_run: bool
    entities: tuple[EntityCounts, ...]
    proofs: Proofs
    seconds: float = 0.0
    expected: int = 0  # records that the source said it had, before reading
    # Of a source that was written while it was read: what was gone before its turn, by kind.
    expired: dict[str, int] = field(default_factory=dict)
    unmatched: tuple[Unmatched, ...] = ()
    vanished: tuple[Vanished, ...] = ()
    merges: tuple[Merge, ...] = ()
    takeovers: tuple[TakeOver, ...] = ()
    contests: tuple[Contest, ...] = ()

    @property
    def ok(self) -> bool:
        """Every record accounted for, and neither proof found a difference."""
        read = sum(entity.read for entity in self.entities)
        conserved = read == self.expected and all(entity.is_conserved for entity in self.entities)
        return conserved and self.proofs.ok

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "run": self.run,
            "generation": self.generation,
            "dry_run": self.dry_run,
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "entities": [asdict(entity) for entity in self.entities],
            "expired": self.expired,
            "unmatched": [asdict(one) for one in self.unmatched],
            "vanished": [asdict(one) for one in self.vanished],
            "merges": [asdict(one) for one in self.merges],
            "takeovers": [asdict(one) for one in self.takeovers],
            "contests": [asdict(one) for one in self.contests],
            "proof": self.proofs.as_json(),
        }


def counts_of(progresses: Iterable[EntityProgress]) -> tuple[EntityCounts, ...]:
    return tuple(EntityCounts.of(progress) for progress in progresses)
