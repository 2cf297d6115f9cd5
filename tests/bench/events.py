"""Pages of events by type and time, and by a JSON field, on a big table: their plans, and what they take.

Every plan is checked, of every page that is asked for: one partition, read by its index in the order of the page, or
the benchmark fails. Times are those of the project's own querysets, rows made into objects, against looking one event
up by its key. Nothing is read twice, so both meet what is in memory and what is not.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.bench.databases import database
from tests.bench.manage import apart, migrated, options_apart

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tests.bench.event_rows import MonthOfEvents

PAGE = 50
WARM = 3  # the first ones also open the connection and read the catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--asks", type=int, default=300, help="Of each kind of page.")


def run(options: argparse.Namespace) -> None:
    with database("slipway_bench_events") as url:
        apart(migrated(url), "tests.bench.events", options)


def measure(rows: int, asks: int) -> None:
    from django.db import connection

    from tests.bench.event_rows import fill, planned

    months = planned(rows)
    began = time.perf_counter()
    fill(months)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('events_event')")
        [size] = cursor.fetchone()
    print(
        f"  {rows:,} events in {len(months)} months, {size / 2**30:.1f} GiB with indexes, made and analysed in ", end=""
    )
    print(f"{time.perf_counter() - began:,.0f} s", flush=True)
    found = _measured(months, asks)
    lookup = statistics.median(found.pop("by key"))
    print(f"  {'by key':38} median {lookup * 1e3:7.2f} ms")
    for name, times in found.items():
        median, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"  {name:38} median {median * 1e3:7.2f} ms, p95 {slow * 1e3:7.2f} ms,", end="")
        print(f" p95 against the median by key: {slow / lookup:5.1f}", flush=True)


def _measured(months: list[MonthOfEvents], asks: int) -> dict[str, list[float]]:
    """Seconds of each kind of question, asked in turns."""
    from django.db import connection

    from events.models import Event

    dice = random.Random(1)
    rows, own = Counter[str](), Counter[str]()
    times: dict[str, list[float]] = {}
    pages = _pages()
    for ask in range(asks + WARM):
        month, number = _any(months, dice)
        key, at = month.key(number), month.at(number)
        began = time.perf_counter()
        event = Event.objects.get(pk=key)
        seconds = {"by key": time.perf_counter() - began}
        for name, (page, indexes) in pages.items():
            month, number = _any(months, dice)
            queryset = page(month, number, dice)[:PAGE]
            began = time.perf_counter()
            shown = list(queryset)
            seconds[name] = time.perf_counter() - began
            rows[name] += len(shown)
            own[name] += (
                _check(name, connection.ops.compose_sql(*queryset.query.sql_with_params()), month, indexes)
                == indexes[0]
            )
        if event.created_at != at:
            raise SystemExit(f"{event.pk} is not the event that was asked for")
        if ask >= WARM:
            for name, one in seconds.items():
                times.setdefault(name, []).append(one)
    for name, (_, indexes) in pages.items():
        if not rows[name]:
            raise SystemExit(f"{name}: no page showed anything")
        asked = asks + WARM
        print(f"  {name}: {rows[name] / asked:.1f} rows a page, by {indexes[0]} {own[name] / asked:.0%}", flush=True)
    return times | _admin(months, asks, dice)


def _any(months: list[MonthOfEvents], dice: random.Random) -> tuple[MonthOfEvents, int]:
    """An event by its number, and its month."""
    number = dice.randint(1, months[-1].last)
    return next(month for month in months if number <= month.last), number


def _pages() -> dict[str, tuple[Callable[[MonthOfEvents, int, random.Random], QuerySet[Any]], tuple[str, ...]]]:
    """What is asked for, about a month and one of its events, and the index that should answer."""
    from events.admin import EventAdmin
    from events.models import Event
    from tests.bench.event_rows import ADDRESSES, INTENTS, SKEW, WORKFLOWS, ticket_of

    def of_month(one: MonthOfEvents) -> Any:
        return Event.objects.received_between(one.month.start, one.month.end).newest_first()

    def of_a_day(one: MonthOfEvents, number: int) -> Any:
        end = one.at(number)
        return Event.objects.received_between(max(one.month.start, end - timedelta(days=1)), end).newest_first()

    def workflow(dice: random.Random) -> str:
        return dice.choice(list(WORKFLOWS))

    def address(dice: random.Random) -> str:
        return f"team{int(ADDRESSES * dice.random() ** SKEW)}@shop.example"

    by_type = ("events_event_by_workflow", "events_event_pkey")  # where most are of that type, the key is as good
    return {
        "type and day": (lambda one, number, dice: of_a_day(one, number).of_workflow(workflow(dice)), by_type),
        "type and month": (lambda one, _, dice: of_month(one).of_workflow(workflow(dice)), by_type),
        "type and month, columns of the list": (
            lambda one, _, dice: of_month(one).of_workflow(workflow(dice)).defer(*EventAdmin.list_defer),
            by_type,
        ),
        "ticket (JSON) and month": (
            lambda one, number, _: of_month(one).about_ticket(ticket_of(number)),
            ("events_event_by_ticket",),
        ),
        "address (JSON) and month": (
            lambda one, _, dice: of_month(one).sent_to(address(dice)),
            ("events_event_by_recipient",),
        ),
        "intent (JSON) and month": (
            lambda one, _, dice: of_month(one).with_intent(dice.choice(INTENTS)),
            ("events_event_by_intent",),
        ),
    }


def _admin(months: list[MonthOfEvents], asks: int, dice: random.Random) -> dict[str, list[float]]:
    """Whole answers of the staff's list, of pages in the middle: filters, bounded count and HTML included."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from operations.admin.keyset import Cursor
    from tests.bench.event_rows import WORKFLOWS

    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.create_superuser("staff@shop.example", password=None))
    address = reverse("admin:events_event_changelist")
    times: list[float] = []
    for ask in range(asks // 5 + WARM):
        one, number = _any(months, dice)
        key = one.key(number)
        chosen = {
            "month": str(one.month),
            "workflow": dice.choice(list(WORKFLOWS)),
            "after": Cursor(key, key).encoded(),
        }
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address, chosen)
        seconds = time.perf_counter() - began
        if answer.status_code != 200:
            raise SystemExit(f"The admin's list was not answered by 200: {answer.status_code}")
        [page] = [query["sql"] for query in queries if f"LIMIT {PAGE + 1}" in query["sql"]]
        _check("admin", page, one, ("events_event_by_workflow", "events_event_pkey"))
        if ask >= WARM:
            times.append(seconds)
    return {"admin, type and month, deep": times}


def _check(name: str, sql: str, one: MonthOfEvents, indexes: tuple[str, ...]) -> str:
    """Which of the indexes is used; the plan must read one partition, by one of them, and sort nothing."""
    from tests.plans import index_of, plan_of

    plan = plan_of(sql)
    read = {node["Relation Name"]: node.get("Index Name", "") for node in plan if "Relation Name" in node}
    table = one.month.table
    used = next((index for index in indexes if read == {table: index_of(table, index)}), None)
    if used is None or any("Sort" in node["Node Type"] for node in plan):
        kinds = ", ".join(node["Node Type"] for node in plan)
        raise SystemExit(f"{name}: expected {table} by {' or '.join(indexes)}, not {read} by {kinds}\n{sql}")
    return used


if __name__ == "__main__":
    chosen = options_apart(add_arguments)
    measure(chosen.rows, chosen.asks)
