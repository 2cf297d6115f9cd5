"""The draw of a giveaway: what was promised before, what was drawn from, and what makes it checkable afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from giveaways.models.giveaway import Giveaway
from operations.history import tracked
from operations.keys import UUID7


# The seed is secret until the draw is done, its origin for ever: they have no history. Winners are written once.
@tracked(exclude=("seed", "seed_origin", "winners"))
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
    winners = models.JSONField(
        default=list, db_default=[], blank=True, help_text="The entries that won, in the order of the places."
    )
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


class DrawBlock(models.Model):
    """1,024 entries of a draw, as frozen; the last block may have fewer. It never changes, so it has no history.

    A row per entry would make the freezing of a million of them take half a minute. `giveaways.frozen` reads blocks.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="blocks", db_index=False)
    number = models.IntegerField(help_text="From 0, in the order of the entries' ids.")
    first = models.UUIDField(
        help_text="The id of its first entry: the participant's own, which tells nobody who it is."
    )
    entries = models.BinaryField(help_text="25 bytes each: id, tickets (8 bytes) and stratum (1 byte), big-endian.")
    root = models.BinaryField(max_length=32, null=True, help_text="Merkle root of its entries.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("draw", "number"), name="giveaways_drawblock_number_unique"),
            # The block that an entry is in.
            models.UniqueConstraint(fields=("draw", "first"), name="giveaways_drawblock_first_unique"),
            models.CheckConstraint(condition=Q(number__gte=0), name="giveaways_drawblock_number_valid"),
        )

    def __str__(self) -> str:
        return f"block {self.number} of {self.draw_id}"
