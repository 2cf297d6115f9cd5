"""Rules as SQL: for each kind of rule, what is wrong with a legacy text and what it becomes.

Every expression takes the value as text (`value`, NULL where the source had none) and is only evaluated as a typed
value after its problem came out NULL, so that no cast can fail. `expectation` says the same in Python for the proof and
shares no code with this module.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from operations.importing.declaration import (
    Boolean,
    Choice,
    Contested,
    Date,
    Decimal,
    Integer,
    Json,
    Lookup,
    Rule,
    Text,
    Time,
)

INTEGER = r"^[+-]?[0-9]{1,19}(\.0+)?$"
NUMBER = r"^[+-]?([0-9]{1,40}(\.[0-9]{0,60})?|\.[0-9]{1,60})([eE][+-]?[0-9]{1,3})?$"
EPOCH = r"^-?[0-9]{1,15}(\.0+)?$"
MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?( ?([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?)?$"
)
# Digits as zeros: the forms in which nearly all times are written, with up to six decimals. They need no regular
# expression, which would take a fifth of the time of a record.
COMMON_MOMENTS = (
    "0000-00-00",
    *(
        f"0000-00-00{separator}00:00:00{fraction}{zone}"
        for separator in " T"
        for fraction in ("", *(f".{'0' * digits}" for digits in range(1, 7)))
        for zone in ("", "Z")
    ),
)
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$"
SPACE = r"E' \t\n\r\f\v'"
DEEPEST = 500  # levels of JSON
TRUE = ("1", "true", "t", "yes", "y", "on", "1.0")
FALSE = ("0", "false", "f", "no", "n", "off", "0.0")


def as_type(text: str, kind: str) -> str:
    """A text as a value of the type; NULL for what is none."""
    return f"CASE WHEN pg_input_is_valid({text}, {literal(kind)}) THEN ({text})::{kind} END"


def literal(value: Any) -> str:
    """A constant of a declaration or a model as SQL; a list is an array. Legacy values never come this way."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"ARRAY[{', '.join(map(literal, value))}]"
    escaped = str(value).replace("'", "''")
    # Django's cursor takes %s as a place for a parameter.
    return f"'{escaped}'".replace("%", "%%")


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""').replace("%", "%%") + '"'


def _digits_only(value: str) -> str:
    """True for digits alone. Most values are: this costs a tenth of a regular expression."""
    return f"({value} <> '' AND translate({value}, '0123456789', '') = '')"


def _in(value: str, options: tuple[str, ...]) -> str:
    return f"lower({value}) IN ({', '.join(literal(option) for option in options)})"


@singledispatch
def problem(rule: Rule, value: str) -> str:
    """An SQL expression: the code of what is wrong with a value that is not NULL, or NULL."""
    raise NotImplementedError(type(rule).__name__)


@singledispatch
def typed(rule: Rule, value: str) -> str:
    """An SQL expression: the value as the target's column holds it."""
    raise NotImplementedError(type(rule).__name__)


@problem.register
def _(rule: Contested, value: str) -> str:
    return "NULL"


@typed.register
def _(rule: Contested, value: str) -> str:
    return "NULL"


@problem.register
def _(rule: Text, value: str) -> str:
    cases = [f"WHEN length({value}) > {rule.max_length} THEN 'too_long'"] if rule.max_length else []
    if rule.required:
        cases.append(f"WHEN btrim({value}, {SPACE}) = '' THEN 'missing'")
    return f"CASE {' '.join(cases)} END" if cases else "NULL"


@typed.register
def _(rule: Text, value: str) -> str:
    return value


@problem.register
def _(rule: Lookup, value: str) -> str:
    return f"CASE WHEN length({value}) > {rule.max_length} THEN 'too_long' END" if rule.max_length else "NULL"


@typed.register
def _(rule: Lookup, value: str) -> str:
    return value


