"""Joins in parallel, by separate sessions: once for each person, never more than can, none after the end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from giveaways.actions.ending import cancel_for_staff
from giveaways.actions.holding import held
from giveaways.actions.joining import Joined, join
from giveaways.errors import GiveawayClosed, GiveawayFull, Refusal
from giveaways.models import Giveaway, Participant
from giveaways.states import move
from operations.sandbox.family import wait_until
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import GiveawayFactory
from tests.giveaways.rivals import at_once
from tests.giveaways.test_counting import counted

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 8


def join_all(giveaway: Giveaway, users: list[User]) -> list[Joined | type[Refusal]]:
    """One after the other, to the last."""
    answers: list[Joined | type[Refusal]] = []
    for user in users:
        try:
            answers.append(join(giveaway_id=giveaway.pk, user=user))
        except Refusal as refused:
            answers.append(type(refused))
    return answers


def shares(users: list[User]) -> list[list[User]]:
    return [users[place::RIVALS] for place in range(RIVALS)]


def told(results: list[list[Joined | type[Refusal]] | Exception]) -> list[Joined | type[Refusal]]:
    return [answer for share in results if not isinstance(share, Exception) for answer in share]


def test_a_limit_is_reached_and_never_passed() -> None:
    giveaway = GiveawayFactory.create(open=True, max_participants=50)
    users = UserFactory.create_batch(96)

    answers = told(at_once(partial(join_all, giveaway, share) for share in shares(users)))

    assert Counter(type(answer) if isinstance(answer, Joined) else answer for answer in answers) == {
        Joined: 50,
        GiveawayFull: 46,
    }
    assert counted(giveaway) == Participant.objects.count() == 50


@pytest.mark.parametrize("limit", [None, 50])
def test_one_person_at_many_places_is_one_entrant(limit: int | None) -> None:
    giveaway, user = GiveawayFactory.create(open=True, max_participants=limit), UserFactory.create()

    answers = told(at_once([partial(join_all, giveaway, [user] * 7)] * RIVALS))

    assert all(isinstance(answer, Joined) for answer in answers)
    assert len(answers) == 7 * RIVALS
    assert {answer.entry for answer in answers if isinstance(answer, Joined)} == {Participant.objects.get().pk}
    assert sum(answer.is_new for answer in answers if isinstance(answer, Joined)) == 1
    assert counted(giveaway) == 1


@pytest.mark.parametrize("limit", [None, 1000])
def test_nobody_joins_once_the_entries_are_frozen(limit: int | None) -> None:
    giveaway = GiveawayFactory.create(open=True, max_participants=limit)
    users = UserFactory.create_batch(80)

    def freeze() -> set[object]:
        while not Participant.objects.exists():
            pass
        with transaction.atomic():
            frozen = held(giveaway.pk)
            entries = set(Participant.objects.filter(giveaway=frozen).values_list("pk", flat=True))
            assert move(giveaway_id=frozen.pk, to="processing") == 1
        return entries

    *results, frozen = at_once([*(partial(join_all, giveaway, share) for share in shares(users)), freeze])

    acknowledged = {answer.entry for answer in told(results) if isinstance(answer, Joined)}  # type: ignore[arg-type]
    assert acknowledged == frozen == set(Participant.objects.values_list("pk", flat=True))
    assert counted(giveaway) == len(acknowledged)
    assert told(results).count(GiveawayClosed) == len(users) - len(acknowledged)  # type: ignore[arg-type]


def test_nobody_joins_a_giveaway_that_was_cancelled_meanwhile() -> None:
    giveaway = GiveawayFactory.create(open=True)
    users = UserFactory.create_batch(40)

    def call_off() -> int:
        while not Participant.objects.exists():
            pass
        with transaction.atomic():
            cancel_for_staff(giveaway_id=giveaway.pk, reason="Fraud")
            return Participant.objects.count()

    *results, then = at_once([*(partial(join_all, giveaway, share) for share in shares(users)), call_off])

    assert Participant.objects.count() == then
    assert sum(isinstance(answer, Joined) for answer in told(results)) == then  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [None, 1000])
def test_the_clock_closes_it_though_nobody_has_finished_it(limit: int | None) -> None:
    users = UserFactory.create_batch(4000 // RIVALS)
    now = timezone.now()
    giveaway = GiveawayFactory.create(
        started_at=now, ends_at=now + timedelta(seconds=0.4), duration=0, max_participants=limit
    )

    def until_it_is_over(share: list[User]) -> list[Joined | type[Refusal]]:
        answers: list[Joined | type[Refusal]] = []
        for user in share:
            answers += join_all(giveaway, [user])
            if answers[-1] is GiveawayClosed:
                break
        return answers

    answers = told(at_once(partial(until_it_is_over, share) for share in shares(users)))

    entered = Participant.objects.filter(joined_at__lt=F("giveaway__ends_at")).count()
    assert Participant.objects.count() == entered == sum(isinstance(answer, Joined) for answer in answers)
    assert (counted(giveaway) or 0) == entered
    assert wait_until(lambda: timezone.now() > giveaway.ends_at, 10)
    assert join_all(giveaway, [UserFactory.create()]) == [GiveawayClosed]
