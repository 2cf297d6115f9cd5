"""Many at once, each with a connection of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from django.db import connections

Result = TypeVar("Result")


def at_once(calls: Iterable[Callable[[], Result]]) -> list[Result | Exception]:
    """Runs all of them, each in a thread, begun together; gives what each gave or raised."""
    waiting = list(calls)
    barrier = Barrier(len(waiting))

    def run(call: Callable[[], Result]) -> Any:
        try:
            barrier.wait(timeout=60)
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(waiting)) as crew:
        return list(crew.map(run, waiting))
