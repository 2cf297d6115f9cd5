"""Landed records: every legacy record as it came, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from operations.keys import UUID7
from operations.models.imports import ImportRun


class Outcome(models.TextChoices):
    LOADED = "loaded"  # a row of its own in Slipway
    MERGED = "merged"  # part of a row that another record made, by proof that both are one
    KEPT = "kept"  # no destination in Slipway: the raw record is all there is
    REJECTED = "rejected"  # cannot be loaded as it is; a Rejection says why


class LegacyEntity(models.Model):
    """A table or key family of a legacy system; keeps the landed records' key short."""

    id = models.SmallIntegerField(primary_key=True, editable=False)
    source = models.CharField(max_length=64, db_collation="C")
    name = models.CharField(max_length=255, db_collation="C")

    class Meta:
        verbose_name_plural = "legacy entities"
        constraints = (models.UniqueConstraint(fields=("source", "name"), name="operations_entity_source_name_unique"),)

    def __str__(self) -> str:
        return f"{self.source}.{self.name}"


class LandedRecord(models.Model):
    """One legacy record. `raw` is JSON text exactly as it was landed; `sha256` is of its bytes.

    `mended` is what somebody made of a record that could not be loaded: then it counts instead of `raw`, as long as the
    source's record stays the same.

    Values that PostgreSQL text cannot hold stand in `raw` as objects: {"$bytes": base64} for text with NUL or broken
    UTF-8, {"$blob": base64} for binary values, {"$real": "inf"} for numbers that JSON lacks.
    """

    pk = models.CompositePrimaryKey("entity_id", "key")
    entity = models.ForeignKey(LegacyEntity, models.PROTECT, related_name="records", db_index=False)
    key = models.TextField(db_collation="C")
    sha256 = models.BinaryField(max_length=32)
    outcome = models.CharField(max_length=8, choices=Outcome)
    # The row that the record became or was merged into.
    target = models.TextField(null=True, db_collation="C")
    # The run that last wrote the record. No constraint: a check for each of millions of rows would buy nothing.
    run = models.ForeignKey(ImportRun, models.DO_NOTHING, related_name="records", db_constraint=False, db_index=False)
    unstorable = models.TextField(null=True, help_text="Blank-separated columns that PostgreSQL text cannot hold.")
    raw = models.TextField()
    mended = models.TextField(null=True, editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="operations_record_outcome_known"),
        )

    def __str__(self) -> str:
        return self.key


class Rejection(models.Model):
    """Why a landed record could not be loaded: the first problem that was found, and all of them."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejections")
    entity = models.ForeignKey(LegacyEntity, models.PROTECT, related_name="rejections")
    key = models.TextField(db_collation="C")
    reason = models.CharField(max_length=32, db_collation="C")
    column = models.CharField(max_length=255, blank=True)
    value = models.TextField(blank=True, help_text="The value that was refused, cut to 200 characters.")
    sentence = models.TextField()
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("entity", "key"), name="operations_rejection_record_unique"),)
        indexes = (models.Index(fields=("reason",), name="operations_rejection_reason"),)
        permissions = (("mend_rejection", "Can mend and replay rejected records"),)

    def __str__(self) -> str:
        return f"{self.entity} {self.key}: {self.reason}"


class Mend(models.Model):
    """Who mended which legacy record, when, and how. Mends are never changed; the last one of a record counts."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    entity = models.ForeignKey(LegacyEntity, models.PROTECT, related_name="mends", db_index=False)
    key = models.TextField(db_collation="C")
    before = models.TextField(help_text="The record as it counted until then.")
    after = models.TextField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="Empty: by a command."
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("entity", "key", "-id"), name="operations_mend_of_record"),)

    def __str__(self) -> str:
        return f"{self.entity} {self.key}"
