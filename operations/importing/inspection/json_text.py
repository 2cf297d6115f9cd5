"""What kind of JSON a text is, by PostgreSQL's judgement of `jsonb`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

# What numeric holds, and with it every number in jsonb: digits before the point, digits after it.
DIGITS_BEFORE, DIGITS_AFTER = 131_072, 16_383
SHORT = 300  # a number of so many digits, and no exponent, is beyond doubt
SURROGATE = re.compile("[\ud800-\udfff]")
NUMBER: Final = 0


class _NotStorable(Exception):
    """Good JSON that jsonb does not take."""


def json_form(text: str) -> tuple[str, str]:
    """The form of a JSON text and the reason to reject it, '' for none."""
    try:
        found = _decode(text)
        if "\\u" in text and not all(_is_storable(one) for one in _strings(found)):
            return "JSON, not storable", "unstorable_json"
    except _NotStorable:
        return "JSON, not storable", "unstorable_json"
    except RecursionError:
        return "nested deeply", ""  # PostgreSQL goes deeper than Python does
    except ValueError:
        return "not JSON", "invalid_json"
    return _form(found), ""


def _number(text: str) -> int:
    """Numbers mean nothing here beyond being storable."""
    if len(text) > SHORT or "e" in text or "E" in text:
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise _NotStorable from error
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > DIGITS_AFTER or (number and number.adjusted() >= DIGITS_BEFORE):
            raise _NotStorable
    return NUMBER


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


# Objects become tuples of pairs, so that a key that comes twice hides nothing.
_decode = json.JSONDecoder(
    object_pairs_hook=tuple, parse_float=_number, parse_int=_number, parse_constant=_refuse
).decode


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


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, (tuple, list)):
        for one in found:
            yield from _strings(one)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not SURROGATE.search(text)
