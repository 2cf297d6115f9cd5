"""Who wins: known answers, shares that follow the weights, nothing that follows anything else."""

from __future__ import annotations

import hmac
from collections import Counter
from hashlib import sha256
from itertools import accumulate
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giveaways.drawing import merkle
from giveaways.drawing.ranking import Entry, key_of, number_below, winners
from tests.giveaways.chance import chi_squared_p
from tests.giveaways.lots import LIKELY, draw_often, p_values

KEY = sha256(b"key").digest()
weights = st.lists(st.integers(1, 50), min_size=1, max_size=40)


def entries(*tickets: int) -> list[Entry]:
    return [Entry(UUID(int=number), own) for number, own in enumerate(tickets, start=1)]


def drawn(tickets: list[int], count: int, key: bytes = KEY) -> list[int]:
    return winners(key=key, tickets=tickets, strata=[0] * len(tickets), count=count)


def test_an_entry_is_hashed_as_25_bytes() -> None:
    entry = Entry(UUID("0198f9a0-0000-7000-8000-0000000000ff"), tickets=258, stratum=3)

    assert entry.packed.hex() == "0198f9a0000070008000" + "0000000000ff" + "0000000000000102" + "03"


def test_the_key_is_an_hmac_of_all_that_was_published_under_the_secret_seed() -> None:
    seed, root, giveaway = bytes(range(32)), merkle.EMPTY, UUID(int=1)

    key = key_of(seed=seed, giveaway=giveaway, root=root, randomness=b"\x07" * 32)

    said = b"slipway-draw-1\x00" + bytes(15) + b"\x01" + root + b"\x07" * 32
    assert key == hmac.new(seed, said, sha256).digest()
    assert key != key_of(seed=seed, giveaway=giveaway, root=root)


def test_known_answers() -> None:
    some = entries(1, 2, 3, 4, 5, 6, 7, 8)
    root = merkle.root([merkle.leaf(entry.packed) for entry in some])
    key = key_of(seed=b"\x2a" * 32, giveaway=UUID(int=9), root=root)

    assert root.hex() == "806d53227ba49350ab2d7dadd966a0b7a0226b9f59aadc73105a5f97275786fe"
    assert key.hex() == "da7ad75e093fc90ed76e9a32f11c9213119d7c9c67086c3a044e9790181c4c02"
    assert [number_below(10, key=key, turn=turn) for turn in range(12)] == [0, 9, 5, 9, 6, 5, 4, 0, 8, 6, 4, 2]
    assert winners(key=key, tickets=[entry.tickets for entry in some], strata=[0] * 8, count=8) == [
        1,
        6,
        4,
        7,
        3,
        5,
        2,
        0,
    ]
    assert winners(key=key, tickets=[1] * 8, strata=[0] * 8, count=3) == [0, 5, 3]


@given(tickets=weights, count=st.integers(0, 50))
def test_the_ticket_that_is_pointed_at_wins(tickets: list[int], count: int) -> None:
    left = dict(enumerate(tickets))
    expected = []
    for turn in range(min(count, len(tickets))):
        number = number_below(sum(left.values()), key=KEY, turn=turn)
        ends = dict(zip(accumulate(left.values()), left, strict=True))
        winner = next(index for end, index in ends.items() if number < end)
        expected.append(winner)
        del left[winner]

    assert drawn(tickets, count) == expected


@given(tickets=weights, data=st.data())
def test_nobody_wins_twice_and_who_is_excluded_never(tickets: list[int], data: st.DataObject) -> None:
    everybody = list(range(len(tickets)))
    excluded = data.draw(st.sets(st.sampled_from(everybody)))

    found = winners(key=KEY, tickets=tickets, strata=[0] * len(tickets), count=100, excluded=excluded)

    assert sorted(found) == sorted(set(everybody) - excluded)


def test_a_lower_stratum_is_used_up_before_a_higher_one() -> None:
    strata = [2, 0, 1, 0, 2, 1]

    found = winners(key=KEY, tickets=[1, 1, 10**18, 1, 10**18, 1], strata=strata, count=6)

    assert [strata[index] for index in found] == [0, 0, 1, 1, 2, 2]


def test_tickets_beyond_64_bits_in_sum_are_exact() -> None:
    tickets = [2**63 - 1] * 5

    assert sorted(drawn(tickets, 5)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("bound", [1, 2, 3, 7, 10, 255, 256, 257])
def test_numbers_are_below_their_bound_and_all_come_up_alike(bound: int) -> None:
    counts = Counter(number_below(bound, key=KEY, turn=turn) for turn in range(40 * bound))

    assert set(counts) <= set(range(bound))
    if bound > 1:
        assert 0.001 < chi_squared_p([counts[number] for number in range(bound)], [40.0] * bound) < 0.999


def test_shares_follow_the_tickets() -> None:
    tickets = [1, 2, 3, 4, 10]
    draws = 2000

    first = Counter(drawn(tickets, 1, sha256(b"%d" % draw).digest())[0] for draw in range(draws))

    expected = [draws * own / sum(tickets) for own in tickets]
    assert 0.001 < chi_squared_p([first[index] for index in range(5)], expected) < 0.999


def test_who_comes_second_is_drawn_from_what_is_left() -> None:
    tickets = [1, 2, 3]
    draws = 3000

    orders = Counter(tuple(drawn(tickets, 2, sha256(b"second %d" % draw).digest())) for draw in range(draws))

    pairs = [(a, b) for a in range(3) for b in range(3) if a != b]
    expected = [draws * tickets[a] / 6 * tickets[b] / (6 - tickets[a]) for a, b in pairs]
    assert 0.001 < chi_squared_p([orders[pair] for pair in pairs], expected) < 0.999


def test_neither_position_nor_the_order_of_joining_nor_the_id_decides() -> None:
    found = p_values(draw_often(500, entries=20, places=2, seed=1), entries=20)

    assert len(found) == 6
    assert {name: p for name, p in found.items() if not LIKELY[0] < p < LIKELY[1]} == {}


def test_the_statistics_would_notice_a_modulo_bias() -> None:
    folded = Counter(int.from_bytes(sha256(b"%d" % draw).digest()[:1], "big") % 100 for draw in range(20_000))

    assert chi_squared_p([folded[number] for number in range(100)], [200.0] * 100) < LIKELY[0]
