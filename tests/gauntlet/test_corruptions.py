"""Whatever is spoiled in a target is named by table, key and column, by every proof that can see it, and alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
import redis
from django.core.management import call_command

from catalog.legacy.sample import Generation
from catalog.legacy.sample import write_sample as write_file
from operations.importing.importer import Options, import_source
from operations.importing.planning import legacy_source
from operations.importing.report import ProofResult
from operations.sandbox import Sandbox
from tests.gauntlet.arena import giveaways
from tests.gauntlet.corruptions import Spoiler
from tests.gauntlet.target import opened_target
from tests.operations.legacy_files import undone

pytestmark = pytest.mark.django_db

GENERATIONS: tuple[Generation, ...] = get_args(Generation)


@pytest.fixture(scope="module")
def cache() -> Iterator[Sandbox]:
    with Sandbox(("cache",)) as sandbox:
        yield sandbox


def file_of(folder: Path, generation: Generation, seed: int) -> str:
    path = folder / f"{generation}{seed}.db"
    write_file(path, generation=generation, users=200, tracks=300, seed=seed, dirt=0.1)
    return f"sqlite:///{path}"


def keys_of(cache: Sandbox, seed: int) -> str:
    with closing(redis.Redis.from_url(cache.cache.url)) as client:
        client.flushall()
    return giveaways(cache.cache.url, entrants=1_000, seed=seed).location


def spoil(source: str, location: str, *, times: int, seed: int) -> Spoiler:
    """Spoil a fresh import so many times, one thing at a time; every time the proofs must say exactly that."""
    assert import_source(legacy_source(source), location, Options()).ok
    wrong = []
    with opened_target(source, location) as target:
        spoiler = Spoiler(target, random.Random(f"{seed}/{source}"))
        for plan in spoiler.plans():
            for spoiled in plan():
                with undone():
                    if not spoiler.applied(spoiled):
                        continue
                    wrong.append(spoiled.verdict(target.differences()))
                break
            if len(wrong) == times:
                break
        assert target.differences() == (set(), set())
        every = spoiler.places()
    assert [verdict for verdict in wrong if verdict] == []
    if times > 2 * len(every):
        assert every - spoiler.columns == set()
    return spoiler


def told(spoiler: Spoiler) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in spoiler.used.most_common())
    refused = ", ".join(f"{count} {kind}" for kind, count in spoiler.refused.most_common()) or "none"
    return (
        f"{spoiler.used.total()} found in {len(spoiler.columns)} places: {kinds}; not taken by the database: {refused}"
    )


@pytest.fixture(autouse=True)
def all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is spoiled may cost more than the hundred places that a report shows."""
    monkeypatch.setattr(ProofResult, "NAMED", 100_000)


def test_corruptions_of_a_file_that_was_imported_are_named(tmp_path: Path, say: Callable[[str], None]) -> None:
    say(told(spoil("normaldance", file_of(tmp_path, "C", 1), times=25, seed=1)))


def test_corruptions_of_a_redis_that_was_imported_are_named(cache: Sandbox, say: Callable[[str], None]) -> None:
    say(told(spoil("giveaways", keys_of(cache, 1), times=15, seed=1)))


@pytest.mark.gauntlet
@pytest.mark.parametrize("generation", GENERATIONS)
def test_many_corruptions_of_every_generation_are_named(
    generation: Generation, tmp_path: Path, say: Callable[[str], None]
) -> None:
    say(told(spoil("normaldance", file_of(tmp_path, generation, 5), times=100, seed=5)))


@pytest.mark.gauntlet
def test_many_corruptions_of_a_redis_are_named(cache: Sandbox, say: Callable[[str], None]) -> None:
    say(told(spoil("giveaways", keys_of(cache, 5), times=250, seed=5)))


def verified(source: str, location: str) -> Counter[str]:
    """Import and verify as operators do; a difference ends the command with an error."""
    call_command("import_legacy", source, "--from", location, "--json")
    call_command("verify_legacy", source, "--from", location)
    return Counter({source: 1})


@pytest.mark.gauntlet
@pytest.mark.parametrize("seed", range(10))
def test_a_clean_target_raises_no_alarm(seed: int, cache: Sandbox, tmp_path: Path) -> None:
    with undone():
        verified("normaldance", file_of(tmp_path, GENERATIONS[seed % 4], 100 + seed))
    with undone():
        verified("giveaways", keys_of(cache, 100 + seed))
