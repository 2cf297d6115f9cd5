"""The database servers that the settings name: which are there, and how to reach one beside the site's pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

PRIMARY = DEFAULT_DB_ALIAS
REPLICA = "replica"


def is_configured(alias: str) -> bool:
    """Whether the settings name such a database; Django puts a dummy where there is none at all."""
    return not connections.settings.get(alias, {"ENGINE": "dummy"})["ENGINE"].endswith("dummy")


def replicas() -> list[str]:
    """The aliases of the replicas, in the order of the settings: `replica`, there or not, `replica_2` and so on."""
    return [REPLICA, *(alias for alias in connections.settings if alias.startswith(f"{REPLICA}_"))]


def connection_parameters(alias: str, *, application: str, seconds: float) -> dict[str, Any]:
    """What `psycopg.connect` takes to reach a configured database on a short-lived connection of one's own.

    The settings of the site hold (TLS, names), except for its waiting times: a statement may take `seconds`, and a
    peer that has vanished is noticed by the keepalives, so that nobody waits for it for long.
    """
    parameters = connections[alias].get_connection_params()
    statement_timeout = f"-c statement_timeout={seconds * 1000:.0f}"
    return {
        **parameters,
        "application_name": application,
        "options": f"{parameters.get('options', '')} {statement_timeout}".strip(),
        "connect_timeout": 2,  # the shortest that libpq knows
        "keepalives": 1,
        "keepalives_idle": 1,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": 3000,
    }


@contextmanager
def connect(alias: str, *, application: str, seconds: float) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit, closed at the end. A frozen server can exhaust no pool by it."""
    parameters = connection_parameters(alias, application=application, seconds=seconds)
    try:
        connection: psycopg.Connection[Any] = psycopg.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as error:
        # Its traceback leads to the frame that holds the socket, and that frame back to the error: where the connecting
        # timed out, a frozen server would keep the connection until the garbage collector comes by.
        raise error.with_traceback(None) from None
    try:
        yield connection
    finally:
        connection.close()
