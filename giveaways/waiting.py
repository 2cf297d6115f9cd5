"""What of the giveaways waits for a person, counted as far as a person would look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from giveaways.models import Giveaway, Message, WinRecord

MOST = 1_000
LATE = timedelta(minutes=10)  # what a worker should have done by then


@dataclass(frozen=True)
class Waiting:
    """`count` of what waits, `MOST` at most; `query` narrows the list of `model` down to it."""

    what: str
    remedy: str
    model: type[Any]
    query: str
    count: int


def _counted(rows: QuerySet[Any]) -> int:
    return rows[:MOST].count()


def waiting(at: datetime | None = None) -> list[Waiting]:
    """What there is of each kind, the most pressing first."""
    now = at or timezone.now()
    late = now - LATE
    giveaways = Giveaway.objects
    found = [
        Waiting(
            "ended and not drawn",
            "is a worker running? Imported ones wait for GIVEAWAYS_TAKE_OVER",
            Giveaway,
            "status__exact=active",
            _counted(giveaways.active().filter(ends_at__lte=late)),
        ),
        Waiting(
            "wait for Telegram's answers or for their beacon",
            "look at the draw; a long wait says that one of them is silent",
            Giveaway,
            "status__exact=processing",
            _counted(giveaways.filter(status=Giveaway.Status.PROCESSING, ends_at__lte=late)),
        ),
        Waiting(
            "wait for their creator's list of winners",
            "they are drawn without it when its time is over",
            Giveaway,
            "status__exact=custom",
            _counted(giveaways.filter(status=Giveaway.Status.CUSTOM)),
        ),
        Waiting(
            "prizes to hand over",
            "by the creator, or by staff",
            WinRecord,
            "status__exact=pending",
            _counted(WinRecord.objects.filter(status=WinRecord.Status.PENDING, draw__isnull=False)),
        ),
        Waiting(
            "messages that could not be delivered",
            "the list says why; what is mended is tried again by its action",
            Message,
            "status__exact=dead",
            _counted(Message.objects.filter(status=Message.Status.DEAD)),
        ),
    ]
    return [kind for kind in found if kind.count]
