"""Where a verification was stopped: what it has proven is not proven again.

It goes on if the source has the same generation and sizes, the same was asked for, and no import, replay or undo has
ended here since it began. Otherwise it begins anew, and says so. What was proven before is reported with its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.utils import timezone

from operations.importing.planning import ImportPlan
from operations.importing.report import Change, Difference, Earlier, ProofResult
from operations.models import ImportRun, Verification, VerifiedPart


@dataclass
class Part:
    """One proof of one entity: what it found so far, and where it goes on."""

    proof: str
    entity: str
    result: ProofResult = field(default_factory=ProofResult)
    position: Any = None
    done: bool = False

    def add(self, found: ProofResult, position: Any) -> None:
        self.result.add(found)
        self.position = position


class Checkpoints(Protocol):
    def part(self, proof: str, entity: str) -> Part: ...
    def save(self, part: Part) -> None: ...


class Unkept:
    """The proofs of an import begin anew when it goes on: what they look at has been written since."""

    def part(self, proof: str, entity: str) -> Part:
        return Part(proof, entity)

    def save(self, part: Part) -> None: ...


class Kept:
    """Checkpoints in the database. Each proof writes its own parts, in the session in which it runs.

    Where nothing was found, not even a row, there is no part: to look again costs less than to keep that.
    """

    def __init__(self, verification: Verification, alias: str) -> None:
        self.verification = verification
        self.alias = alias
        self.earlier: list[Earlier] = []
        parts = VerifiedPart.objects.using(alias).filter(verification=verification)
        self._found = {(part.proof, part.entity): part for part in parts}

    def part(self, proof: str, entity: str) -> Part:
        found = self._found.get((proof, entity))
        if found is None:
            return Part(proof, entity)
        part = Part(proof, entity, _result(found.result), found.position, found.done)
        at = found.proven_at.astimezone(UTC).isoformat(timespec="seconds")
        self.earlier.append(Earlier(proof, entity, part.result.rows, at))
        return part

    def save(self, part: Part) -> None:
        if part.result == ProofResult():
            return
        kept = VerifiedPart(
            verification=self.verification,
            proof=part.proof,
            entity=part.entity,
            position=part.position,
            done=part.done,
            proven_at=timezone.now(),
            result=asdict(part.result),
        )
        VerifiedPart.objects.using(self.alias).bulk_create(
            [kept],
            update_conflicts=True,
            unique_fields=["verification", "proof", "entity"],
            update_fields=["position", "done", "proven_at", "result"],
        )

    def finish(self) -> None:
        self.verification.finished_at = timezone.now()
        self.verification.save(using=self.alias, update_fields=["finished_at"])
        VerifiedPart.objects.using(self.alias).filter(verification=self.verification).delete()


def _result(stored: dict[str, Any]) -> ProofResult:
    named = [Difference(**one) for one in stored["named"]]
    changes = [Change(**one) for one in stored["changes"]]
    return ProofResult(**{**stored, "named": named, "changes": changes})


def checkpoints(
    plan: ImportPlan,
    location: str,
    only: list[str],
    zone: str,
    alias: str,
    *,
    restart: bool,
    note: Callable[[str], None],
) -> Kept:
    """Those of the verification that was left unfinished, if it can go on, or of a new one; `note` hears which."""
    source, asked = plan.source.name, sorted(only)
    basis = _basis(plan, alias)
    verifications = Verification.objects.using(alias).filter(source=source, finished_at=None)
    last = verifications.filter(location=location, zone=zone, only=asked).first()
    if last and not restart:
        began = f"{last.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        if last.basis == basis:
            note(f"Goes on with the verification of {began}; --restart begins anew.")
            return Kept(last, alias)
        note(f"Begins anew: the source, or what was imported of it, has changed since the verification of {began}.")
    verifications.delete()
    begun = Verification.objects.using(alias).create(
        source=source, location=location, zone=zone, only=asked, basis=basis, started_at=datetime.now(UTC)
    )
    return Kept(begun, alias)


def _basis(plan: ImportPlan, alias: str) -> dict[str, Any]:
    """Of the source, what an import asks before it goes on; here, the runs of all sources: people are shared."""
    runs = ImportRun.objects.using(alias).order_by("id")
    last = runs.last()
    return {
        "generation": plan.generation.name,
        "rows": {one.name: one.table.rows for one in plan.plans},
        "run": [str(last.pk), last.state] if last else [],
        "undone": runs.filter(state=ImportRun.State.UNDONE).count(),
    }
