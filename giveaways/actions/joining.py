"""Somebody joins: once, while it is open, and never more than can."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.functions import Now

from accounts.models import User
from accounts.staff_rights import is_shut_out
from giveaways import requirements
from giveaways.actions.holding import held
from giveaways.errors import (
    Banned,
    GiveawayClosed,
    GiveawayFull,
    GiveawayNotFound,
    JoinContested,
    OwnGiveaway,
    RequirementsUnknown,
    RequirementsUnmet,
)
from giveaways.models import Giveaway, Participant
from giveaways.models.entry import how_many
from operations.prepared import Prepared

ATTEMPTS = 3
"""A creator may change the giveaway between the look at it and the entry, in its first minutes."""

# The giveaway is locked first and judged then, by the clock of that moment: whoever freezes or cancels it waits for
# those who are about to join, and nobody joins after that. Locks for sharing do not wait for each other.
ENTER = """
    WITH held AS MATERIALIZED (
        SELECT id, ends_at, max_participants FROM giveaways_giveaway
        WHERE id = $1 AND status = 'active' AND creator_id <> $2 {among}
        FOR {lock}
    ), moment AS MATERIALIZED (
        SELECT *, clock_timestamp() AS at FROM held
    ), entered AS (
        INSERT INTO giveaways_participant (giveaway_id, user_id, joined_at)
        SELECT moment.id, person.id, moment.at FROM moment, accounts_user AS person
        WHERE person.id = $2 AND person.is_active AND (NOT person.is_banned OR $3)
            AND moment.at < moment.ends_at
            AND (moment.max_participants IS NULL OR moment.max_participants > (
                SELECT coalesce(sum(count), 0) FROM giveaways_entrycount AS kept WHERE kept.giveaway_id = moment.id
            ))
            AND NOT EXISTS (
                SELECT FROM giveaways_requirement AS asked
                WHERE asked.giveaway_id = moment.id AND asked.type <> 'custom' AND asked.id <> ALL ($4)
            )
        ON CONFLICT (giveaway_id, user_id) DO NOTHING
        RETURNING id
    )
    SELECT id, true FROM entered
    UNION ALL
    SELECT id, false FROM giveaways_participant WHERE giveaway_id = $1 AND user_id = $2
"""
TYPES = ("uuid", "text", "boolean", "uuid[]")
UNLIMITED = Prepared("enter_unlimited", TYPES, ENTER.format(among="AND max_participants IS NULL", lock="SHARE"))
LIMITED = Prepared("enter_limited", TYPES, ENTER.format(among="", lock="NO KEY UPDATE"))


@dataclass(frozen=True)
class Joined:
    """`entry` is the participant's id, which a draw publishes; `is_new` is False for whoever had joined before."""

    entry: UUID
    is_new: bool


def join(*, giveaway_id: UUID, user: User) -> Joined:
    """Makes the person an entrant; again, it gives the entry that they have. Raises a refusal of giveaways.errors.

    Its cost does not depend on how many have joined. It may ask Telegram: call it outside of transactions.
    """
    exempt = user.is_banned and not is_shut_out(user)
    # Most giveaways ask for nothing and have no limit, and whoever repeats it has joined: then this is all.
    joined = _entered(giveaway_id, user, [], exempt)
    for _ in range(ATTEMPTS):
        if joined:
            return joined
        entry = _entry(giveaway_id, user)
        if entry:  # it came from elsewhere at the same moment
            return Joined(entry, is_new=False)
        giveaway = _standing(giveaway_id)
        user = User.objects.using(DEFAULT_DB_ALIAS).get(pk=user.pk)  # they may have been banned meanwhile
        _refuse_what_cannot_be(giveaway, user)
        checked = _checked(giveaway, user)
        enter = _entered if giveaway.max_participants is None else _entered_below_the_limit
        joined = enter(giveaway_id, user, checked, exempt)
    if joined:
        return joined
    raise JoinContested


def _entered(giveaway_id: UUID, user: User, checked: list[UUID], exempt: bool) -> Joined | None:
    row = UNLIMITED.fetch_one(giveaway_id, user.pk, exempt, checked)
    return Joined(*row) if row else None


@transaction.atomic
def _entered_below_the_limit(giveaway_id: UUID, user: User, checked: list[UUID], exempt: bool) -> Joined | None:
    """A statement sees what was committed before it: the lock comes in one of its own, and the next sees all entries
    before this one."""
    held(giveaway_id)
    row = LIMITED.fetch_one(giveaway_id, user.pk, exempt, checked)
    return Joined(*row) if row else None


def _entry(giveaway_id: UUID, user: User) -> UUID | None:
    found = Participant.objects.using(DEFAULT_DB_ALIAS).filter(giveaway=giveaway_id, user=user)
    return found.values_list("pk", flat=True).first()


def _standing(giveaway_id: UUID) -> Any:
    """The giveaway as the primary has it, with how many have `joined`."""
    giveaways = Giveaway.objects.using(DEFAULT_DB_ALIAS).annotate(joined=how_many("pk"), now=Now())
    found = giveaways.filter(pk=giveaway_id).first()
    if found is None:
        raise GiveawayNotFound
    return found


def _refuse_what_cannot_be(giveaway: Any, user: User) -> None:
    if is_shut_out(user):
        raise Banned
    if giveaway.status != Giveaway.Status.ACTIVE or giveaway.ends_at <= giveaway.now:
        raise GiveawayClosed
    if giveaway.creator_id == user.pk:
        raise OwnGiveaway
    if giveaway.max_participants is not None and giveaway.joined >= giveaway.max_participants:
        raise GiveawayFull


def _checked(giveaway: Giveaway, user: User) -> list[UUID]:
    """The requirements that the person is known to have passed. What Telegram does not tell is not passed."""
    asked = list(giveaway.requirements.using(DEFAULT_DB_ALIAS).values_list("pk", flat=True))
    if not asked:
        return []
    verdict = requirements.check(giveaway=giveaway, user=user)
    if verdict.failed:
        raise RequirementsUnmet(fields=_reasons(verdict, verdict.unmet))
    if not verdict.passed:
        wait = math.ceil(verdict.retry_after) if verdict.retry_after else None
        raise RequirementsUnknown(fields=_reasons(verdict, verdict.unknown), retry_after=wait)
    return asked


def _reasons(verdict: requirements.Verdict, about: tuple[Any, ...]) -> dict[str, str]:
    return {
        f"requirements.{requirement.position}": f"{requirement.name}: {verdict.reasons.get(requirement.pk, '')}".strip()
        for requirement in about
    }
