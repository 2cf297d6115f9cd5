"""A giveaway that nobody else changes, and nobody joins, until the transaction is over."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from giveaways.errors import GiveawayNotFound
from giveaways.models import EntryCount, Giveaway


def held(giveaway_id: UUID) -> Giveaway:
    """Locks the row and gives it as it is now. Raises GiveawayNotFound."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A giveaway is held by a transaction.")
    found = Giveaway.objects.select_for_update(no_key=True).filter(pk=giveaway_id).first()
    if found is None:
        raise GiveawayNotFound
    return found


def entrants(giveaway: Giveaway) -> int:
    """How many take part: exact while the giveaway is held."""
    counted = EntryCount.objects.filter(giveaway_id=giveaway.pk).aggregate(sum=Sum("count"))["sum"]
    return int(counted or 0)
