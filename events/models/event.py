"""Events: what came in, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.fields.json import KT
from django.db.models.functions import Left, Lower
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

from events.keys import Clock, KeyTime, KeyVersion, uuid7_floor
from operations.keys import UUID7

# What an index takes of a text from outside: longer ones are found by their beginning, and never refused.
TICKET_LENGTH, ADDRESS_LENGTH, INTENT_LENGTH = 64, 320, 100
# How far a key may be from `created_at`: clocks are set back, and no zone is less than this away from another.
TOLERANCE = timedelta(minutes=14)


def recorded_after_key() -> CombinedExpression:
    return F("created_at") - KeyTime(F("id"))


def ticket() -> Left:
    return Left(KT("data__ticket_id"), TICKET_LENGTH)


def recipient() -> Lower:
    return Lower(Left(KT("data__to_email"), ADDRESS_LENGTH))


def intent() -> Left:
    return Left(KT("task_context__nodes__AnalyzeTicket__response_model__intent"), INTENT_LENGTH)


class EventQuerySet(models.QuerySet["Event"]):
    """The order of keys is the order of times, because the key holds the time."""

    def newest_first(self) -> EventQuerySet:
        return self.order_by("-id")

    def received_between(self, start: datetime, end: datetime) -> EventQuerySet:
        """From `start` up to, and without, `end`. Bounds of the key: other months are not even looked at."""
        return self.filter(id__gte=uuid7_floor(start), id__lt=uuid7_floor(end))

    def of_workflow(self, workflow: str) -> EventQuerySet:
        return self.filter(workflow=workflow)

    def with_status(self, *statuses: str) -> EventQuerySet:
        return self.filter(status__in=statuses) if len(statuses) != 1 else self.filter(status=statuses[0])

    def about_ticket(self, ticket_id: str | UUID) -> EventQuerySet:
        """A ticket that was sent again has several events."""
        return self.alias(ticket=ticket()).filter(ticket=str(ticket_id)[:TICKET_LENGTH])

    def sent_to(self, address: str) -> EventQuerySet:
        """By the address in `to_email`; upper and lower case are the same."""
        return self.alias(recipient=recipient()).filter(recipient=address[:ADDRESS_LENGTH].lower())

    def with_intent(self, name: str) -> EventQuerySet:
        """By what the analysis of the ticket took it for, such as `refund/request`."""
        return self.alias(intent=intent()).filter(intent=name[:INTENT_LENGTH])

    def of_legacy_id(self, legacy_id: UUID) -> EventQuerySet:
        return self.filter(legacy_id=legacy_id)


class Event(models.Model):
    """Something that came in, and what processing made of it.

    The table is partitioned by month on its key, which holds the time of the event (`events.keys`): the time at which
    it was stored; for legacy events their `created_at`, or the time in their uuid1 key where that is NULL. `legacy_id`
    is the key that a legacy event had.

    `raw_data` and `raw_task_context` are the exact legacy JSON text where jsonb cannot hold all that it says: NUL
    characters and lone surrogates, members that stand twice, negative zeros. The order of members is not among it.
    """

    class Status(models.TextChoices):
        PENDING = "pending"  # waits for a worker
        RUNNING = "running"  # a worker has it
        DONE = "done"  # `task_context` is the result; legacy: any object in it that is not empty
        FAILED = "failed"  # `failure` says why
        # Legacy: `task_context` is NULL, JSON null, {} or no object. Whether it waits, has failed or was lost on its
        # way to a worker, nobody recorded.
        UNPROCESSED = "unprocessed"

    class Workflow(models.TextChoices):
        """Those that are told by the address. A legacy event of a later schema says its own, which may be another."""

        SUPPORT = "support"
        HELPDESK = "helpdesk"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    legacy_id = models.UUIDField(null=True, blank=True, editable=False)
    workflow = models.CharField(max_length=150, default=Workflow.OTHER, db_default=Workflow.OTHER)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    data = models.JSONField(null=True, blank=True, help_text="What came in.")
    task_context = models.JSONField(null=True, blank=True, help_text="What processing made of it.")
    raw_data = models.TextField(null=True, blank=True)
    raw_task_context = models.TextField(null=True, blank=True)
    attempts = models.IntegerField(default=0, db_default=0, help_text="How often a worker took it.")
    failure = models.TextField(null=True, blank=True, help_text="Why the last attempt failed.")
    created_at = models.DateTimeField(null=True, blank=True, db_default=Clock())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Clock())

    objects = EventQuerySet.as_manager()

    class Meta:
        get_latest_by = "id"
        constraints = (
            # What pruning and order by time stand on.
            models.CheckConstraint(condition=Q(Exact(KeyVersion(F("id")), 7)), name="events_event_key_is_v7"),
            models.CheckConstraint(
                condition=Q(created_at__isnull=True)
                | Q(GreaterThanOrEqual(recorded_after_key(), -TOLERANCE))
                & Q(LessThanOrEqual(recorded_after_key(), TOLERANCE)),
                name="events_event_key_holds_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running", "done", "failed", "unprocessed"]),
                name="events_event_status_known",
            ),
            models.CheckConstraint(condition=Q(attempts__gte=0), name="events_event_attempts_not_negative"),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(task_context__isnull=False), name="events_event_done_has_result"
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | Q(failure__isnull=False), name="events_event_failed_has_failure"
            ),
        )
        indexes = (
            # Events of one type, newest first; those in one state.
            models.Index(F("workflow"), F("id").desc(), name="events_event_by_workflow"),
            models.Index(F("status"), F("id").desc(), name="events_event_by_status"),
            # All events about a ticket, those sent to an address, those with an intent; newest first.
            models.Index(ticket(), F("id").desc(), name="events_event_by_ticket"),
            models.Index(recipient(), F("id").desc(), name="events_event_by_recipient"),
            models.Index(
                intent(),
                F("id").desc(),
                condition=Q(task_context__isnull=False),
                name="events_event_by_intent",
            ),
            # Ranges of the recorded time, for those who ask for that and not for the key's.
            models.Index(fields=("created_at",), name="events_event_created"),
            # What became of a legacy event.
            models.Index(fields=("legacy_id",), condition=Q(legacy_id__isnull=False), name="events_event_legacy"),
        )

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def analysis(self) -> dict[str, Any]:
        """What the analysis of the ticket found; empty where there was none."""
        found: Any = self.task_context
        for name in ("nodes", "AnalyzeTicket", "response_model"):
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}
