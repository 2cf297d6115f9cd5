"""Joins: through HTTP, through the action, and with few and many entries.

- HTTP: against an empty POST view that opens one transaction (and so asks the database once), on the same server, in
  turns. Every join is of another person, who signs in by Telegram with it; limits are on, only out of reach.
- The action: against a bare INSERT ... ON CONFLICT DO NOTHING of the same row into the same table by psycopg.
- Entries: the action in a giveaway with a thousand of them and in one with a million.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

from tests.bench.databases import database
from tests.bench.manage import migrated
from tests.bench.serving import Client, request, served

FIRST_ID = 10_000_000_000  # Telegram id of the first person
FEW = 1_000
GIVEAWAY = """
    INSERT INTO giveaways_giveaway (creator_id, title, description, started_at, ends_at, duration, winners_count)
    VALUES ('p1', 'Bench', '', now(), now() + interval '1 day', 86400, 1) RETURNING id
"""
PEOPLE = "INSERT INTO accounts_user (id, first_name) SELECT 'p' || n, 'Ada' FROM generate_series(1, %s) AS n"
KNOWN = """
    INSERT INTO accounts_identity (user_id, provider, subject)
    SELECT 'p' || n, 'telegram', (%s + n)::text FROM generate_series(%s + 1, %s) AS n
"""
ENTRIES = """
    INSERT INTO giveaways_participant (giveaway_id, user_id, joined_at)
    SELECT %s, 'p' || n, now() FROM generate_series(2, %s + 1) AS n
"""
BARE = "INSERT INTO giveaways_participant (giveaway_id, user_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--entries", type=int, default=1_000_000, help="Of the giveaway with many.")
    parser.add_argument("--seconds", type=float, default=3.0, help="Length of one measurement by HTTP.")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--joins", type=int, default=1_000, help="In one measurement of the action.")
    parser.add_argument("--rounds", type=int, default=5, help="Each figure is the median of so many.")


def run(options: argparse.Namespace) -> None:
    spare = 4 * options.rounds * options.joins + int(options.rounds * options.seconds * 4_000)
    people = options.entries + 1 + spare
    with database("slipway_bench_joins") as url:
        giveaways = _filled(url, options.entries, people)
        joiners = iter(range(options.entries + 2, people + 1))
        with _settings_of(url):
            _actions(url, giveaways, joiners, options)
        _http(url, giveaways[FEW], joiners, options)


def _filled(url: str, many: int, people: int) -> dict[int, UUID]:
    """Giveaways by the number of their entries. Without triggers: filling is not what is measured."""
    migrated(url)
    print(f"Filling in {people:,} people and {many:,} entries", flush=True)
    giveaways = {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(PEOPLE, [people])
        connection.execute(KNOWN, [FIRST_ID, many + 1, people])
        for entries in (0, FEW, many):
            row = connection.execute(GIVEAWAY).fetchone()
            assert row
            giveaways[entries] = row[0]
            connection.execute(ENTRIES, [row[0], entries])
            count = "INSERT INTO giveaways_entrycount (giveaway_id, slot, count) VALUES (%s, 0, %s)"
            connection.execute(count, [row[0], entries])
        connection.execute("VACUUM ANALYZE")
    return giveaways


@contextmanager
def _settings_of(url: str) -> Iterator[None]:
    """This process's own connection of Django goes to the database at `url`."""
    from django.db import connections

    connections.close_all()
    settings = connections["default"].settings_dict
    before, pool = settings["NAME"], settings["OPTIONS"].pop("pool", None)
    settings["NAME"] = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    try:
        yield
    finally:
        connections.close_all()
        settings["NAME"] = before
        if pool:
            settings["OPTIONS"]["pool"] = pool


