"""Reads the environment for the settings: every variable by name, junk refused at start.

A value that cannot be meant (a port of 70000, a debug flag of "maybe") ends the start with the name of the variable
and what it takes, instead of surfacing later as an odd failure somewhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

env = environ.Env()


def _junk(name: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name} is not {expected}. Correct it in the environment or in .env (see .env.example)."
    )


def text(name: str, default: str = "") -> str:
    return str(env.str(name, default=default)).strip()


def required_text(name: str, remedy: str) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, "on" if default else "off").lower()
    if value not in TRUE | FALSE:
        raise _junk(name, "a flag (on or off)")
    return value in TRUE


def number(name: str, default: int, *, low: int = 0, high: int = 2**31 - 1) -> int:
    value = text(name) or str(default)
    try:
        parsed = int(value)
    except ValueError:
        parsed = low - 1
    if not low <= parsed <= high:
        raise _junk(name, f"a whole number from {low} to {high}")
    return parsed


def choice(name: str, options: tuple[str, ...], default: str) -> str:
    value = text(name) or default
    if value not in options:
        raise _junk(name, f"one of {', '.join(options)}")
    return value


def items(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list; blanks around and between its items are forgiven."""
    value = text(name)
    return [item.strip() for item in value.split(",") if item.strip()] if value else list(default)


def telegram_ids(name: str) -> frozenset[int]:
    try:
        ids = frozenset(int(item) for item in items(name))
    except ValueError:
        ids = frozenset({0})
    if any(not 0 < value < 2**63 for value in ids):
        raise _junk(name, "a comma-separated list of Telegram ids")
    return ids


def _parsed(name: str, parse: Callable[[], Value], expected: str) -> Value:
    try:
        return parse()
    except (ValueError, KeyError, IndexError, AttributeError, ImproperlyConfigured) as error:
        raise _junk(name, expected) from error


def _database_from_url(name: str) -> dict[str, Any]:
    expected = "a PostgreSQL URL such as postgresql://user:password@host:5432/database"
    database: dict[str, Any] = _parsed(name, lambda: env.db_url(name), expected)
    if database.get("ENGINE") != "django.db.backends.postgresql" or not database.get("NAME"):
        raise _junk(name, expected)
    database["OPTIONS"] = dict(database.get("OPTIONS") or {})
    return database


def _database_from_parts() -> dict[str, Any] | None:
    host = text("POSTGRES_HOST")
    if not host:
        return None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "PORT": number("POSTGRES_PORT", 5432, low=1, high=65535),
        "USER": required_text("POSTGRES_USER", "It goes with POSTGRES_HOST; or set DATABASE_URL."),
        "PASSWORD": text("POSTGRES_PASSWORD"),
        "NAME": required_text("POSTGRES_DB", "It goes with POSTGRES_HOST; or set DATABASE_URL."),
        "OPTIONS": {},
    }


def _with_connection_rules(database: dict[str, Any]) -> dict[str, Any]:
    """Pool, limits and TLS: the same for the primary and its replicas, at this one place."""
    options = database["OPTIONS"]
    timeouts = {
        "statement_timeout": number("STATEMENT_TIMEOUT_MS", 0),
        "lock_timeout": number("LOCK_TIMEOUT_MS", 0),
        "idle_in_transaction_session_timeout": number("IDLE_IN_TRANSACTION_TIMEOUT_MS", 0),
    }
    settings = " ".join(f"-c {name}={value}" for name, value in timeouts.items() if value)
    if settings:
        options["options"] = f"{options.get('options', '')} {settings}".strip()
    if text("POSTGRES_SSLMODE"):
        options["sslmode"] = choice("POSTGRES_SSLMODE", SSL_MODES, "prefer")
    options.setdefault("connect_timeout", number("POSTGRES_CONNECT_TIMEOUT", 5, low=1))
    options.setdefault("application_name", "slipway")
    low = number("POSTGRES_POOL_MIN", 0)
    high = number("POSTGRES_POOL_MAX", 10)
    if high < low:
        raise _junk("POSTGRES_POOL_MAX", "at least POSTGRES_POOL_MIN")
    if high:
        options["pool"] = {
            "min_size": low,
            "max_size": high,
            "timeout": number("POSTGRES_POOL_TIMEOUT", 10, low=1),
            "max_idle": number("POSTGRES_CONN_MAX_IDLE", 300, low=1),
            "max_lifetime": number("POSTGRES_CONN_MAX_LIFETIME", 3600, low=1),
        }
    database["CONN_MAX_AGE"] = 0  # the pool keeps connections; Django must hand them back
    return database


def databases() -> dict[str, dict[str, Any]]:
    """`default` is the primary; `replica` is there when READ_DATABASE_URL is.

    Without any database the mapping is empty: `manage.py sandbox` and `check` run without one, everything else is told
    by the system check operations.E001 what to set.
    """
    primary = _database_from_url("DATABASE_URL") if text("DATABASE_URL") else _database_from_parts()
    if primary is None:
        return {}
    found = {"default": _with_connection_rules(primary)}
    if text("READ_DATABASE_URL"):
        replica = _with_connection_rules(_database_from_url("READ_DATABASE_URL"))
        # A replica cannot be written to, so a test database cannot be made on it: tests reach the one that streams in.
        replica["TEST"] = {"MIRROR": "default"}
        found["replica"] = replica
    return found


def redis_url() -> str:
    """REDIS_URL, or the parts that make one; empty when neither is given."""
    url = text("REDIS_URL")
    if url:
        if url.split("://", 1)[0] not in {"redis", "rediss", "unix", "valkey", "valkeys"} or "://" not in url:
            raise _junk("REDIS_URL", "a URL such as redis://:password@host:6379/0 or unix:///path/redis.sock?db=0")
        return url
    host = text("REDIS_HOST")
    if not host:
        return ""
    port = number("REDIS_PORT", 6379, low=1, high=65535)
    password = text("REDIS_PASSWORD")
    credentials = f":{quote(password, safe='')}@" if password else ""
    scheme = "rediss" if flag("REDIS_TLS", False) else "redis"
    return f"{scheme}://{credentials}{host}:{port}/{number('REDIS_DB', 0, high=1023)}"