@problem.register
def _(rule: Integer, value: str) -> str:
    negative = f"WHEN {value}::numeric < 0 THEN 'negative'" if rule.low == 0 else ""
    return (
        f"CASE WHEN length({value}) <= 18 AND {_digits_only(value)} AND {rule.low} <= 0 "
        f"AND {rule.high} >= 999999999999999999 THEN NULL "
        f"WHEN {value} ~ '^[+-]?[0-9]{{20,}}(\\.0+)?$' THEN 'out_of_range' "
        f"WHEN {value} !~ '{INTEGER}' THEN 'not_integer' {negative} "
        f"WHEN {value}::numeric NOT BETWEEN {rule.low} AND {rule.high} THEN 'out_of_range' END"
    )


@typed.register
def _(rule: Integer, value: str) -> str:
    return f"{value}::numeric::bigint"


@problem.register
def _(rule: Decimal, value: str) -> str:
    limit = f"1e{rule.digits - rule.places}"
    rounded = f"round({value}::numeric, {rule.places})"
    low = "negative" if rule.low == 0 else "out_of_range"
    low_is_met = "true" if rule.low is None or rule.low <= 0 else "false"
    too_low = f"WHEN {value}::numeric < {rule.low} THEN '{low}'" if rule.low is not None else ""
    return (
        f"CASE WHEN {low_is_met} AND length({value}) <= {rule.digits - rule.places} AND {_digits_only(value)} "
        f"THEN NULL "
        f"WHEN (length({value}) > 30 OR {value} = '.' OR translate({value}, '0123456789', '') NOT IN ('', '.')) "
        f"AND {value} !~ '{NUMBER}' THEN 'not_a_number' {too_low} "
        f"WHEN abs({rounded}) >= {limit} THEN 'out_of_range' "
        f"WHEN {rounded} = 0 AND {value}::numeric <> 0 THEN 'precision_loss' END"
    )


@typed.register
def _(rule: Decimal, value: str) -> str:
    return f"round({value}::numeric, {rule.places})"


@problem.register
def _(rule: Boolean, value: str) -> str:
    words = TRUE + FALSE + rule.yes + rule.no
    return f"CASE WHEN {value} IN ('0', '1') OR {_in(value, words)} THEN NULL ELSE 'not_boolean' END"


@typed.register
def _(rule: Boolean, value: str) -> str:
    return f"({value} = '1' OR {_in(value, TRUE + rule.yes)})"


@problem.register
def _(rule: Choice, value: str) -> str:
    words = ", ".join(literal(word) for word in rule.values)
    return f"CASE WHEN {value} NOT IN ({words}) THEN 'unknown_value' END"


@typed.register
def _(rule: Choice, value: str) -> str:
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(meaning)}" for word, meaning in rule.values.items())
    return f"CASE {value} {cases} END"


def _milliseconds(value: str) -> str:
    """Epoch numbers are milliseconds; of ten digits they are seconds (2001 to 2286): as milliseconds, those would be
    days of 1970, before any of the legacy systems.
    """
    number = f"{value}::numeric::bigint"
    return f"(CASE WHEN {number} BETWEEN 1000000000 AND 9999999999 THEN {number} * 1000 ELSE {number} END)"


def _is_common_epoch(value: str) -> str:
    """Milliseconds since 2001. With a zero in front, the digits may be fewer than they look."""
    return f"(length({value}) = 13 AND left({value}, 1) <> '0' AND {_digits_only(value)})"


def _moment_text(value: str) -> str:
    """PostgreSQL rounds to microseconds; digits beyond them are cut instead, so that no moment moves forward."""
    cut = rf"regexp_replace({value}, '(\.[0-9]{{6}})[0-9]+', '\1')"
    return f"(CASE WHEN length({value}) > 26 THEN {cut} ELSE {value} END)"


def _is_common_moment(value: str) -> str:
    """PostgreSQL takes hour 24 and second 60; a moment of the legacy systems has neither."""
    forms = ", ".join(literal(form) for form in COMMON_MOMENTS)
    return (
        f"(translate({value}, '123456789', '000000000') IN ({forms}) "
        f"AND substr({value}, 12, 2) <> '24' AND substr({value}, 18, 2) <> '60')"
    )


# 1000-01-01 and 9999-12-31 in epoch milliseconds: what a four-digit year can say.
EARLIEST, LATEST = -30_610_224_000_000, 253_402_214_400_000
LATER = "10000-01-01 00:00:00+00"  # what a time zone can make of the end of 9999
LONGEST_SECONDS = 10**11  # from any moment to any other, and some; an interval cannot hold what is far more


