"""The end of a giveaway's time: nobody joins any more, and what comes next is decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from giveaways import states
from giveaways.actions.commitments import commit_to_draw
from giveaways.actions.holding import held
from giveaways.errors import TooLate, WrongState
from giveaways.models import Giveaway, PreWinnerList, Requirement
from giveaways.outbox import owe
from giveaways.rights import require_creator

Status = Giveaway.Status


@transaction.atomic
def close(*, giveaway_id: UUID, at: datetime | None = None) -> None:
    """Take a giveaway out of the state that it may only be in until now; what is not due stays as it is.

    The row is locked against joins, which share it: each of them is either in before, or refused afterwards.
    """
    giveaway = held(giveaway_id)
    now = at or timezone.now()
    if giveaway.status == Status.ACTIVE and giveaway.ends_at <= now:
        _end(giveaway, now)
    elif giveaway.status == Status.CUSTOM and giveaway.list_due_at is None:
        # The legacy tool's: nobody has been told a time.
        Giveaway.objects.filter(pk=giveaway.pk).update(list_due_at=_list_due(now), updated_at=now)
        _ask_for_list(giveaway)
    elif giveaway.status == Status.CUSTOM and (giveaway.list_due_at or now) <= now:
        # A list that nobody confirmed in time does not count.
        PreWinnerList.objects.filter(giveaway=giveaway).delete()
        commit_to_draw(giveaway=giveaway, at=now)
        _become(giveaway, Status.PROCESSING)
    elif giveaway.status == Status.PROCESSING:
        _take_over(giveaway)


@transaction.atomic
def complete_with_list(*, giveaway_id: UUID, by: User) -> None:
    """Have the uploaded list decide. Its creator may do so, in time; `advance` does the rest."""
    giveaway = held(giveaway_id)
    require_creator(giveaway, by)
    now = timezone.now()
    if giveaway.status != Status.CUSTOM:
        raise WrongState("It does not wait for a list of winners.")
    if giveaway.list_due_at is not None and giveaway.list_due_at <= now:
        raise TooLate("The time for a list of winners is over: all entrants are drawn from.")
    # It must not expire before it is used.
    usable = PreWinnerList.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), giveaway=giveaway)
    if not usable.update(expires_at=None):
        raise WrongState("No list of winners has been uploaded.")
    commit_to_draw(giveaway=giveaway)
    _become(giveaway, Status.PROCESSING)


def _end(giveaway: Giveaway, now: datetime) -> None:
    commit_to_draw(giveaway=giveaway, at=now)
    if not giveaway.participants.exists():
        _become(giveaway, Status.COMPLETED)
        _tell_creator(giveaway, "over", f"“{giveaway.title}” is over. Nobody took part.")
    elif giveaway.requirements.filter(type=Requirement.Type.CUSTOM).exists():
        _wait_for_list(giveaway, now)
    else:
        _become(giveaway, Status.PROCESSING)


def _wait_for_list(giveaway: Giveaway, now: datetime) -> None:
    _become(giveaway, Status.CUSTOM, list_due_at=_list_due(now))
    _ask_for_list(giveaway)


def _list_due(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.GIVEAWAYS["list_seconds"])


def _ask_for_list(giveaway: Giveaway) -> None:
    hours = settings.GIVEAWAYS["list_seconds"] // 3600
    text = f"“{giveaway.title}” is over. Upload your list of winners within {hours} hours; after that all are drawn."
    _tell_creator(giveaway, "list", text)


def _take_over(giveaway: Giveaway) -> None:
    """What the legacy tool left in the middle: if it wrote down winners, they stand."""
    if giveaway.draws.exists():
        return
    if giveaway.win_records.exists():
        _become(giveaway, Status.COMPLETED)
    else:
        commit_to_draw(giveaway=giveaway)


def _become(giveaway: Giveaway, status: Giveaway.Status, **changes: Any) -> None:
    states.move(giveaway_id=giveaway.pk, to=status, before=[giveaway.status], **changes)


def _tell_creator(giveaway: Giveaway, about: str, text: str) -> None:
    owe(key=f"{about}:{giveaway.pk}", recipient=giveaway.creator, text=text, giveaway=giveaway)
