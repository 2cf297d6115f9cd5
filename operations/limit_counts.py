"""Counts of limits, exact over all processes: in Redis while it serves, otherwise in PostgreSQL.

A window begins with its first request. After an outage PostgreSQL goes on counting for the length of a window, because
Redis may have lost what it had: so an outage lets through one window more at most, however often Redis comes and goes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection, transaction
from redis.exceptions import RedisError

# KEYS: the counts. ARGV: how many are asked for, then for each key its limit and the milliseconds of its window.
# All are counted, or none is. Gives how many are granted, then for each key its count and the milliseconds left.
TAKE = """
local granted = tonumber(ARGV[1])
local counts = {}
for place, key in ipairs(KEYS) do
    local found = redis.pcall('GET', key)
    if type(found) == 'table' or (found and not string.match(found, '^%d+$')) then
        redis.call('UNLINK', key)
        found = false
    end
    counts[place] = tonumber(found or 0)
    granted = math.min(granted, tonumber(ARGV[2 * place]) - counts[place])
end
granted = math.max(granted, 0)
local answer = {granted}
for place, key in ipairs(KEYS) do
    local window = ARGV[2 * place + 1]
    if granted > 0 then
        counts[place] = redis.call('INCRBY', key, granted)
        if counts[place] == granted then redis.call('PEXPIRE', key, window) end
    end
    local left = redis.call('PTTL', key)
    if left == -1 then redis.call('PEXPIRE', key, window) end
    if left < 0 then left = tonumber(window) end
    answer[2 * place] = counts[place]
    answer[2 * place + 1] = left
end
return answer
"""
TAKE_IN_TABLE = """
    INSERT INTO operations_limitcount AS kept (key, count, ends_at)
    VALUES (%(key)s, LEAST(%(asked)s, %(number)s), statement_timestamp() + %(per)s * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN kept.ends_at <= statement_timestamp() THEN excluded.count
                     ELSE LEAST(kept.count + %(asked)s, %(number)s) END,
        ends_at = CASE WHEN kept.ends_at <= statement_timestamp() THEN excluded.ends_at ELSE kept.ends_at END
    RETURNING new.count, EXTRACT(EPOCH FROM new.ends_at - statement_timestamp()),
              CASE WHEN old.ends_at > statement_timestamp() THEN new.count - old.count ELSE new.count END
"""
PURGE = """
    DELETE FROM operations_limitcount WHERE key IN (
        SELECT key FROM operations_limitcount WHERE ends_at < statement_timestamp() LIMIT 10 FOR UPDATE SKIP LOCKED
    )
"""


@dataclass(frozen=True)
class Count:
    """`number` in `per` seconds, counted under `key`."""

    key: str
    number: int
    per: int


@dataclass(frozen=True)
class State:
    """What remains of a window, and the seconds until it ends."""

    remaining: int
    reset: int


@dataclass(frozen=True)
class Taken:
    granted: int
    states: tuple[State, ...]


class _Full(Exception):
    """Takes back what was counted so far."""


def take(counts: Sequence[Count], asked: int = 1) -> Taken:
    """Counts `asked`, or as many as are left, under all of `counts`, or under none where one of them is full."""
    breaker = getattr(cache, "breaker", None)  # a cache of the process alone has none
    if breaker and time.monotonic() - breaker.returned_at >= max(count.per for count in counts):
        try:
            return _in_redis(counts, asked)
        except RedisError:
            pass
    return _in_table(counts, asked)


def _in_redis(counts: Sequence[Count], asked: int) -> Taken:
    arguments = [part for count in counts for part in (count.number, count.per * 1000)]
    keys = [f"slipway:limit:{count.key}" for count in counts]
    granted, *found = cache.run_script(TAKE, keys, [asked, *arguments])  # type: ignore[attr-defined]
    states = (_state(count, found[2 * place], found[2 * place + 1] / 1000) for place, count in enumerate(counts))
    return Taken(granted, tuple(states))


def _in_table(counts: Sequence[Count], asked: int) -> Taken:
    """Rows are locked in the order of their keys. A limit of several is taken in full or not at all."""
    states: dict[str, State] = {}
    granted = asked
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for count in sorted(counts, key=lambda count: count.key):
                bound: dict[str, str | int] = {
                    "key": count.key,
                    "asked": asked,
                    "number": count.number,
                    "per": count.per,
                }
                cursor.execute(TAKE_IN_TABLE, bound)
                used, left, new = cursor.fetchone()
                states[count.key] = _state(count, used, float(left))
                granted = min(granted, new)
                if new == used:
                    cursor.execute(PURGE)
                if not granted:
                    raise _Full
    except _Full:
        pass
    # Where one is full the others were not reached: what they have left is not known, and nobody asks.
    return Taken(granted, tuple(states.get(count.key, State(count.number, count.per)) for count in counts))


def _state(count: Count, used: int, left: float) -> State:
    return State(max(count.number - used, 0), max(math.ceil(left), 1))
