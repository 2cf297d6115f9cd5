"""Sign-ins that are nearly right: every one says something else than what was signed, or is signed otherwise."""

from __future__ import annotations

import random
from urllib.parse import parse_qsl

CHARACTERS = '0123456789abcdefABCDEF%&=+ \x00\nёz~{}":,'


def without_hash(text: str) -> dict[str, str]:
    return {name: value for name, value in parse_qsl(text, keep_blank_values=True) if name != "hash"}


def mutated(text: str, chance: random.Random) -> str:
    """`text` changed at one to three places, so that its fields or its hash differ."""
    while True:
        changed = text
        for _ in range(chance.randint(1, 3)):
            changed = chance.choice(CHANGES)(changed, chance)
        if sorted(parse_qsl(changed, keep_blank_values=True)) != sorted(parse_qsl(text, keep_blank_values=True)):
            return changed


def _place(text: str, chance: random.Random) -> int:
    return chance.randrange(len(text) + 1)


def _replaced(text: str, chance: random.Random) -> str:
    place = _place(text, chance)
    return text[:place] + chance.choice(CHARACTERS) + text[place + 1 :]


def _inserted(text: str, chance: random.Random) -> str:
    place = _place(text, chance)
    return text[:place] + chance.choice(CHARACTERS) + text[place:]


def _cut(text: str, chance: random.Random) -> str:
    start = _place(text, chance)
    return text[:start] + text[start + chance.randint(1, 9) :]


def _doubled(text: str, chance: random.Random) -> str:
    start = _place(text, chance)
    return text[:start] + text[start : start + 20] + text[start:]


def _with_a_field_again(text: str, chance: random.Random) -> str:
    fields = text.split("&")
    return "&".join((*fields, chance.choice(fields)))


def _without_a_field(text: str, chance: random.Random) -> str:
    fields = text.split("&")
    fields.pop(chance.randrange(len(fields)))
    return "&".join(fields)


def _swapped(text: str, chance: random.Random) -> str:
    first, second = sorted((_place(text, chance), _place(text, chance)))
    return text[:first] + text[second:] + text[first:second]


def _as_another_person(text: str, chance: random.Random) -> str:
    return text.replace("%22id%22%3A%20", f"%22id%22%3A%20{chance.randint(1, 9)}", 1)


def _later(text: str, chance: random.Random) -> str:
    return text.replace("auth_date=", f"auth_date={chance.randint(1, 9)}", 1)


CHANGES = (
    _replaced,
    _inserted,
    _cut,
    _doubled,
    _with_a_field_again,
    _without_a_field,
    _swapped,
    _as_another_person,
    _later,
)
