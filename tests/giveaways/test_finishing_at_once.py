"""Many processes finish one giveaway, and are killed over it: there is one draw, and one message to each winner."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from giveaways.actions.drawing import advance
from giveaways.models import Draw, DrawBlock, Giveaway, Message, WinRecord
from tests.giveaways.finishers import POINTS, Finishers, finishers
from tests.giveaways.test_drawing import with_entrants
from tests.giveaways.verifying import proof_of, verify
from tests.operations.test_import_crash import database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def crew(django_db_setup: None) -> Iterator[Finishers]:
    with finishers(database_url()) as crew:
        yield crew


def assert_finished_once(giveaway: Giveaway, winners: int) -> None:
    draw = Draw.objects.get(giveaway=giveaway)
    won = list(WinRecord.objects.filter(giveaway=giveaway).order_by("place"))
    assert Giveaway.objects.get(pk=giveaway.pk).status == Giveaway.Status.COMPLETED
    assert [(win.place, win.draw_id) for win in won] == [(place, draw.pk) for place in range(1, winners + 1)]
    assert len({win.user_id for win in won}) == winners == len(draw.winners)
    assert DrawBlock.objects.filter(draw=draw).count() == 1
    owed = dict(Message.objects.filter(giveaway=giveaway).values_list("key", "recipient"))
    assert owed == {f"won:{draw.pk}:{win.place}": win.user_id for win in won} | {
        f"drawn:{draw.pk}": giveaway.creator_id
    }


def test_there_is_one_draw_however_many_finish_at_once(crew: Finishers) -> None:
    giveaway = with_entrants(20, winners_count=3)

    ended = crew.call(giveaway.pk, 12)

    assert (ended.killed, ended.statuses) == (0, {"0": 12})
    assert_finished_once(giveaway, winners=3)


def test_a_process_that_dies_at_any_step_leaves_the_rest_to_the_next(crew: Finishers, tmp_path: Path) -> None:
    for point in POINTS:
        giveaway = with_entrants(5, winners_count=2)
        committed = Draw.objects.get(giveaway=giveaway).commitment

        ended = crew.call(giveaway.pk, 1, point=point)
        assert (ended.killed, ended.statuses) == (1, {}), point
        assert advance(giveaway_id=giveaway.pk) == Giveaway.Status.COMPLETED

        assert_finished_once(giveaway, winners=2)
        assert Draw.objects.get(giveaway=giveaway).commitment == committed
        assert verify(tmp_path, proof_of(giveaway)) == (0, "OK")


def test_there_is_one_draw_whenever_those_who_finish_are_killed(crew: Finishers) -> None:
    seeded, killed = random.Random(6), 0
    for _ in range(4):
        giveaway = with_entrants(20, winners_count=3)

        ended = crew.call(giveaway.pk, 6, kills=[seeded.uniform(0, 0.3) for _ in range(4)])
        advance(giveaway_id=giveaway.pk)

        assert set(ended.statuses) <= {"0"}
        killed += ended.killed
        assert_finished_once(giveaway, winners=3)
    assert killed > 0