@problem.register
def _(rule: Time, value: str) -> str:
    unreadable = _unreadable(value)
    if rule.since is None:
        return unreadable
    early = f"{typed(rule, value)} < {literal(rule.since.isoformat())}"
    return f"coalesce({unreadable}, CASE WHEN {early} THEN 'out_of_range' END)"


def _unreadable(value: str) -> str:
    return (
        f"CASE WHEN {_is_common_epoch(value)} THEN NULL "
        f"WHEN {_is_common_moment(value)} OR {value} ~ '{MOMENT}' THEN "
        f"CASE WHEN left({value}, 4) < '1000' THEN 'out_of_range' "
        f"WHEN NOT pg_input_is_valid({_moment_text(value)}, 'timestamptz') THEN 'not_a_time' "
        f"WHEN left({value}, 4) = '9999' AND {_moment_text(value)}::timestamptz >= '{LATER}' THEN 'out_of_range' END "
        f"WHEN {value} ~ '{EPOCH}' THEN CASE WHEN {value}::numeric NOT BETWEEN {EARLIEST} AND {LATEST} "
        f"THEN 'out_of_range' END "
        f"WHEN {value} ~ '^-?[0-9]{{16,}}(\\.0+)?$' THEN 'out_of_range' ELSE 'not_a_time' END"
    )


@typed.register
def _(rule: Time, value: str) -> str:
    # Of what has no problem, a date has a dash behind its year; a number has none behind its sign. Numbers of 13 digits
    # can be multiplied: an interval is multiplied as a double, which is not exact beyond the year 4253.
    return (
        f"CASE WHEN length({value}) = 13 AND left({value}, 1) <> '0' AND strpos({value}, '-') = 0 "
        f"AND strpos({value}, '.') = 0 THEN timestamptz 'epoch' + {value}::bigint * interval '1 millisecond' "
        f"WHEN strpos(substr({value}, 2), '-') = 0 "
        f"THEN timestamptz 'epoch' + ({_milliseconds(value)} || ' milliseconds')::interval "
        f"ELSE {_moment(rule, _moment_text(value))} END"
    )


def _moment(rule: Time, text: str) -> str:
    """A written moment. PostgreSQL takes an hour that a zone has twice for the later one."""
    if not rule.zoned or rule.zone == "UTC":
        return f"{text}::timestamptz"
    names_zone = f"substr({text}, 11) ~ '([Zz]|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$'"
    return (
        f"CASE WHEN {names_zone} THEN {text}::timestamptz ELSE {text}::timestamp AT TIME ZONE {literal(rule.zone)} END"
    )


@problem.register
def _(rule: Date, value: str) -> str:
    return (
        f"CASE WHEN {value} !~ '{DAY}' THEN 'not_a_time' WHEN left({value}, 4) < '1000' THEN 'out_of_range' "
        f"WHEN NOT pg_input_is_valid(left({value}, 10), 'date') THEN 'not_a_time' END"
    )


@typed.register
def _(rule: Date, value: str) -> str:
    return f"left({value}, 10)::date"


@problem.register
def _(rule: Json, value: str) -> str:
    return (
        f"CASE WHEN pg_input_is_valid({value}, 'jsonb') THEN CASE WHEN {_is_deep(value)} THEN 'too_deep' END "
        f"WHEN pg_input_is_valid({value}, 'json') THEN 'unstorable_json' ELSE 'invalid_json' END"
    )


def _is_deep(value: str) -> str:
    """True for JSON that nothing but PostgreSQL could read back: Python gives up at some 1,000 levels. Few texts are
    long enough, and have brackets enough, to be parsed for it.
    """
    brackets = f"length({value}) - length(translate({value}, '[{{', ''))"
    containers = f'strict $.**{{{DEEPEST}}} ? (@.type() == "array" || @.type() == "object")'
    return (
        f"length({value}) > {2 * DEEPEST} AND {brackets} > {DEEPEST} "
        f"AND jsonb_path_exists({value}::jsonb, '{containers}')"
    )


@typed.register
def _(rule: Json, value: str) -> str:
    return f"{value}::jsonb"
