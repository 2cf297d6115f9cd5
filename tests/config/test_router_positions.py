"""How a position is carried, and what a made-up one is worth."""

from __future__ import annotations

import pytest

from config.routing.positions import read_token, token
from config.routing.replicas import WATCH


@pytest.fixture(autouse=True)
def known_primary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WATCH, "system", "7300000000000000001")
    monkeypatch.setattr(WATCH, "timeline", 1)
    monkeypatch.setattr(WATCH, "flushed", 0x5000)


def test_a_position_survives_its_token() -> None:
    assert read_token(token(0x1234ABCD)) == 0x1234ABCD


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: "",
        lambda good: "0",
        lambda good: good[:-1],
        lambda good: good[:-1] + ("0" if good[-1] != "0" else "1"),
        lambda good: f"{good.split('-')[0]}-ffffffffffffffff-{good.split('-')[2]}",
        lambda good: good * 1000,
        lambda good: "\x00\ud800🙂",
        lambda good: "-".join(["f" * 8, "f" * 16, "0" * 24]),
    ],
)
def test_a_forged_position_is_none(spoil: object) -> None:
    assert read_token(spoil(token(0x1234ABCD))) is None  # type: ignore[operator]


def test_a_position_of_another_timeline_asks_for_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(WATCH, "timeline", WATCH.timeline + 1)
        written = token(2**60)

    assert read_token(written) == WATCH.flushed


def test_a_position_of_another_site_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(WATCH, "system", "1")
        written = token(1)

    assert read_token(written) is None
