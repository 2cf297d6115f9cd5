"""How a value is described: its form, and what the importer will object to."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import msgspec

from operations.importing.sqlite import BrokenText


class Reading(NamedTuple):
    """The form of a value, and the reason to reject its record, '' for none."""

    form: str
    problem: str = ""


Read = Callable[[Any], Reading]
# Reads a value as rules see it: as text that is not empty, with the way in which SQLite stores it.
ReadText = Callable[[str, str], Reading]

NULL = Reading("NULL")
EMPTY = Reading("empty")
BLOB = Reading("blob", "unstorable_text")
BROKEN = Reading("text, not UTF-8", "unstorable_text")
NUL = Reading("text with NUL", "unstorable_text")
INFINITE = Reading("infinite", "unstorable_text")
STORED = {name: Reading(name) for name in ("text", "integer", "real")}

reads_as = cache(Reading)  # there are few, and every value has one
_encode = msgspec.json.Encoder().encode


def written(value: Any) -> str:
    """A storable value as the text that rules see."""
    return value if type(value) is str else _encode(value).decode()


def by_text(read_text: ReadText, *, trims: bool, missing: str = "") -> Read:
    """Reads what is text to rules by `read_text`, and all else by how it is stored."""
    null, empty = reads_as(NULL.form, missing), reads_as(EMPTY.form, missing)

    def read(value: Any) -> Reading:
        kind = type(value)
        if kind is str:
            if "\x00" in value:
                return NUL
            text = value.strip(" ") if trims else value
            return read_text(text, "text") if text else empty
        if value is None:
            return null
        if kind is int:
            return read_text(str(value), "integer")
        if kind is float:
            return read_text(written(value), "real") if math.isfinite(value) else INFINITE
        return BROKEN if kind is BrokenText else BLOB

    return read


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


stored_reading: Read = by_text(lambda text, stored: STORED[stored], trims=False)
