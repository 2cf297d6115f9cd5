from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operations.admin.raw import LIMIT, indented, shown

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_record_is_laid_out() -> None:
    assert indented('{"id":"a","tags":[1,{"b":null}],"none":[],"empty":{}}') == "\n".join(
        [
            "{",
            '  "id": "a",',
            '  "tags": [',
            "    1,",
            "    {",
            '      "b": null',
            "    }",
            "  ],",
            '  "none": [],',
            '  "empty": {}',
            "}",
        ]
    )


def test_numbers_escapes_and_double_keys_stay_as_they_are_written() -> None:
    raw = r'{"price":1.10,"big":123456789012345678901234567890,"name":"\u00e9 {,}:\"","price":1e400}'

    laid_out = indented(raw)

    assert laid_out.splitlines()[1:-1] == [
        '  "price": 1.10,',
        '  "big": 123456789012345678901234567890,',
        r'  "name": "\u00e9 {,}:\"",',
        '  "price": 1e400',
    ]


def test_what_is_not_json_is_shown_as_it_is() -> None:
    assert indented('{"id": ') == '{"id": '


def test_a_long_record_is_cut() -> None:
    text = shown(json.dumps("x" * LIMIT))

    assert len(text) < LIMIT + 100
    assert text.endswith(f"({LIMIT + 2:,} characters in all)")


@given(JSON)
def test_the_layout_changes_nothing_of_the_record(value: Any) -> None:
    for raw in (json.dumps(value), json.dumps(value, ensure_ascii=False, separators=(",", ":"))):
        assert json.loads(indented(raw)) == value
