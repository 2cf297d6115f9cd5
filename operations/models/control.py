"""What staff ask of imports: to start one, to look at a legacy store, to pause or stop what goes on."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from operations.keys import UUID7
from operations.models.imports import ImportRun, empty_object


class RunControl(models.Model):
    """The desk between an import that goes on and the people who watch it; gone when the import has ended.

    The import writes how far it came and reads what is asked of it. A row that nobody has touched for a while belongs
    to an import that was killed. A dry run has one too, though its run is never seen by anybody else.
    """

    class Request(models.TextChoices):
        NONE = "", "nothing"
        PAUSE = "pause"
        STOP = "stop"

    run = models.OneToOneField(
        ImportRun, models.CASCADE, primary_key=True, db_constraint=False, related_name="control", editable=False
    )
    job = models.ForeignKey("operations.ImportJob", models.CASCADE, null=True, related_name="controls", editable=False)
    requested = models.CharField(max_length=8, choices=Request, default=Request.NONE, blank=True)
    requested_by = models.CharField(max_length=255, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    live = models.JSONField(default=empty_object, help_text="Phase and steps, as `importing.control` writes them.")
    seen_at = models.DateTimeField(db_default=Now(), help_text="When the import last wrote here.")

    def __str__(self) -> str:
        return f"{self.run_id}: {self.get_requested_display()}"


class BackgroundWork(models.Model):
    """Something that staff had a worker do. The job itself knows no more than the key of this row."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    source = models.CharField(max_length=64, db_collation="C")
    address = models.TextField(
        blank=True, help_text="As it was typed, without credentials; empty for the address that the settings hold."
    )
    asked_by = models.CharField(max_length=255)
    asked_at = models.DateTimeField(db_default=Now())
    job_id = models.BigIntegerField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class ImportJob(BackgroundWork):
    """An import that was started in the admin."""

    dry_run = models.BooleanField(default=False)
    only = models.JSONField(default=list, help_text="Entities; empty for all.")
    batch_size = models.PositiveIntegerField()
    run = models.ForeignKey(
        ImportRun, models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="jobs", editable=False
    )
    report = models.JSONField(default=empty_object, help_text="The counts and proofs, as `--json` prints them.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        kind = "dry run" if self.dry_run else "import"
        return f"{kind} of {self.source}, {self.asked_at:%Y-%m-%d %H:%M}"


class Inspection(BackgroundWork):
    """What a legacy store held when somebody looked, as `inspect_legacy --json` prints it."""

    location = models.TextField(blank=True, help_text="Where the records were read, without credentials.")
    report = models.JSONField(default=empty_object)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.source}, {self.asked_at:%Y-%m-%d %H:%M}"
