"""How values are read: through the compiled SQL, as an import does, and through the proof's own reading in Python."""

from __future__ import annotations

import json
from decimal import Decimal as Number
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from operations.importing import declaration
from operations.importing.declaration import Boolean, Choice, Decimal, Integer, Json, Rule, Text, Time
from operations.importing.reasons import SENTENCES
from operations.importing.sqlite import BrokenText
from tests.operations.legacy_values import Rejected, agree, check, expected, meaning, read, rejected, same, stored

pytestmark = pytest.mark.django_db

TITLE = Text(field="title", names=("x",), required=True)
GENRE = Text(field="genre", names=("x",), empty_is_null=True)
BIO = Text(field="description", names=("x",))
PLAYS = Integer(field="play_count", names=("x",))
SIZE = Integer(field="file_size", names=("x",), low=0)
PRICE = Decimal(field="price", names=("x",), digits=20, places=9)
DURATION = Decimal(field="duration", names=("x",), digits=12, places=3)
FLAG = Boolean(field="is_published", names=("x",), default=True)
TIME = Time(field="release_date", names=("x",))
NEEDED = Time(field="created_at", names=("x",), required=True)
JSON = Json(field="metadata", names=("x",))
STATUS = Choice(field="status", names=("x",), values={"DRAFT": "draft", "published": "public", "": "none"})
RULES = (TITLE, GENRE, BIO, PLAYS, SIZE, PRICE, DURATION, FLAG, TIME, NEEDED, JSON, STATUS)


def test_text_is_taken_as_it_is() -> None:
    odd = (
        "",
        "  ",
        "a ",
        " a",
        "%s %d %%",
        "\\N",
        "\\.",
        "\\",
        '"',
        "'",
        "a\tb",
        "a\nb",
        "a\rb",
        "\r",
        "\x01\x02",
        "\x7f",
    )
    scripts = ("\u2028", "\x85", "👩🏽‍🎤", "e\u0301", "é", "\ufeff", "\uffff", "\U0010ffff", "null", '{"$bytes": "x"}')
    numbers = [(5, "5"), (-(2**63), str(-(2**63))), (0.5, "0.5"), (1e16, "1e16"), (1e-7, "1e-7"), (-0.0, "-0.0")]

    check(BIO, [*same(None, *odd, *scripts, "x" * 5_000_000), *numbers])


def test_an_empty_text_is_null_where_it_says_unknown() -> None:
    check(GENRE, [("", None), (None, None), (" ", " ")])


def test_text_must_fit_its_column_counted_in_characters() -> None:
    check(GENRE, [*same("x" * 255, "👩" * 255), *rejected("too_long", "x" * 256, "👩" * 256)])


def test_a_text_that_is_needed_must_say_something() -> None:
    check(TITLE, [*rejected("missing", None, "", "  ", "\t\n\r\f\v"), *same("0", " x ", "\u3000", "\u00a0")])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.field)
def test_what_is_not_text_cannot_be_stored(rule: Rule) -> None:
    values = (
        b"",
        b"abc",
        b"\x00",
        BrokenText(b"caf\xe9"),
        BrokenText(b"ok"),
        "a\x00b",
        "\x00",
        float("inf"),
        -float("inf"),
    )

    check(rule, rejected("unstorable_text", *values))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.field)
def test_nothing_is_the_default_or_missing(rule: Rule) -> None:
    check(rule, rejected("missing", None, "") if rule.required else [(None, rule.default)])


def test_whole_numbers() -> None:
    high, low = 2**63 - 1, -(2**63)
    forms = [("5", 5), (" 5 ", 5), ("+5", 5), ("-5", -5), ("007", 7), ("5.0", 5), (5.0, 5), ("-0", 0), ("5.000", 5)]

    check(PLAYS, [*forms, *same(high, low, 0), (str(high), high), (str(low), low), ("  ", None)])
    check(PLAYS, rejected("out_of_range", str(high + 1), str(low - 1), "9" * 20, "9" * 400, "0" * 25 + "5"))
    check(
        PLAYS,
        rejected(
            "not_integer", "5.5", 5.5, "1e3", "5.", "0x10", "1_000", "1,000", "٣", "½", "１", "abc", "--5", "5\n", "NaN"
        ),
    )
    check(SIZE, [*same(0, 5), ("-0", 0), *rejected("negative", -1, "-1", low), *rejected("out_of_range", str(2**63))])


def test_money_has_nine_decimals_and_no_noise() -> None:
    exact = [
        (text, Number(text)) for text in ("0", "1.10", ".5", "5.", "1e3", "-0", "+0.000000001", "99999999999.999999999")
    ]
    rounded = [(0.1 + 0.2, Number("0.3")), ("0.0000000005", Number("1e-9")), (1e-9, Number("1e-9"))]

    check(PRICE, [*exact, *rounded, (5, Number(5)), (-0.0, Number(0)), ("\u00201.5 ", Number("1.5")), ("", None)])
    check(PRICE, rejected("precision_loss", "1e-10", 1e-10, "0.00000000049", "1e-999"))
    check(PRICE, rejected("negative", -0.01, "-5", "-1e-300", -1e300))
    check(PRICE, rejected("out_of_range", 1e300, "1e999", "100000000000", "99999999999.9999999995", "9" * 40))
    check(
        PRICE,
        rejected(
            "not_a_number",
            "1,5",
            "0x10",
            "1_000",
            "Infinity",
            "NaN",
            "inf",
            "٣",
            "½",
            "²",
            ".",
            "1.2.3",
            "e5",
            "1e",
            "free",
            "1e9999",
            "9" * 41,
        ),
    )


