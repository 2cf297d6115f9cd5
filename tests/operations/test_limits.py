"""Limits: exact however parallel it is asked, in Redis and in PostgreSQL, and while the one follows the other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from operations import limit_counts
from operations.callers import address
from operations.limit_counts import Count, State, Taken, take
from operations.limits import PUBLIC_API, Limit, limited
from operations.models import LimitCount
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.config.test_api import assert_error
from tests.operations.test_import_crash import database_url


@pytest.fixture
def in_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is left alone, as in the hour after an outage."""

    def without_redis(*arguments: Any) -> Taken:
        return limit_counts._in_table(*arguments)

    monkeypatch.setattr(limit_counts, "_in_redis", without_redis)


PROCESS = """
import django; django.setup()
from operations.limit_counts import Count, _in_redis, _in_table
joins = [Count("joins", 40, 3600)]
print("ready", flush=True)
input()
print(*(sum(take(joins, 1).granted for _ in range(25)) for take in (_in_redis, _in_table)))
"""


@pytest.mark.django_db(transaction=True)
def test_of_parallel_requests_exactly_the_limit_passes() -> None:
    environment = {**os.environ, "DATABASE_URL": database_url()}
    command = [sys.executable, "-c", PROCESS]
    processes = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 2

    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    granted = [process.communicate(timeout=60)[0].split() for process in processes]

    assert [sum(int(counts[place]) for counts in granted) for place in (0, 1)] == [40, 40]
    for take_from in (limit_counts._in_redis, limit_counts._in_table):
        assert take_from([Count("joins", 40, 3600)], 1).granted == 0


@pytest.mark.django_db
@pytest.mark.parametrize("store", ["redis", "table"])
def test_what_is_left_is_told(store: str, request: pytest.FixtureRequest) -> None:
    if store == "table":
        request.getfixturevalue("in_table")
    limit = Count("three", 3, 3600)

    assert [take([limit]) for _ in range(4)] == [
        Taken(1, (State(2, 3600),)),
        Taken(1, (State(1, 3600),)),
        Taken(1, (State(0, 3600),)),
        Taken(0, (State(0, 3600),)),
    ]
    assert take([Count("many", 10, 60)], asked=7) == Taken(7, (State(3, 60),))
    assert take([Count("many", 10, 60)], asked=7) == Taken(3, (State(0, 60),))


@pytest.mark.django_db
@pytest.mark.parametrize("store", ["redis", "table"])
def test_what_one_limit_refuses_counts_under_none(store: str, request: pytest.FixtureRequest) -> None:
    if store == "table":
        request.getfixturevalue("in_table")
    narrow, wide = Count("b-narrow", 1, 60), Count("a-wide", 5, 60)

    assert [take([wide, narrow]).granted for _ in range(4)] == [1, 0, 0, 0]
    assert take([wide]).states == (State(3, 60),)


@pytest.mark.django_db
def test_a_window_ends(in_table: None) -> None:
    limit = Count("one", 1, 3600)
    assert [take([limit]).granted for _ in range(2)] == [1, 0]

    with connection.cursor() as cursor:
        cursor.execute("UPDATE operations_limitcount SET ends_at = statement_timestamp()")

    assert [take([limit]).granted for _ in range(2)] == [1, 0]


def test_a_window_ends_in_redis() -> None:
    limit = Count("one", 1, 1)
    assert [take([limit]).granted for _ in range(2)] == [1, 0]

    wait_until(lambda: cache.redis.exists("slipway:limit:one") == 0, 5)  # type: ignore[attr-defined]

    assert take([limit]).granted == 1


def test_something_else_under_the_key_is_no_count() -> None:
    redis = cache.redis  # type: ignore[attr-defined]
    redis.lpush("slipway:limit:list", "x")
    redis.set("slipway:limit:text", "x")
    redis.set("slipway:limit:eternal", "1")

    assert [take([Count(key, 2, 60)]).states for key in ("list", "text", "eternal")] == [
        (State(1, 60),),
        (State(1, 60),),
        (State(0, 60),),
    ]
    assert redis.pttl("slipway:limit:eternal") > 0


