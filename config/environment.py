"""Reads the environment for the settings: every variable by name, junk refused at start.

A value that cannot be meant (a port of 70000, a debug flag of "maybe") ends the start with the name of the variable
and what it takes, instead of surfacing later as an odd failure somewhere else. No message repeats the value, and none
carries the error that led to it: both may hold a password.

One rule for all: blanks around a value are not meant, and a variable that is set to nothing is not set.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import environ
import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
DOTENV = Path(__file__).resolve().parent.parent / ".env"

env = environ.Env()


def _junk(name: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name} is not {expected}. Correct it in the environment or in .env (see .env.example)."
    )


def read_dotenv(path: Path = DOTENV) -> None:
    """Adds the variables of .env to those that are set; the latter win. With IGNORE_DOTENV the file is left alone."""
    if flag("IGNORE_DOTENV", default=False) or not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"{path.name} cannot be read as UTF-8. Save it so, or permit reading it.") from None
    for position, line in enumerate(lines, start=1):
        # django-environ would log the line that it does not understand, secret and all, and go on.
        if line.strip() and not re.match(r"#|(export )?[A-Za-z_0-9]+=", line):
            raise ImproperlyConfigured(
                f"Line {position} of {path.name} is not NAME=value. Correct it or put a # before it."
            )
    env.read_env(str(path))


def prefer(name: str, value: str) -> None:
    """Gives a variable a value for this process, unless it has one."""
    if not text(name):
        env.ENVIRON[name] = value


def text(name: str, default: str = "") -> str:
    # Not env.str(): that takes a value such as $ecret for the name of another variable, and finds nothing there.
    return env.ENVIRON.get(name, "").strip() or default


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
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and low <= int(value[:20]) <= high):
        raise _junk(name, f"a whole number from {low} to {high}")
    return int(value)


def choice(name: str, options: tuple[str, ...], default: str) -> str:
    """One of `options`, in whatever case it was written."""
    value = text(name, default).lower()
    found = next((option for option in options if option.lower() == value), None)
    if found is None:
        raise _junk(name, f"one of {', '.join(options)}")
    return found


def items(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list; blanks around and between its items are forgiven."""
    value = text(name)
    return [item.strip() for item in value.split(",") if item.strip()] if value else list(default)


def limit(name: str, default: str) -> tuple[int, int] | None:
    """How many in how many seconds, such as 600/60; None for `off`."""
    value = text(name, default).lower()
    if value == "off":
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})", value)
    if not found:
        raise _junk(name, "requests and seconds such as 600/60, or off")
    return int(found[1]), int(found[2])


