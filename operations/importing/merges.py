"""Records that were found to be part of another's row, by proof, and those that took it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import F, Value
from django.db.models.functions import Concat

from operations.importing.report import MERGES_NAMED, Merge, TakeOver
from operations.importing.tables import Plan
from operations.models import ImportRun, LandedRecord


def merges_of(run: ImportRun, alias: str) -> tuple[Merge, ...]:
    """The first of the records of each entity that this run merged."""
    merged = LandedRecord.objects.using(alias).filter(run=run, outcome="merged")
    counted = run.entities.using(alias).filter(merged__gt=0).values_list("entity_id", "entity__name")
    return tuple(
        Merge(name, key, row or key)
        for entity, name in counted
        for key, row in merged.filter(entity_id=entity).values_list("key", "target")[:MERGES_NAMED]
    )


def takeovers_of(
    run: ImportRun, plans: Iterable[Plan], entity_ids: Mapping[str, int], alias: str
) -> tuple[TakeOver, ...]:
    """The first of the records of each entity that this run loaded into rows of other systems' records."""
    known = [plan.name for plan in plans if plan.entity and plan.entity.aliases]
    return tuple(
        TakeOver(name, key, row or key)
        for name in known
        for key, row in LandedRecord.objects.using(alias)
        .filter(entity_id=entity_ids[name], run=run, outcome="loaded", mended=None)
        .exclude(target=F("key"))
        .exclude(target=Concat(Value(f"{run.source}:"), F("key")))
        .exclude(target=None)
        .values_list("key", "target")[:MERGES_NAMED]
    )