def _actions(url: str, giveaways: dict[int, UUID], joiners: Iterator[int], options: argparse.Namespace) -> None:
    from accounts.models import User
    from giveaways.actions.joining import join

    empty, few, many = giveaways.values()
    with psycopg.connect(url, autocommit=True) as connection:
        ways: dict[str, Callable[[int], object]] = {
            "bare INSERT": lambda n: connection.execute(BARE, [empty, f"p{n}"]),
            "actions.join": lambda n: join(giveaway_id=empty, user=User(id=f"p{n}")),
            "with few entries": lambda n: join(giveaway_id=few, user=User(id=f"p{n}")),
            "with many entries": lambda n: join(giveaway_id=many, user=User(id=f"p{n}")),
        }
        costs: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, way in ways.items():
                costs[name].append(_cost(way, joiners, options.joins))
    medians = {name: statistics.median(found) for name, found in costs.items()}
    for name, seconds in medians.items():
        print(f"  {name:22} {seconds * 1e6:8,.0f} µs a join (median of {options.rounds} × {options.joins})")
    share = medians["bare INSERT"] / medians["actions.join"]
    print(f"  actions.join: {share:.0%} of the bare INSERT's joins/s")
    ratio = medians["with many entries"] / medians["with few entries"]
    print(f"  a join costs {ratio:.2f} times as much with {options.entries:,} entries as with {FEW:,}")


def _cost(way: Callable[[int], object], joiners: Iterator[int], joins: int) -> float:
    people = [next(joiners) for _ in range(joins)]
    started = time.perf_counter()
    for number in people:
        way(number)
    return (time.perf_counter() - started) / joins


def _http(url: str, giveaway: UUID, joiners: Iterator[int], options: argparse.Namespace) -> None:
    environment = {
        "DATABASE_URL": url,
        "READ_DATABASE_URL": "",
        "JOIN_LIMIT": "60/60",
        "JOIN_ADDRESS_LIMIT": "900000000/60",
        "BOT_TOKEN": os.environ["BOT_TOKEN"],
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
    }
    rates: dict[str, list[float]] = {"empty transaction": [], "join": []}
    with served(environment) as port:
        empty = request(port, "POST", "/transaction")
        _rate(port, _repeated(empty, 500), options.connections, 60)
        _rate(port, _joins(port, giveaway, joiners, 500), options.connections, 60)
        for _ in range(options.rounds):
            enough = int(options.seconds * 4_000)
            rates["empty transaction"].append(
                _rate(port, _repeated(empty, enough), options.connections, options.seconds)
            )
            joins = _joins(port, giveaway, joiners, int(rates["empty transaction"][-1] * options.seconds))
            rates["join"].append(_rate(port, joins, options.connections, options.seconds))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for name, rate in medians.items():
        print(f"  {name:22} {rate:8,.0f} requests/s (median of {options.rounds})")
    print(f"  joins through HTTP: {medians['join'] / medians['empty transaction']:.0%} of the empty view's requests/s")


def _repeated(one: bytes, times: int) -> list[bytes]:
    return [one] * times


def _joins(port: int, giveaway: UUID, joiners: Iterator[int], number: int) -> list[bytes]:
    """Signed before the clock runs."""
    from tests.factories.telegram import init_data

    path = f"/api/giveaways/{giveaway}/join"
    people = [FIRST_ID + next(joiners) for _ in range(number)]
    return [request(port, "POST", path, {"X-Telegram-Init-Data": init_data(key)}) for key in people]


def _rate(port: int, requests: list[bytes], connections: int, seconds: float) -> float:
    """Requests per second, until all are sent or the time is over."""
    remaining, counts = iter(requests), [0] * connections
    lock = threading.Lock()
    ends = time.perf_counter() + seconds

    def work(place: int) -> None:
        client = Client(port)
        while time.perf_counter() < ends:
            with lock:
                one = next(remaining, None)
            if one is None:
                break
            status, body = client.ask(one)
            if status not in {200, 201}:
                raise SystemExit(f"Not answered by 200 or 201: {status} {body[:200]!r}")
            counts[place] += 1
        client.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)
