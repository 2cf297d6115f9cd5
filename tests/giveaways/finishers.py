"""Processes that finish giveaways, and are killed over it. Run as a program, it forks one for each call.

Each line of its input asks for calls of `advance` that begin together, as JSON; each line of its output answers one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.environment import leading_to

PROJECT = Path(__file__).resolve().parents[2]
# Before or after these the process kills itself, at the latest with all that the transaction has written in its hands.
POINTS = {
    "before it is closed": ("giveaways.actions.drawing", "close", "before"),
    "when it is closed": ("giveaways.actions.drawing", "close", "after"),
    "with the blocks written": ("giveaways.actions.freezing", "_write_down", "after"),
    "with the roots written": ("giveaways.actions.freezing", "_sum_up", "after"),
    "when it is frozen": ("giveaways.actions.drawing", "freeze", "after"),
    "with the winners ranked": ("giveaways.actions.awarding", "_ranked", "after"),
    "with the places given": ("giveaways.actions.awarding", "_give_places", "after"),
    "when it is awarded": ("giveaways.actions.drawing", "award", "after"),
}


@dataclass(frozen=True)
class Calls:
    """So many calls for one giveaway. After each of `kills` seconds one is killed; at a point, each kills itself."""

    giveaway: str
    calls: int
    kills: Sequence[float] = ()
    point: str = ""


@dataclass(frozen=True)
class Ended:
    """How many were killed before their end, and the exit statuses of the others."""

    killed: int
    statuses: dict[str, int]


class Finishers:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def call(self, giveaway_id: UUID, calls: int, *, kills: Sequence[float] = (), point: str = "") -> Ended:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = Calls(str(giveaway_id), calls, kills, point)
        self.process.stdin.write(json.dumps(asdict(asked)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the finishers are gone"
        return Ended(**json.loads(line))


@contextmanager
def finishers(database_url: str) -> Iterator[Finishers]:
    """Stands ready once it is entered: Django has been loaded, and forks need not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.giveaways.finishers"],
        cwd=PROJECT,
        env=leading_to(database_url) | {"POSTGRES_POOL_MAX": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Finishers(process)
    finally:
        process.communicate()


def main() -> None:
    import django

    django.setup()
    import giveaways.actions.drawing  # noqa: F401 - loaded once, for all forks

    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_run(Calls(**json.loads(line))))) + "\n")
        sys.stdout.flush()


def _run(asked: Calls) -> Ended:
    start_reading, start_writing = os.pipe()
    pids = [_fork(asked, start_reading, start_writing) for _ in range(asked.calls)]
    os.close(start_reading)
    began = time.monotonic()
    os.close(start_writing)  # the end of the file is the sign to begin
    for pid, moment in zip(pids, sorted(asked.kills), strict=False):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        os.kill(pid, signal.SIGKILL)
    statuses = Counter(os.waitpid(pid, 0)[1] for pid in pids)
    killed = statuses.pop(signal.SIGKILL, 0)
    return Ended(killed, {str(status): count for status, count in statuses.items()})


def _fork(asked: Calls, start_reading: int, start_writing: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.close(start_writing)
        os.read(start_reading, 1)
        if asked.point:
            _die_at(*POINTS[asked.point])
        from giveaways.actions.drawing import advance

        advance(giveaway_id=UUID(asked.giveaway))
        status = 0
    finally:
        os._exit(status)


def _die_at(module: str, name: str, when: str) -> None:
    place: Any = sys.modules[module]
    function: Callable[..., Any] = getattr(place, name)

    def dying(*args: Any, **kwargs: Any) -> None:
        if when == "after":
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, dying)


if __name__ == "__main__":
    main()
