"""Ten times the records: how much longer an import takes, and how much memory its process needs.

The bars: at most 11 times as long, and at most 300 MiB.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from catalog.legacy.sample import write_sample
from tests.bench.databases import database
from tests.bench.manage import Taken, manage, migrated

FACTOR = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", type=int, default=1_000_000, help="And ten times as many.")


def run(options: argparse.Namespace) -> None:
    small, large = (_imported(options.records * factor) for factor in (1, FACTOR))
    print(f"  {FACTOR} times the records take {large.seconds / small.seconds:.1f} times as long")
    print(f"  the process needs {large.mebibytes / small.mebibytes:.2f} times the memory, {large.mebibytes:.0f} MiB")


def _imported(records: int) -> Taken:
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, database("slipway_bench") as url:
        file = Path(folder) / "normaldance.db"
        write_sample(file, generation="D", users=records // 11, tracks=records * 10 // 11, dirt=0)
        taken = manage(migrated(url), "import_legacy", "normaldance", "--from", f"sqlite:///{file}")
    print(f"  {records:,} records: {taken.seconds:.1f} s, {taken.mebibytes:.0f} MiB at most", flush=True)
    return taken
