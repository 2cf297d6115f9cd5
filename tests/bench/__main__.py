"""`make bench`, or `make bench ARGS="import --tracks 200000"` for one of them."""

from __future__ import annotations

import argparse

import django


def main() -> None:
    django.setup()
    from tests.bench import http, imports, joins

    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    benchmarks = parser.add_subparsers(dest="name")
    imports.add_arguments(
        benchmarks.add_parser("import", help="The whole import with proofs against COPY and pgloader.")
    )
    http.add_arguments(benchmarks.add_parser("http", help="Popular tracks from the cache against an empty view."))
    joins.add_arguments(benchmarks.add_parser("joins", help="Joins against the least that there is."))
    chosen = parser.parse_args()
    for name, benchmark in (("import", imports), ("http", http), ("joins", joins)):
        if chosen.name in {None, name}:
            defaults = benchmarks.choices[name].parse_args([]) if chosen.name is None else chosen
            benchmark.run(defaults)


if __name__ == "__main__":
    main()
