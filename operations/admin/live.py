"""What goes on right now, in the shape that its pages show: from the import's own notes and from its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from operations.actions import OPEN, SIGN_OF_LIFE
from operations.charts import Part, StackedBar, stacked_bar
from operations.models import ImportJob, ImportRun, Inspection, RunControl

PHASES = {"import": "Reading and landing", "sql": "Proving in SQL", "source": "Proving from the source"}
JOB_STATES = {"todo": "Waiting for a worker", "doing": "With a worker", "cancelled": "Cancelled", "aborted": "Aborted"}


@dataclass(frozen=True)
class Step:
    """One entity of a phase."""

    name: str
    done: int
    total: int

    @property
    def bar(self) -> StackedBar:
        return stacked_bar(
            f"{self.name}: {self.text}", [Part("loaded", "done", min(self.done, self.total))], self.total
        )

    @property
    def text(self) -> str:
        return f"{self.done:,} of {self.total:,}"


@dataclass(frozen=True)
class Phase:
    title: str
    steps: tuple[Step, ...]
    rate: float = 0.0
    current: str = ""

    @property
    def whole(self) -> Step:
        return Step(self.title, sum(step.done for step in self.steps), sum(step.total for step in self.steps))

    @property
    def is_done(self) -> bool:
        return all(step.done >= step.total for step in self.steps)

    @property
    def rate_text(self) -> str:
        return f"{self.rate:,.0f}/s" if self.rate >= 1 else ""

    @property
    def left_text(self) -> str:
        """How long it will still take at its present rate."""
        left = self.whole.total - self.whole.done
        if left <= 0 or self.rate < 1:
            return ""
        return f"{timedelta(seconds=round(left / self.rate))} left"


@dataclass(frozen=True)
class Work:
    """An import as people see it: any of its run, its job and its desk may be missing."""

    run: ImportRun | None = None
    desk: RunControl | None = None
    job: ImportJob | Inspection | None = None
    queued: ProcrastinateJob | None = None

    @property
    def run_id(self) -> UUID | None:
        return self.desk.run_id if self.desk else self.run.pk if self.run else None

    @property
    def title(self) -> str:
        if isinstance(self.job, Inspection):
            return f"Inspection of {self.job.source}"
        if self.job and self.job.dry_run:
            return f"Dry run of {self.job.source}"
        return self.run.source if self.run else self.job.source if self.job else "A dry run in a terminal"

    @property
    def url(self) -> str:
        """The page that shows it; a dry run in a terminal has none."""
        if self.run:
            return reverse("admin:operations_importrun_change", args=(self.run.pk,))
        if not self.job:
            return ""
        return reverse(f"admin:operations_{self.job._meta.model_name}_change", args=(self.job.pk,))

    @property
    def goes_on(self) -> bool:
        waits = self.queued is not None and self.queued.status in OPEN
        return waits or self.desk is not None or (self.run is not None and self.run.state in ImportRun.GOING_ON)

    @property
    def is_alive(self) -> bool:
        return self.desk is not None and self.desk.seen_at >= timezone.now() - SIGN_OF_LIFE

    @property
    def state(self) -> str:
        """The class of the badge."""
        if self.is_alive and self.desk:
            return "paused" if self.desk.live.get("held") else "running"
        if self.run and not self.goes_on:
            return str(self.run.state)
        if self.job and not self.goes_on and self.job.ended_at:  # also when the job itself has been cleared away
            return "failed" if self.job.error else "finished"
        return {"failed": "failed", "succeeded": "finished"}.get(self.queued.status if self.queued else "", "stopped")

    @property
    def label(self) -> str:
        if self.is_alive and self.desk:
            return self._asked_label(self.desk)
        if self.queued and self.queued.status in JOB_STATES:
            return JOB_STATES[self.queued.status]
        if self.goes_on:
            return "No sign of life"
        return str(self.run.get_state_display()) if self.run else self.state.capitalize()

    @staticmethod
    def _asked_label(desk: RunControl) -> str:
        if desk.requested == RunControl.Request.STOP:
            return f"Stopping, as {desk.requested_by} asked"
        if desk.requested == RunControl.Request.PAUSE:
            return f"{'Paused' if desk.live.get('held') else 'Pausing'}, as {desk.requested_by} asked"
        return "Running"

    @property
    def phases(self) -> tuple[Phase, ...]:
        return tuple(_phases(self.desk.live)) if self.desk else ()

    @property
    def now(self) -> str:
        """What it does at this moment, in words."""
        if not self.is_alive:
            return "Opening the source" if self.queued and self.queued.status == "doing" and not self.desk else ""
        doing = [
            f"{phase.title}: {phase.current}" if phase.current else phase.title
            for phase in self.phases
            if phase.current and not phase.is_done
        ]
        return ", ".join(doing) or "Refreshing statistics"

    @property
    def error(self) -> str:
        """The latest, with its remedy."""
        return (self.job.error if self.job else "") or (self.run.error if self.run else "")

    @property
    def can_pause(self) -> bool:
        return (
            self._obeys and self.desk is not None and not self.desk.requested and bool(self.desk.live.get("pausable"))
        )

    @property
    def can_resume(self) -> bool:
        return self._obeys and self.desk is not None and self.desk.requested == RunControl.Request.PAUSE

    @property
    def can_stop(self) -> bool:
        return self._obeys

    @property
    def _obeys(self) -> bool:
        return self.is_alive and self.desk is not None and self.desk.requested != RunControl.Request.STOP

    @property
    def can_go_on(self) -> bool:
        unfinished = (ImportRun.State.STOPPED, ImportRun.State.FAILED)
        return not self.goes_on and self.run is not None and self.run.state in unfinished

    @property
    def again(self) -> str:
        """The query of the form that starts the same import."""
        address = self.job.address if self.job else ""
        return urlencode({"source": self.run.source, "address": address}) if self.run else ""

    @property
    def version(self) -> str:
        """Changes when the buttons do."""
        return f"{self.run_id}{self.can_pause:d}{self.can_resume:d}{self.can_stop:d}"


def _phases(live: Mapping[str, Any]) -> list[Phase]:
    found = []
    for kind, title in PHASES.items():
        steps = [one for one in live.get("steps", ()) if one["kind"] == kind]
        if steps:
            found.append(
                Phase(
                    title=title,
                    steps=tuple(Step(one["name"], one["done"], one["total"]) for one in steps),
                    rate=live.get("rates", {}).get(kind, 0.0),
                    current=live.get("current", {}).get(kind, ""),
                )
            )
    return found


def work_of_run(run: ImportRun) -> Work:
    job = ImportJob.objects.filter(run=run.pk).order_by("-id").first()
    return Work(run, RunControl.objects.filter(run=run.pk).first(), job, _queued(job))


def work_of_job(job: ImportJob | Inspection) -> Work:
    if isinstance(job, Inspection):
        return Work(job=job, queued=_queued(job))
    run = ImportRun.objects.filter(pk=job.run_id).first() if job.run_id else None
    return Work(run, RunControl.objects.filter(job=job.pk).first(), job, _queued(job))


def works_going_on() -> list[Work]:
    """Everything that runs, waits or has fallen silent: imports first."""
    desks = {desk.run_id: desk for desk in RunControl.objects.select_related("job")}
    runs = ImportRun.objects.filter(pk__in=desks) | ImportRun.objects.filter(state__in=ImportRun.GOING_ON)
    known = {run.pk: run for run in runs}
    found = [
        Work(known.get(pk), desks.get(pk), job, _queued(job))
        for pk in {**desks, **known}
        for job in [desks[pk].job if pk in desks else None]
    ]
    shown = {work.job.pk for work in found if work.job}
    for model in (ImportJob, Inspection):
        waiting: QuerySet[Any] = model._default_manager.filter(job_id__in=_open_jobs(), ended_at=None)
        found += [work_of_job(job) for job in waiting.exclude(pk__in=shown)]
    return found


def _open_jobs() -> list[int]:
    return list(ProcrastinateJob.objects.filter(status__in=OPEN).values_list("id", flat=True)[:100])


def _queued(job: ImportJob | Inspection | None) -> ProcrastinateJob | None:
    return ProcrastinateJob.objects.filter(pk=job.job_id).first() if job and job.job_id else None
