"""Reads ahead: the next batch is made while the database works on the one before."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
DEPTH = 1  # one batch waits, one is being made, one is being written: memory stays at three


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def _put(item: Item | _End, queue: Queue[Item | _End], abandoned: Event) -> None:
    while not abandoned.is_set():
        with suppress(Full):
            queue.put(item, timeout=0.1)
            break


def _produce(items: Iterator[Item], queue: Queue[Item | _End], abandoned: Event) -> None:
    try:
        for item in items:
            _put(item, queue, abandoned)
            if abandoned.is_set():
                return
        _put(_End(), queue, abandoned)
    except BaseException as error:  # noqa: BLE001  whatever it is, it belongs to the reader
        _put(_End(error), queue, abandoned)


def read_ahead(items: Iterator[Item]) -> Generator[Item]:
    """The same items, made in a thread. An error there is raised here; closing this iterator ends the thread."""
    queue: Queue[Item | _End] = Queue(maxsize=DEPTH)
    abandoned = Event()

    thread = Thread(target=_produce, args=(items, queue, abandoned), name="slipway-read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = queue.get()
            if isinstance(item, _End):
                if item.error:
                    raise item.error
                return
            yield item
    finally:
        abandoned.set()
        thread.join()
