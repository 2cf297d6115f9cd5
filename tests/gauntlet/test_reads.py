"""Readers see what they wrote, and never go back in time, whatever becomes of the replica.

GAUNTLET_PAIRS and GAUNTLET_CYCLES make the long runs shorter.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.sandbox import Sandbox
from tests.gauntlet import registers
from tests.gauntlet.disturbances import CYCLE, DISTURBANCES, caught_up, soon_back
from tests.gauntlet.history import Step, judge, load, outdated, quantile
from tests.gauntlet.workers import Worker, workers

PAIRS = int(os.environ.get("GAUNTLET_PAIRS", "100000"))
CYCLES = int(os.environ.get("GAUNTLET_CYCLES", "50"))
PROCESSES = 4
VISITS = 400
READS = 40  # after each write
KEPT_UP = 0.01  # seconds: the replica has replayed by then what a caller wrote

Say = Callable[[str], None]


def step(caller: str, is_write: bool, value: int, at: float) -> Step:
    return Step(caller, is_write, 0, value, at, at + 0.5)


def test_the_checker_finds_what_may_not_be() -> None:
    fine = [step("a", True, 5, 1), step("a", False, 5, 2), step("b", False, 4, 3), step("a", False, 6, 4)]
    stale = step("a", False, 4, 5)
    back = step("b", False, 3, 6)

    assert judge(fine).is_clean
    verdict = judge([*fine, stale, back, Step("c", False, 0, 0, 7, 8, "500")])
    assert verdict.stale == [stale]
    assert verdict.backwards == [stale, back]
    assert len(verdict.failed) == 1
    # By what anybody had been told, a stranger's old answer counts as well.
    assert outdated([*fine, stale]) == [fine[2], stale]
    assert outdated([step("a", True, 5, 1), step("b", False, 4, 1.2)]) == []  # both were under way at once


def told(everyone: list[Worker]) -> Counter[str]:
    """Why reads went where they did, over all processes."""
    reasons: Counter[str] = Counter()
    for worker in everyone:
        reasons.update(worker.answer()["reads"])
    return reasons


def run(sandbox: Sandbox, everyone: list[Worker], name: str, pairs: int) -> Counter[str]:
    with DISTURBANCES[name](sandbox):
        for worker in everyone:
            worker.order(do="pairs", limit=pairs // len(everyone))
        reasons = told(everyone)
    assert caught_up(sandbox)
    return reasons


@pytest.mark.django_db(transaction=True)
def test_a_few_pairs_are_right_while_the_replica_is_paused_and_frozen(sandbox: Sandbox, tmp_path: Path) -> None:
    registers.make(registers.CALLERS * 2)
    with workers(sandbox, "tests.gauntlet.pairs", 2, str(tmp_path)) as everyone:
        for name in ("paused", "frozen"):
            run(sandbox, everyone, name, 30)

    steps = load(tmp_path.iterdir())
    assert len(steps) == 2 * (20 * 3 + 10 * 4)
    assert str(judge(steps)) == "0 failed, 0 stale, 0 non-monotonic"


@pytest.mark.gauntlet
@pytest.mark.django_db(transaction=True)
def test_every_writer_sees_what_it_wrote_and_nobody_goes_back(sandbox: Sandbox, tmp_path: Path, say: Say) -> None:
    registers.make(registers.CALLERS * PROCESSES)
    before: Counter[str] = Counter()
    with workers(sandbox, "tests.gauntlet.pairs", PROCESSES, str(tmp_path)) as everyone:
        for name in DISTURBANCES:
            began = time.monotonic()
            reasons = run(sandbox, everyone, name, PAIRS // len(DISTURBANCES))
            counted = ", ".join(f"{reason} {int(count)}" for reason, count in (reasons - before).most_common())
            say(f"{name}: {time.monotonic() - began:.0f} s; {counted}")
            before = reasons

    steps = load(tmp_path.iterdir())
    verdict = judge(steps)
    say(f"{sum(one.is_write for one in steps):,} pairs, {len(steps):,} steps: {verdict}")
    assert verdict.is_clean, (verdict.failed[:3], verdict.stale[:3], verdict.backwards[:3])


def share(reads: Counter[str]) -> float:
    """Of the reads that may go to the replica, those that do."""
    return reads["replica"] / (reads.total() - reads["in transaction"] - reads["asked for"])


@pytest.mark.gauntlet
@pytest.mark.django_db(transaction=True)
def test_nearly_all_reads_are_on_a_replica_that_keeps_up(sandbox: Sandbox, tmp_path: Path, say: Say) -> None:
    registers.make(registers.CALLERS * PROCESSES)
    every, late = Counter[str](), Counter[str]()
    with workers(sandbox, "tests.gauntlet.pairs", PROCESSES, str(tmp_path)) as everyone:
        for worker in everyone:
            worker.order(do="visits", limit=VISITS // PROCESSES, reads=READS, eligible=KEPT_UP)
        for worker in everyone:
            answer = worker.answer()
            every += Counter(answer["every"])
            late += Counter(answer["late"])

    assert str(judge(load(tmp_path.iterdir()))) == "0 failed, 0 stale, 0 non-monotonic"
    say(
        f"{READS} reads after each of {VISITS} writes: {share(every):.1%} of all are on the replica, {share(late):.1%} "
        f"of those {KEPT_UP * 1000:.0f} ms or more after the caller's write; {dict(every)}"
    )
    assert share(late) >= 0.9


Faults = list[tuple[float, float]]  # from when to when by the monotonic clock, which all processes share
NOTICED = 0.15  # seconds after which nobody asks the replica any more


def waited(steps: list[Step], faults: Faults) -> str:
    """How long readers waited: those who may have met a fault themselves, and those who came later while it lasted."""
    reads = [one for one in steps if not one.is_write and not one.caller.startswith("job")]
    those = [[one.seconds for one in reads if one.ended > begin and one.began < begin + NOTICED] for begin, _ in faults]
    met = [max(seconds) for seconds in those if seconds]  # now and then all of them are writing
    assert len(met) >= 0.9 * len(faults)
    later = [one.seconds for one in reads if any(begin + NOTICED < one.began < end for begin, end in faults)]
    usual = [one.seconds for one in reads if not any(begin < one.ended and one.began < end for begin, end in faults)]
    half = {name: quantile(some, 0.5) * 1000 for name, some in (("met", met), ("later", later), ("usual", usual))}
    return (
        f"a read takes {half['usual']:.1f} ms, while a fault lasts {half['later']:.1f} ms; "
        f"the longest that met a fault {half['met']:.0f} ms, at most {max(met) * 1000:.0f} ms"
    )


@pytest.mark.gauntlet
@pytest.mark.django_db(transaction=True)
def test_no_request_fails_while_the_replica_dies_freezes_and_restarts(
    sandbox: Sandbox, tmp_path: Path, say: Say
) -> None:
    registers.make(registers.CALLERS * PROCESSES)
    over = tmp_path / "over"
    histories = tmp_path / "histories"
    histories.mkdir()
    faults: Faults = []
    with workers(sandbox, "tests.gauntlet.pairs", PROCESSES, str(histories)) as everyone:
        for worker in everyone:
            worker.order(do="pairs", limit=10**9, until=str(over))
        for number in range(CYCLES):
            begin, end = CYCLE[number % len(CYCLE)]
            soon_back(sandbox)
            time.sleep(0.3)  # what a checkpoint costs is over
            began = time.monotonic()
            begin(sandbox)
            time.sleep(0.4)  # it lasts
            faults.append((began, time.monotonic()))
            end(sandbox)
            assert caught_up(sandbox)
        over.touch()
        reasons = told(everyone)

    steps = load(histories.iterdir())
    verdict = judge(steps)
    say(f"{CYCLES} cycles, {len(steps):,} steps: {verdict}; {waited(steps, faults)}; {dict(reasons)}")
    assert verdict.is_clean, (verdict.failed[:3], verdict.stale[:3], verdict.backwards[:3])
