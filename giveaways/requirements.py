"""What a giveaway asks of people: whether somebody meets it, at the join and once more after the end.

A limit or an outage of Telegram is never "passed": the answer is then "not known yet". Answers are kept a short while
in RequirementCheck. Custom requirements are no matter of Telegram: the creator's list of winners decides them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from giveaways.models import Giveaway, Participant, Requirement, RequirementCheck
from giveaways.telegram.client import BotApi
from giveaways.telegram.errors import BotApiError, ChatNotFound, NoAccess, NotKnownYet
from giveaways.telegram.membership import meets
from giveaways.telegram.people import telegram_id_of

NOBODY = "Telegram does not know this person: they have no Telegram account here."


@dataclass(frozen=True)
class Verdict:
    """Each requirement of a giveaway is in one of the three. `reasons` says why one is unmet or unknown, by its key.

    `retry_after` is Telegram's own time in seconds, if it gave one.
    """

    met: tuple[Requirement, ...] = ()
    unmet: tuple[Requirement, ...] = ()
    unknown: tuple[Requirement, ...] = ()
    any_of: bool = False
    reasons: dict[UUID, str] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def passed(self) -> bool:
        """All that must be met is known to be met."""
        return bool(self.met) if self.any_of and self.asked else not self.unmet and not self.unknown

    @property
    def failed(self) -> bool:
        """It is known that they are not met, whatever is still unknown."""
        return not self.met and not self.unknown if self.any_of and self.asked else bool(self.unmet)

    @property
    def asked(self) -> int:
        return len(self.met) + len(self.unmet) + len(self.unknown)


@dataclass(frozen=True)
class Asked:
    """What a giveaway asks of Telegram. The first generation of the legacy tool could ask for one of several."""

    requirements: tuple[Requirement, ...]
    any_of: bool


def asked_by(giveaway: Giveaway) -> Asked:
    """Without custom requirements, and without a list that its creator had switched off."""
    rows = giveaway.requirements.using(DEFAULT_DB_ALIAS).exclude(type=Requirement.Type.CUSTOM).order_by("position")
    asked = tuple(row for row in rows if row.extra.get("enabled") is not False)
    return Asked(asked, any_of=any(row.extra.get("join_type") == "any" for row in asked))


def check(*, giveaway: Giveaway, user: User, fresh: bool = False) -> Verdict:
    """Whether a person meets what a giveaway asks, by kept answers or, with `fresh`, by Telegram's alone.

    It asks over the network: call it outside of transactions. It does not raise for what Telegram does.
    """
    asked = asked_by(giveaway)
    if not asked.requirements:
        return Verdict()
    telegram_id = telegram_id_of(user)
    answers = {} if fresh else _kept(asked, user)
    errors: dict[UUID, BotApiError] = {}
    api, outage = BotApi(in_all=True), None
    for requirement in asked.requirements:
        if requirement.pk in answers:
            continue
        try:
            if outage:  # one is enough to wait for
                raise outage
            answers[requirement.pk] = ask(requirement, user, telegram_id, api)
        except BotApiError as error:
            errors[requirement.pk] = error
            outage = error if isinstance(error, NotKnownYet) else None
    return _verdict(asked, answers, errors, NOBODY if telegram_id is None else "")


def ask(requirement: Requirement, user: User, telegram_id: int | None, api: BotApi) -> bool:
    """Asks Telegram and keeps what it says. Raises BotApiError where it says nothing."""
    asked_at = timezone.now()
    is_met = meets(requirement, telegram_id, api) if telegram_id else False
    keep(requirement, user, is_met, asked_at)
    return is_met


def keep(requirement: Requirement, user: User, is_met: bool, asked_at: datetime) -> None:
    """The time is that of the question: an answer that comes after the end may have been true before it only."""
    RequirementCheck.objects.bulk_create(
        [RequirementCheck(requirement=requirement, user=user, met=is_met, checked_at=asked_at)],
        update_conflicts=True,
        unique_fields=("requirement", "user"),
        update_fields=("met", "checked_at"),
    )


def eligible(giveaway: Giveaway) -> QuerySet[Participant]:
    """Who met what is asked by checks made after the end. Without requirements: all."""
    asked, participants = asked_by(giveaway), _participants(giveaway)
    if not asked.requirements:
        return participants
    return _settled_by_one(asked, participants, giveaway) if asked.any_of else _complete(asked, participants, giveaway)


def open_entrants(giveaway: Giveaway) -> QuerySet[Participant]:
    """Entrants of whom it is not known yet whether they met what is asked, by checks made after the end."""
    asked, participants = asked_by(giveaway), _participants(giveaway)
    if not asked.requirements:
        return participants.none()
    missing = Q()
    for requirement in asked.requirements:
        missing |= ~Q(Exists(_answers(giveaway, requirement=requirement)))
    return participants.exclude(Exists(_settling(asked, giveaway))).filter(missing)


def unknown_checks(giveaway: Giveaway) -> int:
    """How many entrants a draw has to wait for. None any more once `given_up_at` has passed."""
    count = open_count(giveaway)
    return 0 if count and timezone.now() >= given_up_at(giveaway) else count


def open_count(giveaway: Giveaway) -> int:
    """How many `open_entrants` there are: all without those who are settled.

    By joins, for a look at each of a million takes long. In one statement: the three counts are of one moment.
    """
    asked, participants = asked_by(giveaway), _participants(giveaway)
    if not asked.requirements:
        return 0
    parts = (participants, _settled_by_one(asked, participants, giveaway), _complete(asked, participants, giveaway))
    counts = Giveaway.objects.using(DEFAULT_DB_ALIAS).filter(pk=giveaway.pk).values_list(*map(_count, parts)).get()
    everybody, settled, complete = (count or 0 for count in counts)
    return everybody - settled - complete


def given_up_at(giveaway: Giveaway) -> datetime:
    """When a draw goes on without those who cannot be checked: so long after the end, or after the last answer.

    As long as answers come, it waits: many entrants and a slow Telegram shut nobody out.
    """
    answers = RequirementCheck.objects.using(DEFAULT_DB_ALIAS).filter(
        requirement__giveaway=giveaway, checked_at__gte=giveaway.ends_at
    )
    last = answers.order_by("-checked_at").values_list("checked_at", flat=True).first()
    return max(giveaway.ends_at, last or giveaway.ends_at) + timedelta(seconds=settings.REQUIREMENT_PATIENCE)


def _participants(giveaway: Giveaway) -> QuerySet[Participant]:
    return Participant.objects.using(DEFAULT_DB_ALIAS).filter(giveaway=giveaway)


def _answers(giveaway: Giveaway, **of: Any) -> QuerySet[RequirementCheck]:
    """Answers about one entrant, asked for after the end."""
    return RequirementCheck.objects.filter(user=OuterRef("user"), checked_at__gte=giveaway.ends_at, **of)


def _settling(asked: Asked, giveaway: Giveaway) -> QuerySet[RequirementCheck]:
    """One that is not met settles an entrant; or one that is met, where one of several is enough."""
    return _answers(giveaway, requirement__in=asked.requirements, met=asked.any_of)


def _settled_by_one(asked: Asked, participants: QuerySet[Participant], giveaway: Giveaway) -> QuerySet[Participant]:
    return participants.filter(Exists(_settling(asked, giveaway)))


def _complete(asked: Asked, participants: QuerySet[Participant], giveaway: Giveaway) -> QuerySet[Participant]:
    """Those about whom everything is answered the other way."""
    for requirement in asked.requirements:
        participants = participants.filter(Exists(_answers(giveaway, requirement=requirement, met=not asked.any_of)))
    return participants


def _count(participants: QuerySet[Participant]) -> Subquery:
    counted = participants.order_by().values("giveaway").annotate(count=Count("pk")).values("count")
    return Subquery(counted, output_field=IntegerField())


def _kept(asked: Asked, user: User) -> dict[UUID, bool]:
    """Answers that are young enough. A refusal is kept for less: who has just subscribed tries again."""
    now = timezone.now()
    met_since = now - timedelta(seconds=settings.REQUIREMENT_MET_KEPT)
    unmet_since = now - timedelta(seconds=settings.REQUIREMENT_UNMET_KEPT)
    answers = RequirementCheck.objects.using(DEFAULT_DB_ALIAS).filter(
        Q(met=True, checked_at__gt=met_since) | Q(met=False, checked_at__gt=unmet_since),
        requirement__in=asked.requirements,
        user=user,
    )
    return dict(answers.values_list("requirement_id", "met"))


def why_unknown(error: BotApiError) -> str:
    """For whoever joins: what an operator has to set right is not their business."""
    if isinstance(error, NotKnownYet):
        return "Telegram cannot tell at the moment. Try again."
    if isinstance(error, NoAccess):
        return "The bot cannot see who belongs to the channel; the giveaway's creator must make it an administrator."
    if isinstance(error, ChatNotFound):
        return "Telegram does not find the channel; the giveaway's creator must correct it."
    return "Telegram refuses to tell. Try again later."


def _verdict(asked: Asked, answers: dict[UUID, bool], errors: dict[UUID, BotApiError], unmet: str) -> Verdict:
    waits = [error.retry_after for error in errors.values() if isinstance(error, NotKnownYet) and error.retry_after]
    reasons = {row.pk: unmet or _why_unmet(row) for row in asked.requirements if answers.get(row.pk) is False}
    return Verdict(
        met=tuple(row for row in asked.requirements if answers.get(row.pk) is True),
        unmet=tuple(row for row in asked.requirements if answers.get(row.pk) is False),
        unknown=tuple(row for row in asked.requirements if row.pk in errors),
        any_of=asked.any_of,
        reasons=reasons | {key: why_unknown(error) for key, error in errors.items()},
        retry_after=max(waits, default=None),
    )


def _why_unmet(requirement: Requirement) -> str:
    deed = "boost" if requirement.type == Requirement.Type.BOOST else "membership"
    return f"Telegram sees no {deed} of yours there."
