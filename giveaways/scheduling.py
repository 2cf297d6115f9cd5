"""The jobs of a giveaway, asked for in the transaction that needs them. `giveaways.tasks` is what they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from giveaways.models import Giveaway
from operations.enqueuing import enqueue

FINISH, RECHECK, SEND = "giveaways.finish", "giveaways.recheck", "giveaways.send_messages"


def schedule_finish(giveaway: Giveaway) -> None:
    """Have the giveaway finished on time. Belongs into the transaction that sets its end, also if it is set again."""
    finish_at(giveaway.pk, giveaway.ends_at)


def finish_at(giveaway_id: UUID, at: datetime) -> None:
    enqueue(FINISH, queueing_lock=f"finish {giveaway_id} at {at.isoformat()}", at=at, giveaway_id=str(giveaway_id))


def finish_now(giveaway_id: UUID, *, turn: int = 0) -> None:
    enqueue(FINISH, queueing_lock=f"finish {giveaway_id}", giveaway_id=str(giveaway_id), turn=turn)


def finish_later(giveaway_id: UUID, *, wait: timedelta, turn: int) -> None:
    key = f"finish {giveaway_id} later"
    enqueue(FINISH, queueing_lock=key, at=timezone.now() + wait, giveaway_id=str(giveaway_id), turn=turn)


def recheck_requirements(giveaway_id: UUID, *, after: UUID | None = None, at: datetime | None = None) -> None:
    """One at a time. While one waits for Telegram, no other is added."""
    key, last = f"recheck {giveaway_id}", str(after) if after else None
    enqueue(RECHECK, lock=key, queueing_lock=key, at=at, giveaway_id=str(giveaway_id), after=last)


def send_messages(*, at: datetime | None = None) -> None:
    """One that is to run later does not keep anybody from asking for one now."""
    enqueue(SEND, queueing_lock="send messages later" if at else "send messages", at=at)
