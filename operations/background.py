"""Imports and inspections as a worker runs them: what `import_legacy` and `inspect_legacy` do, without a terminal.

How it ended is written to the row that asked for it. No address is: neither to that row, nor to a log by way of an
exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from django.db import DatabaseError
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from operations.importing.addresses import redacted, resolve
from operations.importing.control import controlled
from operations.importing.errors import DatabaseFailed, ImportBusy, ImportStopped, LegacyError
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.inspection.report import MeasuredRate
from operations.importing.planning import legacy_source
from operations.importing.tables import Plan
from operations.models import ImportJob, ImportRun, Inspection

RUNS_MEASURED = 5


class JobFailed(Exception):
    """It cannot be done as it was asked for. The message names the remedy."""


class TryAgain(JobFailed):
    """It may do better later: a server was away, or another import of the source goes on."""


class JobAudience:
    """Nobody looks on, but the worker may be asked to stop."""

    def __init__(self, context: JobContext, job: ImportJob | None = None) -> None:
        self.context = context
        self.job = job

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None:
        if self.job and not self.job.dry_run:
            self.job.run = run
            self.job.save(update_fields=["run"])

    def reading(self, done: int, total: int) -> None:
        if self.stop_requested():
            raise ImportStopped

    def entity_started(self, name: str, done: int, total: int) -> None: ...

    def advanced(self, name: str, done: int) -> None:
        # An import asks by itself; an inspection is simply left.
        if self.job is None and self.stop_requested():
            raise ImportStopped

    def proving(self, proof: str, name: str, done: int, total: int) -> None: ...

    def stop_requested(self) -> bool:
        return self.context.should_abort()

    def note(self, text: str) -> None: ...

    def is_shut_down(self) -> bool:
        return self.context.abort_reason() == AbortReason.SHUTDOWN


def run_import(key: str, context: JobContext) -> str:
    """Gives what the log says of the end. Raises JobFailed, TryAgain or JobAborted."""
    job = ImportJob.objects.get(pk=key)
    audience = JobAudience(context, job)
    options = Options(only=job.only, dry_run=job.dry_run, batch_size=job.batch_size)
    with (
        _recorded(job, audience) as address,
        controlled(audience, pausable=not job.dry_run, job=job.pk, keeps_pause=audience.is_shut_down) as watcher,
    ):
        report = import_source(legacy_source(job.source), address, options, watcher)
        if job.dry_run:
            job.report = report.as_json()
        if not report.ok:
            raise JobFailed("The import is not in order; its report names what differs.")
    return "imported" if not job.error else job.error


def run_inspection(key: str, context: JobContext) -> str:
    """Gives what the log says of the end. Raises JobFailed, TryAgain or JobAborted."""
    inspection = Inspection.objects.get(pk=key)
    audience = JobAudience(context)
    with _recorded(inspection, audience) as address:
        found = inspect_source(legacy_source(inspection.source), address, audience)
        found = replace(found, rate=measured_rate(inspection.source) or found.rate)
        inspection.location, inspection.report = found.location, found.as_json()
    return "inspected"


def measured_rate(source: str) -> MeasuredRate | None:
    """Records per second of the latest imports of a source, both proofs included."""
    finished = ImportRun.objects.filter(source=source, state=ImportRun.State.FINISHED, report__seconds__gt=0)
    reports = list(finished.order_by("-started_at").values_list("report", flat=True)[:RUNS_MEASURED])
    records = sum(entity["read"] for report in reports for entity in report.get("entities", ()))
    seconds = sum(report["seconds"] for report in reports)
    if not records or seconds < 1:  # too little to speak for a large one
        return None
    return MeasuredRate(round(records / seconds), f"as the last {len(reports)} imports of this source went")


@contextmanager
def _recorded(work: ImportJob | Inspection, audience: JobAudience) -> Iterator[str]:
    """Opens the address, and puts down how it ended."""
    address = ""
    work.error = ""
    try:
        address = resolve(work.source, work.address)
        yield address
    except ImportStopped as stopped:
        if audience.stop_requested():
            if not audience.is_shut_down():
                _end(work, "Aborted in the list of jobs. What was finished is kept.")
            raise JobAborted from None
        _end(work, f"Stopped by {stopped}. What was finished is kept.")
    except (ImportBusy, DatabaseFailed) as error:
        message = redacted(str(error), address)
        _end(work, message, is_over=False)
        raise TryAgain(message) from None
    except (LegacyError, JobFailed) as error:
        message = redacted(str(error), address)
        _end(work, message)
        raise JobFailed(message) from None
    except Exception as error:  # noqa: BLE001  raised again, without what must not be logged
        message = redacted(f"{type(error).__name__}: {error}", address)
        _end(work, message)
        raise JobFailed(message).with_traceback(error.__traceback__) from None
    else:
        _end(work, "")


def _end(work: ImportJob | Inspection, error: str, *, is_over: bool = True) -> None:
    work.error = error[:2000]
    work.ended_at = timezone.now() if is_over else None
    # Without its database nothing can be put down; the job is found stalled when it is back.
    with suppress(DatabaseError):
        work.save()
