"""Requirements once more, after the end: everybody who joined is asked about before the draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from accounts.models import User
from giveaways.models import Giveaway, Message, Participant, Requirement, RequirementCheck
from giveaways.outbox import owe
from giveaways.requirements import Asked, ask, asked_by, given_up_at, open_count, open_entrants, why_unknown
from giveaways.telegram.client import BotApi
from giveaways.telegram.errors import BotApiError, ChatNotFound, NoAccess, NotKnownYet
from giveaways.telegram.pace import Pace
from giveaways.telegram.people import telegram_ids_of

OUTAGE = 3  # failures in a row that end a round


@dataclass(frozen=True)
class Rechecked:
    """One round. `last` is the entrant to go on after; `ended` when there are no more. `retry_after` is in seconds."""

    entrants: int
    answers: int
    last: UUID | None
    ended: bool
    retry_after: float | None = None
    outage: bool = False

    @property
    def interrupted(self) -> bool:
        return self.outage or self.retry_after is not None


@dataclass(frozen=True)
class Waiting:
    """What a draw waits for: entrants who are not checked, until when, and what the bot cannot see by itself."""

    entrants: int
    until: datetime
    obstacles: tuple[str, ...]


def recheck(
    *, giveaway: Giveaway, limit: int, after: UUID | None = None, should_stop: Callable[[], bool] = lambda: False
) -> Rechecked:
    """Ask Telegram about up to `limit` entrants who are open, in the order of their ids. Each answer is kept at once.

    A limit of Telegram or an outage ends the round. A channel that the bot cannot see is left out of the round, and its
    giveaway's creator is told.
    """
    asked = asked_by(giveaway)
    entrants = open_entrants(giveaway).select_related("user").order_by("id")
    chosen = list(entrants.filter(pk__gt=after)[:limit] if after else entrants[:limit])
    asking = _Round(giveaway, asked, chosen)
    for entrant in chosen:
        if should_stop() or not asking.ask_about(entrant):
            break
    ended = asking.entrants == len(chosen) < limit
    outage = asking.failures >= OUTAGE
    return Rechecked(asking.entrants, asking.answers, asking.last or after, ended, asking.retry_after, outage)


class _Round:
    def __init__(self, giveaway: Giveaway, asked: Asked, entrants: list[Participant]) -> None:
        self.giveaway, self.asked = giveaway, asked
        self.api, self.pace = BotApi(), Pace(settings.TELEGRAM_CALLS_PER_SECOND)
        users = [entrant.user_id for entrant in entrants]
        self.telegram_ids = telegram_ids_of(users)
        self.answered = _answers(asked, users, giveaway.ends_at)
        self.blocked: set[UUID] = set()
        self.entrants = self.answers = self.failures = 0
        self.retry_after: float | None = None
        self.last: UUID | None = None

    def ask_about(self, entrant: Participant) -> bool:
        """False when the round is over."""
        for requirement in self.asked.requirements:
            if requirement.pk in self.blocked or (requirement.pk, entrant.user_id) in self.answered:
                continue
            try:
                is_met = self._ask(requirement, entrant.user)
            except BotApiError as error:
                if self._interrupted_by(error, requirement):
                    return False
                continue
            if is_met == self.asked.any_of:  # settled
                break
        self.entrants += 1
        self.last = entrant.pk
        return True

    def _ask(self, requirement: Requirement, user: User) -> bool:
        self.pace.keep()
        is_met = ask(requirement, user, self.telegram_ids.get(user.pk), self.api)
        self.answers += 1
        self.failures = 0
        return is_met

    def _interrupted_by(self, error: BotApiError, requirement: Requirement) -> bool:
        if isinstance(error, (ChatNotFound, NoAccess)):
            self.blocked.add(requirement.pk)
            tell_obstacle(giveaway=self.giveaway, requirement=requirement, error=error)
            return False
        if not isinstance(error, NotKnownYet):
            return False
        self.failures += 1
        self.retry_after = error.retry_after
        return self.retry_after is not None or self.failures >= OUTAGE


def tell_obstacle(*, giveaway: Giveaway, requirement: Requirement, error: BotApiError) -> None:
    """Tell the creator, who alone can mend it, once per requirement; staff find it in the outbox."""
    until = f"{given_up_at(giveaway):%d %B %Y, %H:%M} UTC"
    text = (
        f"“{giveaway.title}” cannot be drawn yet. Requirement: {requirement}. {why_unknown(error)} "
        f"Entrants who cannot be checked until {until} do not take part in the draw."
    )
    owe(key=_obstacle(requirement.pk), recipient=giveaway.creator, text=text, giveaway=giveaway)


def waiting(giveaway: Giveaway) -> Waiting:
    """For staff: what the draw of an ended giveaway waits for. After `until` those entrants count as not checked."""
    messages = Message.objects.filter(key__in=[_obstacle(row.pk) for row in asked_by(giveaway).requirements])
    obstacles = tuple(messages.order_by("created_at", "id").values_list("text", flat=True))
    return Waiting(open_count(giveaway), given_up_at(giveaway), obstacles)


def _obstacle(requirement: UUID) -> str:
    return f"unchecked:{requirement}"


def _answers(asked: Asked, users: list[str], since: datetime) -> set[tuple[UUID, str]]:
    answers = RequirementCheck.objects.using(DEFAULT_DB_ALIAS).filter(
        requirement__in=asked.requirements, user__in=users, checked_at__gte=since
    )
    return set(answers.values_list("requirement_id", "user_id"))
