from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.charts import SMALLEST, WHOLE, Part, apportion, ceiling, column_chart, stacked_bar


def test_lengths_are_in_proportion() -> None:
    assert apportion([1, 1, 2], 4) == [2500, 2500, 5000]


def test_what_is_not_read_yet_stays_empty() -> None:
    assert apportion([25, 25], 100) == [2500, 2500]


def test_rounding_goes_to_the_largest_remainders() -> None:
    assert apportion([1, 1, 1], 3) == [3334, 3333, 3333]


def test_a_single_record_among_a_million_is_seen() -> None:
    assert apportion([1_000_000, 0, 1], 0) == [WHOLE - SMALLEST, 0, SMALLEST]


def test_nothing_has_no_length() -> None:
    assert apportion([0, 0], 0) == [0, 0]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.integers(0, 10**9))
def test_lengths_add_up_and_show_all_that_is_there(values: list[int], more: int) -> None:
    whole = sum(values) + more

    lengths = apportion(values, whole)

    assert sum(lengths) == (sum(values) * WHOLE // whole if whole else 0)
    assert all(length >= 0 for length in lengths)
    if sum(lengths) >= SMALLEST * len(values):
        assert [bool(length) for length in lengths] == [bool(value) for value in values]


def test_a_stacked_bar_says_what_it_shows() -> None:
    bar = stacked_bar("tracks", [Part("loaded", "loaded", 9_900), Part("kept", "kept", 0), Part("rejected", "no", 100)])

    assert bar.title == "tracks"
    assert bar.description == "9,900 loaded, 100 no"
    assert [(segment.part.kind, segment.x, segment.width) for segment in bar.segments] == [
        ("loaded", "0.00%", "99.00%"),
        ("rejected", "99.00%", "1.00%"),
    ]


def test_an_empty_bar_says_so() -> None:
    bar = stacked_bar("tracks", [Part("loaded", "loaded", 0)])

    assert (bar.description, bar.segments) == ("nothing", ())


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 2), (2, 2), (3, 4), (7, 8), (10, 10), (11, 20), (4_567, 6_000), (10_001, 20_000)]
)
def test_a_scale_ends_at_a_round_number(value: int, expected: int) -> None:
    assert ceiling(value) == expected


def test_columns_stand_on_the_base_in_proportion() -> None:
    chart = column_chart("Tracks", [("Jan 2026", 5), ("Feb 2026", 10)])

    first, second = chart.columns
    assert (first.x, first.width, first.y, first.height) == ("6.25%", "37.50%", "46.00%", "40.00%")
    assert (second.x, second.width, second.y, second.height) == ("56.25%", "37.50%", "6.00%", "80.00%")
    assert (first.label_x, first.label_anchor) == ("25.00%", "middle")
    assert (second.label_x, second.label_anchor) == ("93.75%", "end")
    assert [(line.value, line.y) for line in chart.grid] == [(5, "46.00%"), (10, "6.00%")]
    assert chart.description == "Jan 2026: 5; Feb 2026: 10"


def test_only_some_of_many_columns_are_labelled_and_the_last_one_is() -> None:
    chart = column_chart("Tracks", [(str(place), place) for place in range(24)])

    assert [column.label for column in chart.columns if column.labelled] == [str(place) for place in range(2, 24, 3)]


def test_a_chart_of_nothing_is_empty() -> None:
    chart = column_chart("Tracks", [])

    assert (chart.columns, chart.description) == ((), "nothing")
