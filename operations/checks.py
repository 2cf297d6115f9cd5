"""System checks: what is wrong with the configuration, and what to do about it.

Those that ask a server are tagged `database`: `manage.py migrate` and `manage.py check --database default` run them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.utils.module_loading import import_string

from operations.servers import PRIMARY, REPLICA, connect, is_configured

Apps = Sequence[AppConfig] | None

OLDEST_SERVER = 180_000
SERVER_QUERY = """
    SELECT current_setting('server_version_num')::int, current_setting('server_version'),
           current_setting('server_encoding'), pg_is_in_recovery()
"""


def check_database_is_configured(app_configs: Apps = None, **kwargs: Any) -> list[CheckMessage]:
    if is_configured(PRIMARY):
        return []
    return [
        Error(
            "No database is configured.",
            hint="Set DATABASE_URL, or POSTGRES_HOST with its companions (see .env.example); "
            "or run the command on throwaway servers: manage.py sandbox -- COMMAND.",
            id="operations.E001",
        )
    ]


def check_servers(
    app_configs: Apps = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Whether the servers can be reached, are new enough, hold every text, and are what they are configured as."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if is_configured(alias):
            found += _check_server(alias)
    return found


def _check_server(alias: str) -> list[CheckMessage]:
    try:
        with connect(alias, application="slipway-check", seconds=5) as connection:
            number, version, encoding, in_recovery = connection.execute(SERVER_QUERY).fetchone() or (0, "", "", False)
    except psycopg.OperationalError as error:
        return [
            Error(
                f"The database “{alias}” cannot be reached: {str(error).splitlines()[0]}",
                hint="Is the server running, and are DATABASE_URL or the POSTGRES_* variables right?",
                id="operations.E003",
            )
        ]
    found: list[CheckMessage] = []
    if number < OLDEST_SERVER:
        hint = "Slipway needs PostgreSQL 18 or later: its keys are made by uuidv7()."
        found.append(Error(f"The database “{alias}” is PostgreSQL {version}.", hint=hint, id="operations.E002"))
    if encoding != "UTF8":
        hint = "Make the database with ENCODING 'UTF8': names and titles come in many scripts."
        found.append(Error(f"The database “{alias}” has the encoding {encoding}.", hint=hint, id="operations.E004"))
    if alias == PRIMARY and in_recovery:
        hint = "Let DATABASE_URL lead to the primary; READ_DATABASE_URL is for replicas."
        found.append(Error("The primary database is a replica: it takes no writes.", hint=hint, id="operations.E005"))
    if alias == REPLICA and not in_recovery:
        hint = "Let READ_DATABASE_URL lead to a streaming replica of the primary, or unset it to read from the primary."
        found.append(Warning("The replica is none: its data may be outdated.", hint=hint, id="operations.W002"))
    return found


def check_replica_is_another_server(app_configs: Apps = None, **kwargs: Any) -> list[CheckMessage]:
    if not (is_configured(PRIMARY) and is_configured(REPLICA)):
        return []
    primary, replica = (connections.settings[alias] for alias in (PRIMARY, REPLICA))
    if any(_place(primary)[part] != _place(replica)[part] for part in _place(primary)):
        return []
    return [
        Warning(
            "READ_DATABASE_URL leads to the primary.",
            hint="Let it lead to a streaming replica, or unset it: reads go to the primary then.",
            id="operations.W001",
        )
    ]


def _place(database: dict[str, Any]) -> dict[str, str]:
    return {
        "host": database["HOST"] or "localhost",
        "port": str(database["PORT"] or 5432),
        "name": database["NAME"],
    }


def check_cache_is_shared(app_configs: Apps = None, **kwargs: Any) -> list[CheckMessage]:
    """A site with replicas has many processes: each would cache for itself, and keep what another has outdated."""
    if settings.DEBUG or settings.REDIS_URL or not is_configured(REPLICA):
        return []
    return [
        Warning(
            "The cache is not shared: every process keeps one of its own.",
            hint="Set REDIS_URL, or REDIS_HOST with its companions (see .env.example).",
            id="operations.W003",
        )
    ]


def check_legacy_sources(app_configs: Apps = None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name, path in settings.LEGACY_SOURCES.items():
        try:
            import_string(path)
        except ImportError as error:
            hint = f"Correct LEGACY_SOURCES[{name!r}] in config/settings.py. {error}"
            message = f"The legacy source “{name}” cannot be imported from {path}."
            found.append(Warning(message, hint=hint, id="operations.W004"))
    return found


def register_checks() -> None:
    register(check_database_is_configured)
    register(check_servers, Tags.database)
    register(check_replica_is_another_server)
    register(check_cache_is_shared)
    register(check_legacy_sources)
