"""Values that are spoiled a little. A bend takes a value as PostgreSQL writes it; None says that it does not apply.

Both proofs see each of them: the one in SQL compares the column with the landed record, the one from the source with
the source. There is no -0.0 among them, since neither numeric nor jsonb can hold it.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models

from tests.gauntlet import json_bends

Bend = Callable[[random.Random, str], str | None]
SURROGATES = range(0xD800, 0xE000)


def bit(seeded: random.Random, text: str) -> str | None:
    """One bit of one byte, so that it stays text."""
    if not text:
        return None
    place = seeded.randrange(len(text))
    code = ord(text[place]) ^ 1 << seeded.randrange(6)
    return None if code == 0 or code in SURROGATES else text[:place] + chr(code) + text[place + 1 :]


def other_form(seeded: random.Random, text: str) -> str | None:
    """NFD for NFC, and back."""
    forms = {unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)} - {text}
    return min(forms) if forms else None


def other_case(seeded: random.Random, text: str) -> str | None:
    return None if text.swapcase() == text else text.swapcase()


def microsecond(seeded: random.Random, text: str) -> str | None:
    moved = datetime.fromisoformat(text) + timedelta(microseconds=seeded.choice((1, -1)))
    return moved.isoformat()


def last_decimal(seeded: random.Random, text: str) -> str | None:
    number = Decimal(text)
    return str(number + seeded.choice((1, -1)) * Decimal(1).scaleb(int(number.as_tuple().exponent)))


def one_off(seeded: random.Random, text: str) -> str | None:
    return str(int(text) + seeded.choice((1, -1)))


def high_bit(seeded: random.Random, text: str) -> str | None:
    """Leads away from what its neighbours hold: numbers that must differ still do."""
    return str(int(text) ^ 1 << seeded.randrange(10, 20))


def flipped(seeded: random.Random, text: str) -> str | None:
    return "false" if text == "true" else "true"


TEXT: dict[str, Bend] = {
    "a bit": bit,
    "a trailing blank": lambda seeded, text: f"{text} ",
    "another Unicode form": other_form,
    "another case": other_case,
    "an empty text for a value": lambda seeded, text: "" if text else None,
}
JSON: dict[str, Bend] = {
    "a JSON key's case": json_bends.key_case,
    "a JSON member lost": json_bends.member_lost,
    "a JSON null for no member": json_bends.null_added,
    "JSON items swapped": json_bends.items_swapped,
    "a JSON text for a number": json_bends.text_for_number,
    "a JSON number for a truth": json_bends.number_for_truth,
    "a digit of a JSON number": json_bends.digit,
    "a blank in a JSON text": json_bends.blank,
}
# What stands in the place of no value, by the form of the column.
INVENTED = {
    "text": "",
    "time": "2024-05-01 10:00:00+00",
    "decimal": "0",
    "integer": "1",
    "json": "null",
    "boolean": "false",
}
BENDS: dict[str, dict[str, Bend]] = {
    "text": TEXT,
    "json": JSON,
    "time": {"a microsecond": microsecond},
    "decimal": {"the last decimal": last_decimal},
    "integer": {"one more or less": one_off, "a bit of a number": high_bit},
    "boolean": {"a truth flipped": flipped},
    "reference": {},
}
HARMLESS: dict[str, Bend] = {"1.0 for 1": json_bends.point_zero}


def form_of(field: models.Field[Any, Any]) -> str:
    """Which bends there are for a column."""
    if field.is_relation:
        return "reference"
    forms = (
        (models.JSONField, "json"),
        (models.DateTimeField, "time"),
        (models.DecimalField, "decimal"),
        (models.BooleanField, "boolean"),
        (models.IntegerField, "integer"),
    )
    return next((form for kind, form in forms if isinstance(field, kind)), "text")
