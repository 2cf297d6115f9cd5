"""Health on servers of its own, which are frozen, killed and spoilt one after the other."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.db import connections
from django.test import Client
from pytest_django.fixtures import Settings

from config import environment
from operations import health
from operations.health import Report
from operations.questions import DEADLINE, Finding, Position, Question, Status
from operations.sandbox import Sandbox, family
from operations.sandbox.server import Server
from tests.migrated import migrate

IN_TIME = DEADLINE + 0.8  # a busy machine; the shortest of the other timeouts is 2 s
LAG = ("lag_seconds", "lag_bytes")


@pytest.fixture(scope="module")
def servers() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        migrate(sandbox.primary.url)
        yield sandbox


@pytest.fixture(autouse=True)
def site(servers: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Sandbox]:
    """The settings lead to the servers, all of which are up."""
    for name, url in servers.environment().items():
        monkeypatch.setenv(name, url)
    for alias, database in connections.configure_settings(environment.databases()).items():
        monkeypatch.setitem(connections.settings, alias, database)
    settings.REDIS_URL = servers.cache.url
    assert family.wait_until(lambda: health.report().status is Status.UP, timeout=30), health.report()
    yield servers
    for server in (servers.primary, servers.replica, servers.cache):
        server.thaw()
        if not server.running:
            server.start()


def ask() -> Report:
    """The report; it never takes longer than it may."""
    started = time.monotonic()
    report = health.report()
    assert time.monotonic() - started < IN_TIME
    return report


def health_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("health-")]


def told(report: Report, name: str) -> tuple[Any, ...]:
    component = report.components[name]
    return component["status"], component.get("reason")


def connect_as(monkeypatch: pytest.MonkeyPatch, alias: str, **parts: str) -> None:
    monkeypatch.setitem(connections.settings, alias, connections.settings[alias] | parts)


def test_everything_is_up(client: Client) -> None:
    response = client.get("/health")

    body = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert {name: part if name == "status" else part["status"] for name, part in body.items()} == {
        "status": "up",
        "primary": "up",
        "replica": "up",
        "cache": "up",
        "migrations": "up",
    }
    assert all(part["milliseconds"] > 0 for name, part in body.items() if name != "status")
    assert body["replica"]["lag_seconds"] < 10
    assert body["replica"]["lag_bytes"] < 1_000_000


@pytest.fixture(scope="module")
def second(servers: Sandbox) -> Iterator[Sandbox]:
    """One with two replicas; the first of them is for tests to hurt."""
    with Sandbox(["primary", "replica", "replica_2"]) as sandbox:
        yield sandbox


@pytest.mark.parametrize("way", ["freeze", "kill"])
def test_each_of_several_replicas_is_told_of_by_its_name(
    second: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for alias, server in {"default": second.primary, "replica": second.replicas[0]}.items():
        connect_as(monkeypatch, alias, HOST=str(server.home))
    monkeypatch.setitem(
        connections.settings, "replica_2", connections.settings["replica"] | {"HOST": str(second.replicas[1].home)}
    )
    assert family.wait_until(lambda: told(ask(), "replica") == told(ask(), "replica_2") == ("up", None), timeout=10)

    getattr(second.replicas[0], way)()
    try:
        report = ask()
        response = client.get("/health")
    finally:
        second.replicas[0].thaw()
        if way == "kill":
            second.replicas[0].start()

    assert report.status is Status.DEGRADED
    assert told(report, "replica") == ("down", "no answer within 1 s" if way == "freeze" else "cannot be reached")
    assert told(report, "replica_2") == ("up", None)
    assert report.components["replica_2"]["lag_bytes"] < 1_000_000
    assert response.json()["replica_2"]["status"] == "up"
    assert response.status_code == 200
    assert str(second.directory).encode() not in response.content


def test_an_idle_replica_is_not_behind(site: Sandbox) -> None:
    with site.replica.connect() as replica:
        age = "SELECT extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float > 0.2"
        assert family.wait_until(lambda: replica.execute(age).fetchone() == (True,), timeout=10)

    # The primary writes a note of its own now and then; the replica has it a moment later.
    lag = [ask().components["replica"][name] for name in LAG for _ in range(3)]

    assert max(lag[:3]) < 0.2
    assert 0 in lag[3:]


def test_without_replica_and_cache_the_site_is_up(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.delitem(connections.settings, "replica")
    settings.REDIS_URL = ""

    report = ask()

    assert report.status is Status.UP
    assert report.components["replica"] == report.components["cache"] == {"status": "not configured"}


@pytest.mark.parametrize("way", ["freeze", "kill"])
def test_without_its_primary_the_site_cannot_serve(site: Sandbox, client: Client, way: str) -> None:
    getattr(site.primary, way)()

    report = ask()

    assert report.status is Status.DOWN
    assert told(report, "primary") == ("down", "no answer within 1 s" if way == "freeze" else "cannot be reached")
    assert told(report, "migrations") == ("unknown", "the primary does not tell")
    assert told(report, "cache") == ("up", None)
    assert report.components["replica"]["lag_bytes"] is None
    assert client.get("/health").status_code == 503


@pytest.mark.parametrize("way", ["freeze", "kill"])
@pytest.mark.parametrize("name", ["replica", "cache"])
def test_without_replica_or_cache_the_site_serves(site: Sandbox, client: Client, name: str, way: str) -> None:
    server: Server = getattr(site, name)
    getattr(server, way)()

    report = ask()

    assert report.status is Status.DEGRADED
    assert told(report, name) == ("down", "no answer within 1 s" if way == "freeze" else "cannot be reached")
    assert told(report, "primary") == told(report, "migrations") == ("up", None)
    assert client.get("/health").status_code == 200


def test_all_frozen_servers_cost_one_second_and_one_thread_each(site: Sandbox) -> None:
    for server in (site.primary, site.replica, site.cache):
        server.freeze()

    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: ask(), range(8)))
        threads = health_threads()

    assert {report.status for report in reports} == {Status.DOWN}
    assert len(threads) == len(set(threads))


def test_no_connection_is_left_behind(site: Sandbox) -> None:
    site.primary.freeze()
    gc.disable()  # the connection ends with the question, not when the collector comes by
    try:
        ask()
        assert family.wait_until(lambda: not health_threads(), timeout=10)
        site.primary.thaw()
        with site.primary.connect() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'slipway-health'"
            assert family.wait_until(lambda: connection.execute(query).fetchone() == (0,), timeout=5)
    finally:
        gc.enable()


def test_a_peer_that_takes_connections_and_says_nothing_is_down(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        port = hole.getsockname()[1]
        for alias in ("default", "replica"):
            connect_as(monkeypatch, alias, HOST="127.0.0.1", PORT=str(port))
        settings.REDIS_URL = f"redis://:s3cr3t@127.0.0.1:{port}"

        report = ask()

    assert {name: told(report, name) for name in ("primary", "replica", "cache")} == dict.fromkeys(
        ("primary", "replica", "cache"), ("down", "no answer within 1 s")
    )


def test_a_replica_that_does_not_replay_is_degraded_with_its_lag(site: Sandbox) -> None:
    with site.replica.connect() as replica, site.primary.connect() as primary:
        replica.execute("SELECT pg_wal_replay_pause()")
        primary.execute("CREATE TABLE heap AS SELECT generate_series(1, 10000)")
        try:
            assert family.wait_until(
                lambda: replica.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",), timeout=10
            )
            report = ask()
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")
            primary.execute("DROP TABLE heap")

    assert told(report, "replica") == ("degraded", "its replay is paused")
    assert report.components["replica"]["lag_bytes"] > 100_000
    assert report.components["replica"]["lag_seconds"] > 0
    assert report.can_serve


def test_a_replica_without_its_stream_is_degraded(site: Sandbox) -> None:
    with site.replica.connect() as replica:
        conninfo = replica.execute("SELECT current_setting('primary_conninfo')").fetchone()
        replica.execute("ALTER SYSTEM SET primary_conninfo = 'host=/nowhere'")
        replica.execute("SELECT pg_reload_conf()")
        try:
            streaming = "SELECT count(*) FROM pg_stat_wal_receiver"
            assert family.wait_until(lambda: replica.execute(streaming).fetchone() == (0,), timeout=10)
            report = ask()
        finally:
            assert conninfo is not None
            quoted = replica.execute("SELECT quote_literal(%s)", conninfo).fetchone()
            assert quoted is not None
            replica.execute(f"ALTER SYSTEM SET primary_conninfo = {quoted[0]}")
            replica.execute("SELECT pg_reload_conf()")

    assert told(report, "replica") == ("degraded", "does not stream from the primary")


TOO_FAR = {"status": Status.DEGRADED, "reason": "is too far behind the primary"}


@pytest.mark.parametrize(
    ("primary", "replica", "lag"),
    [
        (1000, Position(1000, seconds=3600.0), {"lag_seconds": 0.0, "lag_bytes": 0}),
        (1000, Position(1100, seconds=3600.0), {"lag_seconds": 0.0, "lag_bytes": 0}),  # its answer was the younger one
        (1100, Position(1000, seconds=0.0), {"lag_seconds": 0.0, "lag_bytes": 100}),
        (1100, Position(1000, seconds=2.5), {"lag_seconds": 2.5, "lag_bytes": 100}),
        (1100, Position(1000, seconds=None), {"lag_seconds": None, "lag_bytes": 100}),
        (None, Position(1000, seconds=2.5), {"lag_seconds": 2.5, "lag_bytes": None}),
        (1100, None, {"lag_seconds": None, "lag_bytes": None}),
        (1100, Position(1000, seconds=31.0), {"lag_seconds": 31.0, "lag_bytes": 100, **TOO_FAR}),
        (2**30, Position(1000, seconds=0.0), {"lag_seconds": 0.0, "lag_bytes": 2**30 - 1000, **TOO_FAR}),
    ],
)
def test_lag_is_what_has_not_been_replayed(primary: int | None, replica: Position | None, lag: dict[str, Any]) -> None:
    primary_finding = Finding(Status.UP, position=None if primary is None else Position(primary))

    assert health._lag(primary_finding, Finding(Status.UP, position=replica)) == lag


def test_servers_that_changed_places_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    primary, replica = connections.settings["default"], connections.settings["replica"]
    monkeypatch.setitem(connections.settings, "default", replica)
    monkeypatch.setitem(connections.settings, "replica", primary)

    report = ask()

    assert told(report, "primary") == ("degraded", "is a replica: it takes no writes")
    assert told(report, "replica") == ("degraded", "is no replica: what it answers may be outdated")


def test_an_ordinary_role_is_enough(site: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.primary.connect() as primary:
        primary.execute("CREATE ROLE clerk LOGIN")
        primary.execute("GRANT SELECT ON django_migrations TO clerk")
        try:
            for alias in ("default", "replica"):
                connect_as(monkeypatch, alias, USER="clerk")
            assert family.wait_until(lambda: ask().status is Status.UP, timeout=10), ask()
        finally:
            primary.execute("DROP OWNED BY clerk")
            primary.execute("DROP ROLE clerk")


def test_a_primary_with_no_connection_to_spare_still_serves(site: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.primary.connect() as primary:
        primary.execute("CREATE ROLE clerk LOGIN CONNECTION LIMIT 0")
        connect_as(monkeypatch, "default", USER="clerk")
        report = ask()
        primary.execute("DROP ROLE clerk")

    assert told(report, "primary") == ("degraded", "has no connection to spare")
    assert report.can_serve


def test_reasons_tell_strangers_nothing(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    connect_as(monkeypatch, "default", NAME="s3cr3t")
    connect_as(monkeypatch, "replica", USER="s3cr3t")

    response = client.get("/health")

    assert response.status_code == 503
    assert response.json()["primary"]["reason"] == "has no such database or role"
    assert response.json()["replica"]["reason"] == "has no such database or role"
    assert b"s3cr3t" not in response.content
    assert str(connections.settings["default"]["HOST"]).encode() not in response.content


def test_missing_migrations_degrade(site: Sandbox, client: Client) -> None:
    with site.primary.connect() as primary:
        rows = "DELETE FROM django_migrations WHERE app = 'catalog' RETURNING app, name, applied"
        removed = primary.execute(rows).fetchall()
        try:
            response = client.get("/health")
        finally:
            insert = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)"
            primary.cursor().executemany(insert, removed)

    migrations = response.json()["migrations"]
    assert response.status_code == 200
    assert (migrations["status"], migrations["reason"]) == ("degraded", f"{len(removed)} migrations are not applied")


def test_an_empty_database_has_no_migration(site: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connect_as(monkeypatch, "default", NAME="postgres")

    assert told(ask(), "migrations") == ("degraded", "no migration is applied")


def test_a_squashed_migration_and_those_it_replaces_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    squashed, one, two, next_ = (("shop", name) for name in ("0001_squashed_0002", "0001", "0002", "0003"))
    nothing: frozenset[tuple[str, str]] = frozenset()
    on_disk = {squashed: frozenset({one, two}), one: nothing, two: nothing, next_: nothing}
    monkeypatch.setattr(health, "_migrations_on_disk", lambda: on_disk)

    assert health.unapplied_migrations({squashed}) == {next_}
    assert health.unapplied_migrations({one, two, next_}) == set()
    assert health.unapplied_migrations({one}) == {squashed, two, next_}


def test_a_cache_that_takes_no_writes_is_degraded(site: Sandbox) -> None:
    with redis.Redis.from_url(site.cache.url) as client:
        client.config_set("maxmemory", "1")
        try:
            report = ask()
        finally:
            client.config_set("maxmemory", "0")

    assert told(report, "cache") == ("degraded", "takes no writes")


def test_a_cache_that_wants_another_password_is_down(site: Sandbox) -> None:
    with redis.Redis.from_url(site.cache.url) as client:
        client.config_set("requirepass", "s3cr3t")
        try:
            report = ask()
        finally:
            client.config_set("requirepass", "")

    assert told(report, "cache") == ("down", "refuses the sign-in")


def test_a_question_under_way_is_shared_and_then_asked_anew() -> None:
    may_answer, asked = threading.Event(), []

    def answer() -> Finding:
        asked.append(threading.current_thread())
        may_answer.wait(10)
        return Finding(Status.UP)

    question = Question("test", answer, Finding(Status.DOWN))
    answers = {question.begin() for _ in range(5)}
    may_answer.set()

    assert [future.result(10).status for future in answers] == [Status.UP]
    assert len(asked) == 1
    assert question.begin().result(10).status is Status.UP
    assert len(asked) == 2


def test_a_question_that_breaks_is_unknown_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def answer() -> Finding:
        raise ZeroDivisionError

    found = Question("test", answer, Finding(Status.DOWN)).begin().result(10)

    assert (found.status, found.reason) == (Status.UNKNOWN, "could not be asked")
    assert "The health of test could not be asked" in caplog.text


def test_livez_answers_whatever_is_frozen(site: Sandbox, client: Client) -> None:
    for server in (site.primary, site.replica, site.cache):
        server.freeze()
    started = time.monotonic()

    response = client.get("/livez")

    assert time.monotonic() - started < DEADLINE
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.parametrize("path", ["/livez", "/health"])
def test_probes_come_by_any_name_over_plain_http(path: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["example.org"]
    client = Client(headers={"host": "10.0.0.7:8000"}, raise_request_exception=False)

    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405
    assert client.get("/admin/login/").status_code != 200


@pytest.mark.parametrize("path", ["/livez/", "/health/", "/healthy"])
def test_no_other_address_is_a_probe(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404
