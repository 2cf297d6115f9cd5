"""Prizes, which place of which giveaway they are for, and who has won them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from giveaways.models.draw import Draw
from giveaways.models.giveaway import Giveaway
from operations.history import tracked
from operations.keys import UUID7


@tracked()
class Prize(models.Model):
    """Something to be won. The legacy tool recorded no dates; they are NULL."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    type = models.CharField(max_length=32, help_text="telegram_stars, telegram_premium, custom, internal…")
    name = models.TextField(blank=True)
    description = models.TextField(null=True, blank=True)
    is_internal = models.BooleanField(default=False, db_default=False)
    fields = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    class Meta:
        # Prizes of one type, for staff.
        indexes = (models.Index(F("type"), F("id").desc(), name="giveaways_prize_by_type"),)

    def __str__(self) -> str:
        return self.name or self.type


@tracked()
class GiveawayPrize(models.Model):
    """A prize for a place of a giveaway, or for all its winners. Draws go by the position in the list."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="giveaway_prizes", db_index=False)
    prize = models.ForeignKey(Prize, models.PROTECT, related_name="giveaway_prizes", null=True, blank=True)
    position = models.IntegerField(help_text="Its place in the list, from 1.")
    place = models.IntegerField(null=True, blank=True, help_text="The winner's place; empty: for all winners.")
    type = models.CharField(max_length=32, blank=True)
    fields = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("giveaway", "position"), name="giveaways_prize_position_unique"),
            models.CheckConstraint(condition=Q(position__gt=0), name="giveaways_prize_position_positive"),
            models.CheckConstraint(condition=Q(place__gt=0), name="giveaways_prize_place_positive"),
        )

    def __str__(self) -> str:
        return f"place {self.place}" if self.place else "all places"


@tracked()
class WinRecord(models.Model):
    """Who won which place, and whether the prize has reached them."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DISTRIBUTED = "distributed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.PROTECT, related_name="win_records", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="wins", db_index=False)
    prize = models.ForeignKey(Prize, models.PROTECT, related_name="win_records", null=True, blank=True, db_index=False)
    place = models.IntegerField()
    draw = models.ForeignKey(
        Draw,
        models.PROTECT,
        related_name="win_records",
        null=True,
        blank=True,
        db_index=False,
        help_text="Empty: by the legacy tool.",
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(place__gt=0), name="giveaways_win_place_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "distributed", "cancelled"]), name="giveaways_win_status_known"
            ),
            # A draw gives each place once, whoever runs it and how often.
            models.UniqueConstraint(
                fields=("draw", "place"), condition=Q(draw__isnull=False), name="giveaways_win_draw_place_unique"
            ),
        )
        indexes = (
            # The winners of a giveaway by place; whether a person is among them.
            models.Index(fields=("giveaway", "place"), name="giveaways_win_by_giveaway"),
            models.Index(fields=("giveaway", "user"), name="giveaways_win_giveaway_user"),
            # What a person has won, newest first.
            models.Index(
                F("user"), F("created_at").desc(nulls_last=True), F("id").desc(), name="giveaways_win_by_user"
            ),
            models.Index(fields=("prize",), name="giveaways_win_by_prize"),
            # What was won last, for staff.
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="giveaways_win_created"),
        )

    def __str__(self) -> str:
        return f"place {self.place} of {self.giveaway_id}"
