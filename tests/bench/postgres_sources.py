"""Imports from PostgreSQL, proofs included, against `pg_dump | pg_restore` of the same tables on the same machine.

The bar: at most three times as long. What pg_restore leaves is the legacy schema as it was, with its rows, indexes and
constraints, all from one stream; nothing of it is proven. The import is the command as an operator runs it, from the
start of its process to its report, into a database that was migrated before; statistics are among what it leaves.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from catalog.legacy.shop_sample import write_shop_sample
from events.legacy.sample import write_sample as write_events
from operations.sandbox.binaries import find_binaries
from tests.bench.databases import database
from tests.bench.manage import manage, migrated

ROWS_PER_ORDER = 4.5  # with its items, slips and its share of users and products
WRITERS: dict[str, Callable[[str, int], Any]] = {
    "events": lambda url, rows: write_events(url, generation="jsonb", events=rows, dirt=0),
    "shop": lambda url, rows: write_shop_sample(
        url, users=rows // 20, products=rows // 20, orders=int(rows / ROWS_PER_ORDER), dirt=0
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(WRITERS), action="append")


def run(options: argparse.Namespace) -> None:
    for name in options.only or sorted(WRITERS):
        with database("slipway_bench_source") as source:
            WRITERS[name](source, options.rows)
            rows = _rows(source)
            rounds = [_round(name, source) for _ in range(options.rounds)]
        copied, imported = (statistics.median(times) for times in zip(*rounds, strict=True))
        print(f"{name}, {rows:,} rows, median of {options.rounds}:")
        print(f"  pg_dump | pg_restore {copied:.1f} s, import with proofs {imported:.1f} s")
        print(f"  the import takes {imported / copied:.2f} times as long")


def _rows(source: str) -> int:
    """All rows of all tables, counted. Vacuumed as well: neither of both has to do it on the way."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        counts = [sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)) for (name,) in tables.fetchall()]
        found = connection.execute(sql.SQL(" UNION ALL ").join(counts)).fetchall()
        return sum(count for (count,) in found)


def _round(name: str, source: str) -> tuple[float, float]:
    with database("slipway_bench_copy") as copy:
        copied = _copied(source, copy)
    with database("slipway_bench") as url:
        imported = manage(migrated(url), "import_legacy", name, "--from", source).seconds
    print(f"  {name}: pg_dump | pg_restore {copied:.1f} s, import {imported:.1f} s", flush=True)
    return copied, imported


def _copied(source: str, copy: str) -> float:
    dump, restore = (find_binaries().postgres_program(name) for name in ("pg_dump", "pg_restore"))
    started = time.perf_counter()
    with subprocess.Popen(
        [dump, "--format=custom", "--compress=0", f"--dbname={source}"], stdout=subprocess.PIPE
    ) as out:
        subprocess.run([restore, "--no-owner", f"--dbname={copy}"], stdin=out.stdout, check=True)
    return time.perf_counter() - started
