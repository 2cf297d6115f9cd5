"""What callers did, in the order in which each did it, and what of it may not be."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import msgspec


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One write or read of a register; times are those of the machine's monotonic clock."""

    caller: str
    is_write: bool
    key: int
    value: int
    began: float
    ended: float
    failure: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def load(paths: Iterable[Path]) -> list[Step]:
    steps = [msgspec.json.decode(line, type=Step) for path in paths for line in path.read_bytes().splitlines()]
    return sorted(steps, key=attrgetter("began"))


@dataclass(frozen=True)
class Verdict:
    failed: list[Step]
    stale: list[Step]
    """Reads that miss what the caller has written."""
    backwards: list[Step]
    """Reads that miss what the caller has read before."""

    @property
    def is_clean(self) -> bool:
        return not (self.failed or self.stale or self.backwards)

    def __str__(self) -> str:
        return f"{len(self.failed)} failed, {len(self.stale)} stale, {len(self.backwards)} non-monotonic"


def judge(steps: Iterable[Step]) -> Verdict:
    """By what each caller knows itself: its own writes and reads, one after the other."""
    verdict = Verdict([], [], [])
    written: dict[tuple[str, int], int] = defaultdict(int)
    read: dict[tuple[str, int], int] = defaultdict(int)
    for step in steps:
        known = (step.caller, step.key)
        if step.failure:
            verdict.failed.append(step)
        elif step.is_write:
            written[known] = max(written[known], step.value)
        else:
            if step.value < written[known]:
                verdict.stale.append(step)
            if step.value < read[known]:
                verdict.backwards.append(step)
            read[known] = max(read[known], step.value)
    return verdict


def outdated(steps: Iterable[Step]) -> list[Step]:
    """Reads that miss a write which anybody had been told of before the read began."""
    steps = list(steps)
    told: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for step in sorted((step for step in steps if step.is_write and not step.failure), key=attrgetter("ended")):
        highest = told[step.key][-1][1] if told[step.key] else 0
        told[step.key].append((step.ended, max(highest, step.value)))
    found = []
    for step in steps:
        before = bisect_left(told[step.key], (step.began, 0))
        if not step.is_write and not step.failure and before and step.value < told[step.key][before - 1][1]:
            found.append(step)
    return found


def quantile(seconds: Iterable[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
