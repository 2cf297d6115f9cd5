"""Values as Go writes them: encoding/json and time.RFC3339Nano, byte for byte."""

from datetime import date
from functools import cache
from json import JSONEncoder
from random import Random
from typing import Any, TypeAlias

Fields: TypeAlias = dict[str, Any]  # of a Go struct, in its order

SECOND, MINUTE, HOUR, DAY = 10**9, 60 * 10**9, 3_600 * 10**9, 86_400 * 10**9  # times are nanoseconds since 1970

ZERO_TIME = "0001-01-01T00:00:00Z"

# The server moved twice, and each time its zone came with it.
_ZONES = (("+03:00", 3 * HOUR), ("+02:00", 2 * HOUR), ("Z", 0))

# Go escapes what could hurt in HTML and in JavaScript, and nothing else that is printable.
_ESCAPES = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))

_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def marshal(value: object) -> bytes:
    text = _encode(value)
    for character, escape in _ESCAPES:  # outside of strings JSON has none of these characters
        text = text.replace(character, escape)
    return text.encode()


def stamp(nanoseconds: int, random: Random) -> str:
    """The moment in one of the server's zones; trailing zeros of the fraction are cut, as RFC3339Nano has it."""
    zone, offset = _ZONES[int(random.random() * 3)]
    seconds, fraction = divmod(nanoseconds + offset, SECOND)
    minutes, second = divmod(seconds % 86_400, 60)
    tail = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{_day(seconds // 86_400)}T{minutes // 60:02}:{minutes % 60:02}:{second:02}{tail}{zone}"


@cache
def _day(days: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + days).isoformat()


def moment_near(nanoseconds: int, random: Random) -> int:
    """The moment with a fraction of any precision: nanoseconds mostly, coarser clocks and none at times."""
    second, pick = nanoseconds - nanoseconds % SECOND, random.random()
    if pick < 0.04:
        return second
    digits = 1 if pick < 0.85 else 10**3 if pick < 0.95 else 10**6
    return second + int(random.random() * SECOND / digits) * digits
