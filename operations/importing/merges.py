"""Records that were found to be part of another's row, by proof."""

from __future__ import annotations

from operations.importing.report import MERGES_NAMED, Merge
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
