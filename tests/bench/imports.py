"""The whole import, proofs included, against the least that any tool could do with the same data on the same machine.

- COPY: the server's own COPY of the finished rows into the same tables, with the same indexes and constraints. It reads
  nothing, checks nothing and proves nothing.
- pgloader, where it is installed: the same file copied table by table as it is, all text, without indexes or proof.

The file has no dirt in it: pgloader ends a table at the first text that is not UTF-8.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from catalog.legacy.sample import write_sample
from tests.bench.databases import database
from tests.bench.manage import manage, migrated

TABLES = ("accounts_user", "accounts_identity", "catalog_track", "catalog_nftmemorial")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="Each figure is the median of so many.")


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        file = Path(folder) / "normaldance.db"
        print(f"Writing {options.users:,} users and {options.tracks:,} tracks of generation B", flush=True)
        sample = write_sample(file, generation="B", users=options.users, tracks=options.tracks, dirt=0)
        records = sum(sample.rows.values())
        rounds = [_round(file, Path(folder)) for _ in range(options.rounds)]
    names = list(rounds[0])
    medians = {name: statistics.median(one[name] for one in rounds) for name in names}
    print(f"{records:,} records, median of {options.rounds}:")
    for name in names:
        print(f"  {name:28} {medians[name]:8.1f} s {records / medians[name]:12,.0f} records/s")
    for name in names[1:]:
        print(f"  import with proofs takes {medians[names[0]] / medians[name]:.2f} times as long as {name}")


def _round(file: Path, folder: Path) -> dict[str, float]:
    """One measurement of everything, one after the other, so that noise hits all alike."""
    with database("slipway_bench") as url:
        migrated(url)
        found = {"import with proofs": _timed(lambda: _import(url, file)), "COPY": _copy(url, folder)}
    if shutil.which("pgloader"):
        with database("slipway_bench_pgloader") as url:
            found["pgloader"] = _timed(lambda: _pgloader(url, file))
    print("  " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found.items()), flush=True)
    return found


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _import(url: str, file: Path) -> None:
    manage(url, "import_legacy", "normaldance", "--from", f"sqlite:///{file}")


def _copy(url: str, folder: Path) -> float:
    """Take the finished rows out, empty the tables, and time only how they are copied back in."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table in TABLES:
            with (folder / table).open("wb") as rows, cursor.copy(f"COPY {table} TO STDOUT") as copy:
                for block in copy:
                    rows.write(block)
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        connection.commit()
        return _timed(lambda: _copy_back(connection, folder))


def _copy_back(connection: psycopg.Connection, folder: Path) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            with (folder / table).open("rb") as rows, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                while block := rows.read(1 << 20):
                    copy.write(block)
    connection.commit()


def _pgloader(url: str, file: Path) -> None:
    parts = urlsplit(url)
    place = parse_qs(parts.query)
    host = (
        f"unix:{place['host'][0]}:{place.get('port', ['5432'])[0]}" if "host" in place else parts.netloc.split("@")[-1]
    )
    target = f"postgresql://{parts.netloc.split('@')[0]}@{host}{parts.path}"
    # Left to its own types, it stops at the first DATETIME that holds a number, and at a default that it cannot read.
    casts = ", ".join(
        f"type {kind} to text drop default" for kind in ("datetime", "boolean", "integer", "real", "jsonb")
    )
    load = file.with_suffix(".load")
    load.write_text(
        f"LOAD DATABASE FROM sqlite://{file} INTO {target} WITH include drop, create tables, create no indexes, "
        f"no foreign keys, reset no sequences CAST {casts};"
    )
    subprocess.run(["pgloader", "--quiet", str(load)], check=True, stdout=sys.stderr)  # noqa: S607
