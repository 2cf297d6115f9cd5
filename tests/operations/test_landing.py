"""Landing: any record of SQLite becomes JSON text from which it can be had back, under a key of its own."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from typing import Any

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from operations.importing.keyed import once_each
from operations.importing.landing import COPY_OPTIONS, KEY_LIMIT, Landed, keys_of, land, raw_record, wrapped
from operations.importing.sqlite import BrokenText
from operations.importing.tables import Table

values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.binary(max_size=8),
    st.binary(max_size=8).map(BrokenText),
)


def unwrapped(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "$real":
        return float(content)
    raw = b64decode(content)
    return raw if kind == "$blob" else BrokenText(raw)


def table(*columns: str) -> Table:
    return Table(name="things", columns=columns, key=("id",), rows=0)


def key_and_problem(value: Any) -> tuple[str, str | None]:
    return keys_of(table("id"), ("id",))((7, value), 7)


def landed(keys: list[Any], *, repeated: frozenset[int] = frozenset(), column: str = "x") -> Landed:
    rows = [(100 + place, key, "value") for place, key in enumerate(keys)]
    return land(
        rows,
        position=rows[-1][0],
        columns=("id", column),
        key_of=once_each(keys_of(table("id", column), ("id",)), set(repeated)),
        first=1,
        numbered=True,
    )


def copied(batch: Landed) -> list[tuple[Any, ...]]:
    """What PostgreSQL makes of the bytes."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.arrived")
        cursor.execute(
            "CREATE TEMP TABLE arrived (seq bigint, key text, sha256 bytea, unstorable text, problem text, raw text)"
        )
        with cursor.copy(f"COPY pg_temp.arrived FROM STDIN ({COPY_OPTIONS})") as copy:
            copy.write(batch.block)
        cursor.execute("SELECT seq, key, sha256, unstorable, problem, raw FROM pg_temp.arrived ORDER BY seq")
        return list(cursor.fetchall())


def test_a_record_lands_as_json_in_the_order_of_its_columns() -> None:
    raw, unstorable = raw_record(("id", "Title", "n", "r", "none"), ("u1", 'a"\n\\ é', 5, 0.5, None))

    assert raw.decode() == '{"id":"u1","Title":"a\\"\\n\\\\ é","n":5,"r":0.5,"none":null}'
    assert unstorable == ()


def test_what_text_cannot_hold_is_wrapped_and_named() -> None:
    raw, unstorable = raw_record(
        ("id", "blob", "broken", "nul", "far", "fine"),
        ("u1", b"\x00\xff", BrokenText(b"caf\xe9"), "a\0b", -float("inf"), 1),
    )

    assert msgspec.json.decode(raw) == {
        "id": "u1",
        "blob": {"$blob": "AP8="},
        "broken": {"$bytes": "Y2Fm6Q=="},
        "nul": {"$bytes": "YQBi"},
        "far": {"$real": "-inf"},
        "fine": 1,
    }
    assert unstorable == ("blob", "broken", "nul", "far")


def test_an_escaped_backslash_before_u0000_is_plain_text() -> None:
    assert raw_record(("x",), ("\\u0000",)) == (b'{"x":"\\\\u0000"}', ())


@given(st.lists(values, min_size=1, max_size=6))
def test_every_record_can_be_had_back(row: list[Any]) -> None:
    columns = tuple(f"c{place}" for place in range(len(row)))

    raw, unstorable = raw_record(columns, tuple(row))

    found = [unwrapped(value) for value in msgspec.json.decode(raw).values()]
    assert [repr(value) for value in found] == [
        repr(BrokenText(value.encode())) if isinstance(value, str) and "\0" in value else repr(value) for value in row
    ]
    assert b"\\u0000" not in raw.replace(b"\\\\", b"")
    assert unstorable == tuple(
        column
        for column, value in zip(columns, row, strict=True)
        if isinstance(value, bytes) or "\0" in str(value) or value in {float("inf"), -float("inf")}
    )


