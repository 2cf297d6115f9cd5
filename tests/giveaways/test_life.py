"""A giveaway is made, changed, called off and made once more: what its actions do and refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from giveaways import errors
from giveaways.actions.creating import create, plan_of, recreate
from giveaways.actions.editing import edit
from giveaways.actions.ending import cancel, cancel_for_staff
from giveaways.actions.lists import upload_winners
from giveaways.actions.tickets import grant_tickets
from giveaways.models import Giveaway, GiveawayPrize, Participant, PreWinnerList, Prize, Requirement, Sponsor, Ticket
from giveaways.plans import Plan, PrizePlan, RequirementPlan, SponsorPlan
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.giveaways import (
    GiveawayFactory,
    GiveawayPrizeFactory,
    ParticipantFactory,
    PreWinnerListFactory,
    RequirementFactory,
    WinRecordFactory,
)

pytestmark = pytest.mark.django_db

FULL = Plan(
    title="Stars",
    description="For everybody",
    duration=600,
    winners_count=2,
    max_participants=100,
    allow_tickets=True,
    auto_distribute=True,
    prizes=(
        PrizePlan("telegram_stars", 1, "Thousand stars", "Many", fields=[{"name": "stars", "value": "1000"}]),
        PrizePlan("custom", None),
        PrizePlan("internal", None, is_internal=True),
    ),
    requirements=(
        RequirementPlan("subscription", "news"),
        RequirementPlan("boost", chat_id=-1_001_234_567_890),
        RequirementPlan("custom", description="Draw a cat"),
    ),
    sponsors=(SponsorPlan("@news", title="News"), SponsorPlan(channel_id=-100_1, title="Other")),
)


@pytest.fixture
def admin(settings: Any) -> User:
    settings.ADMIN_IDS = frozenset({99})
    user: User = IdentityFactory.create(subject="99").user
    return user


def young(**values: Any) -> Giveaway:
    now = timezone.now()
    return GiveawayFactory.create(started_at=now, ends_at=now + timedelta(days=1), **values)


def later(giveaway: Giveaway, seconds: int) -> Giveaway:
    """The same giveaway, begun so much earlier."""
    giveaway.started_at -= timedelta(seconds=seconds)
    giveaway.save(update_fields=["started_at"])
    return giveaway


def test_a_giveaway_is_open_from_the_start_with_all_that_its_plan_says() -> None:
    creator = UserFactory.create()

    made = create(creator=creator, plan=FULL)

    made.refresh_from_db()
    assert (made.creator, made.status, made.title) == (creator, "active", "Stars")
    assert made.ends_at - made.started_at == timedelta(seconds=600)
    assert made.created_at == made.started_at
    assert plan_of(made) == replace(
        FULL,
        prizes=(FULL.prizes[0], replace(FULL.prizes[1], name="Prize for all winners"),
                replace(FULL.prizes[2], name="Prize for all winners")),
        requirements=(RequirementPlan("subscription", "@news"), *FULL.requirements[1:]),
        sponsors=(SponsorPlan("news", title="News"), FULL.sponsors[1]),
    )  # fmt: skip
    assert [row.name for row in made.requirements.order_by("position")] == [
        "Follow @news",
        "Boost -1001234567890",
        "Custom: Draw a cat",
    ]


@pytest.mark.parametrize("beacon", [False, True])
def test_its_draw_is_promised_in_the_same_transaction(beacon: bool) -> None:
    made = create(creator=UserFactory.create(), plan=FULL, beacon=beacon)

    draw = made.draws.get()
    assert (draw.number, len(draw.commitment)) == (0, 64)
    assert bool(draw.beacon_chain) is beacon


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "  "}, "title"),
        ({"duration": 4}, "duration"),
        ({"duration": 31_622_401}, "duration"),
        ({"winners_count": 0}, "winners_count"),
        ({"winners_count": 1001, "max_participants": None}, "winners_count"),
        ({"max_participants": 1}, "max_participants"),
        ({"prizes": (PrizePlan("custom", 3),)}, "prizes.0.place"),
        ({"prizes": (PrizePlan("custom", 2), PrizePlan("custom", 1), PrizePlan("custom", 1))}, "prizes.1.place"),
        ({"prizes": (PrizePlan("custom", None),) * 1001}, "prizes"),
        ({"requirements": (RequirementPlan("subscription"),)}, "requirements.0.username"),
        ({"requirements": (RequirementPlan("custom", description=" "),)}, "requirements.0.description"),
        ({"requirements": (RequirementPlan("boost", "news"),) * 11}, "requirements"),
        ({"sponsors": (SponsorPlan(title="Nameless"),)}, "sponsors.0.username"),
        ({"sponsors": (SponsorPlan("news"),) * 4}, "sponsors"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_refused_by_name(values: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.NotAccepted) as refused:
        create(creator=UserFactory.create(), plan=replace(FULL, **values))

    assert field in refused.value.fields
    assert not any(model.objects.exists() for model in (Giveaway, Prize, Requirement, Sponsor))


def test_the_shortest_giveaway_is_as_short_as_the_settings_say(settings: Any) -> None:
    settings.GIVEAWAYS = settings.GIVEAWAYS | {"min_seconds": 300}

    with pytest.raises(errors.NotAccepted):
        create(creator=UserFactory.create(), plan=replace(FULL, duration=299))
    assert create(creator=UserFactory.create(), plan=replace(FULL, duration=300)).duration == 300


def test_an_edit_changes_what_it_names_and_nothing_else() -> None:
    made = create(creator=UserFactory.create(), plan=FULL)
    before = plan_of(made)
    prizes = (PrizePlan("custom", 2, "Cup"),)

    edit(giveaway_id=made.pk, by=made.creator, changes={"title": "Moons", "duration": 900, "prizes": prizes})

    made.refresh_from_db()
    assert plan_of(made) == replace(before, title="Moons", duration=900, prizes=prizes)
    assert made.ends_at - made.started_at == timedelta(seconds=900)
    assert Prize.objects.count() == 1


def test_lists_are_replaced_as_a_whole() -> None:
    made = create(creator=UserFactory.create(), plan=FULL)

    edit(giveaway_id=made.pk, by=made.creator, changes={"requirements": (), "sponsors": (SponsorPlan("other"),)})

    assert not made.requirements.exists()
    assert [row.sponsor.username for row in made.giveaway_sponsors.all()] == ["other"]
    assert Sponsor.objects.count() == 1


def test_a_prize_that_another_giveaway_names_stays() -> None:
    giveaway = young()
    shared = GiveawayPrizeFactory.create(giveaway=giveaway, position=1).prize
    GiveawayPrizeFactory.create(prize=shared)

    edit(giveaway_id=giveaway.pk, by=giveaway.creator, changes={"prizes": ()})

    assert Prize.objects.get() == shared
    assert not giveaway.giveaway_prizes.exists()


def test_an_edit_keeps_to_the_rules() -> None:
    made = create(creator=UserFactory.create(), plan=FULL)
    before = plan_of(made)

    with pytest.raises(errors.NotAccepted) as refused:
        edit(giveaway_id=made.pk, by=made.creator, changes={"winners_count": 101, "title": "Moons"})

    made.refresh_from_db()
    assert set(refused.value.fields) == {"max_participants"}
    assert plan_of(made) == before


def test_the_limit_does_not_fall_below_those_who_have_joined() -> None:
    giveaway = young()
    ParticipantFactory.create_batch(3, giveaway=giveaway)

    with pytest.raises(errors.NotAccepted) as refused:
        edit(giveaway_id=giveaway.pk, by=giveaway.creator, changes={"max_participants": 2})
    assert refused.value.fields == {"max_participants": "3 have joined already."}
    assert edit(giveaway_id=giveaway.pk, by=giveaway.creator, changes={"max_participants": 3}).max_participants == 3


def test_an_end_that_has_passed_is_no_new_end() -> None:
    giveaway = later(young(), 60)

    with pytest.raises(errors.NotAccepted) as refused:
        edit(giveaway_id=giveaway.pk, by=giveaway.creator, changes={"duration": 30})

    assert set(refused.value.fields) == {"duration"}


def test_the_end_stays_where_a_round_of_the_beacon_is_promised_for_it() -> None:
    made = create(creator=UserFactory.create(), plan=FULL, beacon=True)

    with pytest.raises(errors.NotAccepted) as refused:
        edit(giveaway_id=made.pk, by=made.creator, changes={"duration": 900})

    assert set(refused.value.fields) == {"duration"}


Change = Any
CHANGES: list[Change] = [
    lambda giveaway, by: edit(giveaway_id=giveaway.pk, by=by, changes={"title": "Moons"}),
    lambda giveaway, by: cancel(giveaway_id=giveaway.pk, by=by, reason="By mistake"),
]


def unchanged(giveaway: Giveaway) -> bool:
    return Giveaway.objects.values_list("title", "status").get(pk=giveaway.pk) == (giveaway.title, giveaway.status)


@pytest.mark.parametrize("change", CHANGES)
def test_a_stranger_changes_nothing(change: Change) -> None:
    giveaway = young()

    with pytest.raises(errors.NotYours):
        change(giveaway, UserFactory.create())

    assert unchanged(giveaway)


@pytest.mark.parametrize("change", CHANGES)
def test_a_giveaway_admin_changes_what_is_not_theirs(change: Change, admin: User) -> None:
    giveaway = young()

    change(giveaway, admin)

    assert not unchanged(giveaway)


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_changed_until_its_first_minutes_are_over(change: Change) -> None:
    in_time, too_late = later(young(), 290), later(young(), 300)

    change(in_time, in_time.creator)
    with pytest.raises(errors.TooLate):
        change(too_late, too_late.creator)

    assert not unchanged(in_time)
    assert unchanged(too_late)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("status", sorted(set(Giveaway.Status.values) - {"active"}))
def test_only_what_is_open_is_changed(change: Change, status: str) -> None:
    giveaway = young(status=status)

    with pytest.raises(errors.WrongState):
        change(giveaway, giveaway.creator)

    assert unchanged(giveaway)


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_ended_is_not_changed_though_it_is_active_still(change: Change) -> None:
    now = timezone.now()
    giveaway = GiveawayFactory.create(started_at=now - timedelta(seconds=20), ends_at=now)

    with pytest.raises(errors.WrongState):
        change(giveaway, giveaway.creator)

    assert unchanged(giveaway)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_there_is_not_changed(change: Change) -> None:
    with pytest.raises(errors.GiveawayNotFound):
        change(GiveawayFactory.build(), UserFactory.create())


def test_a_cancelled_giveaway_keeps_the_reason() -> None:
    giveaway = young()

    cancelled = cancel(giveaway_id=giveaway.pk, by=giveaway.creator, reason=" By mistake ")

    assert (cancelled.status, cancelled.ended_reason) == ("cancelled", "By mistake")
    with pytest.raises(errors.WrongState):
        cancel(giveaway_id=giveaway.pk, by=giveaway.creator, reason="Once more")


def test_a_giveaway_is_cancelled_while_few_have_joined() -> None:
    giveaway = young()
    ParticipantFactory.create_batch(11, giveaway=giveaway)

    with pytest.raises(errors.TooManyEntrants):
        cancel(giveaway_id=giveaway.pk, by=giveaway.creator, reason="By mistake")
    assert unchanged(giveaway)
    Participant.objects.filter(giveaway=giveaway)[0].delete()
    assert cancel(giveaway_id=giveaway.pk, by=giveaway.creator, reason="By mistake").status == "cancelled"


def test_staff_cancel_at_any_time_but_not_without_a_reason() -> None:
    giveaway = later(young(), 100_000)
    ParticipantFactory.create_batch(11, giveaway=giveaway)

    with pytest.raises(errors.NotAccepted):
        cancel_for_staff(giveaway_id=giveaway.pk, reason=" ")
    assert unchanged(giveaway)
    assert cancel_for_staff(giveaway_id=giveaway.pk, reason="Fraud").ended_reason == "Fraud"


@pytest.mark.parametrize("status", ["cancelled", "completed", "expired", "history"])
def test_what_is_over_is_made_once_more_with_prizes_of_its_own(status: str) -> None:
    first = create(creator=UserFactory.create(), plan=FULL, beacon=True)
    Giveaway.objects.filter(pk=first.pk).update(status=status)
    ParticipantFactory.create(giveaway=first)

    second = recreate(giveaway_id=first.pk, by=first.creator)

    assert (second.status, second.recreated_from, second.creator) == ("active", first, first.creator)
    assert plan_of(second) == plan_of(first)
    assert not second.participants.exists()
    assert second.started_at > first.started_at
    assert second.draws.get().beacon_chain
    assert second.draws.get().commitment != first.draws.get().commitment
    own = set(GiveawayPrize.objects.filter(giveaway=second).values_list("prize", flat=True))
    assert own.isdisjoint(GiveawayPrize.objects.filter(giveaway=first).values_list("prize", flat=True))
    assert len(own) == 3


def test_what_goes_on_is_not_made_once_more() -> None:
    for status in ("pending", "active", "processing", "custom"):
        giveaway = young(status=status)

        with pytest.raises(errors.WrongState):
            recreate(giveaway_id=giveaway.pk, by=giveaway.creator)

    assert Giveaway.objects.count() == 4


def test_a_stranger_makes_nothing_once_more() -> None:
    with pytest.raises(errors.NotYours):
        recreate(giveaway_id=young(completed=True).pk, by=UserFactory.create())


@pytest.mark.parametrize(
    ("stored", "named"),
    [("https://t.me/news", "@news"), ("news", "@news"), ("@news", "@news"), ("-1001234567890", "-1001234567890")],
)
def test_a_channel_in_an_old_spelling_is_found_when_a_giveaway_begins_once_more(stored: str, named: str) -> None:
    first = young(completed=True)
    RequirementFactory.create(giveaway=first, type="subscription", username=stored)

    second = recreate(giveaway_id=first.pk, by=first.creator)

    assert second.requirements.get().username == named


def waiting() -> Giveaway:
    """A giveaway that waits for its list."""
    return young(custom=True, list_due_at=timezone.now() + timedelta(days=1))


def test_a_list_is_stored_and_says_who_takes_no_part() -> None:
    giveaway = waiting()
    for number in ("11", "12"):
        ParticipantFactory.create(giveaway=giveaway, user=IdentityFactory.create(subject=number).user)
    IdentityFactory.create(subject="13")

    report = upload_winners(giveaway_id=giveaway.pk, by=giveaway.creator, content=b"13,12\n14 11 @you")

    stored = PreWinnerList.objects.get()
    assert (stored.giveaway, stored.user_ids) == (giveaway, [13, 12, 14, 11])
    assert stored.expires_at is not None
    assert stored.created_at is not None
    assert stored.expires_at - stored.created_at == timedelta(days=1)
    assert report.strangers == (13, 14)
    assert [item.text for item in report.parsed.unknown] == ["@you"]


def test_a_second_list_replaces_the_first() -> None:
    giveaway = waiting()

    for content in (b"1 2 3", b"4"):
        upload_winners(giveaway_id=giveaway.pk, by=giveaway.creator, content=content)

    assert PreWinnerList.objects.get().user_ids == [4]


@pytest.mark.parametrize("status", sorted(set(Giveaway.Status.values) - {"custom"}))
def test_only_a_giveaway_that_waits_for_a_list_takes_one(status: str) -> None:
    giveaway = young(status=status)

    with pytest.raises(errors.WrongState):
        upload_winners(giveaway_id=giveaway.pk, by=giveaway.creator, content=b"1")

    assert not PreWinnerList.objects.exists()


@pytest.mark.parametrize(
    ("content", "refused"),
    [(b"", errors.EmptyList), (b"@you", errors.EmptyList), (b"1 " * 524_289, errors.ListTooLarge)],
)
def test_a_list_without_ids_or_too_large_replaces_nothing(content: bytes, refused: type[errors.Refusal]) -> None:
    stored = PreWinnerListFactory.create()

    with pytest.raises(refused):
        upload_winners(giveaway_id=stored.giveaway_id, by=stored.giveaway.creator, content=content)

    assert PreWinnerList.objects.get().user_ids == stored.user_ids


def test_the_largest_list_is_taken() -> None:
    giveaway = waiting()
    content = b"\n".join(b"%d" % number for number in range(9_000_000_000, 9_000_000_000 + 95_000))

    report = upload_winners(giveaway_id=giveaway.pk, by=giveaway.creator, content=content)

    assert 1_000_000 < len(content) <= 1_048_576
    assert len(report.parsed.ids) == len(report.strangers) == 95_000


def test_a_list_comes_from_its_creator_alone_and_in_time(admin: User) -> None:
    giveaway = waiting()
    late = young(custom=True, list_due_at=timezone.now())

    with pytest.raises(errors.NotYours):
        upload_winners(giveaway_id=giveaway.pk, by=admin, content=b"1")
    with pytest.raises(errors.TooLate):
        upload_winners(giveaway_id=late.pk, by=late.creator, content=b"1")

    assert not PreWinnerList.objects.exists()


def test_tickets_are_added_to_those_there_are(admin: User) -> None:
    entrant = ParticipantFactory.create(
        giveaway=young(allow_tickets=True), user=IdentityFactory.create(subject="7").user
    )

    counts = [
        grant_tickets(giveaway_id=entrant.giveaway_id, by=admin, telegram_id=7, count=count).count for count in (3, 4)
    ]

    assert counts == [3, 7]
    assert Ticket.objects.values_list("giveaway", "user", "count").get() == (entrant.giveaway_id, entrant.user_id, 7)


@pytest.mark.parametrize(
    ("values", "telegram_id", "count", "refused"),
    [
        ({"allow_tickets": False}, 7, 1, errors.NoTickets),
        ({"status": "processing"}, 7, 1, errors.WrongState),
        ({"status": "completed"}, 7, 1, errors.WrongState),
        ({"status": "cancelled"}, 7, 1, errors.WrongState),
        ({}, 8, 1, errors.NotAnEntrant),
        ({}, 7, 0, errors.NotAccepted),
        ({}, 7, 1_000_000_001, errors.NotAccepted),
    ],
)
def test_tickets_that_cannot_be_given_are_refused(
    values: dict[str, Any], telegram_id: int, count: int, refused: type[errors.Refusal], admin: User
) -> None:
    giveaway = young(**{"allow_tickets": True, **values})
    ParticipantFactory.create(giveaway=giveaway, user=IdentityFactory.create(subject="7").user)
    IdentityFactory.create(subject="8")

    with pytest.raises(refused):
        grant_tickets(giveaway_id=giveaway.pk, by=admin, telegram_id=telegram_id, count=count)

    assert not Ticket.objects.exists()


def test_a_creator_gives_no_tickets() -> None:
    entrant = ParticipantFactory.create(
        giveaway=young(allow_tickets=True), user=IdentityFactory.create(subject="7").user
    )

    with pytest.raises(errors.AdminsOnly):
        grant_tickets(giveaway_id=entrant.giveaway_id, by=entrant.giveaway.creator, telegram_id=7, count=1)

    assert not Ticket.objects.exists()


def test_a_prize_that_was_won_is_never_deleted() -> None:
    giveaway = young()
    prize = GiveawayPrizeFactory.create(giveaway=giveaway, position=1).prize
    WinRecordFactory.create(prize=prize)

    edit(giveaway_id=giveaway.pk, by=giveaway.creator, changes={"prizes": ()})

    assert Prize.objects.filter(pk=prize.pk).exists()
