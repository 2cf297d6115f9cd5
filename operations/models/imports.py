"""Import runs and how far they came."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from operations.keys import UUID7


def empty_object() -> dict[str, Any]:
    return {}


class ImportRun(models.Model):
    """One import of one legacy source, from its start to its proof."""

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"  # by staff, between two batches; it goes on when they say so
        STOPPED = "stopped"  # by an operator, between two batches; the next import goes on
        FAILED = "failed"
        FINISHED = "finished"
        UNDONE = "undone"  # all or part of what it loaded was taken out again; no import goes on with it

    GOING_ON = (State.RUNNING, State.PAUSED)

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    source = models.CharField(max_length=64, db_collation="C")
    location = models.TextField(help_text="Where the records were read, without credentials.")
    generation = models.CharField(max_length=32, blank=True)
    zone = models.CharField(max_length=64, blank=True, db_default="", help_text="Of moments that name none.")
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=empty_object, help_text="The counts and proofs, as `--json` prints them.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("-started_at", "-id")
        get_latest_by = ("started_at", "id")
        permissions = (("run_import", "Can inspect legacy systems and start, pause and stop imports"),)
        indexes = (models.Index(fields=("source", "-started_at"), name="operations_run_source_started"),)

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class EntityProgress(models.Model):
    """The checkpoint of one entity in one run: written in the same transaction as the batch that it counts."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="entities")
    entity = models.ForeignKey("operations.LegacyEntity", models.PROTECT, related_name="+")
    position = models.JSONField(null=True, help_text="Where the next batch starts in the source.")
    done = models.BooleanField(default=False)
    expected = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    loaded = models.BigIntegerField(default=0)
    merged = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    reasons = models.JSONField(default=empty_object)

    class Meta:
        verbose_name_plural = "entity progress"
        constraints = (models.UniqueConstraint(fields=("run", "entity"), name="operations_progress_run_entity_unique"),)

    def __str__(self) -> str:
        return f"{self.entity}: {self.read}"
