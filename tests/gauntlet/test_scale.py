"""The importer's memory does not grow with the source, and its time grows no faster than the source."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.legacy.sample import write_sample
from tests.gauntlet.arena import PROJECT, Arena, environment_of, opened_arena

PEAK_MIB = 300
MORE_TIME = 11  # at most, for ten times the records
TRACKS_PER_USER = 10


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with opened_arena() as arena:
        yield arena


def measured(arena: Arena, folder: Path, tracks: int) -> tuple[int, float, float]:
    """Records, seconds and peak memory of a whole import with both proofs."""
    file = folder / f"{tracks}.db"
    sample = write_sample(file, generation="B", users=tracks // TRACKS_PER_USER, tracks=tracks, dirt=0.001)
    database = arena.database()
    importing = [sys.executable, "manage.py", "import_legacy", "normaldance", "--from", f"sqlite:///{file}"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.gauntlet.measured", *importing],
        cwd=PROJECT,
        env=environment_of(arena.url(database)),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["status"] == 0, done.stderr
    arena.drop(database)
    file.unlink()
    return sum(sample.rows.values()), found["seconds"], found["peak_mib"]


@pytest.mark.gauntlet
def test_ten_times_the_records_take_at_most_eleven_times_the_time_and_no_more_memory(
    arena: Arena, tmp_path: Path, say: Callable[[str], None]
) -> None:
    figures = []
    for tracks in (1_000_000, 10_000_000):
        records, seconds, peak = measured(arena, tmp_path, tracks)
        say(f"{records:,} records: {seconds:.1f} s, {records / seconds:,.0f}/s with both proofs, peak {peak:.0f} MiB")
        figures.append((records, seconds, peak))

    (fewer, short, _), (more, long, _) = figures
    say(f"{more / fewer:.2f} times the records in {long / short:.2f} times the time")
    assert max(peak for *_, peak in figures) < PEAK_MIB
    assert long <= short * MORE_TIME
