"""Draws in numbers: whether chance alone decides, and whether there is one, whoever is killed over it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations
from uuid import UUID

import pytest

from giveaways.actions.drawing import advance
from giveaways.models import Message
from tests.giveaways.chance import chi_squared_p
from tests.giveaways.finishers import Finishers, finishers
from tests.giveaways.lots import LIKELY, draw_often, p_values, ranked
from tests.giveaways.test_drawing import with_entrants
from tests.giveaways.test_finishing_at_once import assert_finished_once
from tests.operations.test_import_crash import database_url

pytestmark = pytest.mark.gauntlet
Say = Callable[[str], None]
DRAWS = 20_000
GIVEAWAYS, CALLS, KILLS = 50, 40, 4


def test_chance_alone_decides(say: Say) -> None:
    found = p_values(draw_often(DRAWS, entries=50, places=3, seed=2), entries=50)

    say(f"{DRAWS} draws: " + ", ".join(f"{name} p = {p:.3f}" for name, p in found.items()))
    assert {name: p for name, p in found.items() if not LIKELY[0] < p < LIKELY[1]} == {}


def test_shares_follow_the_tickets(say: Say) -> None:
    tickets, seeded = [1, 2, 3, 4], random.Random(3)
    listed = [UUID(int=number) for number in range(len(tickets))]

    orders = Counter(tuple(ranked(listed, tickets, len(tickets), seeded)) for _ in range(DRAWS))

    every = list(permutations(range(len(tickets))))
    p = chi_squared_p([orders[order] for order in every], [DRAWS * chance(order, tickets) for order in every])
    say(f"{DRAWS} draws with tickets {tickets}: all {len(every)} orders, p = {p:.3f}")
    assert LIKELY[0] < p < LIKELY[1]


def chance(order: tuple[int, ...], tickets: list[int]) -> float:
    """How likely an order of winners is: each of what those before have left."""
    left, likely = sum(tickets), 1.0
    for index in order:
        likely *= tickets[index] / left
        left -= tickets[index]
    return likely


@pytest.fixture
def crew(django_db_setup: None) -> Iterator[Finishers]:
    with finishers(database_url()) as crew:
        yield crew


@pytest.mark.django_db(transaction=True)
def test_there_is_one_draw_and_one_message_per_winner_whoever_is_killed(crew: Finishers, say: Say) -> None:
    seeded, killed, calls = random.Random(4), 0, 0
    while killed < 100 or calls < GIVEAWAYS * CALLS:
        giveaway = with_entrants(200, winners_count=5)

        ended = crew.call(giveaway.pk, CALLS, kills=[seeded.uniform(0, 0.4) for _ in range(KILLS)])
        advance(giveaway_id=giveaway.pk)

        assert set(ended.statuses) <= {"0"}
        assert_finished_once(giveaway, winners=5)
        killed, calls = killed + ended.killed, calls + CALLS
    owed = Message.objects.count()
    say(f"{calls} calls, {CALLS} at once, {killed} processes killed before their end, {owed} messages")
