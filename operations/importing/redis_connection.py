"""A connection to Redis or Valkey that asks and never writes, and whose failures name their remedy."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import redis
from redis.backoff import ExponentialBackoff
from redis.connection import parse_url
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    InvalidResponse,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from operations.importing.errors import SourceUnreadable
from operations.importing.tables import SourceLocation

SCHEMES = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
CLOCK_TRIES = 20
# How INFO says that no field of a hash has an expiry of its own: Redis from 7.4, Valkey from 9.
NO_FIELD_EXPIRES = re.compile(r"\b(subexpiry|keys_with_volatile_items)=0\b")

Command = tuple[Any, ...]


@dataclass(frozen=True)
class RedisLocation(SourceLocation):
    """`path` is the socket or the file that is read; over the network there is none, and it is the null device."""

    url: str = field(default="", repr=False)  # with the credentials
    database: int = 0
    is_snapshot: bool = False  # a server of our own that holds a file of the source's


def locate_redis(url: str) -> RedisLocation:
    """Understand redis://[user:password@]host[:port][/db], with TLS rediss://, and unix:///path/to/socket?db=0.

    Raises SourceUnreadable for what is none of these.
    """
    scheme, _, rest = url.partition("://")
    spelled = f"{SCHEMES.get(scheme, scheme)}://{rest}"
    try:
        options = _parsed(spelled)
        path = urlsplit(spelled).path
    except ValueError as error:
        raise SourceUnreadable(f"This is no address of a Redis: {error} Give redis://host:6379/0.") from error
    database = options.get("db", 0)
    if scheme == "unix":
        socket = Path(unquote(path))
        return RedisLocation(socket, f"unix://{socket}?db={database}", spelled, database)
    if not re.fullmatch(r"/?[0-9]*/?", path):
        raise SourceUnreadable(f"{path} does not name a database of Redis: give its number, redis://host:6379/0.")
    host, port = options.get("host", "localhost"), options.get("port", 6379)
    address = f"[{host}]" if ":" in host else host
    return RedisLocation(Path(os.devnull), f"{scheme}://{address}:{port}/{database}", spelled, database)


def _parsed(url: str) -> dict[str, Any]:
    options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    return options


class Server:
    """Asks; replies are the bytes of the server, undecoded. What a server may lack is found out at the start."""

    def __init__(self, connection: Any, location: RedisLocation) -> None:
        self._connection = connection
        self._location = location
        self._info = self._ask_info()
        absent = f"slipway:{uuid4()}"
        probes = (("PEXPIRETIME", absent), ("MEMORY", "USAGE", absent), ("HPEXPIRETIME", absent, "FIELDS", 1, "f"))
        expiry, weight, field_expiry = self.ask_all(probes)
        self.knows_expiry = not isinstance(expiry, ResponseError)
        self.knows_weight = not isinstance(weight, ResponseError)
        # Where it is only denied, it has to be asked for all the same: nothing else could tell.
        unheard_of = isinstance(field_expiry, ResponseError) and not isinstance(field_expiry, NoPermissionError)
        self.fields_expire = not unheard_of and not NO_FIELD_EXPIRES.search(
            self._info.get(f"db{location.database}", "")
        )

    @property
    def shown(self) -> str:
        return self._location.shown

    def ask(self, *command: Any) -> Any:
        return _checked(*self.ask_all([command]))

    def ask_all(self, commands: Sequence[Command]) -> list[Any]:
        """The replies in order; a command that failed is answered by its ResponseError.

        All are sent before the first reply is read. The pipelines of redis-py would take twice as long.
        """
        packed = b"".join(map(_packed, commands))

        def exchange() -> list[Any]:
            self._connection.send_packed_command([packed])
            return [self._reply() for _ in commands]

        replies: list[Any] = self._connection.retry.call_with_retry(exchange, self._connection.disconnect)
        return replies

    def _reply(self) -> Any:
        try:
            return self._connection.read_response(disable_decoding=True)
        except ResponseError as error:
            return error

    def _ask_info(self) -> dict[str, str]:
        """What INFO says; nothing where that is not permitted."""
        with suppress(NoPermissionError):
            lines = self.ask("INFO").decode(errors="replace").splitlines()
            return dict(line.split(":", 1) for line in lines if ":" in line)
        return {}

    def run_id(self) -> str:
        """Another one means another process."""
        return self._ask_info().get("run_id", "")

    def count_keys(self) -> int:
        """How many keys there are to read. Raises SourceUnreadable where they are evidently elsewhere."""
        if self._info.get("cluster_enabled") == "1":
            raise SourceUnreadable(
                f"{self.shown} is a node of a cluster and has only a part of the keys. Bring them together in one "
                "server first, and read that."
            )
        count: int = self.ask("DBSIZE")
        others = [name.removeprefix("db") for name in self._info if re.fullmatch("db[0-9]+", name)]
        if not count and others:
            raise SourceUnreadable(
                f"{self.shown} is empty, but there are keys in database {', '.join(others)} of that server. "
                "Name it at the end of the address: redis://host:port/database."
            )
        return count

    def expiries(self, keys: Sequence[bytes]) -> list[int | None]:
        """When each key expires, in milliseconds since 1970; None for those that do not, or are not there.

        Redis before 7 tells only what is left. Between two equal readings of its clock that is exact to the
        millisecond, so that a key reads the same however often it is read.
        """
        if self.knows_expiry:
            moments = self.ask_all([("PEXPIRETIME", key) for key in keys])
            return [moment if moment >= 0 else None for moment in map(_checked, moments)]
        found: dict[bytes, int | None] = dict.fromkeys(keys)
        left = list(found)
        for _ in range(CLOCK_TRIES):
            replies = self.ask_all([command for key in left for command in (("TIME",), ("PTTL", key), ("TIME",))])
            unsure = []
            for key, before, remaining, after in zip(left, replies[::3], replies[1::3], replies[2::3], strict=True):
                if _checked(remaining) >= 0:
                    found[key] = _milliseconds(before) + remaining
                    if _milliseconds(before) != _milliseconds(after):
                        unsure.append(key)
            left = unsure
        return [found[key] for key in keys]


def _checked(reply: Any) -> Any:
    if isinstance(reply, ResponseError):
        raise reply
    return reply


def _packed(command: Command) -> bytes:
    words = [b"$%d\r\n%b\r\n" % (len(part), part) if isinstance(part, bytes) else _word(part) for part in command]
    return b"*%d\r\n%b" % (len(words), b"".join(words))


@lru_cache(256)
def _word(part: str | int) -> bytes:
    word = str(part).encode()
    return b"$%d\r\n%b\r\n" % (len(word), word)


def _milliseconds(time: list[bytes]) -> int:
    seconds, microseconds = map(int, time)
    return seconds * 1000 + microseconds // 1000


@contextmanager
def connected(location: RedisLocation) -> Iterator[Server]:
    """A server that answers. Whatever goes wrong with it while the block runs is raised as SourceUnreadable."""
    with failures_explained(location):
        connection = _connection(location)
        try:
            connection.connect()
            yield Server(connection, location)
        finally:
            connection.disconnect()


@contextmanager
def failures_explained(location: RedisLocation) -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise _explained(error, location.shown) from error


def _connection(location: RedisLocation) -> Any:
    """Understand the address but for what would decode replies, leave them to somebody else, or wait for ever."""
    options = _parsed(location.url) | {
        "protocol": 2,
        "decode_responses": False,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(ExponentialBackoff(cap=1, base=0.1), 2, (redis.ConnectionError,)),
        "redis_connect_func": _see_expired if location.is_snapshot else None,
    }
    connection_class = options.pop("connection_class", redis.Connection)
    try:
        return connection_class(**options)
    except (TypeError, ValueError) as error:
        raise SourceUnreadable(
            f"The address {location.shown} has an option that is not understood: {error}."
        ) from error


def _see_expired(connection: Any) -> None:
    """A file is what it was when it was written: keys whose time has come since are records all the same."""
    connection.on_connect()
    connection.send_command("CLIENT", "IMPORT-SOURCE", "ON")
    connection.read_response()


def _explained(error: RedisError, shown: str) -> SourceUnreadable:
    text = str(error).rstrip(".")
    if isinstance(error, AuthenticationError):
        return SourceUnreadable(
            f"{shown} wants to know who reads it, and does not take what it was told ({text}). "
            "Give redis://user:password@host:port/db; without a user, redis://:password@host:port/db."
        )
    if isinstance(error, NoPermissionError):
        return SourceUnreadable(
            f"{shown} denies this user a command ({text}). Grant it all that reads: +@read +@connection."
        )
    if isinstance(error, BusyLoadingError):
        return SourceUnreadable(f"{shown} is loading its data. Try again when it has finished.")
    if isinstance(error, InvalidResponse):
        return SourceUnreadable(f"{shown} answers, but not as Redis does ({text}). Check host and port.")
    if isinstance(error, redis.TimeoutError):
        return SourceUnreadable(
            f"{shown} does not answer ({text}). Check host and port, and whether it is busy or frozen."
        )
    if isinstance(error.__cause__, ssl.SSLError) or "SSL" in text:
        return SourceUnreadable(f"{shown} cannot be spoken to with TLS ({text}). Without TLS it is redis://.")
    if isinstance(error, redis.ConnectionError):
        return SourceUnreadable(
            f"{shown} cannot be reached, or has hung up ({text}). Check that it runs, host and port, and whether it "
            "wants TLS: rediss://."
        )
    return SourceUnreadable(f"{shown} does not let itself be read: {text}.")
