"""Months of events that were written to a file."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from operations.keys import UUID7


class EventArchive(models.Model):
    """A month that stands in a file, checked after it was written. Only such a month is ever dropped."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    month = models.DateField(help_text="Its first day.")
    path = models.TextField(help_text="Where the file was written: CSV with a header, gzip.")
    rows = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32, help_text="Of the CSV, before compression.")
    archived_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("month",), name="events_archive_month_unique"),
            models.CheckConstraint(condition=Q(rows__gte=0), name="events_archive_rows_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def hexadecimal(self) -> str:
        return bytes(self.sha256).hex()
