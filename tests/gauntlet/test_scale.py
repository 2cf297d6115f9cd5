"""The importer's memory does not grow with the source, and its time grows no faster than the source."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog.legacy.sample import write_sample
from tests.environment import leading_to
from tests.gauntlet.arena import PROJECT, Arena, opened_arena

PEAK_MIB = 300
MORE_TIME = 11  # at most, for ten times the records
TRACKS_PER_USER = 10


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with opened_arena() as arena:
        yield arena


@dataclass(frozen=True)
class Figures:
    """A whole import with both proofs."""

    records: int
    seconds: float
    peak_mib: float

    def __str__(self) -> str:
        rate = self.records / self.seconds
        return f"{self.records:,} records: {self.seconds:.1f} s, {rate:,.0f}/s, peak {self.peak_mib:.0f} MiB"


def measured(arena: Arena, folder: Path, tracks: int) -> Figures:
    file = folder / f"{tracks}.db"
    sample = write_sample(file, generation="B", users=tracks // TRACKS_PER_USER, tracks=tracks, dirt=0.001)
    database = arena.database()
    importing = [sys.executable, "manage.py", "import_legacy", "normaldance", "--from", f"sqlite:///{file}"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.gauntlet.measured", *importing],
        cwd=PROJECT,
        env=leading_to(arena.url(database)),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["status"] == 0, done.stderr
    arena.drop(database)
    file.unlink()
    return Figures(sum(sample.rows.values()), found["seconds"], found["peak_mib"])


@pytest.fixture(scope="module")
def million(arena: Arena, tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return measured(arena, tmp_path_factory.mktemp("million"), 1_000_000)


@pytest.mark.gauntlet
def test_a_million_records_take_little_memory(million: Figures, say: Callable[[str], None]) -> None:
    say(str(million))
    assert million.peak_mib < PEAK_MIB


@pytest.mark.gauntlet
def test_ten_times_the_records_take_at_most_eleven_times_the_time_and_no_more_memory(
    million: Figures, arena: Arena, tmp_path: Path, say: Callable[[str], None]
) -> None:
    ten = measured(arena, tmp_path, 10_000_000)

    say(str(ten))
    say(f"{ten.records / million.records:.2f} times the records in {ten.seconds / million.seconds:.2f} times the time")
    assert ten.peak_mib < PEAK_MIB
    assert ten.seconds <= million.seconds * MORE_TIME
