"""The outbox: messages to people, written in the transaction that causes them and sent by a worker afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from giveaways.models.giveaway import Giveaway
from operations.keys import UUID7


class Message(models.Model):
    """A message that is owed to somebody. `key` says what it is about: the same is never owed twice."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        DEAD = "dead"  # cannot be delivered, or was tried too often

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    key = models.CharField(max_length=255, db_collation="C", help_text="What it is about, such as won:<draw>:<place>.")
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="messages", null=True, blank=True)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    attempts = models.IntegerField(default=0, db_default=0)
    try_at = models.DateTimeField(db_default=Now(), help_text="Not before this.")
    error = models.TextField(blank=True, help_text="What the last attempt met.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("key",), name="giveaways_message_key_unique"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "sent", "dead"]), name="giveaways_message_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="giveaways_message_sent_with_time",
            ),
        )
        indexes = (
            # What is due, the longest due first.
            models.Index(fields=("try_at", "id"), name="giveaways_message_due", condition=Q(status="pending")),
            # What failed and what came last, for staff.
            models.Index(F("status"), F("created_at").desc(), F("id").desc(), name="giveaways_message_by_status"),
        )

    def __str__(self) -> str:
        return self.key
