"""Joins over time, for a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min
from django.db.models.expressions import RawSQL

from giveaways.models import Giveaway, Participant

# The first of these under which the whole time takes at most so many columns.
STEPS = tuple(timedelta(seconds=seconds) for seconds in (60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_592_000))
MOST_COLUMNS = 48


def joins_over_time(giveaway: Giveaway) -> Sequence[tuple[str, int]]:
    """How many joined in each step from the first to the last whose time is known: labels in UTC, and counts."""
    known = Participant.objects.filter(giveaway=giveaway, joined_at__isnull=False)
    span = known.aggregate(first=Min("joined_at"), last=Max("joined_at"))
    first, last = span["first"], span["last"]
    if first is None or last is None:
        return ()
    step = next((step for step in STEPS if (last - first) / step <= MOST_COLUMNS - 1), STEPS[-1])
    origin = datetime(2001, 1, 1, tzinfo=first.tzinfo)
    counted = dict(
        known.annotate(bin=RawSQL("date_bin(%s, joined_at, %s)", (step, origin)))
        .values("bin")
        .annotate(joined=Count("pk"))
        .values_list("bin", "joined")
    )
    if not counted:
        return ()
    shape = "%Y-%m-%d" if step >= timedelta(days=1) else "%m-%d %H:%M"
    start, end = min(counted), max(counted)
    steps = (end - start) // step + 1
    return [((start + n * step).strftime(shape), counted.get(start + n * step, 0)) for n in range(steps)]
