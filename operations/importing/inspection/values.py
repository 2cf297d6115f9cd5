"""How single values read: the form in which each is written, and what the importer will object to.

The objections are those of `sql.problem`, for one value at a time and without a database. Its patterns are used here,
its logic is said again; a test holds the two together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Context
from decimal import Decimal as Number
from functools import cache, lru_cache, singledispatch
from typing import Any, NamedTuple

import msgspec

from operations.importing import declaration as rules
from operations.importing import sql
from operations.importing.compiler import PROOF_ID
from operations.importing.expectation import expectation, microseconds
from operations.importing.inspection.json_text import json_form
from operations.importing.landing import KEY_LIMIT, key_problem
from operations.importing.members import members_of
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

SPACE = " \t\n\r\f\v"
CACHED = 4_096  # values of one column whose reading is remembered: flags, prices and counters come again
LONG_INTEGER = re.compile(r"[+-]?[0-9]{20,}(\.0+)?")
LONG_EPOCH = re.compile(r"-?[0-9]{16,}(\.0+)?")
INTEGER, NUMBER, EPOCH, MOMENT = (re.compile(one) for one in (sql.INTEGER, sql.NUMBER, sql.EPOCH, sql.MOMENT))
NUMERIC_ID = re.compile(PROOF_ID)
DIGITS_AS_ZEROS = str.maketrans("123456789", "000000000")
CUID = re.compile(r"c[a-z0-9]{24}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
EXACT = Context(prec=1_200, rounding=ROUND_HALF_UP)

_encode = msgspec.json.Encoder().encode
_reading = cache(Reading)  # there are few, and every value has one


def written(value: Any) -> str:
    """A storable value as the text that rules see."""
    return value if type(value) is str else _encode(value).decode()


def reading_of(rule: rules.Rule) -> Read:
    """A function from a value of the source to how it reads under the rule. References are looked up elsewhere."""
    trims = not isinstance(rule, (rules.Text, rules.Lookup, rules.Reference, rules.Computed))
    read = _knowing(_read(_text_reading(rule), trims=trims, missing="missing" if rule.required else ""), rule)
    repeats = isinstance(rule, (rules.Boolean, rules.Integer, rules.Decimal))
    return lru_cache(maxsize=CACHED, typed=True)(read) if repeats else read


def proof_reading_of(proof: rules.Proof) -> Read:
    return _knowing(_read(_numeric_id if proof.numeric else _identifier, trims=True), proof)


def _knowing(read: Read, rule: rules.Rule | rules.Proof) -> Read:
    """Values that say "unknown" read like none."""
    unknown = frozenset(rule.unknown)
    if not unknown:
        return read
    nothing = read(None)
    said = _reading("says unknown", nothing.problem)
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
        return _reading(form, problem)
    return _reading("JSON object") if members_of(value) is not None else _reading("other JSON", "not_an_object")


def key_reading(value: Any) -> Reading:
    """How a key reads."""
    form, problem = _key_form(value).form, key_problem(value) or ""
    if problem == "key_too_long":
        form = f"over {KEY_LIMIT} characters"
    elif problem == "empty_key" and value:
        form = "blank"
    return _reading(form, problem)


def _read(read_text: ReadText, *, trims: bool, missing: str = "") -> Read:
    null, empty = _reading(NULL.form, missing), _reading(EMPTY.form, missing)

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


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


stored_reading: Read = _read(lambda text, stored: STORED[stored], trims=False)


# Rules


@singledispatch
def _text_reading(rule: rules.Rule) -> ReadText:
    raise NotImplementedError(type(rule).__name__)


@_text_reading.register(rules.Text)
@_text_reading.register(rules.Lookup)
def _(rule: rules.Text | rules.Lookup) -> ReadText:
    limit, required = rule.max_length or math.inf, rule.required
    too_long = _reading(f"over {limit} characters", "too_long")
    blank = _reading("blank", "missing")

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
            return _reading("beyond 64 bits", "out_of_range")
        if not INTEGER.fullmatch(text):
            return _reading("real, not whole" if stored == "real" else "other text", "not_integer")
        number, form = int(Number(text)), _number_form(stored)
        if rule.low == 0 and number < 0:
            return _reading("negative", "negative")
        return _reading(form, "" if rule.low <= number <= rule.high else "out_of_range")

    return read


def _number_form(stored: str) -> str:
    return "number as text" if stored == "text" else stored


@_text_reading.register
def _(rule: rules.Decimal) -> ReadText:
    limit, step = Number(1).scaleb(rule.digits - rule.places), Number(1).scaleb(-rule.places)

    def read(text: str, stored: str) -> Reading:
        if not _is_number(text):
            return _reading("other text", "not_a_number")
        number, form = Number(text), _number_form(stored)
        if rule.low is not None and number < rule.low:
            return _reading("negative" if number < 0 else form, "negative" if rule.low == 0 else "out_of_range")
        rounded = EXACT.quantize(number, step)
        if abs(rounded) >= limit:
            return _reading("too large", "out_of_range")
        if rounded == 0 != number:
            return _reading("too small", "precision_loss")
        return _reading(form if rounded == number else f"{form}, rounded")

    return read


def _is_number(text: str) -> bool:
    plain = len(text) <= 30 and text != "." and text.isascii() and text.replace(".", "", 1).isdigit()
    return plain or bool(NUMBER.fullmatch(text))


@_text_reading.register
def _(rule: rules.Computed) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        return _reading(stored, rule.check(text) if rule.check else "")

    return read


@_text_reading.register
def _(rule: rules.Date) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        if not re.fullmatch(sql.DAY[1:-1], text, re.DOTALL):
            return _reading("other text", "not_a_time")
        if text[:4] < "1000":
            return BEFORE
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            return _reading("impossible date", "not_a_time")
        return _reading("date only" if len(text) == 10 else "date of a moment")

    return read


@_text_reading.register
def _(rule: rules.Choice) -> ReadText:
    def read(text: str, stored: str) -> Reading:
        return _reading("a known word") if text in rule.values else _reading("another word", "unknown_value")

    return read


@_text_reading.register
def _(rule: rules.Boolean) -> ReadText:
    words = {*sql.TRUE, *sql.FALSE, *rule.yes, *rule.no}

    def read(text: str, stored: str) -> Reading:
        if text in {"0", "1"}:
            return _reading("0 or 1" if stored == "integer" else "0 or 1 as text")
        word = text.lower()
        if word in words:
            return _reading(stored if stored != "text" else "true or false" if word in {"true", "false"} else "a word")
        return _reading(f"other {stored}", "not_boolean")

    return read


@_text_reading.register
def _(rule: rules.Json) -> ReadText:
    return lambda text, stored: _reading(*json_form(text)) if stored == "text" else STORED[stored]


# Times

MILLISECONDS = _reading("epoch ms")
SECONDS = _reading("epoch s")
BEFORE = _reading("before year 1000", "out_of_range")
BEYOND = _reading("beyond year 9999", "out_of_range")
LATER = 253_402_300_800 * 1_000_000  # 10000-01-01, in microseconds: what an offset can make of the end of 9999


@_text_reading.register
def _(rule: rules.Time) -> ReadText:
    if rule.since is None:
        return _time
    since, moment = microseconds(rule.since.isoformat()), expectation(rule)
    early = _reading(f"before {rule.since:%Y-%m-%d}", "out_of_range")

    def read(text: str, stored: str) -> Reading:
        found = _time(text, stored)
        return early if not found.problem and moment(text) < since else found

    return read


def _time(text: str, stored: str) -> Reading:
    if len(text) == 13 and text[0] != "0" and _is_digits(text):
        return MILLISECONDS if stored == "integer" else _reading(f"epoch ms as {stored}")
    if MOMENT.fullmatch(text) or _is_common_moment(text):
        return _moment(text)
    if EPOCH.fullmatch(text):
        return _epoch(int(Number(text)), stored)
    if LONG_EPOCH.fullmatch(text):
        return BEYOND
    return _reading("other text" if stored == "text" else f"other {stored}", "not_a_time")


def _is_common_moment(text: str) -> bool:
    common = text.translate(DIGITS_AS_ZEROS) in sql.COMMON_MOMENTS
    return common and text[11:13] != "24" and text[17:19] != "60"


def _moment(text: str) -> Reading:
    if text[:4] < "1000":
        return BEFORE
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return _reading("impossible date", "not_a_time")
    clock = text[10:]
    if not clock:
        return _reading("date only")
    if not MOMENT.fullmatch(text):
        return _reading("impossible time", "not_a_time")
    if text[:4] == "9999" and microseconds(text) >= LATER:
        return BEYOND
    return _reading(f"{'ISO' if clock[0] == 'T' else 'SQL'} text, {_zone(clock)}")


def _zone(clock: str) -> str:
    if clock[-1] in "Zz":
        return "Z"
    return "offset" if "+" in clock or "-" in clock else "no zone"


def _epoch(number: int, stored: str) -> Reading:
    if not sql.EARLIEST <= number <= sql.LATEST:
        return BEYOND if number > 0 else BEFORE
    found = SECONDS if 10**9 <= number < 10**10 else MILLISECONDS
    return found if stored == "integer" else _reading(f"{found.form} as {stored}")


# Ids


def _id_form(text: str, stored: str) -> Reading:
    if stored != "text":
        return STORED[stored]
    if CUID.fullmatch(text):
        return _reading("cuid")
    if _is_digits(text):
        return _reading("epoch ms as text" if len(text) == 13 else "number as text")
    return _reading("uuid" if UUID.fullmatch(text) else "other text")


_key_form = _read(_id_form, trims=False)


def _numeric_id(text: str, stored: str) -> Reading:
    if not NUMERIC_ID.fullmatch(text):
        return _reading("other text", "not_an_id")
    number = int(text)
    if not 1 <= number < 2**63:
        return _reading("beyond 64 bits" if number > 0 else "zero", "out_of_range")
    return _reading("over 32 bits" if number >= 2**31 else _number_form(stored))


def _identifier(text: str, stored: str) -> Reading:
    return _reading(f"over {KEY_LIMIT} characters", "too_long") if len(text) > KEY_LIMIT else STORED[stored]
