"""Ended giveaways with people whom Telegram knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from giveaways.models import Giveaway, Participant, Requirement, RequirementCheck
from tests.factories.accounts import IdentityFactory
from tests.factories.giveaways import GiveawayFactory, ParticipantFactory, RequirementFactory

CHANNEL = -1_001_234_567_890


def person(telegram_id: int) -> User:
    return IdentityFactory.create(subject=str(telegram_id)).user


def ended(**values: Any) -> Giveaway:
    """A giveaway that ended a minute ago."""
    now = timezone.now()
    usual: dict[str, Any] = {
        "status": Giveaway.Status.PROCESSING,
        "started_at": now - timedelta(days=1),
        "ends_at": now - timedelta(minutes=1),
    }
    return GiveawayFactory.create(**(usual | values))


def asking(giveaway: Giveaway, *, position: int = 1, **values: Any) -> Requirement:
    named = {} if values.get("username") or "extra" in values else {"username": None, "chat_id": CHANNEL}
    return RequirementFactory.create(giveaway=giveaway, position=position, **(named | values))


def entrants(giveaway: Giveaway, *telegram_ids: int) -> list[Participant]:
    return [ParticipantFactory.create(giveaway=giveaway, user=person(number)) for number in telegram_ids]


def answer(requirement: Requirement, user: User, *, met: bool, seconds: float = 0) -> None:
    """An answer of Telegram, so many seconds from now."""
    at = timezone.now() + timedelta(seconds=seconds)
    RequirementCheck.objects.update_or_create(
        requirement=requirement, user=user, defaults={"met": met, "checked_at": at}
    )
