"""Requirements once more after the end, in bulk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from giveaways.models import Message, Requirement, RequirementCheck
from giveaways.rechecking import recheck, waiting
from giveaways.requirements import eligible, unknown_checks
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import ParticipantFactory
from tests.giveaways.bot_api import BotApiServer, limited, refused
from tests.giveaways.crowd import CHANNEL, answer, asking, ended, entrants

pytestmark = pytest.mark.django_db
Type = Requirement.Type


@pytest.fixture(autouse=True)
def quick(bot_api: BotApiServer, settings: Any) -> None:
    settings.TELEGRAM_CALLS_PER_SECOND = 10_000
    settings.TELEGRAM_ATTEMPTS = 1


def test_everybody_who_is_open_is_asked_about_once(bot_api: BotApiServer) -> None:
    giveaway = ended()
    asking(giveaway)
    everybody = entrants(giveaway, *range(1, 8))
    stranger = ParticipantFactory.create(giveaway=giveaway, user=UserFactory.create())
    bot_api.members = {(CHANNEL, number): "member" for number in range(1, 6)}

    first = recheck(giveaway=giveaway, limit=5)
    second = recheck(giveaway=giveaway, limit=5, after=first.last)

    assert (first.entrants, first.ended, second.entrants, second.ended) == (5, False, 3, True)
    assert sorted(call["user_id"] for call in bot_api.calls_of("getChatMember")) == list(range(1, 8))
    assert set(eligible(giveaway)) == set(everybody[:5])
    assert unknown_checks(giveaway) == 0
    assert RequirementCheck.objects.get(user=stranger.user).met is False
    assert recheck(giveaway=giveaway, limit=5).entrants == 0


def test_what_settles_an_entrant_is_all_that_is_asked(bot_api: BotApiServer) -> None:
    giveaway = ended()
    asking(giveaway, position=1)
    asking(giveaway, position=2, type=Type.BOOST)
    entrants(giveaway, 1)

    recheck(giveaway=giveaway, limit=5)

    assert [call.method for call in bot_api.calls] == ["getChatMember"]
    assert unknown_checks(giveaway) == 0


def test_answers_that_are_there_are_not_asked_for_again(bot_api: BotApiServer) -> None:
    giveaway = ended()
    first = asking(giveaway, position=1)
    asking(giveaway, position=2, type=Type.BOOST)
    (entrant,) = entrants(giveaway, 1)
    answer(first, entrant.user, met=True)
    bot_api.boosts[CHANNEL, 1] = 1

    recheck(giveaway=giveaway, limit=5)

    assert [call.method for call in bot_api.calls] == ["getUserChatBoosts"]
    assert list(eligible(giveaway)) == [entrant]


def test_a_limit_ends_the_round_and_says_when_to_go_on(bot_api: BotApiServer) -> None:
    giveaway = ended()
    asking(giveaway)
    everybody = sorted(entrants(giveaway, 1, 2, 3), key=lambda entrant: entrant.pk)
    bot_api.faults = [lambda handler: handler.give({"status": "member"}), limited(42)]

    done = recheck(giveaway=giveaway, limit=5)

    assert (done.entrants, done.last, done.ended) == (1, everybody[0].pk, False)
    assert (done.interrupted, done.retry_after) == (True, 42)
    assert len(bot_api.calls) == 2
    assert unknown_checks(giveaway) == 2


def test_one_failure_is_passed_over_and_three_in_a_row_are_an_outage(bot_api: BotApiServer) -> None:
    giveaway = ended()
    asking(giveaway)
    entrants(giveaway, *range(1, 9))
    fault = refused(500, "Internal Server Error")
    bot_api.faults = [fault, fault, lambda handler: handler.give({"status": "member"}), fault, fault, fault]

    done = recheck(giveaway=giveaway, limit=20)

    assert (done.interrupted, done.outage, done.answers, done.ended) == (True, True, 1, False)
    assert len(bot_api.calls) == 6
    assert unknown_checks(giveaway) == 7


def test_a_channel_that_the_bot_cannot_see_is_told_once_and_holds_up_nobody_else(
    bot_api: BotApiServer, settings: Any
) -> None:
    settings.REQUIREMENT_PATIENCE = 3600
    giveaway = ended(title="Stars")
    asking(giveaway, position=1, name="Follow @gone")
    asking(giveaway, position=2, type=Type.BOOST)
    met, unmet = entrants(giveaway, 1, 2)
    bot_api.boosts[CHANNEL, 1] = 1
    lost = refused(403, "Forbidden: bot was kicked from the channel chat")

    for _ in range(2):
        bot_api.faults = [lost]
        assert recheck(giveaway=giveaway, limit=5).ended

    methods = [call.method for call in bot_api.calls]
    assert methods == ["getChatMember", "getUserChatBoosts", "getUserChatBoosts", "getChatMember"]
    assert unknown_checks(giveaway) == 1, "who does not boost is settled"
    message = Message.objects.get()
    assert (message.recipient, message.giveaway) == (giveaway.creator, giveaway)
    assert message.text.startswith("“Stars” cannot be drawn yet. Requirement: Follow @gone. The bot cannot see who")
    found = waiting(giveaway)
    assert (found.entrants, found.obstacles) == (1, (message.text,))

    bot_api.members[CHANNEL, 1] = "member"
    recheck(giveaway=giveaway, limit=5)
    assert list(eligible(giveaway)) == [met]
    assert unmet not in eligible(giveaway)


def test_nobody_is_passed_because_nobody_could_be_asked(bot_api: BotApiServer, settings: Any) -> None:
    settings.REQUIREMENT_PATIENCE = 3600
    giveaway = ended(ends_at=timezone.now() - timedelta(hours=2))
    asking(giveaway)
    entrants(giveaway, 1, 2)
    bot_api.always = refused(400, "Bad Request: chat not found")

    recheck(giveaway=giveaway, limit=5)

    assert unknown_checks(giveaway) == 0
    assert list(eligible(giveaway)) == []
    assert waiting(giveaway).entrants == 2, "staff see how many were not checked"


def test_a_worker_that_is_to_stop_leaves_the_rest(bot_api: BotApiServer) -> None:
    giveaway = ended()
    asking(giveaway)
    entrants(giveaway, 1, 2, 3)
    asks = iter([False, True])

    done = recheck(giveaway=giveaway, limit=5, should_stop=lambda: next(asks))

    assert (done.entrants, done.ended, done.interrupted) == (1, False, False)
    assert unknown_checks(giveaway) == 2
