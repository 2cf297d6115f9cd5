"""What the declaration says in SQL and what its proof expects in Python are the same, for whatever JSON and keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.keys import time_of
from events.legacy import exact
from events.legacy.events import EVENTS
from events.legacy.sample.draft import uuid1_text
from operations.importing.declaration import Computed
from operations.importing.expectation import same_json

pytestmark = pytest.mark.django_db

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RULES: dict[str, Any] = {rule.field: rule for rule in EVENTS.rules}
patient = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# JSON texts with all that they may have and jsonb may not: escapes of every kind, members that stand twice, numbers of
# any size, blanks.
characters = st.sampled_from(
    [
        "a",
        "b",
        "ы",
        "\\u0000",
        "\\ud83d",
        "\\uDE00",
        "\\ud83d\\ude00",
        "\\u0061",
        "\\\\",
        "\\\\u0000",
        '\\"',
        "\\/",
        "{",
        "[",
    ]
)
strings = st.lists(characters, max_size=4).map(lambda parts: '"' + "".join(parts) + '"')
numbers = st.sampled_from(["0", "-0", "1.10", "1e2", "-0.0", "123456789012345678901234567890", "1e-400", "2E+300"])
blank = st.sampled_from(["", " ", "\n\t"])
scalars = st.one_of(strings, numbers, st.sampled_from(["null", "true", "false"]))


def arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(blank, st.lists(values, max_size=3)).map(lambda found: f"[{found[0]}" + ", ".join(found[1]) + "]")


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.one_of(strings, st.sampled_from(['"a"', '"to_email"', '"\\u0061"']))
    members = st.lists(st.tuples(names, values).map(": ".join), max_size=3)
    return st.tuples(blank, members).map(lambda found: "{" + found[0] + ", ".join(found[1]) + "}")


texts = st.tuples(
    blank, st.recursive(scalars, lambda inner: st.one_of(arrays(inner), objects(inner)), max_leaves=8)
).map("".join)
addresses = st.sampled_from(
    [
     "support@x", " SUPPORT @x", "\tHelpDesk\n@x@y", "HELP\u212aDESK@x", "helpdes\u212a@x", "\u00a0support@x",
     "support",
     "", "@", "sup port@x", "it@x"]
)  # fmt: skip


def asked(template: str, **values: str | None) -> Any:
    """What the database makes of a rule's expression."""
    named = ", ".join(f"%({name})s::text AS {name}" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({template.replace('%', '%%').format(**{name: name for name in values})})::text "
            f"FROM (SELECT {named} OFFSET 0) s",
            values,
        )
        return cursor.fetchone()[0]


def of_sql(field: str, value: str | None, **others: str | None) -> Any:
    rule = RULES[field]
    assert isinstance(rule, Computed)
    return asked(rule.sql, value=value, **others)


@patient
@example(text='{"\\u0000": 1, "\\ufffd": 2, "\\u0000": 3}')
@example(text='{"a": {"b": 1, "b": 1}}')
@example(text='"\\\\\\u0000"')
@given(text=texts)
def test_json_becomes_what_the_proof_expects(text: str) -> None:
    assert asked(RULES["data"].problem, value=text) is None
    assert exact.check_json(text) == ""
    found, expected = of_sql("data", text), exact.near(text, {}, "")
    assert expected is not None
    assert same_json(expected, found)
    assert of_sql("raw_data", text) == exact.exact(text, {}, "")
    assert of_sql("status", text) == exact.status(text, {}, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 500 + "]" * 500, ""),
        ("[" * 501 + "]" * 501, "too_deep"),
        ("[" * 400 + '"' + "[" * 400 + '"' + "]" * 400, ""),
        ('{"a":' * 501 + '"\\u0000"' + "}" * 501, "too_deep"),
        ("[" * 300 + "]" * 300 + "x", "invalid_json"),
        ("1e131071", ""),
        ("1e131072", "unstorable_number"),
        ("[0.1e131073]", "unstorable_number"),
        ("0.1e131072", ""),
        ("0e200000", ""),
        ("1e-16383", ""),
        ("1e-16384", "unstorable_number"),
        ("1.0e-16383", "unstorable_number"),
        ('"1e200000"', ""),
        ("{", "invalid_json"),
        ("NaN", "invalid_json"),
        ("'a'", "invalid_json"),
    ],
)
def test_json_that_cannot_be_stored_is_foreseen(text: str, reason: str) -> None:
    assert (asked(RULES["data"].problem, value=text) or "") == reason
    assert exact.check_json(text) == reason


@patient
@given(
    address=st.one_of(addresses, st.integers(), st.none(), st.lists(st.just("support@x"))),
    typed=st.sampled_from([None, "", "SUPPORT", "x" * 150]),
)
def test_a_workflow_is_the_rows_own_or_that_of_the_address(address: Any, typed: str | None) -> None:
    data = json.dumps({"to_email": address})

    template = RULES["workflow"].sql.replace("{data}", "{data}::jsonb")

    assert asked(template, value=typed, data=data) == exact.workflow(typed, {"data": data}, "")


@pytest.mark.parametrize("data", [None, "null", "[]", '"support@x"', "1", '[{"to_email": "support@x"}]'])
def test_data_without_an_address_is_of_another_workflow(data: str | None) -> None:
    template = RULES["workflow"].sql.replace("{data}", "{data}::jsonb")

    assert asked(template, value=None, data=data) == exact.workflow(None, {"data": data}, "") == "other"


moments = st.timedeltas(timedelta(), timedelta(days=2_932_890)).map(lambda since: EPOCH + since)  # up to 9999


@patient
@given(
    at=moments, stored=st.one_of(st.none(), moments), version=st.sampled_from([1, 4, 7]), bits=st.integers(0, 2**62 - 1)
)
def test_a_key_is_made_of_the_stored_time_or_that_in_the_old_key_if_there_is_one(
    at: datetime, stored: datetime | None, version: int, bits: int
) -> None:
    legacy = old_key(at, version, bits)
    template = (
        RULES["id"].sql.replace("{created_at}", "{created_at}::timestamptz").replace("{legacy_id}", "{legacy_id}::uuid")
    )
    microseconds = (stored - EPOCH) // timedelta(microseconds=1) if stored else None

    found = asked(template, created_at=str(stored) if stored else None, legacy_id=legacy)

    assert found == exact.key(None, {"created_at": microseconds, "legacy_id": legacy}, legacy)
    if UUID(legacy).version == 4 and not stored:
        assert time_of(UUID(found)) == EPOCH


def old_key(at: datetime, version: int, bits: int) -> str:
    if version == 1:
        return uuid1_text(at, bits & 0x3FFF, bits & 0xFFFFFFFFFFFF)
    time = (at - EPOCH) // timedelta(milliseconds=1) << 80 if version == 7 else bits << 66
    return str(UUID(int=(time | version << 76 | bits & 0xFFF << 64 | 2 << 62 | bits) & 2**128 - 1))
