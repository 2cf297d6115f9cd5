"""Values as legacy files hold them, and how a rule reads them: in SQL as an import does, and by the proof in Python."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal as Number
from typing import Any

from hypothesis import strategies as st

from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.declaration import (
    Boolean,
    Decimal,
    Entity,
    Integer,
    Json,
    Rule,
    Text,
    Time,
)
from operations.importing.expectation import as_text, expectation, is_empty, same_json
from operations.importing.landing import raw_record
from operations.importing.reasons import SENTENCES
from operations.importing.session import Session
from operations.importing.tables import Plan, Table


class Rejected(str):
    """A reason, where a value is expected otherwise."""


def read(rule: Rule, values: list[Any]) -> list[Any]:
    """What the SQL makes of each value of SQLite: a value of the target, or the reason why not."""
    entity = Entity(name="things", tables=("things",), model="catalog.Track", rules=(rule,))
    plan = Plan(name="things", table=Table(name="things", columns=("id", "x"), key=("id",), rows=0), entity=entity)
    compiler = EntityCompiler(plan, entity_ids={"things": 1}, alias="default")
    arrays = "%(keys)s::text[], %(raw)s::text[], %(unstorable)s::text[]"
    source = f"(SELECT *, NULL AS mended FROM unnest({arrays}) WITH ORDINALITY AS u(key, raw, unstorable, n)) s"
    landed = [raw_record(("id", "x"), (str(place), value)) for place, value in enumerate(values)]
    rows = Session("default").fetch(
        f"SELECT problems, f_{rule.field} FROM ({compiler.read(Layers(source), extra='s.n', outer='n')}) r ORDER BY n",
        {
            "keys": [str(place) for place in range(len(values))],
            "raw": [raw.decode() for raw, _ in landed],
            "unstorable": ["\n".join(columns) or None for _, columns in landed],
        },
    )
    assert len(rows) == len(values)
    return [Rejected(problems[0].removesuffix(":x")) if problems else value for problems, value in rows]


def expected(rule: Rule, value: Any) -> Any:
    """What the proof expects the target to hold, as a value of the target."""
    if value is not None and as_text(value) in rule.unknown:
        return rule.default
    blank = isinstance(value, str) and not isinstance(rule, Text) and not value.strip(" ")
    if is_empty(value) or blank:
        kept = isinstance(rule, Text) and not rule.empty_is_null
        return value if kept else rule.default
    found = expectation(rule)(value)
    if isinstance(rule, Time):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found)
    if isinstance(rule, Boolean):
        return {"true": True, "false": False}[found]
    if isinstance(rule, (Integer, Decimal)):
        return Number(found)
    return found


def agree(rule: Rule, value: Any, held: Any) -> bool:
    if isinstance(rule, Json) and held is not None:
        return same_json(held, expected(rule, value))
    return bool(held == expected(rule, value))


def check(rule: Rule, table: list[tuple[Any, Any]]) -> None:
    """Each value reads as its partner in the table says, in SQL; and in Python, where it is no rejection."""
    found = read(rule, [value for value, _ in table])
    for (value, wanted), held in zip(table, found, strict=True):
        shown = meaning(held) if isinstance(rule, Json) and held and not isinstance(held, Rejected) else held
        assert (value, type(shown) is Rejected, shown) == (value, type(wanted) is Rejected, wanted)
        if not isinstance(held, Rejected):
            assert agree(rule, value, held), (value, held, expected(rule, value))


def meaning(text: str) -> Any:
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Number, parse_int=Number)


def rejected(reason: str, *values: Any) -> list[tuple[Any, Any]]:
    assert reason in SENTENCES
    return [(value, Rejected(reason)) for value in values]


def same(*values: Any) -> list[tuple[Any, Any]]:
    return [(value, value) for value in values]


digits = st.text("0123456789", min_size=1, max_size=22)
numbers = st.from_regex(r"[+-]?[0-9]{0,22}\.?[0-9]{0,22}([eE][+-]?[0-9]{1,3})?", fullmatch=True)
zones = r"( ?([Zz]|[+-][01][0-9](:?[0-5][0-9])?))?"
moments = st.from_regex(
    r"[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,13})?)?" + zones + ")?",
    fullmatch=True,
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
).map(json.dumps)
words = st.sampled_from(("true", "FALSE", "Yes", "off", "1.0", "0", "t", "maybe"))
texts = st.one_of(digits, numbers, moments, documents, words, st.text(max_size=12))
padded = st.tuples(st.sampled_from(("", " ", "\t")), texts, st.sampled_from(("", " ", "\n"))).map("".join)
stored = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False),
    texts,
    padded,
    st.binary(max_size=4),
)