@pytest.mark.django_db
def test_counts_that_are_over_are_removed(in_table: None) -> None:
    take([Count("old", 1, 60)])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE operations_limitcount SET ends_at = statement_timestamp() - interval '1 second'")

    take([Count("new", 1, 60)])

    assert list(LimitCount.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.django_db
def test_the_table_is_not_logged() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'operations_limitcount'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db(transaction=True)
def test_an_outage_of_redis_lets_one_window_more_through_at_most(sandbox: Sandbox) -> None:
    limit = Count("outage", 10, 3600)
    breaker = cache.breaker  # type: ignore[attr-defined]

    def ask() -> int:
        return sum(take([limit]).granted for _ in range(15))

    granted = [ask()]
    for _ in range(2):
        sandbox.cache.kill()
        try:
            granted.append(ask())
        finally:
            sandbox.cache.start()
        wait_until(lambda: not breaker.is_open, 5)
        granted.append(ask())

    assert granted == [10, 10, 0, 0, 0]
    breaker.returned_at = float("-inf")  # an hour later


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def test_a_view_is_limited_for_each_client(rf: RequestFactory) -> None:
    guarded = limited(Limit("view", 2, per=60), by=address)(view)

    def ask(remote: str) -> HttpResponse:
        response: HttpResponse = guarded(rf.get("/", REMOTE_ADDR=remote))
        return response

    first, second, third = (ask("203.0.113.1") for _ in range(3))

    assert (first.status_code, second.status_code, ask("203.0.113.2").status_code) == (200, 200, 200)
    assert first.content == b"done"
    expected = {"RateLimit-Limit": "2", "RateLimit-Remaining": "1", "RateLimit-Reset": "60"}
    assert {name: first.headers[name] for name in expected} == expected
    assert first.headers["RateLimit"] == '"view";r=1;t=60'
    assert first.headers["RateLimit-Policy"] == '"view";q=2;w=60'
    assert third.status_code == 429
    assert third.headers["Retry-After"] == "60"
    assert third.headers["RateLimit-Remaining"] == "0"


def test_a_limit_that_is_switched_off_is_none(rf: RequestFactory) -> None:
    guarded = limited(lambda: None, by=address)(view)

    assert "RateLimit-Limit" not in guarded(rf.get("/")).headers


@pytest.mark.django_db
def test_the_public_api_is_limited_by_address(client: Client, settings: Settings) -> None:
    settings.API_LIMIT = (3, 3600)
    PUBLIC_API.clear()

    responses = [client.get("/api/tracks/t1", REMOTE_ADDR="203.0.113.1") for _ in range(5)]

    assert [response.status_code for response in responses] == [404, 404, 404, 429, 429]
    assert_error(responses[-1], 429, "too_many_requests")
    assert responses[-1].headers["Retry-After"] == "3600"
    assert client.get("/api/tracks/t1", REMOTE_ADDR="203.0.113.2").status_code == 404
    PUBLIC_API.clear()


@pytest.mark.django_db
def test_answers_at_hand_count_and_carry_no_headers(client: Client, settings: Settings) -> None:
    settings.API_LIMIT = (3, 3600)
    PUBLIC_API.clear()

    responses = [client.get("/api/tracks/popular") for _ in range(4)]

    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert "RateLimit-Limit" not in responses[0].headers
    PUBLIC_API.clear()


def test_shares_of_threads_are_never_more_than_the_limit(rf: RequestFactory, settings: Settings) -> None:
    settings.API_LIMIT = (200, 3600)
    PUBLIC_API.clear()
    request = rf.get("/")

    with ThreadPoolExecutor(8) as threads:
        answers = Counter(threads.map(lambda _: PUBLIC_API.refusal(request) is None, range(1000)))

    assert answers[True] <= 200
    assert answers[True] > 100
    PUBLIC_API.clear()


@pytest.mark.django_db
def test_sessions_are_in_the_database_as_well(client: Client) -> None:
    from tests.factories.accounts import UserFactory

    assert django_settings.SESSION_ENGINE == "django.contrib.sessions.backends.cached_db"
    client.force_login(UserFactory(staff=True))
    cache.clear()

    assert client.get("/admin/").status_code == 200
