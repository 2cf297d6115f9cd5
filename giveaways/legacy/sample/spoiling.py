"""How a JSON value is spoiled: small makers of bad values, which the register of dirt gives to records."""

from collections.abc import Callable
from typing import TypeAlias

from .golang import Fields, marshal

Spoil: TypeAlias = Callable[[Fields, int], bytes]
"""Takes the fields as they should be and how often this kind has struck before; gives what stands in the key."""

_MARK = "\ufffc"
_BROKEN = (
    b"caf\xe9",  # Latin-1
    b"\xcd\xee\xf7\xfc",  # windows-1251
    b"cut \xe2\x82",  # the end of a euro sign is missing
    b"\xed\xa0\x80 lone",  # a surrogate in UTF-8
    b"\xc0\xaf slash",  # overlong
)


def with_value(name: str, *values: object) -> Spoil:
    """One field takes the values in turn."""
    return lambda fields, turn: marshal(fields | {name: values[turn % len(values)]})


def with_broken_utf8(name: str) -> Spoil:
    def spoil(fields: Fields, turn: int) -> bytes:
        return marshal(fields | {name: _MARK}).replace(_MARK.encode(), _BROKEN[turn % len(_BROKEN)])

    return spoil


def no_json(fields: Fields, turn: int) -> bytes:
    text = marshal(fields)
    return (text[:-9], text.replace(b'"', b"'"), b"", text + b"}", b"{bad", text.replace(b":", b"=", 1))[turn % 6]


def no_object(fields: Fields, turn: int) -> bytes:
    return (b"null", b"[" + marshal(fields) + b"]", b'"gone"', b"42", b"true", b"[]")[turn % 6]


def another_id(fields: Fields, turn: int) -> bytes:
    """An id that nobody has: all of them are far apart. First-generation users have theirs as text."""
    known = fields["id"]
    return marshal(fields | {"id": str(int(known) + 1) if isinstance(known, str) else known + 1})


def unchanged(fields: Fields, turn: int) -> bytes:
    """The wrong is in the key, and the fields agree with it."""
    return marshal(fields)
