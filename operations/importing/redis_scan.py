"""Walks once over all keys of a Redis and pours what they hold into a spool."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from redis.exceptions import NoPermissionError, ResponseError

from operations.importing.errors import SourceUnreadable
from operations.importing.redis_connection import Command, Server
from operations.importing.spool import Key, Spool, text_or_bytes

KEYS_AT_ONCE = 1_000
ELEMENTS_AT_ONCE = 2_000
BYTES_AT_ONCE = 8 * 2**20
SHORT = 16_384  # bytes of a string that is read together with others
GUESSED_BYTES = BYTES_AT_ONCE // 100  # of a key whose weight the server does not tell
TRIES = 5

Progress = Callable[[int, int], None]  # keys seen, keys there are
_encode = msgspec.json.Encoder().encode

Found = tuple[Sequence[bytes], Sequence[bytes], Any]  # elements, their values, the place of the next ones or None


@dataclass(frozen=True)
class _Walk:
    """How keys of a type are read bit by bit: from place to place, `start` being the first."""

    size: str
    start: Any
    command: Callable[[bytes, Any, int], Command]
    found: Callable[[Any, Any, int], Found]


def _members(reply: Any, place: Any, count: int) -> Found:
    cursor, members = reply
    return members, (), None if cursor == b"0" else cursor


def _pairs(reply: Any, place: Any, count: int) -> Found:
    cursor, flat = reply
    return flat[::2], flat[1::2], None if cursor == b"0" else cursor


def _items(reply: Any, place: Any, count: int) -> Found:
    end = place + len(reply)
    return [b"%d" % index for index in range(place, end)], reply, end if len(reply) == count else None


def _entries(reply: Any, place: Any, count: int) -> Found:
    ids = [id_ for id_, _ in reply]
    return ids, [_as_json(fields) for _, fields in reply], b"(" + ids[-1] if len(reply) == count else None


def _as_json(fields: list[bytes]) -> bytes:
    """Pairs, as a name may come twice; bytes that are no text as they land elsewhere."""
    parts = [
        part if isinstance(part, str) else {"$bytes": b64encode(part).decode()} for part in map(text_or_bytes, fields)
    ]
    return _encode(list(zip(parts[::2], parts[1::2], strict=True)))


WALKS = {
    "set": _Walk("SCARD", b"0", lambda key, place, count: ("SSCAN", key, place, "COUNT", count), _members),
    "hash": _Walk("HLEN", b"0", lambda key, place, count: ("HSCAN", key, place, "COUNT", count), _pairs),
    "zset": _Walk("ZCARD", b"0", lambda key, place, count: ("ZSCAN", key, place, "COUNT", count), _pairs),
    "list": _Walk("LLEN", 0, lambda key, place, count: ("LRANGE", key, place, place + count - 1), _items),
    "stream": _Walk("XLEN", b"-", lambda key, place, count: ("XRANGE", key, place, "+", "COUNT", count), _entries),
}


@dataclass
class _Reading:
    """A key whose elements are being read."""

    key: Key
    size: int | None  # elements, where that has to be known
    count: int  # asked for at once
    place: Any
    taken: int = 0
    replies: int = 0


class KeyFinder(Protocol):
    """Knows to which family a key belongs."""

    def key(self, raw: bytes, type_: str, expires_at: int | None) -> Key: ...
    def name_of_vanished(self, raw: bytes) -> str: ...


class Pouring:
    """One reading of a whole database. `vanished` is filled with the families of keys that were gone too early."""

    def __init__(
        self, server: Server, spool: Spool, families: KeyFinder, vanished: Counter[str], progress: Progress
    ) -> None:
        self._server = server
        self._spool = spool
        self._families = families
        self._vanished = vanished
        self._progress = progress
        self._seen = 0
        self._total = 0
        self._again: list[bytes] = []  # keys that were not any more what they had been a moment before

    def all(self) -> None:
        run = self._server.run_id()
        self._total = self._server.count_keys()
        cursor = b"0"
        while True:
            cursor, raws = self._server.ask("SCAN", cursor, "COUNT", KEYS_AT_ONCE)
            self._read_stubbornly(list(dict.fromkeys(raws)))
            self._seen += len(raws)
            self._progress(self._seen, self._total)
            if cursor == b"0":
                break
        if self._server.run_id() != run:  # its cursors mean nothing to another process
            raise SourceUnreadable(f"{self._server.shown} was started anew while it was read. Read it again.")

    def _read_stubbornly(self, raws: list[bytes]) -> None:
        for _ in range(TRIES):
            self._again = []
            self._read(raws)
            raws = self._again
            if not raws:
                return
        raise SourceUnreadable(
            f"The key {text_or_bytes(raws[0])!r} of {self._server.shown} changes faster than it can be read. "
            "Stop what writes it meanwhile, or give an RDB file."
        )

    def _read(self, raws: list[bytes]) -> None:
        keys = self._described(raws)
        self._read_strings([key for key in keys if key.type == "string"])
        for group in self._groups([key for key in keys if key.type in WALKS]):
            self._read_elements(group)
        self._read_whole("DUMP", [key for key in keys if key.type != "string" and key.type not in WALKS])

    def _described(self, raws: list[bytes]) -> list[Key]:
        types = self._server.ask_all([("TYPE", raw) for raw in raws])
        keys = []
        for raw, type_, expires_at in zip(raws, types, self._server.expiries(raws), strict=True):
            if isinstance(type_, ResponseError):
                raise type_
            if type_ == b"none":
                self._vanish(raw)
            else:
                keys.append(self._families.key(raw, type_.decode(), expires_at))
        return keys

    def _vanish(self, raw: bytes) -> None:
        self._vanished[self._families.name_of_vanished(raw)] += 1

    def _changed(self, raw: bytes, error: ResponseError) -> None:
        """A key that is of another type by now will be read again; any other error ends the reading."""
        if not str(error).startswith("WRONGTYPE"):
            raise error
        self._again.append(raw)

    # Strings, and types of modules, which only DUMP can read

    def _read_strings(self, keys: list[Key]) -> None:
        heads = self._server.ask_all([("GETRANGE", key.raw, 0, SHORT - 1) for key in keys])
        rest = []
        for key, head in zip(keys, heads, strict=True):
            if isinstance(head, bytes) and 0 < len(head) < SHORT:
                self._spool.add(key, head)
            else:  # long, or empty, or gone
                rest.append(key)
        self._spool.flush()
        self._read_whole("GET", rest)

    def _read_whole(self, command: str, keys: list[Key]) -> None:
        for key in keys:
            [value] = self._server.ask_all([(command, key.raw)])
            if isinstance(value, ResponseError):
                self._changed(key.raw, value)
            elif value is None:
                self._vanish(key.raw)
            else:
                self._spool.add(key, value)
                self._spool.flush()

    # Types with elements

    def _groups(self, keys: list[Key]) -> Iterator[list[_Reading]]:
        """Keys that are read together, as they are small together."""
        group: list[_Reading] = []
        total = 0
        for key, weight in zip(keys, self._weights(keys), strict=True):
            if group and total + weight > BYTES_AT_ONCE:
                yield group
                group, total = [], 0
            group.append(self._reading(key, weight))
            total += weight
        if group:
            yield group

    def _weights(self, keys: list[Key]) -> list[int]:
        if not self._server.knows_weight:
            return [GUESSED_BYTES] * len(keys)
        weights = self._server.ask_all([("MEMORY", "USAGE", key.raw) for key in keys])
        return [weight if isinstance(weight, int) else 0 for weight in weights]

    def _reading(self, key: Key, weight: int) -> _Reading:
        """Fewer elements are asked for at once where they are large."""
        heavy = weight > BYTES_AT_ONCE
        size = self._size(key) if heavy or key.type == "list" else None
        count = min(ELEMENTS_AT_ONCE, max(1, (size or 0) * BYTES_AT_ONCE // weight)) if heavy else ELEMENTS_AT_ONCE
        return _Reading(key, size, count, WALKS[key.type].start)

    def _size(self, key: Key) -> int | None:
        [size] = self._server.ask_all([(WALKS[key.type].size, key.raw)])
        return size if isinstance(size, int) else None

    def _read_elements(self, group: list[_Reading]) -> None:
        while group:
            found = list(self._found(group))
            own_expiries = self._expiries_of_fields(found)
            for (one, elements, values), expiries in zip(found, own_expiries, strict=True):
                self._spool.add_elements(one.key, elements, values, expiries)
            self._spool.flush()
            for one, _, _ in found:
                if one.place is None:
                    self._end(one)
            group = [one for one, _, _ in found if one.place is not None]
            if group:
                self._progress(self._seen, self._total)

    def _found(self, group: list[_Reading]) -> Iterator[tuple[_Reading, Sequence[bytes], Sequence[bytes]]]:
        commands = [WALKS[one.key.type].command(one.key.raw, one.place, one.count) for one in group]
        for one, reply in zip(group, self._server.ask_all(commands), strict=True):
            if isinstance(reply, ResponseError):
                self._spool.forget(one.key)
                self._changed(one.key.raw, reply)
                continue
            elements, values, one.place = WALKS[one.key.type].found(reply, one.place, one.count)
            one.taken += len(elements)
            one.replies += 1
            yield one, elements, values

    def _expiries_of_fields(self, found: list[tuple[_Reading, Sequence[bytes], Sequence[bytes]]]) -> list[list[Any]]:
        """For each of `found` when its fields expire by themselves; empty where none does."""
        expiries: list[list[Any]] = [[] for _ in found]
        if not self._server.fields_expire:
            return expiries
        hashes = [at for at, (one, fields, _) in enumerate(found) if one.key.type == "hash" and fields]
        commands = [("HPEXPIRETIME", found[at][0].key.raw, "FIELDS", len(found[at][1]), *found[at][1]) for at in hashes]
        for at, reply in zip(hashes, self._server.ask_all(commands), strict=True):
            if isinstance(reply, NoPermissionError):
                raise reply
            if isinstance(reply, list) and max(reply, default=-1) >= 0:
                expiries[at] = [moment if moment >= 0 else None for moment in reply]
        return expiries

    def _end(self, one: _Reading) -> None:
        if not one.taken:
            self._vanish(one.key.raw)
        elif one.replies > 1 and not self._stayed(one):
            self._spool.forget(one.key)
            self._again.append(one.key.raw)

    def _stayed(self, one: _Reading) -> bool:
        """Whether a key that was read in parts is what it was. A list moves under those who read it by its indexes."""
        if one.key.type == "list":
            return self._size(one.key) == one.size == one.taken
        [type_] = self._server.ask_all([("TYPE", one.key.raw)])
        return bool(type_ == one.key.type.encode())
