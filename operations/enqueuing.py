"""Jobs that are put into the queue in the transaction of whoever asks for them.

Inside of a worker too: procrastinate's own `defer` uses the worker's connection there, which knows nothing of the
transaction that the job goes on in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import JobDeferrer
from procrastinate.manager import JobManager

MANAGER = JobManager(DjangoConnector(alias=DEFAULT_DB_ALIAS))


def enqueue(
    task: str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    at: datetime | None = None,
    **arguments: Any,
) -> bool:
    """Have a worker run the task of this name. False if a job with this `queueing_lock` waits already.

    Of those with one `lock` one runs at a time, in their order: one that is to run later keeps those behind it waiting.
    """
    # Looked for first: an insert that fails is an error in the log of the server.
    if queueing_lock and _waiting(queueing_lock):
        return False
    job = app.configure_task(task, lock=lock, queueing_lock=queueing_lock, schedule_at=at).job
    try:
        with transaction.atomic():
            JobDeferrer(job_manager=MANAGER, job=job).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


def _waiting(queueing_lock: str) -> bool:
    jobs = ProcrastinateJob.objects.using(DEFAULT_DB_ALIAS)
    return jobs.filter(queueing_lock=queueing_lock, status="todo").exists()
