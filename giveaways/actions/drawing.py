"""From the end of a giveaway to its winners: whoever calls, and however often, there is one draw."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from giveaways.actions.awarding import award
from giveaways.actions.closing import close, complete_with_list
from giveaways.actions.commitments import commit_to_draw
from giveaways.actions.freezing import freeze
from giveaways.drawing import beacon
from giveaways.models import Draw, Giveaway

__all__ = ["advance", "commit_to_draw", "complete_with_list"]


def advance(*, giveaway_id: UUID, at: datetime | None = None) -> Giveaway.Status:
    """Do every step towards the winners of a giveaway that can be done now; gives the state that it is in then.

    Each step is a transaction of its own, which does nothing if it is done already: a worker that dies in the middle
    leaves it to the next. It asks the beacon over the network: call it outside of transactions. Raises
    GiveawayNotFound.
    """
    close(giveaway_id=giveaway_id, at=at)
    draws = Draw.objects.using(DEFAULT_DB_ALIAS)
    for draw in draws.filter(giveaway=giveaway_id, drawn_at__isnull=True).order_by("number"):
        if freeze(draw_id=draw.pk, at=at) and hear_beacon(draw_id=draw.pk, at=at):
            award(draw_id=draw.pk, at=at)
    statuses = Giveaway.objects.using(DEFAULT_DB_ALIAS).values_list("status", flat=True)
    return Giveaway.Status(statuses.get(pk=giveaway_id))


def hear_beacon(*, draw_id: UUID, at: datetime | None = None) -> bool:
    """Write down the randomness that a frozen draw waits for. False as long as its round has not come."""
    draw = Draw.objects.using(DEFAULT_DB_ALIAS).get(pk=draw_id)
    if not draw.beacon_chain or draw.beacon_randomness:
        return True
    number = draw.beacon_round or 0
    if (at or timezone.now()) < beacon.CHAINS[draw.beacon_chain].time_of(number):
        return False
    found = beacon.fetch(
        chain=draw.beacon_chain, number=number, relays=settings.DRAND_URLS, timeout=settings.DRAND_TIMEOUT
    )
    if found is None:
        return False
    Draw.objects.filter(pk=draw_id, beacon_randomness="").update(
        beacon_randomness=found.randomness, beacon_signature=found.signature
    )
    return True
