"""Redis read for an import, against redis-py that only reads: SCAN, then every value by its type.

The bar: at least half its rate, for the reader alone: until all that there is has been read, put in order and parted
into records. What it takes to hand them out, and the whole import with the rows that it writes and both proofs, are
told beside it. Elements are strings, and the members and fields of all that has any.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import Any

import redis

from giveaways.legacy.sample import write_sample
from operations.importing.importer import BATCH_SIZE
from operations.importing.planning import legacy_source
from operations.importing.reader import open_source
from operations.sandbox import Sandbox
from tests.bench.databases import database
from tests.bench.manage import manage, migrated

AT_ONCE = 1_000
BAR = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--entrants", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)


def run(options: argparse.Namespace) -> None:
    with Sandbox(("cache",)) as sandbox:
        url = sandbox.cache.url
        users = max(100, options.entrants // 20)
        write_sample(url, giveaways=max(10, options.entrants // 500), users=users, entrants=options.entrants, dirt=0)
        rounds = [_round(url) for _ in range(options.rounds)]
    elements = statistics.median_low(one[0] for one in rounds)
    alone, reading, handing, importing = (statistics.median(one[place] for one in rounds) for place in (1, 2, 3, 4))
    print(f"{elements:,} elements, median of {options.rounds}:")
    print(f"  redis-py alone {alone:.1f} s, the reader {reading:.1f} s, handing out {handing:.1f} s more")
    print(f"  the reader has {alone / reading:.2f} of the rate of redis-py alone (the bar: {BAR})")
    print(f"  with handing out {alone / (reading + handing):.2f}")
    print(f"  the whole import with proofs {importing:.1f} s: {alone / importing:.2f}")


def _round(source: str) -> tuple[int, float, float, float, float]:
    started = time.perf_counter()
    with closing(redis.Redis.from_url(source)) as client:
        found, elements = client.scan_iter(count=AT_ONCE), 0
        while keys := list(islice(found, AT_ONCE)):
            elements += _read(client, keys)
    alone = time.perf_counter() - started
    started = time.perf_counter()
    with open_source(legacy_source("giveaways"), source) as reader:
        reading = time.perf_counter() - started
        for table in reader.tables():
            for _ in reader.batches(table, size=BATCH_SIZE):
                pass
        handing = time.perf_counter() - started - reading
    with database("slipway_bench") as url:
        importing = manage(migrated(url), "import_legacy", "giveaways", "--from", source).seconds
    print(
        f"  redis-py {alone:.1f} s, the reader {reading:.1f} s and {handing:.1f} s, import {importing:.1f} s",
        flush=True,
    )
    return elements, alone, reading, handing, importing


def _read(client: redis.Redis, keys: list[bytes]) -> int:
    kinds = client.pipeline(transaction=False)
    for key in keys:
        kinds.type(key)
    values = client.pipeline(transaction=False)
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": values.get,
        b"set": values.smembers,
        b"hash": values.hgetall,
        b"zset": lambda key: values.zrange(key, 0, -1, withscores=True),
        b"list": lambda key: values.lrange(key, 0, -1),
        b"stream": values.xrange,
    }
    for key, kind in zip(keys, kinds.execute(), strict=True):
        readers[kind](key)
    return sum(1 if isinstance(value, bytes) else len(value) for value in values.execute())
