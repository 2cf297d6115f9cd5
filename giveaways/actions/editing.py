"""A giveaway is changed, in its first minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giveaways.actions.creating import plan_of, refuse_faults
from giveaways.actions.ending import refuse_after, refuse_unless_open
from giveaways.actions.holding import entrants, held
from giveaways.actions.parts import replace_prizes, replace_requirements, replace_sponsors
from giveaways.errors import NotAccepted
from giveaways.models import Giveaway
from giveaways.plans import Plan
from giveaways.rights import require_manager
from giveaways.scheduling import schedule_finish

REPLACE: dict[str, Callable[[Giveaway, Any], None]] = {
    "prizes": replace_prizes,
    "requirements": replace_requirements,
    "sponsors": replace_sponsors,
}
COLUMNS = (
    "title",
    "description",
    "duration",
    "winners_count",
    "max_participants",
    "allow_tickets",
    "auto_distribute",
)


@transaction.atomic
def edit(*, giveaway_id: UUID, by: User, changes: Mapping[str, Any]) -> Giveaway:
    """Changes those values of its plan that are named; a list is replaced as a whole. By whom and when: see `cancel`.

    Nobody joins meanwhile, so the limit never falls below the number of those who have.
    """
    giveaway = held(giveaway_id)
    require_manager(giveaway, by)
    refuse_unless_open(giveaway)
    refuse_after(giveaway, settings.GIVEAWAYS["edit_seconds"])
    plan = plan_of(giveaway, **changes)
    refuse_faults(plan)
    _refuse_what_entrants_forbid(giveaway, plan)
    _refuse_another_end_before_its_beacon(giveaway, plan)
    for column in COLUMNS:
        setattr(giveaway, column, getattr(plan, column))
    giveaway.ends_at = giveaway.started_at + timedelta(seconds=plan.duration)
    giveaway.save(update_fields=[*COLUMNS, "ends_at", "updated_at"])
    schedule_finish(giveaway)
    for name in REPLACE.keys() & changes.keys():
        REPLACE[name](giveaway, getattr(plan, name))
    return giveaway


def _refuse_what_entrants_forbid(giveaway: Giveaway, plan: Plan) -> None:
    joined = entrants(giveaway)
    if plan.max_participants is not None and plan.max_participants < joined:
        raise NotAccepted(fields={"max_participants": f"{joined} have joined already."})
    if giveaway.started_at + timedelta(seconds=plan.duration) <= timezone.now():
        raise NotAccepted(fields={"duration": "It would be over already."})


def _refuse_another_end_before_its_beacon(giveaway: Giveaway, plan: Plan) -> None:
    """The round of the beacon is promised for the end that there was: after another end it could be known before."""
    if plan.duration == giveaway.duration:
        return
    if giveaway.draws.filter(number=0).exclude(beacon_chain="").exists():
        raise NotAccepted(fields={"duration": "Its draw is promised for a round of the beacon."})
