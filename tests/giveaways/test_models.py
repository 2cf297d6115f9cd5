from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError

from giveaways.models import Giveaway, Participant, Requirement, Ticket, WinRecord
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import (
    FIRST_START,
    GiveawayFactory,
    GiveawayPrizeFactory,
    GiveawaySponsorFactory,
    ParticipantFactory,
    PreWinnerListFactory,
    PrizeFactory,
    RequirementFactory,
    TicketFactory,
    WinRecordFactory,
)

pytestmark = pytest.mark.django_db
BEFORE = FIRST_START - timedelta(days=1)
REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("giveaways_giveaway_status_known", GiveawayFactory, {"status": "paused"}),
    ("giveaways_giveaway_duration_not_negative", GiveawayFactory, {"duration": -1, "ends_at": FIRST_START}),
    ("giveaways_giveaway_winners_not_negative", GiveawayFactory, {"winners_count": -1}),
    ("giveaways_giveaway_limit_positive", GiveawayFactory, {"max_participants": 0}),
    ("giveaways_giveaway_ends_after_start", GiveawayFactory, {"started_at": FIRST_START, "ends_at": BEFORE}),
    ("giveaways_requirement_type_known", RequirementFactory, {"type": "age"}),
    ("giveaways_requirement_position_positive", RequirementFactory, {"position": 0}),
    ("giveaways_sponsor_position_positive", GiveawaySponsorFactory, {"position": 0}),
    ("giveaways_prize_position_positive", GiveawayPrizeFactory, {"position": 0, "place": 1}),
    ("giveaways_prize_place_positive", GiveawayPrizeFactory, {"place": 0}),
    ("giveaways_ticket_count_positive", TicketFactory, {"count": 0}),
    ("giveaways_win_place_positive", WinRecordFactory, {"place": 0}),
    ("giveaways_win_status_known", WinRecordFactory, {"status": "lost"}),
]


