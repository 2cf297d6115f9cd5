"""The rules in Python: what the target must hold for a value of the source.

Written from the declaration's words, apart from the SQL: the proof is worth as much as the two are independent. Values
come as the source's driver gives them; results are as `proof_source` reads them from the target: text for most, whole
microseconds since 1970 for moments, parsed JSON for JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Context
from decimal import Decimal as Number
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from operations.importing import declaration as rules

Expect = Callable[[Any], Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
YES = frozenset({"1", "true", "t", "yes", "y", "on", "1.0"})


class Unexpected(Exception):
    """The value cannot be loaded by its rule, so the record should have been rejected."""


def as_text(value: Any) -> str | None:
    """A value as text; None for none. Raises Unexpected for bytes."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, bytes):
        raise Unexpected("bytes")
    return msgspec.json.encode(value).decode()


def is_empty(value: Any) -> bool:
    return value is None or value == ""


@singledispatch
def expectation(rule: rules.Rule) -> Expect:
    """A function from the source's value (not empty) to what the target must hold."""
    raise NotImplementedError(type(rule).__name__)


@expectation.register(rules.Text)
@expectation.register(rules.Lookup)
def _(rule: rules.Rule) -> Expect:
    return as_text


@expectation.register
def _(rule: rules.Integer) -> Expect:
    def expect(value: Any) -> Any:
        if type(value) is int:
            return str(value)
        return str(int(Number(str(value).strip())))

    return expect


@expectation.register
def _(rule: rules.Decimal) -> Expect:
    step = Number(1).scaleb(-rule.places)
    known: dict[Any, str] = {}

    def expect(value: Any) -> Any:
        found = known.get(value)
        if found is None:
            number = EXACT.quantize(Number(str(value).strip()), step)
            found = format(abs(number) if number == 0 else number, "f")
            if len(known) < 10_000:
                known[value] = found
        return found

    return expect


@expectation.register
def _(rule: rules.Boolean) -> Expect:
    yes = YES | set(rule.yes)
    return lambda value: "true" if str(value).strip().lower() in yes else "false"


@expectation.register
def _(rule: rules.Choice) -> Expect:
    def expect(value: Any) -> Any:
        try:
            return rule.values[str(value).strip(" ")]
        except KeyError as error:
            raise Unexpected(str(value)) from error

    return expect


def _from_epoch(number: int) -> int:
    return number * 1_000_000 if 10**9 <= number < 10**10 else number * 1_000


def _zone(text: str) -> timezone:
    """The offset that stands at the end of a time: Z, +03, +0300, +03:00."""
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def microseconds(text: str, zone: tzinfo = UTC) -> int:
    """A written moment as microseconds since 1970, of `zone` where none is written; digits past the sixth are cut."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _moment_with_spaced_zone(text)
    return ((moment if moment.tzinfo else _of_zone(moment, zone)) - EPOCH) // MICROSECOND


def _of_zone(moment: datetime, zone: tzinfo) -> datetime:
    """An hour that comes twice is the second one; one that is left out counts by the clock before the change."""
    if zone is UTC:
        return moment.replace(tzinfo=UTC)
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return max(first.astimezone(UTC), second.astimezone(UTC))


def _moment_with_spaced_zone(text: str) -> datetime:
    """`2024-05-01 10:00:00 +03` and other forms that the ISO parser does not take."""
    place = max(text.rfind(mark) for mark in "Zz+-")
    clock, zone = (text[:place].strip(), text[place:]) if place > 10 else (text, "")
    whole, _, fraction = clock.partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=_zone(zone) if zone else None)
    return moment + int(fraction[:6].ljust(6, "0")) * MICROSECOND


@expectation.register
def _(rule: rules.Date) -> Expect:
    return lambda value: str(value).strip(" ")[:10]


@expectation.register
def _(rule: rules.Time) -> Expect:
    zone = ZoneInfo(rule.zone) if rule.zoned and rule.zone != "UTC" else UTC

    def expect(value: Any) -> Any:
        if type(value) is int:
            return _from_epoch(value)
        text = str(value).strip()
        try:
            return microseconds(text, zone) if "-" in text[1:] else _from_epoch(int(Number(text)))
        except (ValueError, ArithmeticError) as error:
            raise Unexpected(text) from error

    return expect


@expectation.register
def _(rule: rules.Json) -> Expect:
    return as_text


def _number(text: str) -> tuple[str, Number]:
    return ("number", Number(text))  # a tuple, so that 1 is not taken for true


def parsed_json(text: str) -> Any:
    """JSON with exact numbers: 1.10 and 1.1 are the same, 1 and 1.0000000000000001 are not."""
    try:
        return json.loads(text, parse_float=_number, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise Unexpected(text[:100]) from error


def json_of(value: Any) -> str:
    """What `parsed_json` gave, as JSON text again."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {json_of(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(json_of, value)) + "]"
    return str(value[1]) if isinstance(value, tuple) else json.dumps(value)


_decode = msgspec.json.Decoder(float_hook=Number).decode
_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


def same_json(one: str, other: str) -> bool:
    """True if two JSON texts mean the same; the fast way answers most, the exact way decides the rest."""
    if one == other:
        return True
    try:
        if _encode(_decode(one)) == _encode(_decode(other)):
            return True
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        pass
    return bool(parsed_json(one) == parsed_json(other))
