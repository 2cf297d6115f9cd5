"""What a second import of an unchanged source costs.

The bars: an unchanged source is recognised three times as fast as it was first imported; both proofs together compare
150,000 records a second.

An unchanged source is proven as thoroughly as one that is new: every column of every row is compared again, in both
ways, since it is the rows here that may have changed. So two ratios are told: of what the import itself does until
the proofs begin, which is what recognising is about, and of the whole commands.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from catalog.legacy.sample import write_sample
from tests.bench.databases import database
from tests.bench.manage import Import, imported, migrated

BAR = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        file = Path(folder) / "normaldance.db"
        sample = write_sample(file, generation="B", users=options.users, tracks=options.tracks, dirt=0)
        records = sum(sample.rows.values())
        rounds = [_round(file) for _ in range(options.rounds)]
    loading, recognising = (statistics.median(one[place].reading for one in rounds) for place in (0, 1))
    first, again = (statistics.median(one[place].command for one in rounds) for place in (0, 1))
    proofs = statistics.median(one.proofs for pair in rounds for one in pair)
    print(f"{records:,} records, median of {options.rounds}:")
    print(f"  imported in {loading:.1f} s, recognised in {recognising:.1f} s ({records / recognising:,.0f} records/s)")
    print(f"  recognised {loading / recognising:.1f} times as fast as imported (the bar: {BAR})")
    print(f"  with start and proofs {first:.1f} s and {again:.1f} s: {first / again:.1f} times as fast")
    print(f"  both proofs {proofs:.1f} s: {records / proofs:,.0f} records/s")


def _round(file: Path) -> tuple[Import, Import]:
    with database("slipway_bench") as url:
        migrated(url)
        first, again = (imported(url, "normaldance", "--from", f"sqlite:///{file}") for _ in range(2))
    proofs = f"proofs {first.proofs:.1f} and {again.proofs:.1f} s"
    print(f"  first {first.reading:.1f} s, again {again.reading:.1f} s, {proofs}", flush=True)
    return first, again
