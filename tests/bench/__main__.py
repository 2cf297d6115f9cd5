"""`make bench`, or `make bench ARGS="import --tracks 200000"` for one of them."""

from __future__ import annotations

import argparse

import django


def main() -> None:
    django.setup()
    from tests.bench import delta, draws, events, http, imports, joins, postgres_sources, reads, redis_reading, scale

    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    benchmarks = parser.add_subparsers(dest="name")
    known = (
        ("import", imports, "The whole import with proofs against COPY and pgloader."),
        ("delta", delta, "A second import of the same source, and the proofs alone."),
        ("scale", scale, "Ten times the records: time and memory."),
        ("redis", redis_reading, "An import from Redis against redis-py that only reads."),
        ("postgres", postgres_sources, "Imports of events and of the shop against pg_dump | pg_restore."),
        ("events", events, "Pages of ten million events by type, time and JSON field: plans, and time against a key."),
        ("http", http, "Popular tracks from the cache against an empty view."),
        ("reads", reads, "An uncached list against one by hand, the router, a thousand readers."),
        ("joins", joins, "Joins against the least that there is."),
        ("draws", draws, "A draw over a million entrants, and its verifier."),
    )
    for name, benchmark, summary in known:
        benchmark.add_arguments(benchmarks.add_parser(name, help=summary))
    chosen = parser.parse_args()
    for name, benchmark, _ in known:
        if chosen.name in {None, name}:
            defaults = benchmarks.choices[name].parse_args([]) if chosen.name is None else chosen
            benchmark.run(defaults)


if __name__ == "__main__":
    main()
