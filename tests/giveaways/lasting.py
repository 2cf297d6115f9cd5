"""Keys of a Redis that would be gone before a long test has ended."""

from __future__ import annotations

from contextlib import closing

import redis

HOURS = 4 * 3_600  # longer than any test takes


def make_last(url: str) -> None:
    """Every import reads the same then. What has more time, as lists of winners mostly do, keeps it."""
    with closing(redis.Redis.from_url(url)) as client:
        for key in client.scan_iter():
            if 0 <= client.ttl(key) < HOURS:
                client.persist(key)
