"""The forms in which legacy programs wrote one and the same thing: keys, times, flags, money, JSON.

Everything here is a function of its arguments, so a form can be looked up again for any row without keeping the rows.
"""

from datetime import date
from functools import cache
from random import Random
from typing import TypeAlias

Value: TypeAlias = str | int | float | bytes | None

DAY_MS = 86_400_000
OPENED_MS = 1_609_459_200_000  # 2021-01-01T00:00:00Z: the first record of every sample
SPAN_MS = 1_600 * DAY_MS
_MOSCOW_MS = 3 * 3_600_000

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# A key is put together from looked-up pairs and triples: a million keys must not cost a division per digit.
_PAIRS = tuple(a + b for a in BASE36 for b in BASE36)
_TRIPLES = tuple(a + b for a in BASE36 for b in _PAIRS)
_PAIR, _TRIPLE = len(_PAIRS), len(_TRIPLES)
_EIGHT_DIGITS = _PAIR * _TRIPLE * _TRIPLE
_SCATTER = 1_099_511_628_211  # odd and no multiple of 3: stepping by it visits every eight-digit number once

_LITERAL_KEYS = {"user": ("default-artist-id", "1", "2")}
_LITERAL_KEYS_ELSEWHERE = ("1", "2")
_MILLISECOND_KEY_EVERY = 211


def moment(position: int, rows: int) -> int:
    """Unix milliseconds at which row `position` of `rows` came to be; later rows are younger."""
    return OPENED_MS + (position + 1) * SPAN_MS // (rows + 1)


class Keys:
    """The primary keys of one table: mostly cuids, some literals of hand-made rows, some `Date.now()` strings."""

    def __init__(self, seed: int, entity: str, rows: int) -> None:
        random = Random(f"{seed}/{entity}/keys")
        self._rows = rows
        self._literals = _LITERAL_KEYS.get(entity, _LITERAL_KEYS_ELSEWHERE)
        self._host = noise(random, 4)
        self._salt = int(random.random() * _EIGHT_DIGITS)

    def __call__(self, position: int) -> str:
        if position < len(self._literals):
            return self._literals[position]
        born = moment(position, self._rows)
        if position % _MILLISECOND_KEY_EVERY == 0:
            return str(born)
        scattered = (position * _SCATTER + self._salt) % _EIGHT_DIGITS
        counter = position % (_PAIR * _PAIR)
        return (
            f"c{_eight_digits(born)}{_PAIRS[counter // _PAIR]}{_PAIRS[counter % _PAIR]}"
            f"{self._host}{_eight_digits(scattered)}"
        )


def _eight_digits(number: int) -> str:
    upper, low = divmod(number, _TRIPLE)
    high, middle = divmod(upper, _TRIPLE)
    return _PAIRS[high] + _TRIPLES[middle] + _TRIPLES[low]


def noise(random: Random, length: int, alphabet: str = BASE36) -> str:
    """Random text that no compression can shorten much."""
    draw, size = random.random, len(alphabet)
    return "".join([alphabet[int(draw() * size)] for _ in range(length)])


def solana_address(random: Random) -> str:
    return noise(random, 44, BASE58)


def ton_address(random: Random) -> str:
    return "EQ" + noise(random, 46, _BASE64URL)


def stored_time(ms: int, pick: float) -> Value:
    """One moment in one of the forms that coexist in a DATETIME column; `pick` in [0, 1) chooses the form."""
    if pick < 0.60:
        return ms
    if pick < 0.72:
        return f"{day(ms)} {_clock(ms)}"
    if pick < 0.86:
        return f"{day(ms)}T{_clock(ms)}.{ms % 1000:03}Z"
    if pick < 0.93:
        there = ms + _MOSCOW_MS
        return f"{day(there)}T{_clock(there)}.{there % 1000:03}+03:00"
    return f"{day(ms)} {_clock(ms)} +00:00"


def day(ms: int) -> str:
    return _day(ms // DAY_MS)


@cache
def _day(days: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + days).isoformat()


def _clock(ms: int) -> str:
    minutes, seconds = divmod(ms % DAY_MS // 1000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


MONEY: tuple[Value, ...] = (0.1 + 0.2, 1.10, 0.99, 5, 12, 250, 2.5, 19.99, 0.05, 1e-9, 100.0, 0, 0.0)

# What stands in `metadata` besides the usual object. NUMERIC affinity turns "128" and "3.5" into numbers.
ODD_JSON: tuple[str, ...] = (
    "128", "3.5", "null", '"x"', "true", "[]", "{}", "",
    '[1, 2.5, "three", null]',
    '{"tags": ["rave", {"deep": [[]]}], "bpm": 140}',
    '{"mood": "\\u0433\\u0440\\u0443\\u0441\\u0442\\u044c"}',
    '{"face": "\\ud83c\\udfb5", "raw": "🎵"}',
    '{"Key": "Am", "key": "am"}',
    '{ "b" : 1 ,\n "a" : 2 }',
    '{"isrc": 12345678901234567890, "gain": -0.5e-3}',
    '{"note": ""}',
)  # fmt: skip