def refusal(make: Callable[[], Model]) -> str | None:
    """The name of the constraint that refuses the row."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make()
    cause: Any = refused.value.__cause__
    return cause.diag.constraint_name  # type: ignore[no-any-return]


@pytest.mark.parametrize(("constraint", "factory", "values"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_row_that_cannot_be_is_refused(constraint: str, factory: Any, values: dict[str, Any]) -> None:
    if "duration" in values:
        values = {**values, "started_at": FIRST_START}

    assert refusal(lambda: factory(**values)) == constraint
    assert not factory._meta.model.objects.exists()


@pytest.mark.parametrize("status", Giveaway.Status.values)
def test_every_state_of_a_giveaway_can_be_stored(status: str) -> None:
    giveaway = GiveawayFactory(status=status)

    giveaway.refresh_from_db()
    assert giveaway.status == status


@pytest.mark.parametrize("kind", Requirement.Type.values)
def test_every_type_of_requirement_can_be_stored(kind: str) -> None:
    assert RequirementFactory(type=kind).pk


@pytest.mark.parametrize("status", WinRecord.Status.values)
def test_every_state_of_a_win_can_be_stored(status: str) -> None:
    assert WinRecordFactory(status=status).pk


@pytest.mark.parametrize(
    ("constraint", "factory"),
    [("giveaways_participant_unique", ParticipantFactory), ("giveaways_ticket_unique", TicketFactory)],
)
def test_a_person_is_in_a_giveaway_once(constraint: str, factory: Any) -> None:
    first = factory()

    assert refusal(lambda: factory(giveaway=first.giveaway, user=first.user)) == constraint
    factory(giveaway=first.giveaway)
    factory(user=first.user)


@pytest.mark.parametrize(
    ("constraint", "factory"),
    [
        ("giveaways_requirement_position_unique", RequirementFactory),
        ("giveaways_sponsor_position_unique", GiveawaySponsorFactory),
        ("giveaways_prize_position_unique", GiveawayPrizeFactory),
    ],
)
def test_a_position_of_a_list_is_taken_once(constraint: str, factory: Any) -> None:
    first = factory()

    assert refusal(lambda: factory(giveaway=first.giveaway, position=first.position)) == constraint
    factory(position=first.position)


def test_one_prize_may_be_for_several_places_and_several_for_all() -> None:
    giveaway, prize = GiveawayFactory(), PrizeFactory()
    GiveawayPrizeFactory.create_batch(2, giveaway=giveaway, prize=prize)
    GiveawayPrizeFactory.create_batch(2, giveaway=giveaway, for_all=True)

    assert giveaway.giveaway_prizes.count() == 4


def test_a_giveaway_has_one_list_of_chosen_winners() -> None:
    first = PreWinnerListFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        PreWinnerListFactory(giveaway=first.giveaway)


def test_what_nobody_recorded_stays_unknown() -> None:
    participant = ParticipantFactory(legacy=True)
    prize = PrizeFactory(created_at=None)

    participant.refresh_from_db()
    prize.refresh_from_db()
    assert (participant.joined_at, prize.created_at) == (None, None)


def test_the_database_fills_in_what_raw_sql_leaves_out() -> None:
    giveaway, user = GiveawayFactory(), UserFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO giveaways_participant (giveaway_id, user_id) VALUES (%s, %s)", [giveaway.pk, user.pk]
        )

    participant = Participant.objects.get()
    assert participant.pk.version == 7
    assert participant.joined_at is not None


def test_a_giveaway_takes_its_entries_with_it() -> None:
    giveaway = ParticipantFactory().giveaway
    TicketFactory(giveaway=giveaway)

    giveaway.delete()

    assert not Participant.objects.exists()
    assert not Ticket.objects.exists()


def test_a_giveaway_that_somebody_has_won_is_kept() -> None:
    giveaway = WinRecordFactory().giveaway

    with pytest.raises(ProtectedError):
        giveaway.delete()

    assert Giveaway.objects.get() == giveaway


def test_due_are_active_giveaways_whose_time_is_over_the_longest_overdue_first() -> None:
    later, sooner = (GiveawayFactory(started_at=FIRST_START + timedelta(days=days)) for days in (1, 0))
    GiveawayFactory(started_at=FIRST_START + timedelta(days=2))
    GiveawayFactory(started_at=FIRST_START, completed=True)
    GiveawayFactory(started_at=FIRST_START, custom=True)

    assert list(Giveaway.objects.due(at=later.ends_at)) == [sooner, later]
    assert list(Giveaway.objects.due(at=later.ends_at - timedelta(microseconds=1))) == [sooner]


def test_due_goes_by_the_clock_unless_told_otherwise() -> None:
    over = GiveawayFactory()
    GiveawayFactory(open=True)

    assert list(Giveaway.objects.due()) == [over]


def test_active_are_those_that_can_be_joined() -> None:
    active = GiveawayFactory()
    for status in set(Giveaway.Status.values) - {Giveaway.Status.ACTIVE}:
        GiveawayFactory(status=status)

    assert list(Giveaway.objects.active()) == [active]


def test_a_persons_own_giveaways_come_newest_first_and_those_of_unknown_age_last() -> None:
    creator = UserFactory()
    unknown = GiveawayFactory(creator=creator, created_at=None)
    first, second = GiveawayFactory.create_batch(2, creator=creator)
    GiveawayFactory()

    assert list(Giveaway.objects.created_by(creator.pk)) == [second, first, unknown]


def test_a_persons_entries_come_newest_giveaway_first() -> None:
    entered = ParticipantFactory()
    newer = ParticipantFactory(user=entered.user, legacy=True)
    ParticipantFactory(giveaway=entered.giveaway)
    GiveawayFactory(creator=entered.user)

    assert list(Giveaway.objects.joined_by(entered.user_id)) == [newer.giveaway, entered.giveaway]


# A hundred people with twenty giveaways each, of which a fifth is active.
PEOPLE = "INSERT INTO accounts_user (id) SELECT 'p' || n FROM generate_series(0, 99) AS n"
GIVEAWAYS = """
    INSERT INTO giveaways_giveaway
        (creator_id, title, description, status, created_at, started_at, ends_at, duration, winners_count)
    SELECT 'p' || n % 100, '', '', CASE n / 100 % 5 WHEN 0 THEN 'active' ELSE 'completed' END, at, at, at, 0, 1
    FROM generate_series(0, 1999) AS n, LATERAL (SELECT now() - n * 7919 % 2000 * interval '1 minute' AS at) AS times
"""


def plan(sql: str) -> str:
    """With rows that the planner knows of: what other tests left it to believe of an empty table is no matter."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE)
        cursor.execute(GIVEAWAYS)
        cursor.execute("ANALYZE giveaways_giveaway")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("index", "where", "order"),
    [
        ("giveaways_giveaway_by_creator", "creator_id = 'p7'", "created_at DESC NULLS LAST, id DESC"),
        (
            "giveaways_giveaway_by_state",
            "creator_id = 'p7' AND status = 'active'",
            "created_at DESC NULLS LAST, id DESC",
        ),
        ("giveaways_giveaway_status_end", "status = 'active' AND ends_at <= now()", "ends_at, id"),
        ("giveaways_giveaway_end", "true", "ends_at, id"),
        ("giveaways_giveaway_created", "true", "created_at DESC NULLS LAST, id DESC"),
    ],
)
def test_a_list_of_giveaways_is_read_in_the_order_of_its_index(index: str, where: str, order: str) -> None:
    found = plan(f"SELECT * FROM giveaways_giveaway WHERE {where} ORDER BY {order} LIMIT 20")

    assert f"using {index} on" in found
    assert "Sort" not in found


def test_no_text_column_has_a_second_index_for_prefixes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'giveaways_%' AND indexname LIKE '%_like'"
        )

        assert cursor.fetchall() == []
