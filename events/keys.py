"""Keys that hold the time of their event: the same arithmetic as the database functions `uuid7_of` and `uuid7_floor`.

A UUIDv7 (RFC 9562) begins with the milliseconds since 1970. The 12 bits behind the version are the fraction of the
millisecond, as in PostgreSQL's own `uuidv7()`: keys are in the order of their times down to the microsecond. The last
62 bits, random in a new key, are made of the seed here: the same event gets the same key whenever it is imported.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import md5
from uuid import UUID

from django.db import models

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VERSION, _VARIANT = 7 << 76, 2 << 62
_SEED_BITS = 2**62 - 1


def uuid7_of(at: datetime, seed: str) -> UUID:
    """The key of the event that `seed` names, at its time. ValueError before 1970, which no UUIDv7 can tell."""
    digest = int.from_bytes(md5(seed.encode(), usedforsecurity=False).digest()[:8])
    return UUID(int=_time_bits(at) | digest & _SEED_BITS)


def uuid7_floor(at: datetime) -> UUID:
    """The smallest key of a time: what is at `at` or later has this key or a greater one."""
    return UUID(int=_time_bits(at))


def time_of(key: UUID) -> datetime:
    """The time that a UUIDv7 holds, to the microsecond if it was made here and to the millisecond in any case."""
    fraction = key.int >> 64 & 0xFFF
    return EPOCH + timedelta(milliseconds=key.int >> 80, microseconds=-(-fraction * 1000 // 4096))


def _time_bits(at: datetime) -> int:
    microseconds = (at - EPOCH) // _MICROSECOND
    if microseconds < 0:
        raise ValueError(f"{at} is before 1970: no UUIDv7 holds such a time")
    milliseconds, rest = divmod(microseconds, 1000)
    return milliseconds << 80 | _VERSION | rest * 4096 // 1000 << 64 | _VARIANT


class Clock(models.Func):
    """The time at which a row is written, as its key tells it too; Now() is the time at which the statement began."""

    template = "clock_timestamp()"
    output_field = models.DateTimeField()
    arity = 0


class KeyVersion(models.Func):
    """Which kind of UUID a key is."""

    function = "uuid_extract_version"
    output_field = models.SmallIntegerField()
    arity = 1


class KeyTime(models.Func):
    """The time that a key holds, to the millisecond."""

    function = "uuid_extract_timestamp"
    output_field = models.DateTimeField()
    arity = 1
