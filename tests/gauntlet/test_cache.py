"""One refill over all processes, nothing outdated, and no fault of Redis that a request feels.

GAUNTLET_ROUNDS, GAUNTLET_OPERATIONS and GAUNTLET_REQUESTS make the long runs shorter.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.sandbox import Sandbox
from tests.config.test_cache_faults import FAULTS
from tests.factories.catalog import TrackFactory
from tests.factories.shop import ProductCategoryFactory, ProductFactory
from tests.gauntlet import registers
from tests.gauntlet.disturbances import DISTURBANCES, caught_up
from tests.gauntlet.history import load, outdated
from tests.gauntlet.workers import Worker, workers

ROUNDS = int(os.environ.get("GAUNTLET_ROUNDS", "200"))
OPERATIONS = int(os.environ.get("GAUNTLET_OPERATIONS", "100000"))
REQUESTS = int(os.environ.get("GAUNTLET_REQUESTS", "10000"))
READERS = 500
CROWD = 8  # processes
MODULE = "tests.gauntlet.cached"
OWN = 4  # registers that each process writes

Say = Callable[[str], None]
pytestmark = pytest.mark.django_db(transaction=True)


def refills(everyone: list[Worker], key: str, readers: int) -> int:
    """How often the value was made for so many readers at once, all of whom got it."""
    threads = readers // len(everyone) + 1
    at = time.monotonic() + 0.3
    for worker in everyone:
        worker.order(do="crowd", key=key, at=at, threads=threads)
    answers = [worker.answer() for worker in everyone]
    assert sum(answer["right"] for answer in answers) == threads * len(everyone)
    return sum(answer["made"] for answer in answers)


def test_a_small_crowd_in_two_processes_refills_a_key_once(sandbox: Sandbox, tmp_path: Path) -> None:
    with workers(sandbox, MODULE, 2, str(tmp_path)) as everyone:
        assert [refills(everyone, f"crowd:small:{number}", 20) for number in range(3)] == [1, 1, 1]

        assert _refiller_dies(everyone[0], everyone[1]) < 10


def _refiller_dies(first: Worker, second: Worker) -> float:
    first.order(do="hang", key="crowd:hanging")
    assert first.answer() == {"refilling": True}
    killed = time.monotonic()
    first.kill()
    answer = second.ask(do="read", key="crowd:hanging")
    assert answer["value"] == "value"
    return float(answer["at"] - killed)


@pytest.mark.gauntlet
def test_five_hundred_readers_in_eight_processes_refill_a_key_once(sandbox: Sandbox, tmp_path: Path, say: Say) -> None:
    with workers(sandbox, MODULE, CROWD, str(tmp_path)) as everyone:
        found = Counter(refills(everyone, f"crowd:round:{number}", READERS) for number in range(ROUNDS))

        say(f"refills in {ROUNDS} rounds of {READERS} readers: {dict(found)}")
        assert found == {1: ROUNDS}


@pytest.mark.gauntlet
def test_a_refiller_that_is_killed_is_replaced_within_a_second(sandbox: Sandbox, tmp_path: Path, say: Say) -> None:
    with workers(sandbox, MODULE, 8, str(tmp_path)) as everyone:
        took = []
        for first in everyone[:-1]:
            took.append(_refiller_dies(first, everyone[-1]))
            # The next one begins on an empty cache.
            assert everyone[-1].ask(do="forget", key="crowd:hanging") == {}

    say(f"replaced after at most {max(took):.2f} s")
    assert max(took) < 1


@pytest.mark.gauntlet
@pytest.mark.parametrize("lateness", ["at once", "1 s late"])
def test_nothing_outdated_is_read_after_a_change_was_acknowledged(
    sandbox: Sandbox, tmp_path: Path, say: Say, lateness: str
) -> None:
    processes = 4
    registers.make(OWN * processes)
    assert caught_up(sandbox)
    with workers(sandbox, MODULE, processes, str(tmp_path)) as everyone, DISTURBANCES[lateness](sandbox):
        for number, worker in enumerate(everyone):
            worker.order(do="mixed", operations=OPERATIONS // 2 // processes, seed=number)
        answers = [worker.answer() for worker in everyone]
    assert caught_up(sandbox)

    steps = load(tmp_path.iterdir())
    found = outdated(steps)
    lookups: Counter[str] = Counter()
    reads: Counter[str] = Counter()
    for answer in answers:
        lookups.update(answer["outcomes"])
        reads.update(answer["reads"])
    say(f"{lateness}: {len(steps):,} steps, {len(found)} outdated; lookups {dict(lookups)}; reads {dict(reads)}")
    assert found == []


URLS = ["/api/tracks/popular", "/api/tracks/t1", "/api/categories", "/api/categories/fruits/products"]


@pytest.mark.gauntlet
def test_no_fault_of_redis_is_felt_by_a_request(sandbox: Sandbox, tmp_path: Path, say: Say) -> None:
    TrackFactory(id="t1")
    ProductFactory(category=ProductCategoryFactory(slug="fruits"), variants=2)
    assert caught_up(sandbox)
    with workers(sandbox, MODULE, 1, str(tmp_path)) as (worker,):
        worker.ask(do="requests", count=200, urls=URLS)
        for name, fault in FAULTS.items():
            usual = worker.ask(do="requests", count=REQUESTS, urls=URLS)
            with fault(sandbox):
                told = worker.ask(do="requests", count=REQUESTS, urls=URLS)
            back = worker.ask(do="until_hit", url=URLS[1], within=5)["seconds"]
            say(
                f"{name}: {told['statuses']}, p99 {told['p99'] * 1000:.2f} ms, before it {usual['p99'] * 1000:.2f} ms, "
                f"longest {told['longest'] * 1000:.0f} ms, hits again after {back:.2f} s; "
                f"{told['queries']} queries in {told['seconds']:.1f} s, before it {usual['queries']}"
            )
            assert told["statuses"] == {"200": REQUESTS}
            assert told["bodies"] == len(URLS)
            assert told["p99"] <= usual["p99"] + 0.005
            assert told["queries"] <= len(URLS) * (told["seconds"] + 2)  # each process, once a second for each list
            assert back < 1
