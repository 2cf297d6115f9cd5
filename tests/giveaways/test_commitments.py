"""What is promised before a draw."""

from __future__ import annotations

from hashlib import sha256

import pytest

from giveaways.actions.drawing import commit_to_draw
from giveaways.drawing.seeds import LAST, new_origin, seed_of
from giveaways.models import Draw
from tests.factories.giveaways import GiveawayFactory

pytestmark = pytest.mark.django_db


def test_a_commitment_is_the_hash_of_the_seed_and_is_made_once() -> None:
    giveaway = GiveawayFactory.create()

    first, second = commit_to_draw(giveaway=giveaway), commit_to_draw(giveaway=giveaway)

    assert first == second == Draw.objects.get()
    assert first.commitment == sha256(first.seed).hexdigest()
    assert len(first.seed) == len(first.seed_origin or b"") == 32
    assert (first.number, first.algorithm, first.beacon_chain, first.beacon_round) == (0, "slipway-draw-1", "", None)
    assert first.frozen_at is first.drawn_at is None


def test_no_two_giveaways_have_the_same_seed() -> None:
    draws = [commit_to_draw(giveaway=giveaway) for giveaway in GiveawayFactory.create_batch(5)]

    assert len({draw.seed for draw in draws}) == 5


def test_each_seed_is_the_commitment_to_the_next() -> None:
    origin = new_origin()

    for number in (0, 1, 2, LAST - 1):
        assert sha256(seed_of(origin, number + 1)).digest() == seed_of(origin, number)
    assert seed_of(origin, LAST) == origin
    for number in (-1, LAST + 1):
        with pytest.raises(ValueError, match="no seed"):
            seed_of(origin, number)


def test_the_beacons_round_is_the_first_a_minute_after_the_end() -> None:
    giveaway = GiveawayFactory.create()

    draw = commit_to_draw(giveaway=giveaway, beacon=True)

    assert draw.beacon_chain == "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
    time = 1_692_803_367 + ((draw.beacon_round or 0) - 1) * 3
    assert 60 < time - giveaway.ends_at.timestamp() <= 63
