"""The draw of a giveaway: what was promised before, what was drawn from, and what makes it checkable afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from giveaways.models.giveaway import Giveaway
from operations.history import tracked
from operations.keys import UUID7


# The seed is secret until the draw is done, its origin for ever: they have no history.
@tracked(exclude=("seed", "seed_origin"))
class Draw(models.Model):
    """A draw of all places (number 0), or of some of them once more (1 and up). docs/draws.md has the algorithm.

    Its life: committed (a seed is chosen and its hash published), frozen (the entries are listed and their root is
    published), drawn (winners stand, the seed is published).
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.PROTECT, related_name="draws", db_index=False)
    number = models.IntegerField(default=0, db_default=0, help_text="0: the draw; 1 and up: single places again.")
    algorithm = models.CharField(max_length=32)
    seed = models.BinaryField(max_length=32, editable=False, help_text="Secret until the draw is done.")
    seed_origin = models.BinaryField(
        max_length=32,
        null=True,
        editable=False,
        help_text="Draw 0 alone: what its seed and those of all re-rolls are hashed from. Secret for ever.",
    )
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the seed, in hex; published at creation.")

    beacon_chain = models.CharField(
        max_length=64, blank=True, help_text="drand's chain hash, in hex; empty: no beacon."
    )
    beacon_round = models.BigIntegerField(null=True, blank=True, help_text="Fixed before its randomness is known.")
    beacon_randomness = models.CharField(max_length=64, blank=True, help_text="In hex; empty: not known yet.")
    beacon_signature = models.TextField(blank=True, help_text="In hex.")

    entries_root = models.CharField(max_length=64, blank=True, help_text="Merkle root of the entries, in hex.")
    entries_count = models.IntegerField(null=True, blank=True)
    tickets_count = models.DecimalField(max_digits=40, decimal_places=0, null=True, blank=True)
    places = models.JSONField(default=list, blank=True, help_text="The places that are drawn, in order.")
    excluded = models.JSONField(default=list, blank=True, help_text="Entries that cannot win: earlier winners.")
    reason = models.TextField(blank=True, help_text="Why places were drawn again.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True, db_index=False
    )

    committed_at = models.DateTimeField(db_default=Now(), editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("giveaway", "number"), name="giveaways_draw_number_unique"),
            models.CheckConstraint(condition=Q(number__gte=0), name="giveaways_draw_number_not_negative"),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(frozen_at__isnull=False), name="giveaways_draw_frozen_first"
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | (~Q(entries_root="") & Q(entries_count__isnull=False)),
                name="giveaways_draw_frozen_with_root",
            ),
            models.CheckConstraint(
                condition=(Q(beacon_chain="") & Q(beacon_round__isnull=True))
                | (~Q(beacon_chain="") & Q(beacon_round__gt=0)),
                name="giveaways_draw_beacon_whole",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(beacon_chain="") | ~Q(beacon_randomness=""),
                name="giveaways_draw_after_beacon",
            ),
        )
        indexes = (
            # What waits for its beacon, the longest frozen first.
            models.Index(fields=("frozen_at", "id"), name="giveaways_draw_waiting", condition=Q(drawn_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"draw {self.number} of {self.giveaway_id}"


class DrawEntry(models.Model):
    """One entrant of a draw, as frozen. It never changes, so it has no history.

    `entry` is the participant's own id: who joined knows theirs, and it tells nobody else who they are.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="entries", db_index=False)
    position = models.IntegerField(help_text="From 0, in the order of the entries' ids.")
    entry = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    tickets = models.BigIntegerField(default=1, db_default=1)
    stratum = models.SmallIntegerField(
        default=0, db_default=0, help_text="Those of 0 are drawn first; those of a higher one when no lower is left."
    )

    class Meta:
        verbose_name_plural = "draw entries"
        constraints = (
            models.UniqueConstraint(fields=("draw", "position"), name="giveaways_drawentry_position_unique"),
            models.UniqueConstraint(fields=("draw", "entry"), name="giveaways_drawentry_entry_unique"),
            models.CheckConstraint(condition=Q(position__gte=0), name="giveaways_drawentry_position_valid"),
            models.CheckConstraint(condition=Q(tickets__gt=0), name="giveaways_drawentry_tickets_positive"),
            models.CheckConstraint(condition=Q(stratum__range=(0, 255)), name="giveaways_drawentry_stratum_valid"),
        )

    def __str__(self) -> str:
        return f"entry {self.position} of {self.draw_id}"
