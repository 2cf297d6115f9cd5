"""Who takes part, with how many tickets, and whom a creator has chosen beforehand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Now

from giveaways.models.counting import COUNTING
from giveaways.models.giveaway import Giveaway
from operations.history import tracked
from operations.keys import UUID7


@tracked()
class Participant(models.Model):
    """One person in one giveaway. `joined_at` is NULL where nobody recorded it."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="participants", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="participations", db_index=False)
    joined_at = models.DateTimeField(null=True, blank=True, db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("giveaway", "user"), name="giveaways_participant_unique"),)
        triggers = COUNTING
        # What a person takes part in.
        indexes = (models.Index(fields=("user", "giveaway"), name="giveaways_participant_by_user"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.giveaway_id}"


class EntryCount(models.Model):
    """How many take part in a giveaway: the sum over its slots. No row: nobody.

    Triggers keep it, so it is true however rows of Participant come and go. Several slots let many join one giveaway at
    once. It is no foreign key: what only counts keeps no giveaway from being taken out.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway_id = models.UUIDField()
    slot = models.SmallIntegerField()
    count = models.BigIntegerField(help_text="May be negative in one slot, never in their sum.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("giveaway_id", "slot"), name="giveaways_entrycount_unique"),)

    def __str__(self) -> str:
        return f"{self.count} of {self.giveaway_id}"


def how_many(giveaway: str) -> Coalesce:
    """How many take part in the giveaway whose id is the outer query's column `giveaway`."""
    of_it = EntryCount.objects.filter(giveaway_id=OuterRef(giveaway)).order_by().values("giveaway_id")
    total = of_it.annotate(total=Sum("count")).values("total")
    return Coalesce(
        Subquery(total, output_field=models.BigIntegerField()), Value(0), output_field=models.BigIntegerField()
    )


@tracked()
class Ticket(models.Model):
    """Chances of one person in the draw of one giveaway that allows tickets."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    giveaway = models.ForeignKey(Giveaway, models.CASCADE, related_name="tickets", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tickets", db_index=False)
    count = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("giveaway", "user"), name="giveaways_ticket_unique"),
            models.CheckConstraint(condition=Q(count__gt=0), name="giveaways_ticket_count_positive"),
        )
        indexes = (models.Index(fields=("user", "giveaway"), name="giveaways_ticket_by_user"),)

    def __str__(self) -> str:
        return f"{self.count} of {self.user_id} in {self.giveaway_id}"


@tracked()
class PreWinnerList(models.Model):
    """The winners that a creator uploaded for a giveaway with a custom requirement; it holds for a day."""

    giveaway = models.OneToOneField(Giveaway, models.CASCADE, primary_key=True, related_name="pre_winner_list")
    user_ids = models.JSONField(help_text="Telegram ids, in the order of the list.")
    users = models.JSONField(null=True, blank=True, help_text="What was known of them.")
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it does not expire.")

    def __str__(self) -> str:
        return str(self.giveaway_id)
