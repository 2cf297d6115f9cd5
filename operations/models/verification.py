"""How far the proofs of an import came that an operator asked for: where they were stopped, they go on."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from operations.keys import UUID7
from operations.models.imports import empty_object


class Verification(models.Model):
    """One verification of one source, from its start until both proofs have seen everything."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    source = models.CharField(max_length=64, db_collation="C")
    location = models.TextField(help_text="Where the records were read, without credentials.")
    zone = models.CharField(max_length=64, blank=True, help_text="Of moments that name none.")
    only = models.JSONField(default=list, help_text="The entities that were asked for; empty: all.")
    # What must still hold for it to go on: the source's generation and sizes, and the imports that were made here.
    basis = models.JSONField(default=empty_object)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("source", "-id"), name="operations_verification_last"),)

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class VerifiedPart(models.Model):
    """The checkpoint of one proof of one entity, with what it found until then."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    verification = models.ForeignKey(Verification, models.CASCADE, related_name="parts")
    proof = models.CharField(max_length=8)
    entity = models.CharField(max_length=255, db_collation="C")
    position = models.JSONField(null=True, help_text="Where the next records start.")
    done = models.BooleanField(default=False)
    proven_at = models.DateTimeField()
    # Rows, differences and later changes, with the first of them by name.
    result = models.JSONField(default=empty_object)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("verification", "proof", "entity"), name="operations_verified_part_unique"),
        )

    def __str__(self) -> str:
        return f"{self.proof} {self.entity}"
