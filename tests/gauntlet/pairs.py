"""A process that writes and reads at once what it wrote: as a browser, as API clients with one token, as a job.

Each caller also reads what the next process writes, which must not go backwards. What was done is added to a file, one
line of JSON for each step. Or its callers browse: they read many times for each time that they write.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import IO, Any

import django
import msgspec

django.setup()

from django.db import Error, connections  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import User  # noqa: E402
from config.routing.caller import REPLICA, reading_from  # noqa: E402
from config.routing.probe import PROBE  # noqa: E402
from operations import metrics  # noqa: E402
from tests.gauntlet import registers  # noqa: E402
from tests.gauntlet.history import Step  # noqa: E402
from tests.gauntlet.registers import CALLERS  # noqa: E402
from tests.gauntlet.workers import serve  # noqa: E402


class Failed(Exception):
    pass


class Browser:
    def __init__(self, name: str) -> None:
        self.name = f"browser {name}"
        self.client = Client(raise_request_exception=False)
        user, _ = User.objects.get_or_create(email=f"{name}@example.org")
        self.client.force_login(user)

    def write(self, key: int, value: int) -> None:
        _checked(self.client.post(f"/register/{key}", {"value": value}))

    def read(self, key: int) -> int:
        return int(_checked(self.client.get(f"/register/{key}")).json()["value"])


class Token:
    """Sends the position of its last answer with each request, as an API client should."""

    def __init__(self, name: str) -> None:
        self.name = f"token {name}"
        self.credentials = {"Authorization": f"Bearer {name}"}
        self.headers = self.credentials | {"Slipway-Position": "0"}

    def write(self, key: int, value: int) -> None:
        self._ask("POST", key, {"value": value})

    def read(self, key: int) -> int:
        return int(self._ask("GET", key, {}).json()["value"])

    def _ask(self, method: str, key: int, data: dict[str, int]) -> Any:
        client = Client(raise_request_exception=False)
        send = client.post if method == "POST" else client.get
        response = _checked(send(f"/register/{key}", data, headers=self.headers))
        self.headers["Slipway-Position"] = response.headers.get("Slipway-Position", self.headers["Slipway-Position"])
        return response

    def read_elsewhere(self, key: int) -> int:
        """By another client with the same token, which has never been told a position."""
        client = Client(raise_request_exception=False)
        return int(_checked(client.get(f"/register/{key}", headers=self.credentials)).json()["value"])


class Job:
    def __init__(self, name: str) -> None:
        self.name = f"job {name}"

    def write(self, key: int, value: int) -> None:
        registers.write(key, value)

    def read(self, key: int) -> int:
        with reading_from(REPLICA):
            return registers.read(key)


def _checked(response: Any) -> Any:
    if response.status_code != 200:
        raise Failed(str(response.status_code))
    return response


class Recorder:
    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def step(self, caller: str, act: Any, key: int, value: int | None = None) -> None:
        began = time.monotonic()
        failure = ""
        found = value
        try:
            found = act(key, value) if value is not None else act(key)
        except (Failed, Error) as error:
            failure = f"{type(error).__name__}: {error}"[:200]
        ended = time.monotonic()
        shown = value if value is not None else (found or 0)
        self.file.write(msgspec.json.encode(Step(caller, value is not None, key, shown, began, ended, failure)) + b"\n")


def read_by_reason() -> Counter[str]:
    return Counter({labels["reason"]: int(value) for labels, value in metrics.counted("reads")})


def main() -> None:
    number, count, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    PROBE.start()
    callers: list[Any] = [kind(str(number)) for kind in (Browser, Token, Job)]
    values = itertools.count(1)
    gc.freeze()  # as the site does
    file = (folder / f"history-{number}.jsonl").open("ab")
    recorder = Recorder(file)

    def pair(place: int, caller: Any) -> None:
        own = CALLERS * number + place
        others = (own + CALLERS) % (CALLERS * count)
        recorder.step(caller.name, caller.write, own, next(values))
        recorder.step(caller.name, caller.read, own)
        if isinstance(caller, Token):
            recorder.step(caller.name, caller.read_elsewhere, own)
        recorder.step(caller.name, caller.read, others)
        connections.close_all()  # as at the end of a request

    def pairs(limit: int, until: str = "") -> dict[str, Any]:
        done = 0
        for place, caller in itertools.cycle(enumerate(callers)):
            if done >= limit or (until and os.path.exists(until)):  # noqa: PTH110 - asked before each pair
                break
            pair(place, caller)
            done += 1
        file.flush()
        return {"pairs": done, "reads": read_by_reason()}

    def visits(limit: int, reads: int, eligible: float) -> dict[str, Any]:
        """Each caller in turn writes once and reads then. Counts where reads went, by the reason: all of them, and
        those that began `eligible` seconds after the write or later.
        """
        every, late = Counter[str](), Counter[str]()
        for place, caller in itertools.islice(itertools.cycle(enumerate(callers)), limit):
            own = CALLERS * number + place
            recorder.step(caller.name, caller.write, own, next(values))
            written = time.monotonic()
            for _ in range(reads):
                is_late = time.monotonic() - written >= eligible
                before = read_by_reason()
                recorder.step(caller.name, caller.read, own)
                found = read_by_reason() - before
                every += found
                if is_late:
                    late += found
            connections.close_all()
        file.flush()
        return {"every": every, "late": late}

    serve({"pairs": pairs, "visits": visits})


if __name__ == "__main__":
    main()
