"""Makes the months of a legacy store before its events come in: none of them has to stand in an edge.

What lies before 2010 or more than a year ahead gets no month of its own: one event with a wrong clock would make
hundreds of them.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from events.months import Month
from events.partitions import PartitionsError, make_months
from operations.importing.errors import LegacyError
from operations.importing.postgres_reader import PostgresReader
from operations.importing.reader import Reader
from operations.importing.tables import Plan

EARLIEST = Month(2010, 1)
AHEAD = timedelta(days=365)
LOCK_SECONDS = 20.0
# Servers before PostgreSQL 17 cannot tell the time in a key.
TIME_IN_KEY = """
CASE substr(k, 15, 1)
WHEN '1' THEN timestamptz 'epoch' + interval '1 second' * (
    (('x' || substr(k, 16, 3) || substr(k, 10, 4) || substr(k, 1, 8))::bit(60)::bigint - 122192928000000000) / 1e7
)
WHEN '7' THEN timestamptz 'epoch' + interval '1 second' * (
    ('x' || substr(k, 1, 8) || substr(k, 10, 4))::bit(48)::bigint / 1e3
)
END"""
BOUNDS = f"""
SELECT to_char(min(at) AT TIME ZONE 'UTC', 'YYYY-MM'), to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM')
FROM (
    SELECT CASE WHEN created_at IS NULL THEN {TIME_IN_KEY}
                WHEN isfinite(created_at) THEN created_at AT TIME ZONE current_setting('slipway.zone') END AS at
    FROM (SELECT id::text AS k, created_at FROM events) AS events
) AS timed
WHERE at BETWEEN '{{first}}' AND '{{last}}'
"""


def make_room(reader: Reader, plans: tuple[Plan, ...]) -> None:
    """Makes the months that are missing. Raises LegacyError if others keep the table to themselves."""
    for plan in plans:
        if plan.name == "events" and isinstance(reader, PostgresReader):
            last = timezone.now() + AHEAD
            ((oldest, newest),) = reader.ask(BOUNDS.format(first=EARLIEST.start.isoformat(), last=last.isoformat()))
            if oldest:
                _make(Month.parsed(oldest), Month.parsed(newest))


def _make(oldest: Month, newest: Month) -> None:
    current = Month.current()
    ahead = (newest.year - current.year) * 12 + newest.number - current.number
    try:
        make_months(max(ahead, 0), oldest, seconds=LOCK_SECONDS)
    except PartitionsError as error:
        raise LegacyError(f"The months of the legacy events could not be made. {error}") from error
