"""The worker: runs background jobs until it is told to stop, and takes up what a dead worker left.

A worker says that it lives by a heartbeat in the database. Whoever finds a job whose worker has been silent for too
long puts it back into the queue; one that has killed its workers again and again is given up. procrastinate's manual
does that in a periodic job, which occupies a place in the queue and can be stalled itself.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from operations.failures import explained
from operations.tasks import MOST_ATTEMPTS

POLL = 2.0  # seconds; a new job is told of at once, a retried one is found by looking
PATIENCE = 1e6  # seconds
log = logging.getLogger("operations.worker")

# A row that another worker has just taken is skipped, or is seen again as it is now: no job is taken up twice.
STALLED = """
    SELECT job.id, job.attempts, job.queueing_lock FROM procrastinate_jobs AS job
    WHERE job.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat >= now() - %(silence)s
    )
    FOR UPDATE OF job SKIP LOCKED
"""
# Of jobs with one queueing lock one can wait. Where one does already, it does the work of those that are stalled.
WAITING = """
    SELECT FROM procrastinate_jobs AS waiting
    WHERE waiting.status = 'todo' AND waiting.queueing_lock = stalled.queueing_lock
"""
GIVE_UP = f"""
    WITH stalled AS MATERIALIZED ({STALLED})
    SELECT id, procrastinate_finish_job_v1(id, 'failed', false)::text FROM stalled WHERE attempts >= %(most)s
"""
LEAVE = f"""
    WITH stalled AS MATERIALIZED ({STALLED})
    SELECT id, procrastinate_finish_job_v1(id, 'aborted', false)::text FROM stalled WHERE EXISTS ({WAITING})
"""
TAKE_UP = f"""
    WITH stalled AS MATERIALIZED ({STALLED}), first AS MATERIALIZED (
        SELECT DISTINCT ON (coalesce(queueing_lock, id::text)) id FROM stalled
        WHERE attempts < %(most)s AND NOT EXISTS ({WAITING})
        ORDER BY coalesce(queueing_lock, id::text), id
    )
    SELECT id, procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)::text FROM first
"""
ENDS = ((GIVE_UP, "given up"), (LEAVE, "left to the one that waits"), (TAKE_UP, "taken up"))


@dataclass(frozen=True)
class WorkerOptions:
    """`heartbeat` and `silence` are seconds: how often a worker says that it lives, and when it is taken for dead."""

    concurrency: int = 4
    heartbeat: float = 5.0
    silence: float = 30.0
    wait: bool = True


def run_worker(options: WorkerOptions) -> None:
    """Returns when SIGTERM or Ctrl-C came and the jobs have let go, or without `wait` when nothing is left to do."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        asyncio.run(_work(working, options))


async def _work(working: App, options: WorkerOptions) -> None:
    async with working.open_async():
        rescuer = asyncio.create_task(_take_up_stalled_jobs(working, options))
        try:
            await working.run_worker_async(
                concurrency=options.concurrency,
                wait=options.wait,
                fetch_job_polling_interval=POLL,
                # Jobs are asked to let go at once: an import ends its batch, and the next worker goes on with it.
                # Without `wait` the end is no call to stop, but that the queue is empty.
                shutdown_graceful_timeout=0 if options.wait else PATIENCE,
                update_heartbeat_interval=options.heartbeat,
                stalled_worker_timeout=options.silence,
            )
        finally:
            rescuer.cancel()
            with suppress(asyncio.CancelledError):
                await rescuer


async def _take_up_stalled_jobs(working: App, options: WorkerOptions) -> None:
    bounds = {"silence": timedelta(seconds=options.silence), "most": MOST_ATTEMPTS}
    while True:
        for statement, done in ENDS:
            try:
                for row in await working.connector.execute_query_all_async(statement, **bounds):
                    log.warning("Job %s is %s: its worker died.", row["id"], done)
            except ConnectorException as error:
                log.warning("Stalled jobs cannot be looked for: %s", explained(error) or error.__cause__)
            except Exception:
                log.exception("Stalled jobs cannot be looked for.")
        await asyncio.sleep(options.heartbeat)