def test_durations_have_three_decimals() -> None:
    check(
        DURATION, [(240, Number(240)), (240.5, Number("240.5")), ("0.0005", Number("0.001")), (0.1234, Number("0.123"))]
    )
    check(
        DURATION,
        [*rejected("negative", -1, -0.5), *rejected("precision_loss", "0.0004"), *rejected("out_of_range", 10**9)],
    )


def test_truth_has_many_forms() -> None:
    true = [
        (value, True) for value in (1, "1", "true", "TRUE", " True ", "t", "yes", "Y", "on", 1.0, "1.0", None, "", " ")
    ]
    false = [(value, False) for value in (0, "0", "false", "False", "f", "no", "N", "OFF", 0.0, "0.0")]

    check(FLAG, [*true, *false])
    check(FLAG, rejected("not_boolean", 2, -1, 0.5, -0.0, "maybe", "01", "true\n", "truе", "да", "null"))


def test_json_is_kept_by_its_meaning() -> None:
    texts = (
        "{}",
        "[]",
        "null",
        "true",
        '"x"',
        "128",
        "1.10",
        "-0.0",
        "1e2",
        "1e400",
        '{"b": 1, "a": [2, {"c": null}]}',
    )
    odd = (
        ' {"a" :\r\n1 }\n',
        '{"a": 1, "a": 2}',
        '{"a": 1, "A": 2}',
        '"\\u00e9\\ud83c\\udfb5"',
        '"\\\\u0000"',
        '"\x7f\u2028"',
    )
    deep = "[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500, json.dumps([{"flat": [n]} for n in range(600)])

    check(JSON, [(text, meaning(text)) for text in (*texts, *odd, *deep)])
    check(JSON, [(128, 128), (3.5, Number("3.5")), (1e20, 10**20), ("", None), ("  ", None)])


def test_what_is_not_json() -> None:
    check(
        JSON,
        rejected(
            "invalid_json", "{bad", "{'a': 1}", "NaN", "Infinity", "[1,]", "01", "+1", ".5", "1.", "tru", '"\\x"',
            '"\t"', "\\N", '{"a":1}{"b":2}', "\ufeff{}", "{}\u00a0", '"open', "}{", "\t",
        ),
    )  # fmt: skip
    check(JSON, rejected("unstorable_json", '"\\u0000"', '{"\\u0000": 1}', '"\\ud800"', '"\\udc00\\ud800"', "1e131073"))
    check(
        JSON, rejected("too_deep", "[" * 501 + "]" * 501, "[ " * 3000 + "]" * 3000, '{"a":' * 1000 + "1" + "}" * 1000)
    )


def test_a_choice_is_one_of_its_words() -> None:
    check(STATUS, [("DRAFT", "draft"), (" published ", "public"), (None, None), ("", None), ("  ", None)])
    check(STATUS, rejected("unknown_value", "draft", "Published", "x", 1, 0.5))


def test_further_words_are_true_or_false() -> None:
    banned = Boolean(field="is_published", names=("x",), yes=("banned",), no=("active",), default=False)

    check(banned, [("banned", True), ("BANNED", True), (" active ", False), ("1", True), ("no", False), (None, False)])
    check(banned, rejected("not_boolean", "ban", "inactive"))


def test_values_that_say_unknown_are_read_like_none() -> None:
    zero = "0001-01-01T00:00:00Z"
    moment = Time(field="release_date", names=("x",), unknown=(zero,))
    plays = Integer(field="play_count", names=("x",), unknown=("0", "-"))

    check(moment, [(zero, None), (None, None)])
    check(moment, rejected("out_of_range", "0001-01-01T00:00:01Z"))
    check(plays, [("0", None), (0, None), ("-", None), (5, 5), ("00", 0)])
    check(Text(field="title", names=("x",), required=True, unknown=("-",)), rejected("missing", "-"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.field)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(values=["0001000000000", 1e16, "9999-12-31T23:00:00-01:00", '{"a": 1e5, "a": -0}', "-0", "\u00a05"])
@given(values=st.lists(stored, min_size=20, max_size=80))
def test_sql_gives_a_reason_or_what_the_proof_expects(rule: Rule, values: list[Any]) -> None:
    for value, held in zip(values, read(rule, values), strict=True):
        if isinstance(held, Rejected):
            assert held in SENTENCES
        else:
            assert agree(rule, value, held), (value, held, expected(rule, value))


def test_every_kind_of_rule_that_reads_a_value_is_tried_here() -> None:
    kinds = {kind for kind in vars(declaration).values() if isinstance(kind, type) and issubclass(kind, Rule)}
    elsewhere = {
        Rule,
        declaration.Rest,
        declaration.Reference,
        declaration.Lookup,
        declaration.Later,
        declaration.Computed,
        declaration.Contested,
        declaration.Date,
    }  # they read records, see test_import_*

    assert {type(rule) for rule in RULES} == kinds - elsewhere
