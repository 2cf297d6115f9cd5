"""How single values read: the form in which each is written, and what the importer will object to.

The objections are those of `sql.problem`, for one value at a time and without a database. Its patterns are used here,
its logic is said again; a test holds the two together.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context
from decimal import Decimal as Number
from functools import lru_cache, singledispatch
from typing import Any

from operations.importing import declaration as rules
from operations.importing import sql
from operations.importing.compiler import PROOF_ID
from operations.importing.expectation import expectation, microseconds
from operations.importing.inspection.json_text import json_form
from operations.importing.inspection.moments import bad_day, time_reading
from operations.importing.inspection.readings import (
    STORED,
    Read,
    Reading,
    ReadText,
    by_text,
    is_digits,
    reads_as,
    stored_reading,
    written,
)
from operations.importing.landing import KEY_LIMIT, key_problem
from operations.importing.members import members_of

SPACE = " \t\n\r\f\v"
CACHED = 4_096  # values of one column whose reading is remembered: flags, prices and counters come again
LONG_INTEGER = re.compile(r"[+-]?[0-9]{20,}(\.0+)?")
INTEGER, NUMBER = re.compile(sql.INTEGER), re.compile(sql.NUMBER)
NUMERIC_ID = re.compile(PROOF_ID)
CUID = re.compile(r"c[a-z0-9]{24}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
EXACT = Context(prec=1_200, rounding=ROUND_HALF_UP)


def reading_of(rule: rules.Rule) -> Read:
    """A function from a value of the source to how it reads under the rule. References are looked up elsewhere."""
    trims = not isinstance(rule, (rules.Text, rules.Lookup, rules.Reference, rules.Computed))
    read = _knowing(by_text(_text_reading(rule), trims=trims, missing="missing" if rule.required else ""), rule)
    repeats = isinstance(rule, (rules.Boolean, rules.Integer, rules.Decimal))
    return lru_cache(maxsize=CACHED, typed=True)(read) if repeats else read


def proof_reading_of(proof: rules.Proof) -> Read:
    return _knowing(by_text(_numeric_id if proof.numeric else _identifier, trims=True), proof)


def _knowing(read: Read, rule: rules.Rule | rules.Proof) -> Read:
    """Values that say "unknown" read like none."""
    unknown = frozenset(rule.unknown)
    if not unknown:
        return read
    nothing = read(None)
    said = reads_as("says unknown", nothing.problem)
    return lambda value: said if is_unknown(value, unknown) else read(value)


def is_unknown(value: Any, unknown: frozenset[str]) -> bool:
    return value is not None and not isinstance(value, bytes) and written(value) in unknown


def object_reading(value: Any) -> Reading:
    """How a column reads whose members are read."""
    reading = stored_reading(value)
    if reading.problem or value is None:
        return reading
    form, problem = json_form(written(value))
    if problem in {"invalid_json", "unstorable_json"}:
        return reads_as(form, problem)
    return reads_as("JSON object") if members_of(value) is not None else reads_as("other JSON", "not_an_object")


def key_reading(value: Any) -> Reading:
    """How a key reads."""
    form, problem = _key_form(value).form, key_problem(value) or ""
    if problem == "key_too_long":
        form = f"over {KEY_LIMIT} characters"
    elif problem == "empty_key" and value:
        form = "blank"
    return reads_as(form, problem)


# Rules


@singledispatch
def _text_reading(rule: rules.Rule) -> ReadText:
    raise NotImplementedError(type(rule).__name__)


@_text_reading.register(rules.Text)
@_text_reading.register(rules.Lookup)
def _(rule: rules.Text | rules.Lookup) -> ReadText:
    limit, required = rule.max_length or math.inf, rule.required
    too_long = reads_as(f"over {limit} characters", "too_long")
    blank = reads_as("blank", "missing")

    def read(text: str, stored: str) -> Reading:
        if len(text) > limit:
            return too_long
        return blank if required and not text.strip(SPACE) else STORED[stored]

    return read


@_text_reading.register
def _(rule: rules.Reference) -> ReadText:
    return _id_form


@_text_reading.register
def _(rule: rules.Integer) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        if LONG_INTEGER.fullmatch(text):
            return reads_as("beyond 64 bits", "out_of_range")
        if not INTEGER.fullmatch(text):
            return reads_as("real, not whole" if stored == "real" else "other text", "not_integer")
        number, form = int(Number(text)), _number_form(stored)
        if rule.low == 0 and number < 0:
            return reads_as("negative", "negative")
        return reads_as(form, "" if rule.low <= number <= rule.high else "out_of_range")

    return read


def _number_form(stored: str) -> str:
    return "number as text" if stored == "text" else stored


@_text_reading.register
def _(rule: rules.Decimal) -> ReadText:
    limit, step = Number(1).scaleb(rule.digits - rule.places), Number(1).scaleb(-rule.places)

    def read(text: str, stored: str) -> Reading:
        if not _is_number(text):
            return reads_as("other text", "not_a_number")
        number, form = Number(text), _number_form(stored)
        if rule.low is not None and number < rule.low:
            return reads_as("negative" if number < 0 else form, "negative" if rule.low == 0 else "out_of_range")
        rounded = EXACT.quantize(number, step)
        if abs(rounded) >= limit:
            return reads_as("too large", "out_of_range")
        if rounded == 0 != number:
            return reads_as("too small", "precision_loss")
        return reads_as(form if rounded == number else f"{form}, rounded")

    return read


def _is_number(text: str) -> bool:
    plain = len(text) <= 30 and text != "." and text.isascii() and text.replace(".", "", 1).isdigit()
    return plain or bool(NUMBER.fullmatch(text))


@_text_reading.register
def _(rule: rules.Computed) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        return reads_as(stored, rule.check(text) if rule.check else "")

    return read


@_text_reading.register
def _(rule: rules.Date) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        if not re.fullmatch(sql.DAY[1:-1], text, re.DOTALL):
            return reads_as("other text", "not_a_time")
        return bad_day(text) or reads_as("date only" if len(text) == 10 else "date of a moment")

    return read


@_text_reading.register
def _(rule: rules.Choice) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        return reads_as("a known word") if text in rule.values else reads_as("another word", "unknown_value")

    return read


@_text_reading.register
def _(rule: rules.Boolean) -> ReadText:
    words = {*sql.TRUE, *sql.FALSE, *rule.yes, *rule.no}

    def read(text: str, stored: str) -> Reading:
        if text in {"0", "1"}:
            return reads_as("0 or 1" if stored == "integer" else "0 or 1 as text")
        word = text.lower()
        if word in words:
            return reads_as(stored if stored != "text" else "true or false" if word in {"true", "false"} else "a word")
        return reads_as(f"other {stored}", "not_boolean")

    return read


@_text_reading.register
def _(rule: rules.Json) -> ReadText:
    return lambda text, stored: reads_as(*json_form(text)) if stored == "text" else STORED[stored]


@_text_reading.register
def _(rule: rules.Time) -> ReadText:
    if rule.since is None:
        return time_reading
    since, moment = microseconds(rule.since.isoformat()), expectation(rule)
    early = reads_as(f"before {rule.since:%Y-%m-%d}", "out_of_range")

    def read(text: str, stored: str) -> Reading:
        found = time_reading(text, stored)
        return early if not found.problem and moment(text) < since else found

    return read


# Ids


def _id_form(text: str, stored: str) -> Reading:
    if stored != "text":
        return STORED[stored]
    if CUID.fullmatch(text):
        return reads_as("cuid")
    if is_digits(text):
        return reads_as("epoch ms as text" if len(text) == 13 else "number as text")
    return reads_as("uuid" if UUID.fullmatch(text) else "other text")


_key_form = by_text(_id_form, trims=False)


def numeric_id(text: str) -> int:
    """The number of an id that reads as one; 5.0 is 5."""
    return int(text.partition(".")[0])


def _numeric_id(text: str, stored: str) -> Reading:
    if not NUMERIC_ID.fullmatch(text):
        return reads_as("other text", "not_an_id")
    number = numeric_id(text)
    if not 1 <= number < 2**63:
        return reads_as("beyond 64 bits" if number > 0 else "zero", "out_of_range")
    return reads_as("over 32 bits" if number >= 2**31 else _number_form(stored))


def _identifier(text: str, stored: str) -> Reading:
    return reads_as(f"over {KEY_LIMIT} characters", "too_long") if len(text) > KEY_LIMIT else STORED[stored]
