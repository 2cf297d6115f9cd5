"""Landing: records become the bytes that COPY takes, nothing in them interpreted.

A record lands as JSON text with its key and the SHA-256 of that text. What PostgreSQL text or JSON cannot hold is
wrapped (see `operations.models.LandedRecord`) and named, so that no rule mistakes the wrapping for a value.
"""

from __future__ import annotations

import hashlib
import math
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec

from operations.importing.sqlite import BrokenText, written
from operations.importing.tables import Table

KEY_LIMIT = 255  # characters; longer keys fit neither an index nor an identity
ROW_KEY = "rowid:"
COPY_OPTIONS = r"FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01', NULL ''"

# From a row and its number, the key of a record and what is wrong with it.
KeyOf = Callable[[tuple[Any, ...], int], tuple[str, str | None]]

_encode = msgspec.json.Encoder().encode


# A record as it lands, before it is made a line for COPY: its number, key, SHA-256, the columns that had to be wrapped,
# what is wrong with its key, and its text. A plain tuple, since each of a million is made and few are looked at.
Record = tuple[int, str, bytes, tuple[str, ...], str | None, bytes]


def _line(record: Record) -> bytes:
    sequence, key, sha256, unstorable, problem, raw = record
    return b"%d\x02%b\x02\\x%b\x02%b\x02%b\x02%b\n" % (
        sequence,
        copy_safe(key),
        sha256.hex().encode(),
        copy_safe("\n".join(unstorable)) if unstorable else b"",
        problem.encode() if problem else b"",
        raw,
    )


@dataclass(frozen=True)
class Landed:
    """A batch ready for COPY: `block` are lines of `columns`.

    Of one that may have been landed before, `records` are there in the place of the block: most need not be copied.
    """

    block: bytes
    first: int
    count: int
    position: Any
    columns: str = "seq, key, sha256, unstorable, problem, raw"
    records: Sequence[Record] = ()

    def only(self, records: Sequence[Record]) -> Landed:
        """The same batch with the lines of these records alone."""
        return replace(self, block=b"".join(map(_line, records)), records=())


def _is_plain(values: tuple[Any, ...], text: bytes) -> bool:
    """True if JSON holds the record as it is: no bytes, no NUL, no infinity.

    A backslash, u and zeros in the text may also come from an escaped backslash: the careful way finds out.
    """
    kinds = set(map(type, values))
    if bytes in kinds or b"\\u0000" in text:
        return False
    return float not in kinds or all(map(math.isfinite, [value for value in values if type(value) is float]))


@lru_cache(maxsize=64)
def _form(columns: tuple[str, ...]) -> Callable[..., Any]:
    """Makes of a record's values what is encoded as the JSON object of these columns.

    A struct takes less than half as long as a dict. Names that would have to be escaped it does not take.
    """
    fields = [(f"c{place}", Any) for place in range(len(columns))]
    try:
        return msgspec.defstruct("Form", fields, rename=dict(zip((name for name, _ in fields), columns, strict=True)))
    except ValueError:
        return lambda *values: dict(zip(columns, values, strict=True))


def wrapped(value: Any) -> Any:
    """The value as JSON can hold it; a dict where it had to be wrapped."""
    if isinstance(value, BrokenText):
        return {"$bytes": b64encode(value).decode()}
    if isinstance(value, bytes):
        return {"$blob": b64encode(value).decode()}
    if isinstance(value, str) and "\x00" in value:
        return {"$bytes": b64encode(value.encode()).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$real": str(value)}
    return value


def raw_record(columns: tuple[str, ...], values: tuple[Any, ...]) -> tuple[bytes, tuple[str, ...]]:
    """The record as JSON text, and the names of the columns that had to be wrapped."""
    return _raw(columns, _form(columns), values)


def _raw(columns: tuple[str, ...], form: Callable[..., Any], values: tuple[Any, ...]) -> tuple[bytes, tuple[str, ...]]:
    try:
        text = _encode(form(*values))
    except TypeError:  # the encoder takes no BrokenText
        pass
    else:
        if _is_plain(values, text):
            return text, ()
    record = {column: wrapped(value) for column, value in zip(columns, values, strict=True)}
    return _encode(record), tuple(column for column, value in record.items() if isinstance(value, dict))


def key_text(value: Any) -> str:
    """A legacy key as the text by which others refer to it."""
    return value if isinstance(value, str) else written(value)


def key_problem(value: Any) -> str | None:
    """Why a legacy key cannot be a key here, or None."""
    if value is None or value == "":
        return "empty_key"
    if isinstance(wrapped(value), dict):
        return "unstorable_text"
    text = key_text(value)
    if not text.strip():
        return "empty_key"
    if len(text) > KEY_LIMIT:
        return "key_too_long"
    return "reserved_key" if text.startswith(ROW_KEY) else None


def copy_safe(key: str) -> bytes:
    """A key between COPY's delimiters; those that hold a delimiter or a line end are quoted."""
    encoded = key.encode()
    if any(byte in encoded for byte in (b"\x01", b"\x02", b"\n", b"\r")):
        return b"\x01" + encoded.replace(b"\x01", b"\x01\x01") + b"\x01"
    return encoded


def keys_of(table: Table, key: tuple[str, ...]) -> KeyOf:
    """A function that gives a record's key and what is wrong with it.

    A record without a usable key is known by its row number, so that it can be counted, kept and shown.
    """
    places = [table.columns.index(column) + 1 for column in key]
    if len(places) == 1:
        place = places[0]

        def single(row: tuple[Any, ...], number: int) -> tuple[str, str | None]:
            value = row[place]
            if type(value) is str and 0 < len(value) <= 64 and value.isalnum():
                return value, None
            problem = key_problem(value)
            return (f"{ROW_KEY}{number}", problem) if problem else (key_text(value), None)

        return single

    def composed(row: tuple[Any, ...], number: int) -> tuple[str, str | None]:
        parts = [row[place] for place in places]
        if not parts or any(key_problem(part) for part in parts):
            return f"{ROW_KEY}{number}", None
        text = _encode(parts).decode()
        return (text, None) if len(text) <= KEY_LIMIT else (f"{ROW_KEY}{number}", None)

    return composed


def land(
    rows: list[tuple[Any, ...]],
    *,
    position: Any,
    columns: tuple[str, ...],
    key_of: KeyOf,
    first: int,
    numbered: bool,
    returning: bool = False,
) -> Landed:
    """Encode a batch. `first` numbers its first record in reading order; `numbered` says that rows bring a number of
    their own, `returning` that they may have been landed before.
    """
    records: list[Record] = []
    form, sha256 = _form(columns), hashlib.sha256
    for sequence, row in enumerate(rows, first):
        raw, unstorable = _raw(columns, form, row[1:])
        key, problem = key_of(row, row[0] if numbered else sequence)
        records.append((sequence, key, sha256(raw).digest(), unstorable, problem, raw))
    landed = Landed(block=b"", first=first, count=len(rows), position=position, records=records)
    return landed if returning else landed.only(records)
