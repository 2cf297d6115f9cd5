"""Writes the sample of a legacy system where an operator wants it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from operations.importing.declaration import LegacySource
from operations.importing.errors import LegacyError
from operations.importing.postgres_connection import explanation
from operations.importing.postgres_location import is_postgres, locate_postgres
from operations.importing.redis_connection import SCHEMES, locate_redis
from operations.importing.redis_connection import failures_explained as redis_failures_explained

Write = Callable[..., Any]


def write_sample(source: LegacySource, target: str, **arguments: Any) -> str:
    """Fill a new file or an empty database; gives the address by which it is read, without its password.

    Raises LegacyError when that cannot be done, and ValueError for impossible numbers.
    """
    if source.write_sample is None:
        raise LegacyError(f"There is no sample of {source.title}.")
    write: Write = source.write_sample
    if source.store == "sqlite" and "://" not in target:
        return _in_file(write, Path(target), arguments)
    if source.store == "redis" and target.partition("://")[0] in SCHEMES:
        return _in_redis(write, target, arguments)
    if source.store == "postgresql" and is_postgres(target):
        return _in_postgres(write, target, arguments)
    if source.store == "sqlite":
        raise LegacyError(f"{source.title} is kept in SQLite: give the path of a new file, such as legacy.db.")
    raise LegacyError(f"{source.title} is kept in {source.store}: name an empty database, {source.store}://…")


def _in_file(write: Write, path: Path, arguments: dict[str, Any]) -> str:
    try:
        write(path, **arguments)
    except FileExistsError as error:
        raise LegacyError(f"{path} exists already. Name another file, or remove it.") from error
    except OSError as error:
        raise LegacyError(
            f"{path} cannot be written: {error.strerror}. Name a file in a folder that is there and may be written to."
        ) from error
    return f"sqlite:///{path.absolute()}"


def _in_redis(write: Write, url: str, arguments: dict[str, Any]) -> str:
    location = locate_redis(url)
    with redis_failures_explained(location):
        write(location.url, **arguments)
    return location.shown


def _in_postgres(write: Write, url: str, arguments: dict[str, Any]) -> str:
    location = locate_postgres(url)
    if location.schema != "public":
        raise LegacyError("A sample is written into the schema public. Leave ?schema= away.")
    try:
        write(location.url, **arguments)
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise LegacyError(explanation(error, location.shown)) from error
        text = " ".join(str(error).split()).rstrip(".")
        raise LegacyError(
            f"{location.shown} does not take a sample: {text}. Name an empty database whose owner you are."
        ) from error
    return location.shown
