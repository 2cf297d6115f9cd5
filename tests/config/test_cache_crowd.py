"""Threads that ask for one key at the same moment, and how often that asks Redis."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from redis.exceptions import RedisError

from config.caching.crowd import Crowd
from operations.sandbox.family import wait_until

THREADS = 20


def test_who_comes_while_a_look_is_on_its_way_shares_the_next_one() -> None:
    crowd = Crowd()
    under_way, go_on = Event(), Event()
    looks = iter(("before a change", "after it"))

    def fetch() -> str:
        found = next(looks)
        if found == "before a change":
            under_way.set()
            go_on.wait(5)
        return found

    with ThreadPoolExecutor(THREADS + 1) as pool:
        first = pool.submit(crowd.look, "key", fetch)
        assert under_way.wait(5)
        others = [pool.submit(crowd.look, "key", fetch) for _ in range(THREADS)]
        assert wait_until(lambda: crowd.gathered("key") == THREADS, 5)
        go_on.set()
        found = Counter(one.result() for one in others)

    assert first.result() == ("before a change", True)
    assert found == {("after it", True): 1, ("after it", False): THREADS - 1}


def test_an_error_is_everybodys_and_the_next_look_begins_anew() -> None:
    crowd = Crowd()

    def fail() -> None:
        raise RedisError

    for _ in range(2):
        with pytest.raises(RedisError):
            crowd.look("key", fail)
    assert crowd.look("key", lambda: 1) == (1, True)


def test_keys_do_not_wait_for_each_other() -> None:
    crowd = Crowd()

    assert crowd.look("one", lambda: crowd.look("other", lambda: 2)) == ((2, True), True)


def test_one_watches_and_the_others_wait_for_it() -> None:
    crowd = Crowd()

    ended, watches = crowd.watch("key")
    assert crowd.watch("key") == (ended, False)
    crowd.end_watch("key")

    assert watches
    assert ended.is_set()
    assert crowd.watch("key")[1]
