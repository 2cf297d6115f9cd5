"""Copies in the memory of the process."""

from __future__ import annotations

import time

import pytest

from config.caching.at_hand import AtHand
from config.routing.caller import Caller, calling


def test_a_copy_is_at_hand_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    at_hand = AtHand()
    at_hand.put("key", "value", ("rows",))

    monkeypatch.setattr(time, "monotonic", lambda: now + 0.99)
    assert at_hand.get("key") == "value"
    assert at_hand.get("other") is None
    monkeypatch.setattr(time, "monotonic", lambda: now + 1)
    assert at_hand.get("key") is None


def test_the_memory_for_copies_is_bounded() -> None:
    at_hand = AtHand()

    for number in range(1000):
        at_hand.put(number, number, ())

    assert len(at_hand._entries) <= AtHand.ENTRIES
    assert at_hand.get(999) == 999


def test_an_invalidation_takes_the_copies_that_show_its_rows() -> None:
    at_hand = AtHand()
    at_hand.put("both", 1, ("one", "two"))
    at_hand.put("other", 2, ("two",))

    at_hand.invalidate(("one",))

    assert at_hand.get("both") is None
    assert at_hand.get("other") == 2


def test_what_was_read_before_an_invalidation_is_not_put_at_hand() -> None:
    at_hand = AtHand()
    began = at_hand.beginning
    at_hand.invalidate(("rows",))

    at_hand.put("key", "outdated", ("rows",), began)

    assert at_hand.get("key") is None


@pytest.mark.parametrize("caller", [Caller(needed=1), Caller(unsettled=True), Caller(later=lambda: 1)])
def test_who_has_something_to_see_gets_no_copy(caller: Caller) -> None:
    at_hand = AtHand()
    at_hand.put("key", "value", ())

    with calling(caller):
        assert at_hand.get("key") is None
    with calling(Caller()):
        assert at_hand.get("key") == "value"
