"""Imports that are killed at seeded random instants until they have come to their end all the same.

An instant is a number of records that must be committed first, and a moment after that. Ways to kill: the importer,
one of its sessions (asked to end, or killed: then the server starts anew by itself), the postmaster alone.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from operations.sandbox.family import wait_until
from tests.gauntlet.arena import PATIENCE, Arena, Import, Store
from tests.gauntlet.course import Course, Standing
from tests.gauntlet.outcome import Outcome, outcome, reports, runs

BATCH = 20  # records
STRIDE = 0.2  # of a source: so much, on average, gets done between two kills
LONGEST_DELAY = 0.04  # seconds: a batch takes a third of it
STARTING = 1.6  # seconds, in which an import starts, reads its source and begins

Kill = Callable[[Arena, Course, Import, random.Random], None]


@dataclass
class Tally:
    """What was done: kills by their way, the records committed at each, the records that each cost."""

    kills: Counter[str] = field(default_factory=Counter)
    instants: list[int] = field(default_factory=list)
    redone: list[int] = field(default_factory=list)
    rounds: int = 0
    batch: int = BATCH

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {way}" for way, count in sorted(self.kills.items()))
        batches = Counter(-(-records // self.batch) for records in self.redone)
        redone = ", ".join(f"{count} times {number}" for number, count in sorted(batches.items()))
        return (
            f"killed {kills}, in {self.rounds} imports, at {min(self.instants)} to {max(self.instants)} records; "
            f"batches of {self.batch} done again, where it could be counted: {redone or 'none'}"
        )


def kill_importer(arena: Arena, course: Course, importing: Import, seeded: random.Random) -> None:
    importing.process.kill()


def terminate_session(arena: Arena, course: Course, importing: Import, seeded: random.Random) -> None:
    for pid in _one_of(course.sessions(), seeded):
        arena.fetch(course.database, "SELECT pg_terminate_backend(%s)", pid)


def kill_session(arena: Arena, course: Course, importing: Import, seeded: random.Random) -> None:
    for pid in _one_of(course.sessions(), seeded):
        os.kill(pid, signal.SIGKILL)


def kill_postmaster(arena: Arena, course: Course, importing: Import, seeded: random.Random) -> None:
    arena.sandbox.primary.signal(signal.SIGKILL)
    importing.end()
    arena.sandbox.primary.start()


def _one_of(pids: list[int], seeded: random.Random) -> list[int]:
    return [seeded.choice(pids)] if pids else []


WAYS: dict[str, Kill] = {
    "importers": kill_importer,
    "sessions asked to end": terminate_session,
    "sessions": kill_session,
    "postmasters": kill_postmaster,
}
# After these the server has forgotten how many rows it inserted.
FORGETFUL = ("sessions", "postmasters")


def plan(seed: int, **times: int) -> list[str]:
    """Ways to kill, so many of each, in a seeded order."""
    ways = [way.replace("_", " ") for way, count in times.items() for _ in range(count)]
    random.Random(seed).shuffle(ways)
    return ways


class Gauntlet:
    """Kills imports of one store, one after the other, and compares each end with that of an undisturbed one."""

    def __init__(self, arena: Arena, store: Store, seed: int, batch: int = BATCH) -> None:
        self.arena = arena
        self.store = store
        self.seeded = random.Random(f"{seed}/{store.source}")
        self.tally = Tally(batch=batch)
        self.counts: object = None
        self.expected: Outcome = {}

    def _import(self, database: str) -> Import:
        return Import(self.store, self.arena.url(database), self.tally.batch)

    def undisturbed(self) -> None:
        database = self.arena.database()
        report = self._import(database).report()
        assert report["ok"]
        self.counts = report["entities"]
        self.expected = outcome(self.arena, database, self.store.source)
        self.arena.drop(database)

    def run(self, ways: list[str]) -> Tally:
        """Kill in all these ways, in as many imports as that takes."""
        self.undisturbed()
        remaining = iter(ways)
        way = next(remaining, None)
        while way is not None:
            way = self._round(way, remaining)
        return self.tally

    def _round(self, way: str | None, remaining: Iterator[str]) -> str | None:
        """One import with all that happens to it, to its end; gives the way to kill that comes next."""
        database = self.arena.database()
        course = Course(self.arena, database)
        self.tally.rounds += 1
        while way is not None and self._killed(course, way):
            way = next(remaining, None)
        self._check(database, self._import(database).report())
        self.arena.drop(database)
        return way

    def _killed(self, course: Course, way: str) -> bool:
        """Start the import and kill it; False if it came to its end before."""
        before = course.standing()
        importing = self._import(course.database)
        try:
            if not self._instant(course, importing, before):
                assert importing.end()[0] == 0, importing.end()
                return False
            WAYS[way](self.arena, course, importing, self.seeded)
            status = importing.end()[0]
        finally:
            importing.close()
        assert wait_until(self.arena.sandbox.primary.answers, PATIENCE)
        if status == 0:
            return False
        self._account(way, before, course.standing())
        return True

    def _instant(self, course: Course, importing: Import, before: Standing) -> bool:
        """Wait for a random instant; False if the import has ended before."""
        if self.seeded.random() < 0.1:
            time.sleep(self.seeded.random() * STARTING)
            return not importing.ended
        stride = self.seeded.randrange(int(self.store.records * STRIDE * 2))
        # Beyond the last record come statistics and proofs.
        goal = min(before.read + stride, self.store.records)
        if not course.wait_for(importing, goal):
            return False
        time.sleep(self.seeded.random() * LONGEST_DELAY)
        return not importing.ended

    def _account(self, way: str, before: Standing, after: Standing) -> None:
        """What is landed has its checkpoint, what has a checkpoint stays, and one batch at most was in vain."""
        assert after.landed == after.read >= before.read, (way, before, after)
        self.tally.kills[way] += 1
        self.tally.instants.append(after.read)
        if way not in FORGETFUL:
            redone = (after.inserted - before.inserted) - (after.landed - before.landed)
            self.tally.redone.append(redone)
            assert redone <= self.tally.batch, (way, before, after)

    def _check(self, database: str, last: dict[str, object]) -> None:
        """Nothing is lost, nothing doubled, nothing different."""
        finished = reports(self.arena, database)
        assert last["ok"]
        assert set(runs(self.arena, database)) == {"finished"}
        # A second one found the first just finished.
        assert len(finished) <= 2
        assert finished[0]["entities"] == self.counts
        for proof in finished[0]["proof"].values():
            assert (proof["differences"], proof["rows"]) == (0, sum(one["read"] for one in finished[0]["entities"]))
        found = outcome(self.arena, database, self.store.source)
        for table, rows in self.expected.items():
            assert found[table] == rows, table
