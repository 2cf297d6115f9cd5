"""From the end of a giveaway to its winners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from giveaways.actions.awarding import award
from giveaways.actions.closing import close
from giveaways.actions.drawing import advance, commit_to_draw, complete_with_list
from giveaways.actions.freezing import freeze
from giveaways.errors import TooLate, WrongState
from giveaways.frozen import entries
from giveaways.models import (
    Draw,
    Giveaway,
    Message,
    Participant,
    PreWinnerList,
    Requirement,
    RequirementCheck,
    WinRecord,
)
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.giveaways import (
    GiveawayFactory,
    GiveawayPrizeFactory,
    ParticipantFactory,
    PreWinnerListFactory,
    PrizeFactory,
    RequirementFactory,
    TicketFactory,
    WinRecordFactory,
)

pytestmark = pytest.mark.django_db
Status = Giveaway.Status
DAY = timedelta(days=1)
RECENT = timezone.now() - timedelta(minutes=1)


def with_entrants(count: int, **fields: Any) -> Giveaway:
    giveaway = GiveawayFactory.create(**fields)
    commit_to_draw(giveaway=giveaway, at=giveaway.started_at)
    ParticipantFactory.create_batch(count, giveaway=giveaway)
    return giveaway


def finish(giveaway: Giveaway, after: timedelta = timedelta(0)) -> Giveaway.Status:
    return advance(giveaway_id=giveaway.pk, at=giveaway.ends_at + after)


def records(giveaway: Giveaway) -> list[WinRecord]:
    return list(
        WinRecord.objects.filter(giveaway=giveaway).order_by("place", "created_at").select_related("user", "prize")
    )


def messages(giveaway: Giveaway, about: str = "") -> list[Message]:
    return list(Message.objects.filter(giveaway=giveaway, key__startswith=about).order_by("key"))


def entrants(giveaway: Giveaway) -> list[User]:
    return [entrant.user for entrant in giveaway.participants.select_related("user").order_by("id")]


def test_before_its_end_a_giveaway_stays_open() -> None:
    giveaway = with_entrants(3)

    assert finish(giveaway, -timedelta(microseconds=1)) == Status.ACTIVE

    assert (Draw.objects.get().frozen_at, records(giveaway), messages(giveaway)) == (None, [], [])


def test_winners_are_drawn_at_the_end_and_everybody_is_told_once() -> None:
    giveaway = with_entrants(10, winners_count=3)

    assert [finish(giveaway), finish(giveaway), finish(giveaway, DAY)] == [Status.COMPLETED] * 3

    won = records(giveaway)
    assert [(win.place, win.status, win.prize, win.received_at) for win in won] == [
        (place, WinRecord.Status.PENDING, None, None) for place in (1, 2, 3)
    ]
    assert len({win.user_id for win in won} & {user.pk for user in entrants(giveaway)}) == 3
    assert [message.recipient_id for message in messages(giveaway, "won:")] == [win.user_id for win in won]
    assert [message.recipient_id for message in messages(giveaway, "drawn:")] == [giveaway.creator_id]
    assert len(messages(giveaway)) == 4
    draw = Draw.objects.get()
    assert (draw.places, draw.entries_count, draw.tickets_count) == ([1, 2, 3], 10, 10)
    assert draw.frozen_at == draw.drawn_at == giveaway.ends_at
    assert draw.winners == [str(giveaway.participants.get(user=win.user).pk) for win in won]
    giveaway.refresh_from_db()
    assert giveaway.winners_count == 3


def test_fewer_entrants_than_places_leave_places_empty() -> None:
    giveaway = with_entrants(2, winners_count=5)

    assert finish(giveaway) == Status.COMPLETED

    assert [win.place for win in records(giveaway)] == [1, 2]
    giveaway.refresh_from_db()
    assert giveaway.winners_count == 5


def test_where_nobody_joined_nobody_is_drawn() -> None:
    giveaway = with_entrants(0)
    RequirementFactory.create(giveaway=giveaway, type=Requirement.Type.CUSTOM)

    assert finish(giveaway) == Status.COMPLETED

    assert records(giveaway) == []
    assert [(message.key, message.recipient) for message in messages(giveaway)] == [
        (f"over:{giveaway.pk}", giveaway.creator)
    ]


def test_a_giveaway_without_a_commitment_gets_one_when_it_ends() -> None:
    giveaway = GiveawayFactory.create()
    ParticipantFactory.create(giveaway=giveaway)

    assert finish(giveaway) == Status.COMPLETED

    assert Draw.objects.get().committed_at == giveaway.ends_at


@pytest.mark.parametrize("status", [Status.PENDING, Status.CANCELLED, Status.EXPIRED, Status.HISTORY])
def test_other_states_are_left_alone(status: Giveaway.Status) -> None:
    giveaway = with_entrants(2, status=status)

    assert finish(giveaway, DAY) == status

    assert records(giveaway) == []


def test_winners_that_the_legacy_tool_wrote_down_stand() -> None:
    giveaway = GiveawayFactory.create(status=Status.PROCESSING)
    ParticipantFactory.create_batch(3, giveaway=giveaway)
    win = WinRecordFactory.create(giveaway=giveaway, place=1)

    assert finish(giveaway) == Status.COMPLETED

    assert (records(giveaway), Draw.objects.count()) == ([win], 0)


def test_one_that_the_legacy_tool_left_in_the_middle_is_drawn() -> None:
    giveaway = GiveawayFactory.create(status=Status.PROCESSING)
    ParticipantFactory.create_batch(3, giveaway=giveaway)

    assert finish(giveaway) == Status.COMPLETED

    assert len(records(giveaway)) == 1


def test_a_prize_goes_by_its_place_and_a_place_without_one_keeps_its_winner() -> None:
    giveaway = with_entrants(5, winners_count=3)
    second = GiveawayPrizeFactory.create(giveaway=giveaway, position=1, place=2).prize

    finish(giveaway)

    assert [win.prize for win in records(giveaway)] == [None, second, None]
    assert [second.name in message.text for message in messages(giveaway, "won:")] == [False, True, False]


def test_a_prize_for_all_goes_to_every_place_that_has_none_of_its_own() -> None:
    giveaway = with_entrants(5, winners_count=3)
    for_all = GiveawayPrizeFactory.create(giveaway=giveaway, position=1, for_all=True).prize
    first = GiveawayPrizeFactory.create(giveaway=giveaway, position=2, place=1).prize

    finish(giveaway)

    assert [win.prize for win in records(giveaway)] == [first, for_all, for_all]
    assert all(for_all.name in message.text for message in messages(giveaway, "won:"))


@pytest.mark.parametrize(("automatic", "internal"), [(True, True), (True, False), (False, True)])
def test_only_internal_prizes_are_distributed_at_once_and_only_where_asked_for(automatic: bool, internal: bool) -> None:
    giveaway = with_entrants(1, auto_distribute=automatic)
    GiveawayPrizeFactory.create(giveaway=giveaway, position=1, prize=PrizeFactory.create(is_internal=internal))

    finish(giveaway)

    (win,) = records(giveaway)
    at_once = automatic and internal
    assert win.status == (WinRecord.Status.DISTRIBUTED if at_once else WinRecord.Status.PENDING)
    assert win.received_at == (giveaway.ends_at if at_once else None)


def test_it_waits_until_telegram_has_told_of_everybody_and_draws_from_who_meets_what_is_asked() -> None:
    giveaway = just_over(with_entrants(3, winners_count=3))
    requirement = RequirementFactory.create(giveaway=giveaway)
    met, unmet, unknown = entrants(giveaway)
    say(requirement, {met: True, unmet: False})

    assert finish(giveaway) == Status.PROCESSING
    assert Draw.objects.get().frozen_at is None

    say(requirement, {unknown: True})
    assert finish(giveaway) == Status.COMPLETED
    assert {win.user for win in records(giveaway)} == {met, unknown}


def test_where_nobody_meets_what_is_asked_nobody_wins_and_the_empty_list_is_proven() -> None:
    giveaway = just_over(with_entrants(2))
    say(RequirementFactory.create(giveaway=giveaway), dict.fromkeys(entrants(giveaway), False))

    assert finish(giveaway) == Status.COMPLETED

    draw = Draw.objects.get()
    assert (draw.entries_count, draw.places, draw.winners, records(giveaway)) == (0, [], [], [])
    assert [message.recipient for message in messages(giveaway)] == [giveaway.creator]


def test_who_is_banned_is_not_drawn() -> None:
    giveaway = with_entrants(3, winners_count=3)
    banned = entrants(giveaway)[1]
    User.objects.filter(pk=banned.pk).update(is_banned=True)

    finish(giveaway)

    assert banned not in [win.user for win in records(giveaway)]
    assert len(records(giveaway)) == 2


def test_who_has_tickets_is_drawn_before_who_has_none() -> None:
    giveaway = with_entrants(6, winners_count=4, allow_tickets=True)
    holders = entrants(giveaway)[::2]
    for number, user in enumerate(holders, start=1):
        TicketFactory.create(giveaway=giveaway, user=user, count=number * 10**17)

    finish(giveaway)

    won = [win.user for win in records(giveaway)]
    assert set(won[:3]) == set(holders)
    assert won[3] not in holders
    assert Draw.objects.get().tickets_count == 6 * 10**17 + 3


def test_tickets_count_for_nothing_where_they_are_not_allowed() -> None:
    giveaway = with_entrants(2)
    TicketFactory.create(giveaway=giveaway, user=entrants(giveaway)[0], count=9)

    finish(giveaway)

    assert [(entry.tickets, entry.stratum) for entry in entries(Draw.objects.get())] == [(1, 0), (1, 0)]


def test_a_custom_requirement_waits_a_day_for_the_creators_list() -> None:
    giveaway = custom(with_entrants(3))

    assert finish(giveaway) == Status.CUSTOM

    giveaway.refresh_from_db()
    assert giveaway.list_due_at == giveaway.ends_at + DAY
    assert [message.key for message in messages(giveaway)] == [f"list:{giveaway.pk}"]
    assert finish(giveaway, DAY - timedelta(microseconds=1)) == Status.CUSTOM
    assert [message.key for message in messages(giveaway)] == [f"list:{giveaway.pk}"]


def test_without_a_confirmed_list_all_are_drawn_from_after_a_day() -> None:
    giveaway = custom(with_entrants(4, winners_count=4))
    finish(giveaway)
    listed(giveaway, entrants(giveaway)[:1])

    assert finish(giveaway, DAY) == Status.COMPLETED

    assert [entry.stratum for entry in entries(Draw.objects.get())] == [0] * 4
    assert len(records(giveaway)) == 4
    assert not PreWinnerList.objects.exists()


@pytest.mark.parametrize("on_list", [2, 5])
def test_the_list_is_drawn_first_and_the_others_when_it_is_used_up(on_list: int) -> None:
    giveaway = waiting_for_list(8, winners_count=3)
    chosen = entrants(giveaway)[1 : 1 + on_list]
    stranger = UserFactory.create()
    listed(giveaway, [*chosen, stranger])

    complete_with_list(giveaway_id=giveaway.pk, by=giveaway.creator)
    assert advance(giveaway_id=giveaway.pk) == Status.COMPLETED

    won = [win.user for win in records(giveaway)]
    assert len(won) == 3
    assert set(won[:on_list]) <= set(chosen)
    assert not set(won[on_list:]) & set(chosen)
    assert stranger not in won


def test_who_is_on_the_list_but_does_not_meet_what_telegram_checks_does_not_win() -> None:
    giveaway = waiting_for_list(2, winners_count=2)
    first, second = entrants(giveaway)
    say(RequirementFactory.create(giveaway=giveaway), {first: False, second: True})
    listed(giveaway, [first])

    complete_with_list(giveaway_id=giveaway.pk, by=giveaway.creator)
    advance(giveaway_id=giveaway.pk)

    assert [win.user for win in records(giveaway)] == [second]


def test_a_list_cannot_be_confirmed_too_late_or_without_one() -> None:
    giveaway = waiting_for_list(2)

    with pytest.raises(WrongState):
        complete_with_list(giveaway_id=giveaway.pk, by=giveaway.creator)
    listed(giveaway, entrants(giveaway))
    Giveaway.objects.filter(pk=giveaway.pk).update(list_due_at=RECENT - DAY)
    with pytest.raises(TooLate):
        complete_with_list(giveaway_id=giveaway.pk, by=giveaway.creator)

    giveaway.refresh_from_db()
    assert giveaway.status == Status.CUSTOM


def test_an_entrant_who_left_the_records_after_the_list_was_frozen_leaves_their_place_empty() -> None:
    giveaway = with_entrants(2, winners_count=2)
    close(giveaway_id=giveaway.pk, at=giveaway.ends_at)
    freeze(draw_id=Draw.objects.get().pk)
    gone = Participant.objects.filter(giveaway=giveaway).order_by("id")[0].pk
    Participant.objects.filter(pk=gone).delete()

    assert award(draw_id=Draw.objects.get().pk)

    draw = Draw.objects.get()
    assert len(draw.winners) == 2
    assert [win.place for win in records(giveaway)] == [2 - draw.winners.index(str(gone))]


def custom(giveaway: Giveaway) -> Giveaway:
    RequirementFactory.create(giveaway=giveaway, type=Requirement.Type.CUSTOM)
    return giveaway


def just_over(giveaway: Giveaway) -> Giveaway:
    """Verdicts are older or younger than the end by the real clock."""
    Giveaway.objects.filter(pk=giveaway.pk).update(ends_at=RECENT, started_at=RECENT - DAY)
    giveaway.refresh_from_db()
    return giveaway


def waiting_for_list(count: int, **fields: Any) -> Giveaway:
    giveaway = just_over(custom(with_entrants(count, **fields)))
    assert finish(giveaway) == Status.CUSTOM
    giveaway.refresh_from_db()
    return giveaway


def listed(giveaway: Giveaway, users: Sequence[User]) -> None:
    ids = [int(IdentityFactory.create(user=user).subject) for user in users]
    PreWinnerListFactory.create(giveaway=giveaway, user_ids=ids, created_at=RECENT)


def say(requirement: Requirement, verdicts: dict[User, bool]) -> None:
    RequirementCheck.objects.bulk_create(
        RequirementCheck(requirement=requirement, user=user, met=met, checked_at=RECENT + timedelta(seconds=1))
        for user, met in verdicts.items()
    )
