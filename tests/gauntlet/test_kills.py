"""Whatever is killed, and whenever: the same command, run again, goes on, loses nothing and doubles nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gauntlet.arena import Arena, Store, giveaways, normaldance, opened_arena
from tests.gauntlet.kills import Gauntlet, plan


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with opened_arena() as arena:
        yield arena


def store_of(source: str, arena: Arena, folder: Path, *, scale: int, seed: int) -> Store:
    if source == "normaldance":
        return normaldance(folder / "production.db", users=100 * scale, tracks=250 * scale, seed=seed)
    # A database of its own, next to the one before.
    return giveaways(arena.sandbox.cache.url.replace("db=0", f"db={scale}"), entrants=500 * scale, seed=seed)


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        ("normaldance", plan(1, importers=1, sessions=1, postmasters=1)),
        ("giveaways", plan(2, importers=1, sessions_asked_to_end=1)),
    ],
)
def test_an_import_that_is_killed_goes_on(
    source: str, ways: list[str], arena: Arena, tmp_path: Path, say: Callable[[str], None]
) -> None:
    store = store_of(source, arena, tmp_path, scale=1, seed=7)

    tally = Gauntlet(arena, store, seed=7, batch=50).run(ways)

    say(str(tally))
    assert tally.kills.total() == len(ways)


@pytest.mark.gauntlet
@pytest.mark.parametrize(
    ("source", "ways"),
    [
        ("normaldance", plan(3, importers=100, sessions_asked_to_end=5, sessions=5, postmasters=3)),
        ("giveaways", plan(4, importers=100, sessions_asked_to_end=5, sessions=5, postmasters=2)),
    ],
)
def test_hundreds_of_kills_lose_and_double_nothing(
    source: str, ways: list[str], arena: Arena, tmp_path: Path, say: Callable[[str], None]
) -> None:
    store = store_of(source, arena, tmp_path, scale=6, seed=11)

    tally = Gauntlet(arena, store, seed=11).run(ways)

    say(str(tally))
    assert tally.kills.total() == len(ways)
