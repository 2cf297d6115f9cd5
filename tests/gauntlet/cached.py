"""A process that uses the cache as ordered: rounds of many readers at once, refills, changes, requests."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import django
import msgspec

django.setup()

from django.core.cache import cache  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from catalog.models import Address  # noqa: E402
from config.routing.caller import Caller, calling  # noqa: E402
from config.routing.probe import PROBE  # noqa: E402
from operations import metrics  # noqa: E402
from operations.invalidation import rows_changed  # noqa: E402
from tests.gauntlet import registers  # noqa: E402
from tests.gauntlet.history import Step, quantile  # noqa: E402
from tests.gauntlet.workers import say, serve  # noqa: E402

NUMBER, COUNT, FOLDER = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
MOST_THREADS = 64
OWN = 4  # registers that each process writes
pool = ThreadPoolExecutor(MOST_THREADS)


def crowd(key: str, at: float, threads: int) -> dict[str, Any]:
    """So many readers of one key, all at the same moment."""
    made: list[int] = []

    def make() -> str:
        made.append(1)
        time.sleep(0.05)  # a slow query
        return "value"

    together = Barrier(threads)

    def read() -> Any:
        together.wait()
        time.sleep(max(0.0, at - time.monotonic()))
        return cache.get_or_set(key, make, 60)

    found = [one.result() for one in [pool.submit(read) for _ in range(threads)]]
    return {"made": len(made), "right": found.count("value"), "outcomes": outcomes()}


def outcomes() -> dict[str, float]:
    found: Counter[str] = Counter()
    for labels, value in metrics.counted("cache_lookups"):
        found[labels["outcome"]] += int(value)
    return dict(found)


def hang(key: str) -> dict[str, Any]:
    """Begins a refill that never ends."""

    def make() -> None:
        say({"refilling": True})
        time.sleep(600)

    cache.get_or_set(key, make, 60)
    return {}


def read(key: str) -> dict[str, Any]:
    value = cache.get_or_set(key, lambda: "value", 60)
    return {"value": value, "at": time.monotonic()}


def forget(key: str) -> dict[str, Any]:
    cache.delete(key)
    return {}


def mixed(operations: int, seed: int) -> dict[str, Any]:
    """Changes of own rows in every way, and reads of everybody's through the cache, some of them slow."""
    chance = random.Random(seed + NUMBER)
    values = dict.fromkeys(range(OWN * NUMBER, OWN * (NUMBER + 1)), 0)
    steps: list[Step] = []
    for _ in range(operations):
        if chance.random() < 0.02:
            steps += _changed(chance, values)
        else:
            steps.append(_looked_up(chance, chance.randrange(OWN * COUNT)))
            connections.close_all()  # as at the end of a request
    (FOLDER / f"history-{NUMBER}.jsonl").write_bytes(b"".join(msgspec.json.encode(step) + b"\n" for step in steps))
    return {"steps": len(steps), "outcomes": outcomes(), "reads": dict(_reads())}


def _reads() -> Counter[str]:
    return Counter({labels["reason"]: int(value) for labels, value in metrics.counted("reads")})


def _one(key: int, value: int) -> None:
    row = Address.objects.get(pk=registers.place(key))
    row.delivery_zone = str(value)
    row.save()


def _raw(key: int, value: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_address SET delivery_zone = %s WHERE id = %s", [str(value), registers.place(key)]
        )


WAYS: list[Callable[[int, int], None]] = [_one, _raw, registers.write]


def _changed(chance: random.Random, values: dict[int, int]) -> list[Step]:
    in_bulk = chance.random() < 0.3
    keys = list(values) if in_bulk else [chance.choice(list(values))]
    value = max(values.values()) + 1
    began = time.monotonic()
    with transaction.atomic():
        if in_bulk:
            Address.objects.filter(pk__in=[registers.place(key) for key in keys]).update(delivery_zone=str(value))
        else:
            chance.choice(WAYS)(keys[0], value)
        rows_changed(["catalog.Address"])
    ended = time.monotonic()
    values.update(dict.fromkeys(keys, value))
    return [Step(str(NUMBER), True, key, value, began, ended) for key in keys]


def _looked_up(chance: random.Random, key: int) -> Step:
    slowness = chance.uniform(0.01, 0.1) if chance.random() < 0.05 else 0.0

    def make() -> int:
        value = registers.read(key)
        time.sleep(slowness)
        return value

    began = time.monotonic()
    with calling(Caller()):  # somebody who has seen nothing yet, and may read from the replica
        value = cache.get_or_set(f"catalog.address:gauntlet:{key}", make, 300)
    return Step(str(NUMBER), False, key, value, began, time.monotonic())


def requests(count: int, urls: list[str]) -> dict[str, Any]:
    gc.freeze()  # as the site does; and the test client leaves three finalizers behind with each request
    client = Client(raise_request_exception=False)
    statuses: Counter[str] = Counter()
    times: list[float] = []
    bodies: set[bytes] = set()
    with counted_queries() as queries:
        for number in range(count):
            began = time.monotonic()
            response = client.get(urls[number % len(urls)])
            times.append(time.monotonic() - began)
            statuses[str(response.status_code)] += 1
            bodies.add(response.content)
    settled = times[len(times) // 100 :]  # the first of them find out
    return {
        "statuses": statuses,
        "bodies": len(bodies),
        "p50": quantile(settled, 0.5),
        "p99": quantile(settled, 0.99),
        "longest": max(times),
        "seconds": sum(times),
        "queries": len(queries),
    }


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """All that this thread asks the primary and the replica."""
    queries: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    with connections["default"].execute_wrapper(note), connections["replica"].execute_wrapper(note):
        yield queries


def until_hit(url: str, within: float) -> dict[str, Any]:
    """Seconds until an answer comes from Redis again."""
    client = Client(raise_request_exception=False)
    began = time.monotonic()
    before = outcomes().get("hit", 0)
    while outcomes().get("hit", 0) == before:
        if time.monotonic() - began > within:
            break
        assert client.get(url).status_code == 200
        time.sleep(0.005)
    return {"seconds": time.monotonic() - began}


if __name__ == "__main__":
    PROBE.start()
    serve({act.__name__: act for act in (crowd, hang, read, forget, mixed, requests, until_hit)})
