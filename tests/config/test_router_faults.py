"""A replica that dies, freezes, restarts or is promoted, under requests and jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from accounts.models import User
from config.routing.caller import PRIMARY, REPLICA, Caller, reading_from
from config.routing.positions import flushed
from config.routing.probe import PROBE
from config.routing.replicas import WATCH
from config.routing.router import Reason, choose
from config.urls import handler400, handler500
from operations import metrics
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.factories.accounts import UserFactory

__all__ = ["handler400", "handler500", "urlpatterns"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


def count(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{User.objects.count()}")


def write(request: HttpRequest) -> HttpResponse:
    UserFactory()
    return HttpResponse("written")


def iterate(request: HttpRequest) -> HttpResponse:
    """Loses the replica between two fetches of one cursor, where no statement is there to be run again."""
    rows = User.objects.order_by("pk").iterator(chunk_size=1)
    next(rows)
    if "replica" in request.GET and choose(Caller())[0] == REPLICA:
        connections["replica"].connection.close()
    return HttpResponse(f"{1 + len(list(rows))}")


def fail(request: HttpRequest) -> HttpResponse:
    User.objects.count()
    raise OperationalError("always")


urlpatterns = [path("count", count), path("write", write), path("iterate", iterate), path("fail", fail)]


@pytest.fixture(autouse=True)
def watched(sandbox: Sandbox) -> Iterator[None]:
    PROBE.start()
    assert wait_until(caught_up, 10)
    yield
    connections["replica"].close()


def caught_up() -> bool:
    replica = WATCH.replicas["replica"]
    return replica.up and replica.replayed >= flushed()


def ask(client: Client, address: str = "/count") -> tuple[str, float]:
    started = time.perf_counter()
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode(), time.perf_counter() - started


def replica_reads() -> float:
    return sum(value for labels, value in metrics.counted("reads") if labels["reason"] == Reason.REPLICA)


def test_a_frozen_replica_costs_the_first_request_a_moment(client: Client, sandbox: Sandbox) -> None:
    ask(client)
    before = replica_reads()
    sandbox.replica.freeze()
    try:
        _, first = ask(client)
        later = [ask(client)[1] for _ in range(20)]
    finally:
        sandbox.replica.thaw()

    assert replica_reads() >= before + 1  # the request did meet the frozen one
    assert first < 2  # far below what a server that is silent would cost; how long it is shows in `make gauntlet`
    assert sorted(later)[10] < 0.2
    assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)


def test_a_connection_that_is_taken_just_after_the_replica_was_lost_waits_for_nothing(sandbox: Sandbox) -> None:
    with sandbox.replica.connect() as connection:
        sandbox.replica.freeze()
        try:
            assert wait_until(lambda: WATCH.replicas["replica"].is_lost, 5)
            WATCH.takes("replica", connection)
            started = time.perf_counter()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
            took = time.perf_counter() - started
        finally:
            sandbox.replica.thaw()
            WATCH.gives_back("replica", connection)

    assert took < 0.8  # the deadline of a query would be a second
    assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)


@pytest.fixture
def soon_back(sandbox: Sandbox) -> None:
    """A replica that is killed replays again from its last checkpoint, which may be the beginning of the test run."""
    for server in (sandbox.primary, sandbox.replica):
        with server.connect() as connection:
            connection.execute("CHECKPOINT")
        assert wait_until(caught_up, 10)


@pytest.mark.usefixtures("soon_back")
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_replica_that_ends_and_comes_back_costs_no_request(client: Client, sandbox: Sandbox, how: str) -> None:
    ask(client)
    getattr(sandbox.replica, how)()
    try:
        assert ask(client)[0] == "0"
        assert wait_until(lambda: choose(Caller()) == (PRIMARY, Reason.DOWN), 5)
    finally:
        sandbox.replica.start()

    assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)
    before = replica_reads()
    assert ask(client)[0] == "0"
    assert replica_reads() == before + 1


@pytest.mark.usefixtures("soon_back")
def test_a_job_is_not_disturbed_by_the_death_of_the_replica(sandbox: Sandbox) -> None:
    UserFactory()
    assert wait_until(caught_up, 10)
    with reading_from(REPLICA):
        assert User.objects.count() == 1
        sandbox.replica.kill()
        try:
            assert User.objects.count() == 1
            assert User.objects.using("replica").count() == 1
        finally:
            sandbox.replica.start()
    assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)


def test_a_cursor_that_breaks_between_two_rows_runs_the_request_again(client: Client) -> None:
    for _ in range(3):
        UserFactory()
    assert wait_until(caught_up, 10)
    before = sum(value for _, value in metrics.counted("requests_run_again"))

    assert ask(client, "/iterate?replica=lost")[0] == "3"

    assert sum(value for _, value in metrics.counted("requests_run_again")) == before + 1


def test_a_connection_that_breaks_while_it_is_made_costs_no_request(client: Client) -> None:
    """Django asks a new connection for the types that it knows: nobody can read from what does not even answer that."""
    UserFactory()
    assert wait_until(caught_up, 10)
    connections["replica"].close()
    lost = []

    def lose(connection: Any, **kwargs: Any) -> None:
        if connection.alias == "replica":
            lost.append(WATCH.cut("replica"))
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_type")

    connection_created.connect(lose)
    try:
        assert ask(client)[0] == "1"
    finally:
        connection_created.disconnect(lose)
    assert lost
    assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)
    assert ask(client)[0] == "1"


def test_a_request_runs_again_only_once(sandbox: Sandbox) -> None:
    client = Client(raise_request_exception=False)

    assert client.get("/fail").status_code == 500


def test_a_request_that_may_write_never_touches_the_replica(client: Client) -> None:
    before = replica_reads()

    client.post("/count")

    assert replica_reads() == before


def test_a_writer_sees_what_it_wrote_in_its_next_request(client: Client, sandbox: Sandbox) -> None:
    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_pause()")
        try:
            response = client.post("/write")
            assert client.cookies["slipway_position"]["httponly"]

            assert ask(client)[0] == "1"  # a browser, by its cookie
            headers = {"Slipway-Position": response.headers["Slipway-Position"]}
            assert Client().get("/count", headers=headers).content == b"1"  # an API client, by its header
            assert Client().get("/count").content == b"0"  # a stranger reads from the replica
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")


def test_a_token_sees_what_it_wrote_with_another_client(sandbox: Sandbox) -> None:
    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_pause()")
        try:
            headers = {"Authorization": "Bearer one"}
            Client().post("/write", headers=headers)

            assert Client().get("/count", headers=headers).content == b"1"
            assert Client().get("/count", headers={"Authorization": "Bearer two"}).content == b"0"
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")


@pytest.mark.parametrize("position", ["", "0", "x" * 5000, "1-ffffffffffffffff-000000000000000000000000", "🙂"])
def test_a_forged_position_neither_pins_nor_crashes(client: Client, position: str) -> None:
    client.cookies["slipway_position"] = position.encode("ascii", "replace").decode()
    before = replica_reads()

    assert client.get("/count", headers={"Slipway-Position": position}).status_code == 200

    assert replica_reads() == before + 1


def test_a_signed_position_from_the_future_lasts_for_one_request(client: Client) -> None:
    from config.routing.positions import token

    headers = {"Slipway-Position": token(2**62)}
    response = client.get("/count", headers=headers)
    assert wait_until(caught_up, 10)
    before = replica_reads()

    client.get("/count", headers={"Slipway-Position": response.headers["Slipway-Position"]})

    assert replica_reads() == before + 1


def test_what_strangers_read_carries_no_cookie(client: Client) -> None:
    response = client.get("/count")

    assert not response.cookies
    assert "Slipway-Position" not in response.headers


def test_a_site_without_a_connection_to_spare_says_so(client: Client, monkeypatch: Any) -> None:
    pool = connections["default"].pool
    monkeypatch.setattr(pool, "timeout", 0.1)
    connections["default"].close()
    held = [pool.getconn(timeout=5) for _ in range(pool.max_size)]
    try:
        response = client.post("/count")
    finally:
        for connection in held:
            pool.putconn(connection)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"


def test_a_promoted_replica_is_no_replica_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    PROBE.stop()
    with Sandbox(["primary", "replica"]) as own, monkeypatch.context() as elsewhere:
        for alias, server in {"default": own.primary, "replica": own.replica}.items():
            elsewhere.setitem(connections.settings[alias], "HOST", str(server.home))
            elsewhere.setitem(connections.settings[alias], "NAME", "slipway")
        try:
            PROBE.start()
            assert wait_until(lambda: choose(Caller()) == (REPLICA, Reason.REPLICA), 10)
            with own.replica.connect() as replica:
                replica.execute("SELECT pg_promote()")

            assert wait_until(lambda: choose(Caller()) == (PRIMARY, Reason.DOWN), 5)
            assert WATCH.replicas["replica"].why == "was promoted"
        finally:
            PROBE.stop()
