"""The zone of moments that name none: the operator says it once, and what was imported by it is proven by it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from operations.importing.declaration import LegacySource
from operations.importing.errors import LegacyError
from operations.models import ImportRun, LandedRecord


def zone_of(source: str) -> str | None:
    """The zone by which a source was imported last; None if it was not."""
    runs = ImportRun.objects.filter(source=source).exclude(zone="").order_by("-id")
    return runs.values_list("zone", flat=True).first()


def refuse_unknown(zone: str) -> None:
    """Raises LegacyError, unless there is such a zone."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise LegacyError(f"There is no time zone {zone!r}. Give a name such as UTC or Europe/Kyiv.") from error


def chosen_zone(source: LegacySource, wanted: str | None) -> str:
    """The zone to go by. Raises LegacyError for one that is unknown, or another than that of what is there."""
    before = zone_of(source.name)
    if wanted is None:
        return before or "UTC"
    refuse_unknown(wanted)
    if before and before != wanted and LandedRecord.objects.filter(entity__source=source.name).exists():
        raise LegacyError(
            f"{source.title} was imported with the zone {before}: with {wanted} its moments would be others. Undo that "
            f"import first, or go on with --zone {before}."
        )
    return wanted
