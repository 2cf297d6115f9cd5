from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db
# Everything that escapes are made of, and halves of surrogate pairs, which may well meet.
TEXTS = st.text(st.sampled_from('\0\\"/uv0dD8cfä😀\ud83d\ude00\udbff\udfff\ud7ff\ue000a'), max_size=12)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**70), 2**70) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def answer(function: str, raw: str | None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [raw])
        return cursor.fetchone()[0]


def mended(value: Any) -> Any:
    """What the text says, read by Python, with U+FFFD for what is no character in PostgreSQL."""
    if isinstance(value, str):
        return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in value)
    if isinstance(value, list):
        return [mended(each) for each in value]
    return {mended(name): mended(each) for name, each in value.items()} if isinstance(value, dict) else value


@settings(max_examples=400, deadline=None)
@given(value=VALUES)
@example(value="\\u0000")
@example(value="\\\0")
@example(value="\0\0\\\\\ud83d\ud83d\ude00\ude00")
@example(value={"\ud800": {"\\ud800": "😀\ud83d"}})
def test_jsonb_is_as_near_to_the_text_as_it_can_be(value: Any) -> None:
    raw = json.dumps(value)
    said = json.loads(raw)

    near = answer("jsonb_near", raw)

    assert json.loads(near) == mended(said)
    assert answer("jsonb_keeps", raw) == (mended(said) == said)


@pytest.mark.parametrize(
    ("raw", "near", "keeps"),
    [
        (None, None, True),
        ("null", None, True),
        ('{"b": 1, "a": 2}', {"a": 2, "b": 1}, True),
        ('{"a": 1, "a": 2}', {"a": 2}, False),
        ('{"a": [{"b": 1, "b": 1}]}', {"a": [{"b": 1}]}, False),
        ('{"a": 1, "\\u0061": 2}', {"a": 2}, False),
        ("1.10", 1.1, True),
        ('"a\\u0000b"', "a\ufffdb", False),
    ],
)
def test_what_stands_twice_or_is_no_character_is_not_kept(raw: str | None, near: Any, keeps: bool) -> None:
    found = answer("jsonb_near", raw)

    assert (json.loads(found) if found is not None else None) == near
    assert answer("jsonb_keeps", raw) is keeps


@pytest.mark.parametrize("raw", ["", "{", "NaN", "1e200000", '{"n": [-9e999999]}', '"\\x"', '"\\v0000"', "'a'"])
def test_what_is_no_json_or_no_number_of_postgres_has_no_jsonb(raw: str) -> None:
    assert answer("jsonb_near", raw) is None
    assert answer("jsonb_keeps", raw) is False


@pytest.mark.parametrize("number", ["12345678901234567890123", "0.1", "1.10", "1e22", "1E-7", "-0"])
def test_numbers_keep_their_value(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT jsonb_near(%s)::text::numeric = %s::numeric", [number, number])
        assert cursor.fetchone() == (True,)
