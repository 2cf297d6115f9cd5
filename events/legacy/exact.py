"""What becomes of a legacy event, in Python: what the proof from the source expects.

Said from the rules in docs/importing.md, apart from the SQL of the declaration and of the database's functions. JSON is
looked at as text, token by token, so that numbers and depth mean nothing to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from events.keys import EPOCH, uuid7_of

SPACE = " \t\n\r"
LOCAL_SPACE = SPACE + "\f\v"
DEEPEST = 500
LONGEST_WORKFLOW = 150
DIGITS_BEFORE, DIGITS_AFTER = 131_072, 16_383
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
NUMBER = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
# Only texts with one of these can hold what jsonb does not.
SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
SUSPECT_NUMBER = re.compile(r"[0-9][eE][+-]?[0-9]{4}|[0-9.]{10000}")
UNHELD = re.compile("[\0\ud800-\udfff]")
GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
ADDRESSED = {"support": "support", "helpdesk": "helpdesk"}

Fields = Mapping[str, Any]


class _Addressed(msgspec.Struct):
    to_email: Any = None


_addressed = msgspec.json.Decoder(_Addressed).decode


# Keys and times


def key(value: str | None, fields: Fields, legacy: str) -> str:
    """A key that holds the time at which the event was stored, else that in its old key, else the beginning of 1970."""
    stored = fields["created_at"]
    legacy_id = UUID(fields["legacy_id"])
    at = (time_in(legacy_id) or EPOCH) if stored is None else EPOCH + timedelta(microseconds=stored)
    return str(uuid7_of(at, str(legacy_id)))


def time_in(legacy_id: UUID) -> datetime | None:
    """The time that a key of version 1 or 7 holds; None for others, and for times that no UUIDv7 holds."""
    at = None
    if legacy_id.version == 1:
        at = GREGORIAN + timedelta(microseconds=legacy_id.time // 10)
    elif legacy_id.version == 7 and legacy_id.int >> 80 < 253_402_300_800_000:
        at = EPOCH + timedelta(milliseconds=legacy_id.int >> 80)
    return at if at and at >= EPOCH else None


def legacy_id(value: str | None, fields: Fields, legacy: str) -> str:
    return str(UUID(value))


# JSON


def near(value: str | None, fields: Fields, legacy: str) -> str | None:
    """The JSON with U+FFFD for what jsonb cannot hold."""
    return value if value is None or not SUSPECT_ESCAPE.search(value) else STRING.sub(_mended, value)


def _mended(found: re.Match[str]) -> str:
    if not SUSPECT_ESCAPE.search(found[0]):
        return found[0]
    return json.dumps(UNHELD.sub("\ufffd", json.loads(found[0])))


def exact(value: str | None, fields: Fields, legacy: str) -> str | None:
    """The text itself, where jsonb holds less than all that it says."""
    return None if value is None or keeps(value) else value


def keeps(text: str) -> bool:
    """Whether jsonb holds every character and every member."""
    if SUSPECT_ESCAPE.search(text):
        strings = (json.loads(found) for found in STRING.findall(text) if SUSPECT_ESCAPE.search(found))
        if any(UNHELD.search(string) for string in strings):
            return False
    return not _repeats_a_member(text)


class _Repeated(Exception):
    pass


def _members(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len({name for name, _ in pairs}) < len(pairs):
        raise _Repeated


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_read_members = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=len, parse_float=len, parse_constant=_refuse
).decode


def _repeats_a_member(text: str) -> bool:
    try:
        _read_members(text)
    except _Repeated:
        return True
    return False


def check_json(text: str) -> str:
    """Why JSON cannot be stored, or ''."""
    if SUSPECT_NUMBER.search(text) and any(_is_too_large(found) for found in NUMBER.finditer(STRING.sub("", text))):
        return "unstorable_number"
    if text.count("[") + text.count("{") > DEEPEST:
        return "too_deep" if _depth(STRING.sub("", text)) > DEEPEST else ""
    try:
        _read_members(text)
    except _Repeated:
        return ""
    except ValueError:
        return "invalid_json"
    return ""


def _is_too_large(number: re.Match[str]) -> bool:
    """Beyond PostgreSQL's numeric: digits before the point, or behind it."""
    whole, fraction = number[1].lstrip("0"), number[2] or ""
    exponent = int(number[3] or 0)
    significant = (whole + fraction).lstrip("0")
    leading = len(whole) if whole else len(significant) - len(fraction)
    return bool(significant and leading + exponent > DIGITS_BEFORE) or len(fraction) - exponent > DIGITS_AFTER


def _depth(brackets: str) -> int:
    depth = deepest = 0
    for sign in re.findall(r"[\[\]{}]", brackets):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


# What it means


def status(value: str | None, fields: Fields, legacy: str) -> str:
    """Done is what left an object with something in it."""
    inner = (value or "").strip(SPACE)
    is_object = inner.startswith("{")
    return "done" if is_object and not inner[1:].lstrip(SPACE).startswith("}") else "unprocessed"


def check_workflow(text: str) -> str:
    return "too_long" if len(text) > LONGEST_WORKFLOW else ""


def workflow(value: str | None, fields: Fields, legacy: str) -> str:
    """The type that the row names, or what the address says before its @."""
    if value is not None:
        return value
    try:
        address = _addressed(fields["data"] or "null").to_email
    except msgspec.ValidationError:
        return "other"
    local = address.partition("@")[0].strip(LOCAL_SPACE) if isinstance(address, str) else ""
    return ADDRESSED.get(local.lower() if local.isascii() else "", "other")
