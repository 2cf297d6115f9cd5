"""The rows that belong to a giveaway: its prizes, requirements and sponsors, written as its plan has them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef

from giveaways.models import Giveaway, GiveawayPrize, GiveawaySponsor, Prize, Requirement, Sponsor, WinRecord
from giveaways.plans import PrizePlan, RequirementPlan, SponsorPlan
from operations.keys import new_keys


def add_prizes(giveaway: Giveaway, plans: Sequence[PrizePlan]) -> None:
    """Each with a row of its own: no other giveaway shares it."""
    prizes = Prize.objects.bulk_create(
        Prize(
            id=key,
            type=plan.type,
            name=plan.title,
            description=plan.description,
            is_internal=plan.is_internal,
            fields=plan.fields,
        )
        for key, plan in zip(new_keys(len(plans)), plans, strict=True)
    )
    GiveawayPrize.objects.bulk_create(
        GiveawayPrize(
            giveaway=giveaway, prize=prize, position=position, place=plan.place, type=plan.type, fields=plan.fields
        )
        for position, (prize, plan) in enumerate(zip(prizes, plans, strict=True), start=1)
    )


def add_requirements(giveaway: Giveaway, plans: Sequence[RequirementPlan]) -> None:
    Requirement.objects.bulk_create(
        Requirement(
            giveaway=giveaway,
            position=position,
            type=plan.type,
            name=plan.name,
            username=plan.channel,
            chat_id=plan.chat_id,
            description=plan.description,
        )
        for position, plan in enumerate(plans, start=1)
    )


def add_sponsors(giveaway: Giveaway, plans: Sequence[SponsorPlan]) -> None:
    sponsors = Sponsor.objects.bulk_create(
        Sponsor(
            id=key,
            channel_id=plan.channel_id,
            username=plan.username.lstrip("@") if plan.username else None,
            title=plan.title,
            channel_url=plan.channel_url,
            avatar_url=plan.avatar_url,
        )
        for key, plan in zip(new_keys(len(plans)), plans, strict=True)
    )
    GiveawaySponsor.objects.bulk_create(
        GiveawaySponsor(giveaway=giveaway, sponsor=sponsor, position=position)
        for position, sponsor in enumerate(sponsors, start=1)
    )


def replace_prizes(giveaway: Giveaway, plans: Sequence[PrizePlan]) -> None:
    """Prizes that nothing else names go with their place in the list."""
    own = [row.prize_id for row in giveaway.giveaway_prizes.all() if row.prize_id]
    giveaway.giveaway_prizes.all().delete()
    _delete_unnamed(own)
    add_prizes(giveaway, plans)


def replace_requirements(giveaway: Giveaway, plans: Sequence[RequirementPlan]) -> None:
    giveaway.requirements.all().delete()
    add_requirements(giveaway, plans)


def replace_sponsors(giveaway: Giveaway, plans: Sequence[SponsorPlan]) -> None:
    own = list(giveaway.giveaway_sponsors.values_list("sponsor_id", flat=True))
    giveaway.giveaway_sponsors.all().delete()
    still_named = GiveawaySponsor.objects.filter(sponsor=OuterRef("pk"))
    Sponsor.objects.filter(~Exists(still_named), pk__in=own).delete()
    add_sponsors(giveaway, plans)


def _delete_unnamed(prize_ids: list[UUID]) -> None:
    named = GiveawayPrize.objects.filter(prize=OuterRef("pk"))
    won = WinRecord.objects.filter(prize=OuterRef("pk"))
    Prize.objects.filter(~Exists(named), ~Exists(won), pk__in=prize_ids).delete()
