"""`make bench`, or `make bench ARGS="import --tracks 200000"` for one of them."""

from __future__ import annotations

import argparse

import django


def main() -> None:
    django.setup()
    from tests.bench import draws, http, imports, reads

    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    benchmarks = parser.add_subparsers(dest="name")
    imports.add_arguments(
        benchmarks.add_parser("import", help="The whole import with proofs against COPY and pgloader.")
    )
    http.add_arguments(benchmarks.add_parser("http", help="Popular tracks from the cache against an empty view."))
    draws.add_arguments(benchmarks.add_parser("draws", help="A draw over a million entrants, and its verifier."))
    reads.add_arguments(
        benchmarks.add_parser("reads", help="An uncached list against one by hand, the router, a thousand readers.")
    )
    chosen = parser.parse_args()
    for name, benchmark in (("import", imports), ("http", http), ("draws", draws), ("reads", reads)):
        if chosen.name in {None, name}:
            defaults = benchmarks.choices[name].parse_args([]) if chosen.name is None else chosen
            benchmark.run(defaults)


if __name__ == "__main__":
    main()