@pytest.mark.parametrize("name", ["", "Title", 'a"b', "a\\b", "a\nb", "名", "$blob", "c1"])
@given(row=st.lists(values, min_size=3, max_size=3))
def test_a_record_is_encoded_alike_whatever_its_columns_are_called(name: str, row: list[Any]) -> None:
    columns = ("id", name, "last")

    raw, _ = raw_record(columns, tuple(row))

    expected = {column: wrapped(value) for column, value in zip(columns, row, strict=True)}
    assert raw == msgspec.json.encode(expected)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("ckabc", "ckabc"),
        (5, "5"),
        (-(2**63), "-9223372036854775808"),
        (1.5, "1.5"),
        (1e16, "1e16"),  # as it also stands in the JSON of those who refer to it
        (" u1 ", " u1 "),
        ("é", "é"),
        ("e\u0301", "e\u0301"),
        ("a\nb\x01\x02", "a\nb\x01\x02"),
        ("x" * KEY_LIMIT, "x" * KEY_LIMIT),
        ("👩" * KEY_LIMIT, "👩" * KEY_LIMIT),
        ("RowId:5", "RowId:5"),
    ],
)
def test_a_key_is_the_legacy_key_as_text(value: Any, key: str) -> None:
    assert key_and_problem(value) == (key, None)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "empty_key"),
        ("", "empty_key"),
        (" \t\n", "empty_key"),
        (b"", "unstorable_text"),
        (b"u1", "unstorable_text"),
        (BrokenText(b"caf\xe9"), "unstorable_text"),
        ("u\x001", "unstorable_text"),
        (float("inf"), "unstorable_text"),
        ("x" * (KEY_LIMIT + 1), "key_too_long"),
        ("rowid:5", "reserved_key"),
    ],
)
def test_a_record_without_a_usable_key_is_known_by_its_number(value: Any, problem: str) -> None:
    assert key_and_problem(value) == ("rowid:7", problem)


parts = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=9)
)


@given(st.tuples(parts, parts), st.tuples(parts, parts))
@example((1, "2"), ("1", 2))
@example(("a", 'b","c'), ('a","b', "c"))
@example((1.0, 1), (1, 1.0))
def test_composed_keys_differ_where_their_parts_do(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    key_of = keys_of(table("a", "b"), ("a", "b"))
    same = [repr(part) for part in one] == [repr(part) for part in other]

    (key, _), (other_key, _) = key_of((1, *one), 1), key_of((2, *other), 2)

    assert (key == other_key) == (same and key != "rowid:1")


def test_a_table_without_a_key_is_known_by_numbers() -> None:
    assert keys_of(table("a", "b"), ())((3, "x", "y"), 3) == ("rowid:3", None)
    assert keys_of(table("a", "b"), ("a", "b"))((3, None, "y"), 3) == ("rowid:3", None)
    assert keys_of(table("a", "b"), ("a", "b"))((3, "x" * 300, "y"), 3) == ("rowid:3", None)


@pytest.mark.django_db
def test_a_batch_arrives_in_postgresql_as_it_was() -> None:
    keys = ["u1", "a\x01b", "a\x02b", "a\nb", "a\rb", '"', "\\.", "\\N", "a\u2028", "👩🏽‍🎤", ",", "'", "%s", " x"]

    rows = copied(landed(keys))

    assert [row[0] for row in rows] == list(range(1, len(keys) + 1))
    assert [row[1] for row in rows] == keys
    for key, (_, _, sha256, unstorable, problem, raw) in zip(keys, rows, strict=True):
        assert msgspec.json.decode(raw) == {"id": key, "x": "value"}
        assert bytes(sha256) == hashlib.sha256(raw.encode()).digest()
        assert (unstorable, problem) == (None, None)


@pytest.mark.django_db
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12), min_size=1))
def test_no_key_breaks_out_of_its_field(keys: list[str]) -> None:
    arrived = [(key, problem) for _, key, _, _, problem, _ in copied(landed(keys))]

    assert arrived == [
        (key, None) if key.strip() and not key.startswith("rowid:") else (f"rowid:{100 + place}", arrived[place][1])
        for place, key in enumerate(keys)
    ]


@pytest.mark.django_db
def test_repeated_keys_and_odd_column_names_arrive_too() -> None:
    rows = copied(landed(["u1", "u1", b"\x00"], repeated=frozenset({101}), column='odd "%s\n\x01'))

    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("u1", None, None),
        ("rowid:101", None, "duplicate_key"),
        ("rowid:102", "id", "unstorable_text"),
    ]
    assert msgspec.json.decode(rows[0][5]) == {"id": "u1", 'odd "%s\n\x01': "value"}
