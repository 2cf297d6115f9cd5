"""Single places are drawn again, in the open."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from giveaways.actions.drawing import advance
from giveaways.actions.rerolling import reroll
from giveaways.drawing.seeds import LAST
from giveaways.errors import NotAccepted, WrongState
from giveaways.models import Draw, Giveaway, WinRecord
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import GiveawayPrizeFactory, PrizeFactory, WinRecordFactory
from tests.giveaways.drand import Relay
from tests.giveaways.test_drawing import finish, messages, records, with_entrants
from tests.giveaways.test_proof import ending
from tests.giveaways.verifying import proof_of, verify

pytestmark = pytest.mark.django_db
CANCELLED = WinRecord.Status.CANCELLED


def drawn(entrants: int = 8, winners: int = 3, **fields: Any) -> Giveaway:
    giveaway = with_entrants(entrants, winners_count=winners, **fields)
    assert finish(giveaway) == Giveaway.Status.COMPLETED
    giveaway.refresh_from_db()
    return giveaway


def test_a_place_gets_another_winner_and_all_others_stay() -> None:
    giveaway = drawn()
    prize = GiveawayPrizeFactory.create(giveaway=giveaway, position=1, place=2).prize
    first, second, third = records(giveaway)
    staff = UserFactory.create(staff=True)

    draw = reroll(giveaway=giveaway, places=[2], reason=" Gave a false name ", by=staff)

    (new,) = WinRecord.objects.filter(draw=draw)
    kept = {record.pk: record.status for record in records(giveaway) if record.pk != new.pk}
    assert kept == {first.pk: "pending", second.pk: CANCELLED, third.pk: "pending"}
    assert new.user_id not in {first.user_id, second.user_id, third.user_id}
    assert (new.place, new.prize, new.status) == (2, prize, WinRecord.Status.PENDING)
    assert (draw.number, draw.reason, draw.asked_by, draw.places) == (1, "Gave a false name", staff, [2])
    assert [message.recipient_id for message in messages(giveaway, f"won:{draw.pk}")] == [new.user_id]
    assert [message.recipient_id for message in messages(giveaway, f"drawn:{draw.pk}")] == [giveaway.creator_id]


def test_nobody_who_has_won_before_wins_again_however_often(tmp_path: Path) -> None:
    giveaway = drawn(entrants=6, winners=2)

    for _ in range(4):
        reroll(giveaway=giveaway, places=[1], reason="again")

    won = [record.user_id for record in records(giveaway)]
    assert len(won) == len(set(won)) == 6
    draws = list(Draw.objects.order_by("number"))
    assert [len(draw.excluded) for draw in draws] == [0, 2, 3, 4, 5]
    assert {draw.entries_root for draw in draws} == {draws[0].entries_root}
    assert verify(tmp_path, proof_of(giveaway)) == (0, "OK")


def test_where_nobody_is_left_the_place_stays_empty(tmp_path: Path) -> None:
    giveaway = drawn(entrants=2, winners=2)

    draw = reroll(giveaway=giveaway, places=[1], reason="again")

    assert (draw.winners, draw.drawn_at is not None) == ([], True)
    assert [record.status for record in records(giveaway)] == [CANCELLED, "pending"]
    assert verify(tmp_path, proof_of(giveaway)) == (0, "OK")


def test_every_seed_was_fixed_by_the_commitment_of_the_first_draw() -> None:
    giveaway = drawn()
    for _ in range(3):
        reroll(giveaway=giveaway, places=[3], reason="again")

    first, *later = Draw.objects.order_by("number")

    assert first.commitment == sha256(first.seed).hexdigest()
    for before, draw in zip([first, *later], later, strict=False):
        assert draw.commitment == bytes(before.seed).hex()
        assert sha256(draw.seed).digest() == bytes(before.seed)
        assert draw.seed_origin is None


@pytest.mark.parametrize(
    ("places", "reason", "field"),
    [([4], "again", "places"), ([0], "again", "places"), ([], "again", "places"), ([1], "  ", "reason")],
)
def test_what_cannot_be_drawn_again_is_refused_and_nothing_changes(places: list[int], reason: str, field: str) -> None:
    giveaway = drawn()

    with pytest.raises(NotAccepted) as refused:
        reroll(giveaway=giveaway, places=places, reason=reason)

    assert set(refused.value.fields) == {field}
    assert Draw.objects.count() == 1
    assert {record.status for record in records(giveaway)} == {"pending"}


def test_a_prize_that_has_been_handed_out_is_not_given_twice() -> None:
    giveaway = with_entrants(4, winners_count=1, auto_distribute=True)
    GiveawayPrizeFactory.create(giveaway=giveaway, position=1, prize=PrizeFactory.create(is_internal=True))
    finish(giveaway)

    with pytest.raises(NotAccepted):
        reroll(giveaway=giveaway, places=[1], reason="again")

    assert [record.status for record in records(giveaway)] == [WinRecord.Status.DISTRIBUTED]


def test_only_what_was_drawn_here_is_drawn_again() -> None:
    undrawn = with_entrants(3)
    legacy = WinRecordFactory.create(place=1).giveaway

    for giveaway in (undrawn, legacy):
        with pytest.raises(WrongState):
            reroll(giveaway=giveaway, places=[1], reason="again")


def test_there_are_no_more_draws_than_seeds() -> None:
    giveaway = drawn()
    Draw.objects.create(giveaway=giveaway, number=LAST, seed=b"", drawn_at=giveaway.ends_at, frozen_at=giveaway.ends_at,
                        entries_root="00", entries_count=0)  # fmt: skip

    with pytest.raises(WrongState):
        reroll(giveaway=giveaway, places=[1], reason="again")


def test_with_a_beacon_it_waits_for_a_round_of_its_own(drand: Relay, tmp_path: Path) -> None:
    giveaway = ending(before_round=42, winners_count=2)
    drand.publish(42)
    assert finish(giveaway, timedelta(minutes=2)) == "processing"  # too late for the round that was named
    named = Draw.objects.get().beacon_round or 0
    assert named > 42
    Draw.objects.update(beacon_round=42, frozen_at=giveaway.ends_at)
    assert finish(giveaway, timedelta(minutes=2)) == "completed"

    asked_at = giveaway.ends_at + timedelta(seconds=(1000 - 42) * 3)
    draw = reroll(giveaway=giveaway, places=[2], reason="again", at=asked_at)

    assert (draw.beacon_round, draw.drawn_at, draw.winners) == (1000, None, [])
    assert [record.status for record in records(giveaway)] == ["pending", CANCELLED]
    assert proof_of(giveaway)["draws"][1]["seed"] is None
    with pytest.raises(WrongState):
        reroll(giveaway=giveaway, places=[1], reason="again")
    drand.publish(1000)
    assert advance(giveaway_id=giveaway.pk, at=asked_at + timedelta(minutes=2)) == "completed"
    draw.refresh_from_db()
    assert len(draw.winners) == 1
    assert [(record.place, record.status) for record in records(giveaway)] == [
        (1, "pending"), (2, CANCELLED), (2, "pending"),
    ]  # fmt: skip
    assert verify(tmp_path, proof_of(giveaway))[0] == 0
