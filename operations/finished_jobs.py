"""Jobs that are over and that nobody will ask about."""

from __future__ import annotations

from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections

# The events of a job go with it; when it ended is said there.
REMOVE = """
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT job.id FROM procrastinate_jobs AS job
        WHERE job.status = %s AND job.queue_name = %s AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.at >= %s
        )
        ORDER BY job.id LIMIT %s
    )
"""
MOST = 50_000


def remove_finished(*, queue: str, status: str, before: datetime, most: int = MOST) -> int:
    """Removes jobs of a queue that ended so (`succeeded`, `failed`) before then, the oldest first. Gives how many."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(REMOVE, [status, queue, before, most])
        return int(cursor.rowcount)
