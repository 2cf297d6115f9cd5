"""What staff can ask for: an import or an inspection by a worker, and a pause or the end of an import that goes on.

Who may ask is the caller's business, who asked is recorded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from operations import tasks
from operations.importing.addresses import resolve
from operations.importing.errors import ImportBusy
from operations.models import ImportJob, Inspection, RunControl

Request = RunControl.Request
Work = TypeVar("Work", ImportJob, Inspection)
SIGN_OF_LIFE = timedelta(seconds=15)  # an import that has not written for so long does not go on
OPEN = ("todo", "doing")


def start_import(
    *, source: str, address: str, asked_by: str, dry_run: bool, only: Sequence[str], batch_size: int
) -> ImportJob:
    """Have a worker import a source. Raises AddressRefused, and ImportBusy if one is waiting or running already."""
    resolve(source, address)
    lock = tasks.lock_of(source)
    with transaction.atomic():
        _alone(source)
        if ProcrastinateJob.objects.filter(lock=lock, status__in=OPEN).exists():
            raise ImportBusy(f"An import of {source} is waiting or running already. Wait for it, or stop it.")
        job = ImportJob.objects.create(
            source=source,
            address=address,
            asked_by=asked_by,
            dry_run=dry_run,
            only=list(only),
            batch_size=batch_size,
        )
        return _enqueued(job, tasks.import_legacy.configure(lock=lock, queueing_lock=lock))


def start_inspection(*, source: str, address: str, asked_by: str) -> Inspection:
    """Have a worker look at a legacy store; it is only read. Raises AddressRefused."""
    resolve(source, address)
    with transaction.atomic():
        inspection = Inspection.objects.create(source=source, address=address, asked_by=asked_by)
        return _enqueued(inspection, tasks.inspect_legacy)


def ask(*, run: UUID, request: Request, asked_by: str) -> bool:
    """Ask an import that goes on to pause, to go on (NONE) or to stop. False if it does not go on, or stops already.

    Who stops an import that is paused stops it for good; a dry run cannot be paused.
    """
    now = timezone.now()
    going_on = RunControl.objects.filter(run=run, seen_at__gte=now - SIGN_OF_LIFE).exclude(requested=Request.STOP)
    if request == Request.PAUSE:
        going_on = going_on.filter(live__pausable=True, requested=Request.NONE)
    if request == Request.NONE:
        going_on = going_on.filter(requested=Request.PAUSE)
    return bool(going_on.update(requested=request, requested_by=asked_by, requested_at=now))


def _alone(source: str) -> None:
    """Two people who start an import of one source at the same time come here one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"slipway start {source}"])


def _enqueued(work: Work, task: Any) -> Work:
    """The job in the same transaction as the row that it is about."""
    work.job_id = task.defer(key=str(work.pk))
    work.save(update_fields=["job_id"])
    return work
