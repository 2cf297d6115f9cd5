from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connections
from pytest_django.fixtures import Settings

from operations import checks
from operations.sandbox import Sandbox

Point = Callable[..., None]


@pytest.fixture
def point(monkeypatch: pytest.MonkeyPatch) -> Point:
    """Lets the settings of a database name something else."""

    def change(alias: str, **parts: Any) -> None:
        if alias not in connections.settings:
            monkeypatch.setitem(connections.settings, alias, dict(connections.settings["default"]))
        for name, value in parts.items():
            monkeypatch.setitem(connections.settings[alias], name, value)

    return change


def told(messages: list[CheckMessage]) -> list[tuple[str | None, str]]:
    return [(message.id, message.msg) for message in messages]


def ids(*aliases: str) -> set[str | None]:
    return {message.id for message in run_checks(databases=aliases)}


def test_this_configuration_is_in_order(sandbox: Sandbox) -> None:
    assert run_checks(databases=["default", "replica"]) == []


def test_a_database_is_needed(point: Point) -> None:
    point("default", ENGINE="django.db.backends.dummy")

    (problem,) = checks.check_database_is_configured()

    assert (problem.id, problem.msg) == ("operations.E001", "No database is configured.")
    assert problem.hint is not None
    assert problem.hint.startswith("Set DATABASE_URL, or POSTGRES_HOST")
    assert "operations.E001" in ids()


def test_servers_are_asked_only_when_databases_are_to_be_checked(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    monkeypatch.setattr(checks, "OLDEST_SERVER", 990_000)

    assert ids() == set()
    assert ids("default") == {"operations.E002"}


def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(checks, "OLDEST_SERVER", 990_000)

    (problem,) = checks.check_servers(databases=["default"])

    assert problem.id == "operations.E002"
    assert problem.msg.startswith("The database “default” is PostgreSQL 18.")
    assert problem.hint == "Slipway needs PostgreSQL 18 or later: its keys are made by uuidv7()."


def test_a_server_that_cannot_be_reached_is_named_without_its_password(point: Point) -> None:
    point("default", HOST="127.0.0.1", PORT="1", PASSWORD="s3cr3t")

    (problem,) = checks.check_servers(databases=["default"])

    assert problem.id == "operations.E003"
    assert problem.msg.startswith("The database “default” cannot be reached: ")
    assert "s3cr3t" not in f"{problem.msg}{problem.hint}"


def test_a_database_in_an_old_encoding_is_refused(sandbox: Sandbox, point: Point) -> None:
    with sandbox.primary.connect("postgres") as primary:
        primary.execute("CREATE DATABASE old TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'")
        point("default", NAME="old")
        problems = checks.check_servers(databases=["default"])
        primary.execute("DROP DATABASE old WITH (FORCE)")

    assert told(problems) == [("operations.E004", "The database “default” has the encoding LATIN1.")]


def test_servers_in_each_others_place_are_noticed(sandbox: Sandbox, point: Point) -> None:
    primary, replica = (connections.settings[alias]["HOST"] for alias in ("default", "replica"))
    point("default", HOST=replica)
    point("replica", HOST=primary)

    assert told(checks.check_servers(databases=["default", "replica"])) == [
        ("operations.E005", "The primary database is a replica: it takes no writes."),
        ("operations.W002", "The replica is none: its data may be outdated."),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [({}, ["operations.W001"]), ({"HOST": "db2"}, []), ({"PORT": 5433}, []), ({"NAME": "copy"}, [])],
)
def test_a_replica_is_another_server(point: Point, changed: dict[str, str], expected: list[str]) -> None:
    place = {"HOST": "", "PORT": "", "NAME": "shop"}
    point("default", **place)
    point("replica", **place | {"HOST": "localhost", "PORT": 5432} | changed)

    assert [problem.id for problem in checks.check_replica_is_another_server()] == expected


def test_a_site_with_a_replica_shares_its_cache(point: Point, settings: Settings) -> None:
    point("replica")
    settings.REDIS_URL = ""

    assert told(checks.check_cache_is_shared()) == [
        ("operations.W003", "The cache is not shared: every process keeps one of its own.")
    ]
    settings.DEBUG = True
    assert checks.check_cache_is_shared() == []


def test_a_site_of_one_server_need_not_share_its_cache(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.delitem(connections.settings, "replica", raising=False)
    settings.REDIS_URL = ""

    assert checks.check_cache_is_shared() == []


@pytest.mark.parametrize("path", ["nowhere.SOURCE", "config.settings.NOTHING", "nowhere"])
def test_a_legacy_source_that_is_not_there_is_named(settings: Settings, path: str) -> None:
    settings.LEGACY_SOURCES = {"shop": path}

    (problem,) = checks.check_legacy_sources()

    assert (problem.id, problem.msg) == (
        "operations.W004",
        f"The legacy source “shop” cannot be imported from {path}.",
    )
