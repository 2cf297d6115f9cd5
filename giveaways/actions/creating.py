"""A giveaway begins: made new, or once more from one that is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giveaways.actions.drawing import commit_to_draw
from giveaways.actions.holding import held
from giveaways.actions.parts import add_prizes, add_requirements, add_sponsors
from giveaways.errors import NotAccepted, WrongState
from giveaways.models import Giveaway, GiveawayPrize, Requirement
from giveaways.plans import Plan, PrizePlan, RequirementPlan, SponsorPlan
from giveaways.rights import require_manager
from giveaways.scheduling import schedule_finish
from giveaways.states import OVER


@transaction.atomic
def create(*, creator: User, plan: Plan, beacon: bool = False, recreated_from: Giveaway | None = None) -> Giveaway:
    """Starts a giveaway at once, with its commitment to a draw. Raises NotAccepted for a plan that breaks a rule."""
    refuse_faults(plan)
    now = timezone.now()
    giveaway = Giveaway.objects.create(
        creator=creator,
        title=plan.title,
        description=plan.description,
        started_at=now,
        created_at=now,
        ends_at=now + timedelta(seconds=plan.duration),
        duration=plan.duration,
        winners_count=plan.winners_count,
        max_participants=plan.max_participants,
        allow_tickets=plan.allow_tickets,
        auto_distribute=plan.auto_distribute,
        recreated_from=recreated_from,
    )
    add_prizes(giveaway, plan.prizes)
    add_requirements(giveaway, plan.requirements)
    add_sponsors(giveaway, plan.sponsors)
    commit_to_draw(giveaway=giveaway, beacon=beacon)
    schedule_finish(giveaway)
    return giveaway


@transaction.atomic
def recreate(*, giveaway_id: UUID, by: User, beacon: bool | None = None) -> Giveaway:
    """The same giveaway once more, of as long and from now on, with prizes of its own and without entries.

    It belongs to the creator of the first, and has a beacon if that had one, unless told otherwise.
    """
    first = held(giveaway_id)
    require_manager(first, by)
    if first.status not in OVER:
        raise WrongState("It is not over yet.")
    if beacon is None:
        beacon = first.draws.filter(number=0).exclude(beacon_chain="").exists()
    return create(creator=first.creator, plan=plan_of(first), beacon=beacon, recreated_from=first)


def refuse_faults(plan: Plan) -> None:
    if faults := plan.faults():
        raise NotAccepted(fields=faults)


def plan_of(giveaway: Giveaway, **changes: Any) -> Plan:
    """What a giveaway is now, as a plan; `changes` are its values that are to be others."""
    values: dict[str, Any] = {
        "title": giveaway.title,
        "description": giveaway.description,
        "duration": giveaway.duration,
        "winners_count": giveaway.winners_count,
        "max_participants": giveaway.max_participants,
        "allow_tickets": giveaway.allow_tickets,
        "auto_distribute": giveaway.auto_distribute,
    }
    lists = {"prizes": _prizes, "requirements": _requirements, "sponsors": _sponsors}
    values |= {name: read(giveaway) for name, read in lists.items() if name not in changes}
    return Plan(**(values | changes))


def _prizes(giveaway: Giveaway) -> tuple[PrizePlan, ...]:
    """A place whose prize is not known keeps what its own row says."""
    rows = giveaway.giveaway_prizes.select_related("prize").order_by("position")
    return tuple(_prize(row) for row in rows)


def _prize(row: GiveawayPrize) -> PrizePlan:
    prize = row.prize
    if prize is None:
        return PrizePlan(type=row.type, place=row.place, fields=row.fields)
    return PrizePlan(
        type=prize.type,
        place=row.place,
        name=prize.name,
        description=prize.description,
        is_internal=prize.is_internal,
        fields=prize.fields,
    )


def _requirements(giveaway: Giveaway) -> tuple[RequirementPlan, ...]:
    rows = giveaway.requirements.order_by("position")
    return tuple(
        RequirementPlan(row.type, row.username, row.chat_id, row.description or _said_by_name(row)) for row in rows
    )


def _said_by_name(row: Requirement) -> str | None:
    """What a custom requirement of the legacy tool asks stands in its name alone."""
    return row.name if row.type == Requirement.Type.CUSTOM else None


def _sponsors(giveaway: Giveaway) -> tuple[SponsorPlan, ...]:
    rows = giveaway.giveaway_sponsors.select_related("sponsor").order_by("position")
    return tuple(
        SponsorPlan(
            row.sponsor.username,
            row.sponsor.channel_id,
            row.sponsor.title,
            row.sponsor.channel_url,
            row.sponsor.avatar_url,
        )
        for row in rows
    )
