"""The creator of a giveaway with a custom requirement says who met it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from giveaways.actions.closing import complete_with_list
from giveaways.actions.holding import held
from giveaways.errors import EmptyList, ListTooLarge, TooLate, WrongState
from giveaways.models import Giveaway, PreWinnerList
from giveaways.rights import require_creator
from giveaways.scheduling import finish_now
from giveaways.winner_list import ParsedList, parse

STRANGERS = """
    SELECT listed.id FROM unnest(%s::bigint[]) WITH ORDINALITY AS listed (id, position)
    WHERE NOT EXISTS (
        SELECT FROM accounts_identity AS known
        JOIN giveaways_participant AS entrant ON entrant.user_id = known.user_id AND entrant.giveaway_id = %s
        WHERE known.provider = 'telegram' AND known.subject = listed.id::text
    )
    ORDER BY listed.position
"""


@dataclass(frozen=True)
class Uploaded:
    """What was made of a list: all its parts, and the ids on it that take no part in the giveaway."""

    stored: PreWinnerList
    parsed: ParsedList
    strangers: tuple[int, ...]


@transaction.atomic
def upload_winners(*, giveaway_id: UUID, by: User, content: bytes) -> Uploaded:
    """Stores the list for a day, instead of one that was uploaded before; only entrants on it can win by it."""
    if len(content) > settings.GIVEAWAYS["list_bytes"]:
        raise ListTooLarge
    giveaway = held(giveaway_id)
    require_creator(giveaway, by)
    now = timezone.now()
    if giveaway.status != Giveaway.Status.CUSTOM:
        raise WrongState("It does not wait for a list of winners.")
    if giveaway.list_due_at is not None and giveaway.list_due_at <= now:
        raise TooLate("The time for a list of winners is over: all entrants are drawn from.")
    parsed = parse(content)
    if not parsed.ids:
        raise EmptyList
    stored, _ = PreWinnerList.objects.update_or_create(
        giveaway=giveaway,
        defaults={
            "user_ids": list(parsed.ids),
            "users": None,
            "created_at": now,
            "expires_at": now + timedelta(seconds=settings.GIVEAWAYS["list_seconds"]),
        },
    )
    return Uploaded(stored, parsed, _strangers(giveaway, parsed.ids))


@transaction.atomic
def confirm_winners(*, giveaway_id: UUID, by: User) -> None:
    """Has the stored list decide; a worker draws at once. Nothing can be uploaded any more."""
    complete_with_list(giveaway_id=giveaway_id, by=by)
    finish_now(giveaway_id)


def _strangers(giveaway: Giveaway, ids: tuple[int, ...]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(STRANGERS, [list(ids), giveaway.pk])
        return tuple(number for (number,) in cursor.fetchall())
