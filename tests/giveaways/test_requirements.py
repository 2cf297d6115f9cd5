"""What a giveaway asks of those who join, as Telegram answers it."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from giveaways.models import Giveaway, Requirement, RequirementCheck
from giveaways.requirements import Verdict, check, eligible, given_up_at, open_entrants, unknown_checks
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import GiveawayFactory, RequirementFactory
from tests.giveaways.bot_api import BotApiServer, body, limited, refused, silent
from tests.giveaways.crowd import CHANNEL, answer, asking, ended, entrants, person

pytestmark = pytest.mark.django_db
Type = Requirement.Type
MIRA = 7_000_000_001


@pytest.mark.parametrize("any_of", [True, False])
def test_every_combination_of_answers_is_counted_once(any_of: bool) -> None:
    giveaway = ended()
    extra = {"extra": {"join_type": "any"}} if any_of else {}
    asked = [asking(giveaway, position=position, username=f"@c{position}", **extra) for position in (1, 2)]
    expected: dict[str, set[Any]] = {"eligible": set(), "open": set()}
    for number, answers in enumerate(product((None, True, False), repeat=2), start=1):
        (entrant,) = entrants(giveaway, number)
        for requirement, met in zip(asked, answers, strict=True):
            if met is not None:
                answer(requirement, entrant.user, met=met)
        is_met = True in answers if any_of else answers == (True, True)
        is_not_met = answers == (False, False) if any_of else False in answers
        expected["eligible"] |= {entrant} if is_met else set()
        expected["open"] |= set() if is_met or is_not_met else {entrant}

    assert set(eligible(giveaway)) == expected["eligible"]
    assert set(open_entrants(giveaway)) == expected["open"]
    assert unknown_checks(giveaway) == len(expected["open"]) == 3


@pytest.fixture
def giveaway() -> Giveaway:
    return GiveawayFactory.create(open=True)


def summary(verdict: Verdict) -> tuple[int, int, int]:
    return len(verdict.met), len(verdict.unmet), len(verdict.unknown)


def test_who_is_asked_nothing_passes(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert (summary(verdict), verdict.passed, verdict.failed) == ((0, 0, 0), True, False)
    assert bot_api.calls == []


@pytest.mark.parametrize(
    ("member", "belongs"),
    [
        ({"status": "creator"}, True),
        ({"status": "administrator"}, True),
        ({"status": "member"}, True),
        ({"status": "restricted", "is_member": True}, True),
        ({"status": "restricted", "is_member": False}, False),
        ({"status": "left"}, False),
        ({"status": "kicked"}, False),
        ({"status": "something new"}, False),
    ],
)
def test_a_subscription_is_met_by_members(
    giveaway: Giveaway, bot_api: BotApiServer, member: dict[str, Any], belongs: bool
) -> None:
    requirement = asking(giveaway)
    bot_api.members[CHANNEL, MIRA] = member
    user = person(MIRA)

    verdict = check(giveaway=giveaway, user=user)

    assert (verdict.passed, verdict.failed) == (belongs, not belongs)
    assert (verdict.met, verdict.unmet) == (((requirement,), ()) if belongs else ((), (requirement,)))
    assert verdict.reasons == ({} if belongs else {requirement.pk: "Telegram sees no membership of yours there."})
    assert RequirementCheck.objects.get(requirement=requirement, user=user).met is belongs


@pytest.mark.parametrize("boosts", [0, 1, 4])
def test_a_boost_is_met_by_one_or_more(giveaway: Giveaway, bot_api: BotApiServer, boosts: int) -> None:
    asking(giveaway, type=Type.BOOST, username="@stars")
    bot_api.boosts["@stars", MIRA] = boosts

    assert check(giveaway=giveaway, user=person(MIRA)).passed is (boosts > 0)


def test_a_custom_requirement_is_no_matter_of_telegram(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    asking(giveaway, type=Type.CUSTOM, username="@stars")

    assert summary(check(giveaway=giveaway, user=person(MIRA))) == (0, 0, 0)
    assert bot_api.calls == []


FORMS: list[tuple[dict[str, Any], list[Any]]] = [
    ({"username": "@stars"}, ["@stars"]),
    ({"username": "stars"}, ["@stars"]),
    ({"username": " https://t.me/stars/ "}, ["@stars"]),
    ({"username": "-1001234567890"}, [CHANNEL]),
    ({"username": "stars", "chat_id": CHANNEL}, [CHANNEL]),
    ({"username": None, "chat_id": CHANNEL, "extra": {"chat_title": "Stars", "join_type": "all"}}, [CHANNEL]),
    ({"username": None, "extra": {"value": "@stars"}}, ["@stars"]),
    ({"username": None, "extra": {"value": ["@stars", "more"]}}, ["@stars", "@more"]),
    ({"username": None, "chat_id": CHANNEL, "extra": {"value": ["@stars", "@more"]}}, [CHANNEL, "@more"]),
]


@pytest.mark.parametrize(("form", "channels"), FORMS)
def test_every_generation_names_its_channels(
    giveaway: Giveaway, bot_api: BotApiServer, form: dict[str, Any], channels: list[Any]
) -> None:
    RequirementFactory.create(giveaway=giveaway, position=1, **form)
    bot_api.members = {(channel, MIRA): "member" for channel in channels}

    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert verdict.passed
    assert [call["chat_id"] for call in bot_api.calls_of("getChatMember")] == channels


@pytest.mark.parametrize("form", [{"username": None}, {"username": "@"}, {"username": None, "extra": {"value": [7]}}])
def test_a_requirement_without_a_channel_is_never_passed(
    giveaway: Giveaway, bot_api: BotApiServer, form: dict[str, Any]
) -> None:
    requirement = RequirementFactory.create(giveaway=giveaway, position=1, **form)

    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert (verdict.unknown, verdict.passed, verdict.failed) == ((requirement,), False, False)
    assert bot_api.calls == []


def test_one_of_several_is_enough_where_the_first_generation_said_so(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    any_of = {"extra": {"join_type": "any"}}
    asking(giveaway, position=1, username="@one", **any_of)
    asking(giveaway, position=2, username="@two", **any_of)
    bot_api.members["@two", MIRA] = "member"
    bot_api.faults = [refused(400, "Bad Request: chat not found")]

    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert (summary(verdict), verdict.passed, verdict.failed) == ((1, 0, 1), True, False)
    assert check(giveaway=giveaway, user=person(MIRA + 1)).failed


def test_a_list_that_was_switched_off_asks_nothing(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    asking(giveaway, username="@one", extra={"enabled": False, "join_type": "all"})

    assert check(giveaway=giveaway, user=person(MIRA)).passed
    assert bot_api.calls == []


UNKNOWN = [
    (limited(60), "Telegram cannot tell at the moment. Try again.", 60.0),
    (refused(500, "Internal Server Error"), "Telegram cannot tell at the moment. Try again.", None),
    (body(b"<html>"), "Telegram cannot tell at the moment. Try again.", None),
    (silent, "Telegram cannot tell at the moment. Try again.", None),
    (refused(401, "Unauthorized"), "Telegram cannot tell at the moment. Try again.", None),
    (
        refused(400, "Bad Request: chat not found"),
        "Telegram does not find the channel; the giveaway's creator must correct it.",
        None,
    ),
    (
        refused(403, "Forbidden: bot was kicked from the channel chat"),
        "The bot cannot see who belongs to the channel; the giveaway's creator must make it an administrator.",
        None,
    ),
]


@pytest.mark.parametrize(("fault", "reason", "retry_after"), UNKNOWN)
def test_what_is_no_answer_is_never_passed_and_leaves_no_row(
    giveaway: Giveaway, bot_api: BotApiServer, fault: Any, reason: str, retry_after: float | None
) -> None:
    requirement = asking(giveaway)
    bot_api.members[CHANNEL, MIRA] = "member"
    bot_api.always = fault

    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert (summary(verdict), verdict.passed, verdict.failed) == ((0, 0, 1), False, False)
    assert (verdict.reasons, verdict.retry_after) == ({requirement.pk: reason}, retry_after)
    assert RequirementCheck.objects.count() == 0


def test_whom_telegram_does_not_know_there_is_no_member(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    asking(giveaway)
    bot_api.always = refused(400, "Bad Request: PARTICIPANT_ID_INVALID")

    assert check(giveaway=giveaway, user=person(MIRA)).failed


def test_who_has_no_telegram_account_does_not_meet_it(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    requirement = asking(giveaway)

    verdict = check(giveaway=giveaway, user=UserFactory.create())

    assert verdict.unmet == (requirement,)
    assert "no Telegram account" in verdict.reasons[requirement.pk]
    assert bot_api.calls == []


def test_a_group_that_moved_is_asked_about_where_it_is_now(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    asking(giveaway)
    bot_api.members[-1_009, MIRA] = "member"
    bot_api.faults = [refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1_009)]

    assert check(giveaway=giveaway, user=person(MIRA)).passed


@pytest.mark.parametrize(("met", "kept"), [(True, "REQUIREMENT_MET_KEPT"), (False, "REQUIREMENT_UNMET_KEPT")])
def test_an_answer_is_kept_for_a_while(
    giveaway: Giveaway, bot_api: BotApiServer, settings: Any, met: bool, kept: str
) -> None:
    setattr(settings, kept, 100)
    requirement, user = asking(giveaway), person(MIRA)
    bot_api.members[CHANNEL, MIRA] = "left" if met else "member"

    answer(requirement, user, met=met, seconds=-99)
    assert check(giveaway=giveaway, user=user).passed is met
    assert bot_api.calls == []

    answer(requirement, user, met=met, seconds=-101)
    assert check(giveaway=giveaway, user=user).passed is not met
    assert len(bot_api.calls) == 1


def test_a_fresh_check_asks_whatever_is_kept(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    requirement, user = asking(giveaway), person(MIRA)
    answer(requirement, user, met=True)

    assert check(giveaway=giveaway, user=user, fresh=True).failed
    assert RequirementCheck.objects.get().met is False


def test_an_outage_leaves_the_last_answer_as_it_was(giveaway: Giveaway, bot_api: BotApiServer) -> None:
    requirement, user = asking(giveaway), person(MIRA)
    answer(requirement, user, met=True, seconds=-3600)
    before = RequirementCheck.objects.values().get()
    bot_api.always = refused(502, "Bad Gateway")

    assert not check(giveaway=giveaway, user=user).passed
    assert RequirementCheck.objects.values().get() == before


def test_one_outage_is_waited_for_however_much_is_asked(
    giveaway: Giveaway, bot_api: BotApiServer, settings: Any
) -> None:
    for position in range(1, 6):
        asking(giveaway, position=position)
    bot_api.always = silent
    began = time.monotonic()

    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert summary(verdict) == (0, 0, 5)
    assert time.monotonic() - began < 4 * settings.TELEGRAM_BUDGET  # not once for each of the five


def test_a_slow_telegram_does_not_keep_who_joins_for_ever(
    giveaway: Giveaway, bot_api: BotApiServer, settings: Any
) -> None:
    for position in range(1, 9):
        asking(giveaway, position=position)
    bot_api.members[CHANNEL, MIRA] = "member"
    bot_api.delay = 0.25

    verdict = check(giveaway=giveaway, user=person(MIRA))

    assert len(verdict.met) <= 4  # in the second that there is
    assert len(verdict.met) + len(verdict.unknown) == 8
    assert not verdict.passed


def test_a_draw_counts_what_was_asked_after_the_end_only() -> None:
    giveaway = ended()
    requirement = asking(giveaway)
    early, met, unmet, silent_one = entrants(giveaway, 1, 2, 3, 4)
    answer(requirement, early.user, met=True, seconds=-61)
    answer(requirement, met.user, met=True, seconds=-59)
    answer(requirement, unmet.user, met=False, seconds=-59)

    assert list(eligible(giveaway)) == [met]
    assert unknown_checks(giveaway) == 2
    assert silent_one.user_id not in RequirementCheck.objects.values_list("user_id", flat=True)


def test_a_draw_without_requirements_waits_for_nothing() -> None:
    giveaway = ended()
    everybody = entrants(giveaway, 1, 2)
    asking(giveaway, type=Type.CUSTOM)

    assert set(eligible(giveaway)) == set(everybody)
    assert unknown_checks(giveaway) == 0


def test_who_fails_one_of_all_is_settled() -> None:
    giveaway = ended()
    first, second = asking(giveaway, position=1), asking(giveaway, position=2, type=Type.BOOST)
    both, one, failed = entrants(giveaway, 1, 2, 3)
    for entrant in (both, one):
        answer(first, entrant.user, met=True)
    answer(second, both.user, met=True)
    answer(first, failed.user, met=False)

    assert list(eligible(giveaway)) == [both]
    assert unknown_checks(giveaway) == 1


def test_who_meets_one_of_any_is_settled() -> None:
    giveaway = ended()
    any_of = {"extra": {"join_type": "any"}, "chat_id": CHANNEL, "username": None}
    first, second = asking(giveaway, position=1, **any_of), asking(giveaway, position=2, type=Type.BOOST, **any_of)
    met, open_one, failed = entrants(giveaway, 1, 2, 3)
    answer(second, met.user, met=True)
    answer(first, open_one.user, met=False)
    answer(first, failed.user, met=False)
    answer(second, failed.user, met=False)

    assert list(eligible(giveaway)) == [met]
    assert unknown_checks(giveaway) == 1


def test_a_draw_does_not_wait_for_ever_and_passes_nobody_for_it(settings: Any) -> None:
    settings.REQUIREMENT_PATIENCE = 3600
    giveaway = ended(ends_at=timezone.now() - timedelta(seconds=3601))
    requirement = asking(giveaway)
    met, _ = entrants(giveaway, 1, 2)

    assert unknown_checks(giveaway) == 0
    answer(requirement, met.user, met=True, seconds=-3500)

    assert unknown_checks(giveaway) == 1, "as long as answers come, it waits"
    assert given_up_at(giveaway) > timezone.now()
    settings.REQUIREMENT_PATIENCE = 3400
    assert unknown_checks(giveaway) == 0
    assert list(eligible(giveaway)) == [met]
