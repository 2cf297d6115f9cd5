"""Giveaway admins give entrants chances."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from giveaways.actions.holding import held
from giveaways.errors import NotAccepted, NotAnEntrant, NoTickets, WrongState
from giveaways.models import Giveaway, Participant, Ticket
from giveaways.rights import require_admin

BEFORE_THE_DRAW = (Giveaway.Status.ACTIVE, Giveaway.Status.CUSTOM)


@transaction.atomic
def grant_tickets(*, giveaway_id: UUID, by: User, telegram_id: int, count: int) -> Ticket:
    """Adds to the tickets of an entrant, before the entries are frozen."""
    require_admin(by)
    giveaway = held(giveaway_id)
    if not giveaway.allow_tickets:
        raise NoTickets
    if giveaway.status not in BEFORE_THE_DRAW:
        raise WrongState("Its entries are frozen.")
    entrant = Participant.objects.filter(
        giveaway=giveaway, user__identities__provider="telegram", user__identities__subject=str(telegram_id)
    ).first()
    if entrant is None:
        raise NotAnEntrant
    return _added(entrant, count)


def _added(entrant: Participant, count: int) -> Ticket:
    most = settings.GIVEAWAYS["max_tickets"]
    ticket = Ticket.objects.select_for_update().filter(giveaway=entrant.giveaway_id, user=entrant.user_id).first()
    if ticket is None:
        ticket = Ticket(giveaway_id=entrant.giveaway_id, user_id=entrant.user_id, count=0)
    if count < 1 or ticket.count + count > most:
        raise NotAccepted(fields={"count": f"At least 1, and at most {most} for one person."})
    ticket.count += count
    ticket.save()
    return ticket