def hosts(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Host names as ALLOWED_HOSTS takes them: no scheme, no port, no path."""
    found = items(name, default)
    if not all(re.fullmatch(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]", host) for host in found):
        raise _junk(name, "a comma-separated list of host names, without scheme, port or path")
    return found


def origins(name: str) -> list[str]:
    """Origins as CSRF_TRUSTED_ORIGINS takes them: scheme and host, maybe a port."""
    found = items(name)
    if not all(re.fullmatch(r"https?://[A-Za-z0-9*.\[\]:_-]+", origin) for origin in found):
        raise _junk(name, "a comma-separated list of origins such as https://example.org")
    return found


WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(/[A-Za-z0-9._~/-]*)?")


def web_address(name: str, default: str) -> str:
    """The http or https address that paths are put behind: no query, no fragment, and no credentials, which are shown
    in errors."""
    value = text(name, default).rstrip("/")
    if not WEB_ADDRESS.fullmatch(value):
        raise _junk(name, "an address such as https://example.org")
    return value


def web_addresses(name: str, default: tuple[str, ...]) -> list[str]:
    """Several of them, separated by commas."""
    found = items(name, default)
    if not all(WEB_ADDRESS.fullmatch(value) for value in found):
        raise _junk(name, "a comma-separated list of addresses such as https://example.org")
    return [value.rstrip("/") for value in found]


def telegram_ids(name: str) -> frozenset[int]:
    found = items(name)
    if not all(item.isascii() and item.isdigit() and 0 < int(item[:20]) < 2**63 for item in found):
        raise _junk(name, "a comma-separated list of Telegram ids")
    return frozenset(int(item) for item in found)


def telegram_token(name: str) -> str:
    value = text(name)
    if value and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value):
        raise _junk(name, "a Telegram bot token: a number, a colon, letters and digits")
    return value


def _database_from_url(name: str, url: str = "") -> dict[str, Any]:
    """The database that a URL means, as libpq reads it: what psql and pg_dump accept is accepted here."""
    expected = "a PostgreSQL URL such as postgresql://user:password@host:5432/database"
    url = url or text(name)
    try:
        parts = conninfo_to_dict(url) if url.startswith(("postgresql://", "postgres://")) else {}
    except (psycopg.ProgrammingError, ValueError):
        parts = {}
    if not parts:
        raise _junk(name, expected)
    for port in str(parts.get("port", "")).split(","):
        if port and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 2**16):
            raise _junk(name, f"{expected}, its port from 1 to 65535")
    if parts.get("sslmode", "prefer") not in SSL_MODES:
        raise _junk(name, f"{expected}, its sslmode one of {', '.join(SSL_MODES)}")
    return {
        "ENGINE": "config.postgresql",
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "NAME": parts.pop("dbname", ""),
        "OPTIONS": parts,
    }


def _database_from_parts() -> dict[str, Any] | None:
    host = text("POSTGRES_HOST")
    if not host:
        return None
    return {
        "ENGINE": "config.postgresql",
        "HOST": host,
        "PORT": str(number("POSTGRES_PORT", 5432, low=1, high=65535)),
        "USER": required_text("POSTGRES_USER", "It goes with POSTGRES_HOST; or set DATABASE_URL."),
        "PASSWORD": text("POSTGRES_PASSWORD"),
        "NAME": required_text("POSTGRES_DB", "It goes with POSTGRES_HOST; or set DATABASE_URL."),
        "OPTIONS": {},
    }


def _primary() -> dict[str, Any] | None:
    if not text("DATABASE_URL"):
        return _database_from_parts()
    primary = _database_from_url("DATABASE_URL")
    if not primary["NAME"]:
        raise _junk("DATABASE_URL", "a PostgreSQL URL with the name of a database at its end")
    return primary


def _replica_of(primary: dict[str, Any], url: str) -> dict[str, Any]:
    """A replica has the roles and databases of its primary: what the URL leaves out is the same."""
    replica = _database_from_url("READ_DATABASE_URL", url)
    for part in ("NAME", "USER"):
        replica[part] = replica[part] or primary[part]
    if replica["USER"] == primary["USER"]:
        replica["PASSWORD"] = replica["PASSWORD"] or primary["PASSWORD"]
    return replica


def _replica_urls() -> list[str]:
    """READ_DATABASE_URL: one or several. A comma within a URL lists the hosts of one server, as libpq has it."""
    return [url.strip() for url in re.split(r",(?=\s*postgres(?:ql)?://)", text("READ_DATABASE_URL")) if url.strip()]


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
    if text("POSTGRES_SSLROOTCERT"):
        options["sslrootcert"] = text("POSTGRES_SSLROOTCERT")
    options.setdefault("connect_timeout", number("POSTGRES_CONNECT_TIMEOUT", 5, low=1))
    options.setdefault("application_name", "slipway")
    pool = _pool()
    if pool:
        options["pool"] = pool
    database["CONN_MAX_AGE"] = 0  # the pool keeps connections; Django must hand them back
    return database


def _pool() -> dict[str, Any] | None:
    low = number("POSTGRES_POOL_MIN", 0)
    high = number("POSTGRES_POOL_MAX", 10)
    if high < low:
        raise _junk("POSTGRES_POOL_MAX", "at least POSTGRES_POOL_MIN")
    pool = {
        "min_size": low,
        "max_size": high,
        "timeout": number("POSTGRES_POOL_TIMEOUT", 10, low=1),
        "max_idle": number("POSTGRES_CONN_MAX_IDLE", 300, low=1),
        "max_lifetime": number("POSTGRES_CONN_MAX_LIFETIME", 3600, low=1),
    }
    return pool if high else None


def databases() -> dict[str, dict[str, Any]]:
    """`default` is the primary; `replica`, `replica_2` and so on are those of READ_DATABASE_URL.

    Without any database the mapping is empty: `manage.py sandbox` and `check` run without one, everything else is told
    by the system check operations.E001 what to set.
    """
    primary = _primary()
    if primary is None:
        return {}
    found = {"default": _with_connection_rules(primary)}
    for number_of, url in enumerate(_replica_urls(), start=1):
        replica = _with_connection_rules(_replica_of(primary, url))
        if "pool" in replica["OPTIONS"]:
            # Who finds no connection at once asks the primary: a replica that hangs must not hold up a request.
            replica["OPTIONS"]["pool"]["timeout"] = 0.1
        # A replica cannot be written to, so a test database cannot be made on it: tests reach the one that streams in.
        replica["TEST"] = {"MIRROR": "default"}
        found["replica" if number_of == 1 else f"replica_{number_of}"] = replica
    return found


def redis_url() -> str:
    """REDIS_URL, or the parts that make one; empty when neither is given."""
    if text("REDIS_URL"):
        # Valkey's own schemes mean the same protocol; the client knows Redis's only.
        url = re.sub(r"^valkey(s?)://", r"redis\1://", text("REDIS_URL"))
        if not _is_redis_url(url):
            raise _junk("REDIS_URL", "a URL such as redis://:password@host:6379/0 or unix:///path/redis.sock?db=0")
        return url
    host = text("REDIS_HOST")
    if not host:
        return ""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+", host):
        raise _junk("REDIS_HOST", "a host name or an address; port and password have variables of their own")
    address = f"[{host}]" if ":" in host else host
    port = number("REDIS_PORT", 6379, low=1, high=65535)
    password = text("REDIS_PASSWORD")
    credentials = f":{quote(password, safe='')}@" if password else ""
    scheme = "rediss" if flag("REDIS_TLS", default=False) else "redis"
    return f"{scheme}://{credentials}{address}:{port}/{number('REDIS_DB', 0, high=1023)}"


def _is_redis_url(url: str) -> bool:
    """Whether the URL means what it says; the client would take redis://host/cache for database 0 without a word."""
    try:
        parts = urlsplit(url)
        valid_port = parts.port != 0
    except ValueError:
        return False
    database = parse_qs(parts.query).get("db", ["0"])[0]
    if not valid_port or not re.fullmatch(r"[0-9]{1,4}", database):
        return False
    if parts.scheme == "unix":
        return parts.path not in ("", "/")
    return (
        parts.scheme in ("redis", "rediss")
        and bool(re.fullmatch(r"/?|/[0-9]{1,4}", parts.path))
        and bool(parts.hostname)
    )
