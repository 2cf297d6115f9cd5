"""The text of a list of winners: all of it is either an id, a repetition or reported."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giveaways.winner_list import HIGHEST_ID, Item, parse

IDS = st.lists(st.integers(1, HIGHEST_ID), max_size=30)
SEPARATORS = st.lists(st.sampled_from(["\n", "\r\n", ",", " ", "\t", ", ", " \t\n"]), min_size=30, max_size=30)


@given(ids=IDS, separators=SEPARATORS)
def test_ids_come_out_in_their_order_whatever_stands_between_them(ids: list[int], separators: list[str]) -> None:
    text = "".join(f"{number}{separator}" for number, separator in zip(ids, separators, strict=False))

    parsed = parse(text.encode())

    assert parsed.ids == tuple(dict.fromkeys(ids))
    assert parsed.unknown == ()
    assert len(parsed.repeated) == len(ids) - len(set(ids))


@given(st.binary(max_size=400))
def test_nothing_of_a_list_is_passed_over(content: bytes) -> None:
    parsed = parse(content)

    pieces = [piece for piece in re.split(rb"[\s,]+", content.removeprefix(b"\xef\xbb\xbf")) if piece]
    assert len(parsed.ids) + len(parsed.repeated) + len(parsed.unknown) == len(pieces)


@pytest.mark.parametrize(
    ("piece", "shown"),
    [
        (b"@somebody", "@somebody"),
        (b"0", "0"),
        (b"007", "007"),
        (b"-7", "-7"),
        (b"7.0", "7.0"),
        (b"7;8", "7;8"),
        (b"9223372036854775808", "9223372036854775808"),
        ("٧".encode(), "٧"),
        (b"\xff\xfe7", "\\xff\\xfe7"),
        (b"7\x008", "7\x008"),
        (b"9" * 70, "9" * 64 + "…"),
    ],
)
def test_what_is_no_id_is_reported_with_its_line(piece: bytes, shown: str) -> None:
    parsed = parse(b"5\n" + piece + b",6\r\n")

    assert parsed.ids == (5, 6)
    assert parsed.unknown == (Item(2, shown),)


def test_what_comes_again_is_reported_with_its_line() -> None:
    parsed = parse(b"\xef\xbb\xbf7\n8 7\n\n9223372036854775807,7")

    assert parsed.ids == (7, 8, HIGHEST_ID)
    assert parsed.repeated == (Item(2, "7"), Item(4, "7"))
