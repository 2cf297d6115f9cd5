"""Giveaways, what they ask of those who join, and the channels that sponsor them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from giveaways.models.counting import FORGETTING
from operations.history import tracked
from operations.keys import UUID7

NEWEST_FIRST = (F("created_at").desc(nulls_last=True), "-id")


class GiveawayQuerySet(models.QuerySet["Giveaway"]):
    def active(self) -> GiveawayQuerySet:
        return self.filter(status=Giveaway.Status.ACTIVE)

    def open(self, at: datetime | None = None) -> GiveawayQuerySet:
        """Those that can be joined now."""
        return self.active().filter(ends_at__gt=at or timezone.now())

    def due(self, at: datetime | None = None) -> GiveawayQuerySet:
        """Active giveaways whose time is over, the longest overdue first."""
        return self.active().filter(ends_at__lte=at or timezone.now()).order_by("ends_at", "id")

    def awaiting_work(self, at: datetime | None = None) -> GiveawayQuerySet:
        """What can go on now, the longest ended first: ended, being drawn, or without the list that was due."""
        at = at or timezone.now()
        ended = Q(status=Giveaway.Status.ACTIVE, ends_at__lte=at)
        overdue = Q(status=Giveaway.Status.CUSTOM) & (Q(list_due_at__lte=at) | Q(list_due_at__isnull=True))
        return self.filter(ended | overdue | Q(status=Giveaway.Status.PROCESSING)).order_by("ends_at", "id")

    def promised(self) -> GiveawayQuerySet:
        """Those whose draw is promised. What the legacy tool began is not, until Slipway goes on with it."""
        return self.filter(draws__number=0)

    def created_by(self, user_id: str) -> GiveawayQuerySet:
        """What a person has set up, newest first; giveaways of an unknown age come last."""
        return self.filter(creator_id=user_id).order_by(*NEWEST_FIRST)

    def joined_by(self, user_id: str) -> GiveawayQuerySet:
        """What a person takes part in, newest giveaway first: when they joined is not always known."""
        return self.filter(participants__user_id=user_id).order_by(*NEWEST_FIRST)

    def newest_after(self, created_at: datetime | None, giveaway_id: UUID) -> GiveawayQuerySet:
        """The rows after the given one, where the newest come first and those of an unknown age last."""
        if created_at is None:
            return self.filter(created_at__isnull=True, id__lt=giveaway_id)
        return self.filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, id__lt=giveaway_id) | Q(created_at__isnull=True)
        )

    def largest_after(self, joined: int, giveaway_id: UUID) -> GiveawayQuerySet:
        """The rows after the given one, where those that most have `joined` come first."""
        return self.filter(Q(joined__lt=joined) | Q(joined=joined, id__lt=giveaway_id))


@tracked()
class Giveaway(models.Model):
    """A giveaway from its creation to its draw.

    `ends_at` is the real end (start and duration together). Dates that the legacy tool left at its zero time are NULL.
    """

    class Status(models.TextChoices):
        PENDING = "pending"  # not started
        ACTIVE = "active"  # open for joining
        PROCESSING = "processing"  # being drawn
        CUSTOM = "custom"  # waits for the creator's list of winners
        COMPLETED = "completed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"  # legacy: ended without a draw
        HISTORY = "history"  # legacy: put away

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="created_giveaways", db_index=False
    )
    title = models.TextField()
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE, db_default=Status.ACTIVE)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    duration = models.BigIntegerField(help_text="Seconds from start to end.")
    winners_count = models.IntegerField()
    max_participants = models.IntegerField(null=True, blank=True, help_text="Empty: no limit.")
    allow_tickets = models.BooleanField(default=False, db_default=False)
    auto_distribute = models.BooleanField(default=False, db_default=False)
    message_id = models.BigIntegerField(null=True, blank=True, help_text="The Telegram message that announces it.")
    list_due_at = models.DateTimeField(
        null=True, blank=True, help_text="Until then its creator may upload a list of winners; then all are drawn."
    )
    ended_reason = models.TextField(null=True, blank=True, help_text="Why it was cancelled.")
    recreated_from = models.ForeignKey(
        "self", models.SET_NULL, related_name="recreations", null=True, blank=True, db_index=False
    )
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = GiveawayQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "active",
                        "processing",
                        "custom",
                        "completed",
                        "cancelled",
                        "expired",
                        "history",
                    ]
                ),
                name="giveaways_giveaway_status_known",
            ),
            models.CheckConstraint(condition=Q(duration__gte=0), name="giveaways_giveaway_duration_not_negative"),
            models.CheckConstraint(condition=Q(winners_count__gte=0), name="giveaways_giveaway_winners_not_negative"),
            models.CheckConstraint(condition=Q(max_participants__gt=0), name="giveaways_giveaway_limit_positive"),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("started_at")), name="giveaways_giveaway_ends_after_start"
            ),
        )
        indexes = (
            # A person's own giveaways: all, and those in one state (active, waiting for them, history).
            models.Index(
                F("creator"),
                F("created_at").desc(nulls_last=True),
                F("id").desc(),
                name="giveaways_giveaway_by_creator",
            ),
            models.Index(
                F("creator"),
                F("status"),
                F("created_at").desc(nulls_last=True),
                F("id").desc(),
                name="giveaways_giveaway_by_state",
            ),
            # Those that are open, the next to end first; those that are due.
            models.Index(fields=("status", "ends_at", "id"), name="giveaways_giveaway_status_end"),
            # What ends when and what came last, for staff.
            models.Index(fields=("ends_at", "id"), name="giveaways_giveaway_end"),
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="giveaways_giveaway_created"),
        )
        triggers = FORGETTING

    def __str__(self) -> str:
        return self.title

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.duration)


@tracked()
class Requirement(models.Model):
    """What a giveaway asks of those who join. Forms of every generation of the legacy tool keep all that they said."""

    class Type(models.TextChoices):
        SUBSCRIPTION = "subscription"
        BOOST = "boost"
        CUSTOM = "custom"

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="requirements", db_index=False)
    position = models.IntegerField(help_text="Its place in the list, from 1.")
    type = models.CharField(max_length=16, choices=Type)
    name = models.TextField(blank=True)
    username = models.CharField(max_length=255, null=True, blank=True, help_text="The channel, with or without @.")
    chat_id = models.BigIntegerField(null=True, blank=True)
    min_level = models.IntegerField(null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="What the legacy form said besides.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("giveaway", "position"), name="giveaways_requirement_position_unique"),
            models.CheckConstraint(condition=Q(position__gt=0), name="giveaways_requirement_position_positive"),
            models.CheckConstraint(
                condition=Q(type__in=["subscription", "boost", "custom"]), name="giveaways_requirement_type_known"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.type


class RequirementCheck(models.Model):
    """What Telegram last said of one person and one requirement. A limit or an outage says nothing: no row changes."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="checks", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    met = models.BooleanField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("requirement", "user"), name="giveaways_check_unique"),)

    def __str__(self) -> str:
        return f"{'met' if self.met else 'not met'} by {self.user_id}"


@tracked()
class Sponsor(models.Model):
    """A channel as it was shown when it sponsored: one channel may have had several titles, and none an id."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    channel_id = models.BigIntegerField(null=True, blank=True, help_text="Telegram's id, if it is known.")
    username = models.CharField(max_length=255, null=True, blank=True)
    title = models.TextField(blank=True)
    channel_url = models.TextField(blank=True)
    avatar_url = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=("channel_id",), name="giveaways_sponsor_channel"),)

    def __str__(self) -> str:
        return self.title or self.username or str(self.channel_id)


@tracked()
class GiveawaySponsor(models.Model):
    """A sponsor's place in a giveaway's list."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="giveaway_sponsors", db_index=False)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="giveaway_sponsors")
    position = models.IntegerField(help_text="Its place in the list, from 1.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("giveaway", "position"), name="giveaways_sponsor_position_unique"),
            models.CheckConstraint(condition=Q(position__gt=0), name="giveaways_sponsor_position_positive"),
        )

    def __str__(self) -> str:
        return f"sponsor {self.position}"
