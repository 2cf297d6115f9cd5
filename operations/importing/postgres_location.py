"""Understands the address of a PostgreSQL database."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from operations.importing.errors import SourceUnreadable
from operations.importing.tables import SourceLocation

SCHEMES = frozenset({"postgresql", "postgres"})
FORM = "postgresql://user:password@host:5432/database"
NOT_UNDERSTOOD = "This is no address of a PostgreSQL database"
REMEDY = f"Give {FORM}, with all but letters and digits in user and password written as %40 and the like."
# What Prisma writes into addresses for itself, and libpq does not know.
PRISMA_ONLY = frozenset({"connection_limit", "pool_timeout", "socket_timeout", "pgbouncer", "statement_cache_size"})


@dataclass(frozen=True)
class PostgresLocation(SourceLocation):
    """`path` is the dump that is read; of a server there is none, and it is the null device."""

    url: str = field(default="", repr=False)  # as libpq takes it, with the credentials
    schema: str = "public"
    zone: str = "UTC"  # the operator's, for views that ask


def is_postgres(url: str) -> bool:
    """True also for postgresql+psycopg:// and the like, as SQLAlchemy writes them."""
    return "://" in url and url.partition("://")[0].partition("+")[0] in SCHEMES


def locate_postgres(url: str) -> PostgresLocation:
    """Understand what libpq does, and ?schema=name for another schema than public.

    Raises SourceUnreadable for what is no such address. It quotes nothing of it: a password may stand anywhere in an
    address that is mistaken.
    """
    address, schema = _without_schema(f"postgresql://{url.partition('://')[2]}")
    try:
        options = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    except psycopg.Error as error:
        raise SourceUnreadable(f"{NOT_UNDERSTOOD}{_unknown_option(error)}. {REMEDY}") from None
    if not re.fullmatch("[0-9,]*", options.get("port", "")) or "@" in options.get("dbname", ""):
        # So it is read when a slash stands in the password: the rest of that would be shown as database.
        raise SourceUnreadable(f"{NOT_UNDERSTOOD}. {REMEDY}")
    if not options.get("dbname") and "service" not in options:
        raise SourceUnreadable(f"The address names no database. Give {FORM}.")
    shown = _shown(options) + (f"?schema={quote(schema)}" if schema != "public" else "")
    return PostgresLocation(Path(os.devnull), shown, address, schema)


def _without_schema(address: str) -> tuple[str, str]:
    # A question mark in the password is no beginning of options yet; libpq sees it the same way.
    credentials = re.match("postgresql://([^/]*?@)?", address)[0]  # type: ignore[index]
    place, _, query = address.removeprefix(credentials).partition("?")
    place = credentials + place
    options = [option.partition("=") for option in query.split("&") if option]
    schema = next((unquote(value) for name, _, value in options if name == "schema" and value), "public")
    left = "&".join(f"{name}={value}" for name, _, value in options if name not in PRISMA_ONLY | {"schema"})
    return (f"{place}?{left}" if left else place), schema


def _unknown_option(error: psycopg.Error) -> str:
    before, _, name = str(error).strip().partition('invalid URI query parameter: "')
    return f": the option {name.rstrip(chr(34))} is not known" if name and not before else ""


def _shown(options: dict[str, str]) -> str:
    if "service" in options:
        return f"postgresql://service/{options['service']}"
    host, port = options.get("host") or options.get("hostaddr", ""), options.get("port", "")
    if host.startswith(("/", "@")):  # the folder of a Unix socket
        return f"postgresql:///{options['dbname']}?host={host}" + (f"&port={port}" if port else "")
    host = f"[{host}]" if ":" in host else host
    return f"postgresql://{host}{':' if port else ''}{port}/{options['dbname']}"
