"""A giveaway is called off."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giveaways import states
from giveaways.actions.holding import entrants, held
from giveaways.errors import NotAccepted, TooLate, TooManyEntrants, WrongState
from giveaways.models import Giveaway
from giveaways.rights import require_manager


@transaction.atomic
def cancel(*, giveaway_id: UUID, by: User, reason: str) -> Giveaway:
    """By its creator or a giveaway admin, while it is young and few have joined; the reason is kept for all to see."""
    giveaway = held(giveaway_id)
    require_manager(giveaway, by)
    refuse_unless_open(giveaway)
    refuse_after(giveaway, settings.GIVEAWAYS["cancel_seconds"])
    most = settings.GIVEAWAYS["cancel_participants"]
    if entrants(giveaway) > most:
        raise TooManyEntrants(f"It can be cancelled while at most {most} have joined.")
    return _cancelled(giveaway, reason)


@transaction.atomic
def cancel_for_staff(*, giveaway_id: UUID, reason: str) -> Giveaway:
    """By staff, at any time before the entries are frozen, however many have joined."""
    return _cancelled(held(giveaway_id), reason)


def _cancelled(giveaway: Giveaway, reason: str) -> Giveaway:
    if not reason.strip():
        raise NotAccepted(fields={"reason": "It is empty."})
    if not states.move(giveaway_id=giveaway.pk, to=Giveaway.Status.CANCELLED, ended_reason=reason.strip()):
        raise WrongState("It is not open any more.")
    giveaway.refresh_from_db()
    return giveaway


def refuse_unless_open(giveaway: Giveaway) -> None:
    if giveaway.status != Giveaway.Status.ACTIVE or giveaway.ends_at <= timezone.now():
        raise WrongState("It is not open any more.")


def refuse_after(giveaway: Giveaway, seconds: int) -> None:
    """Refuses what can be done in a giveaway's first moments only."""
    if timezone.now() >= giveaway.started_at + timedelta(seconds=seconds):
        raise TooLate(f"This can be done within {seconds} seconds of its start.")
