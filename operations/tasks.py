"""Background jobs of operations. Their only argument is the key of the row that says what to do."""

from __future__ import annotations

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from operations.background import TryAgain, run_import, run_inspection

MOST_ATTEMPTS = 10
LONGEST_WAIT = 300  # seconds


class GoesOn(BaseRetryStrategy):
    """What a worker was shut down in the middle of goes on at once; what may do better later is tried again later."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted):  # by the end of the worker: an abort by a person never comes here
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, TryAgain) and job.attempts < MOST_ATTEMPTS:
            return RetryDecision(retry_in={"seconds": min(2 ** (job.attempts + 2), LONGEST_WAIT)})
        return None


def lock_of(source: str) -> str:
    """For one import of a source at a time, running and waiting. `actions.start_import` enqueues none while another one
    runs, so a job that is to be retried never finds its place in the queue taken.
    """
    return f"import {source}"


@app.task(name="operations.import_legacy", pass_context=True, retry=GoesOn())
def import_legacy(context: JobContext, *, key: str) -> str:
    """Run the import of an ImportJob. What a killed worker left goes on after its last checkpoint."""
    return run_import(key, context)


@app.task(name="operations.inspect_legacy", pass_context=True, retry=GoesOn())
def inspect_legacy(context: JobContext, *, key: str) -> str:
    """Make the report of an Inspection."""
    return run_inspection(key, context)
