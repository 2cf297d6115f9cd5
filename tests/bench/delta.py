"""What a second import of an unchanged source costs, and what its proofs do alone.

The bars: an unchanged source is recognised three times as fast as it was first imported; both proofs together compare
150,000 records a second.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from catalog.legacy.sample import write_sample
from tests.bench.databases import database
from tests.bench.manage import manage, migrated


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
    first, second, proofs = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(f"{records:,} records, median of {options.rounds}, proofs included:")
    print(f"  first import {first:.1f} s, again {second:.1f} s, proofs alone {proofs:.1f} s")
    loading, recognising = first - proofs, second - proofs
    print(
        f"  recognised {first / second:.1f} times as fast as imported, {loading / recognising:.1f} without the proofs"
    )
    print(f"  both proofs: {records / proofs:,.0f} records/s")


def _round(file: Path) -> tuple[float, float, float]:
    with database("slipway_bench") as url:
        migrated(url)
        place = ("normaldance", "--from", f"sqlite:///{file}")
        first, second = (manage(url, "import_legacy", *place).seconds for _ in range(2))
        proofs = manage(url, "verify_legacy", *place).seconds
    print(f"  first {first:.1f} s, again {second:.1f} s, proofs {proofs:.1f} s", flush=True)
    return first, second, proofs
