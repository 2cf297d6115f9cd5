"""What kind of JSON a text is, by PostgreSQL's judgement of `jsonb`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from operations.importing.sql import DEEPEST

# What numeric holds, and with it every number in jsonb: digits before the point, digits after it.
DIGITS_BEFORE, DIGITS_AFTER = 131_072, 16_383
SURROGATE = re.compile("[\ud800-\udfff]")
# Only where one of these occurs can good JSON hold what jsonb does not take: an escape, an exponent, a long number.
SUSPECT = re.compile(r"\\u|[0-9][eE]|[0-9.]{300}")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|[^\[\]{}"]+|"', re.DOTALL)
NUMBER, TOO_LARGE = 0, 1


def json_form(text: str) -> tuple[str, str]:
    """The form of a JSON text and the reason to reject it, '' for none."""
    try:
        if len(text) > 2 * DEEPEST and text.count("[") + text.count("{") > DEEPEST:
            found, depth, storable = _read_deep(text)
        else:
            found, depth = _decode(text), 0
            storable = _is_storable(text, found)
    except ValueError:
        return "not JSON", "invalid_json"
    if not storable:
        return "JSON, not storable", "unstorable_json"
    return (_form(found), "") if depth <= DEEPEST else ("nested too deeply", "too_deep")


def _number(text: str) -> int:
    """Numbers mean nothing here beyond being storable."""
    if not SUSPECT.search(text):
        return NUMBER
    try:
        number = Decimal(text)
    except InvalidOperation:
        return TOO_LARGE
    exponent = number.as_tuple().exponent
    fits = isinstance(exponent, int) and -exponent <= DIGITS_AFTER and (not number or number.adjusted() < DIGITS_BEFORE)
    return NUMBER if fits else TOO_LARGE


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


# Objects become tuples of pairs, so that a key that comes twice hides nothing.
_decode = json.JSONDecoder(
    object_pairs_hook=tuple, parse_float=_number, parse_int=_number, parse_constant=_refuse
).decode


def _read_deep(text: str) -> tuple[Any, int, bool]:
    """The outermost value, the levels of nesting and whether all can be stored, of JSON too deep for the decoder.

    Containers are decoded from the inside out, each standing as null in the one around it. Raises ValueError.
    """
    open_containers: list[list[str]] = [[]]
    found, depth, storable = None, 0, True
    for token in TOKEN.findall(text):
        if token in {"[", "{"}:
            depth = max(depth, len(open_containers))
            open_containers.append([])
        open_containers[-1].append(token)
        if token in {"]", "}"}:
            container = "".join(open_containers.pop())
            found = _decode(container)
            storable = storable and _is_storable(container, found)
            open_containers[-1].append("null")
    if len(open_containers) > 1:
        raise ValueError("a bracket that nothing closes")
    around = "".join(open_containers[0])
    outermost = _decode(around)
    return (found, depth, storable) if depth else (outermost, depth, _is_storable(around, outermost))


def _form(found: Any) -> str:
    if isinstance(found, tuple):
        return "object"
    if isinstance(found, list):
        return "array"
    if isinstance(found, bool):
        return "true or false"
    if isinstance(found, str):
        return "string"
    return "null" if found is None else "number as text"


def _is_storable(text: str, found: Any) -> bool:
    return not SUSPECT.search(text) or not any(_is_unfit(one) for one in _scalars(found))


def _is_unfit(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value or bool(SURROGATE.search(value))
    return value is TOO_LARGE


def _scalars(found: Any) -> Iterator[Any]:
    if isinstance(found, (tuple, list)):
        for one in found:
            yield from _scalars(one)
    else:
        yield found
