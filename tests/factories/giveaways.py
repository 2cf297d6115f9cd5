"""Giveaways, prizes, entries and wins for tests."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from giveaways.models import (
    Draw,
    Giveaway,
    GiveawayPrize,
    GiveawaySponsor,
    Message,
    Participant,
    PreWinnerList,
    Prize,
    Requirement,
    Sponsor,
    Ticket,
    WinRecord,
)
from tests.factories.accounts import UserFactory

FIRST_START = datetime(2025, 6, 1, 12, tzinfo=UTC)
NEXT = factory.Sequence(lambda n: n + 1)


def new_key() -> factory.LazyFunction[uuid.UUID]:
    return factory.LazyFunction(uuid.uuid4)


class GiveawayFactory(DjangoModelFactory[Giveaway]):
    """An active giveaway of one day, long over; each starts, and is made, a minute after the one before.

    (A day apart, the five hundredth of a run of tests would lie in the future.)
    """

    class Meta:
        model = Giveaway

    id = new_key()
    creator = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Giveaway {n}")
    description = "Stars for everybody"
    started_at = factory.Sequence(lambda n: FIRST_START + timedelta(minutes=n))
    duration = 86_400
    ends_at = factory.LazyAttribute(lambda giveaway: giveaway.started_at + timedelta(seconds=giveaway.duration))
    winners_count = 1
    created_at = factory.SelfAttribute("started_at")

    class Params:
        completed = factory.Trait(status=Giveaway.Status.COMPLETED)
        custom = factory.Trait(status=Giveaway.Status.CUSTOM)
        cancelled = factory.Trait(status=Giveaway.Status.CANCELLED)
        open = factory.Trait(ends_at=datetime(9999, 1, 1, tzinfo=UTC))


class RequirementFactory(DjangoModelFactory[Requirement]):
    class Meta:
        model = Requirement

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory)
    position = NEXT
    type = Requirement.Type.SUBSCRIPTION
    name = factory.LazyAttribute(lambda requirement: f"Follow {requirement.username}")
    username = factory.Sequence(lambda n: f"@channel{n}")


class SponsorFactory(DjangoModelFactory[Sponsor]):
    class Meta:
        model = Sponsor

    id = new_key()
    channel_id = factory.Sequence(lambda n: -1_001_000_000_000 - n)
    username = factory.Sequence(lambda n: f"sponsor{n}")
    title = factory.Sequence(lambda n: f"Sponsor {n}")


class GiveawaySponsorFactory(DjangoModelFactory[GiveawaySponsor]):
    class Meta:
        model = GiveawaySponsor

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory)
    sponsor = factory.SubFactory(SponsorFactory)
    position = NEXT


class PrizeFactory(DjangoModelFactory[Prize]):
    class Meta:
        model = Prize

    id = new_key()
    type = "telegram_stars"
    name = factory.Sequence(lambda n: f"Prize {n}")
    fields = factory.LazyFunction(lambda: [{"name": "stars", "type": "number", "value": "100"}])


class GiveawayPrizeFactory(DjangoModelFactory[GiveawayPrize]):
    """A prize for one place; `for_all=True` makes it one for all winners."""

    class Meta:
        model = GiveawayPrize

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory)
    prize = factory.SubFactory(PrizeFactory)
    position = NEXT
    place = factory.SelfAttribute("position")
    type = factory.SelfAttribute("prize.type")

    class Params:
        for_all = factory.Trait(place=None)


class ParticipantFactory(DjangoModelFactory[Participant]):
    class Meta:
        model = Participant

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory)
    user = factory.SubFactory(UserFactory)
    joined_at = factory.SelfAttribute("giveaway.started_at")

    class Params:
        legacy = factory.Trait(joined_at=None)


class TicketFactory(DjangoModelFactory[Ticket]):
    class Meta:
        model = Ticket

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory, allow_tickets=True)
    user = factory.SubFactory(UserFactory)
    count = 3


class PreWinnerListFactory(DjangoModelFactory[PreWinnerList]):
    class Meta:
        model = PreWinnerList

    giveaway = factory.SubFactory(GiveawayFactory, custom=True)
    user_ids = factory.LazyFunction(lambda: [7_000_000_001, 7_000_000_002])
    created_at = factory.SelfAttribute("giveaway.ends_at")
    expires_at = factory.LazyAttribute(lambda chosen: chosen.created_at + timedelta(days=1))


class WinRecordFactory(DjangoModelFactory[WinRecord]):
    class Meta:
        model = WinRecord

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory, completed=True)
    user = factory.SubFactory(UserFactory)
    prize = factory.SubFactory(PrizeFactory)
    place = NEXT
    created_at = factory.SelfAttribute("giveaway.ends_at")

    class Params:
        distributed = factory.Trait(
            status=WinRecord.Status.DISTRIBUTED, received_at=factory.SelfAttribute("created_at")
        )


class DrawFactory(DjangoModelFactory[Draw]):
    """A draw that is promised; `drawn=True` makes it one that was done."""

    class Meta:
        model = Draw

    id = new_key()
    giveaway = factory.SubFactory(GiveawayFactory)
    algorithm = "slipway-draw-1"
    seed = factory.LazyFunction(lambda: secrets.token_bytes(32))
    commitment = factory.LazyAttribute(lambda draw: hashlib.sha256(draw.seed).hexdigest())

    class Params:
        frozen = factory.Trait(
            entries_root="0" * 64,
            entries_count=1,
            tickets_count=1,
            frozen_at=factory.SelfAttribute("giveaway.ends_at"),
        )
        drawn = factory.Trait(frozen=True, drawn_at=factory.SelfAttribute("giveaway.ends_at"))


class MessageFactory(DjangoModelFactory[Message]):
    class Meta:
        model = Message

    id = new_key()
    key = factory.Sequence(lambda n: f"won:{n}")
    giveaway = factory.SubFactory(GiveawayFactory)
    recipient = factory.SelfAttribute("giveaway.creator")
    text = "You have won."

    class Params:
        dead = factory.Trait(status=Message.Status.DEAD, attempts=5, error="Forbidden: bot was blocked by the user")
