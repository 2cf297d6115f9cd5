"""Processes of their own that take orders: one line of JSON for each, and one back when it is done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from operations.sandbox import Sandbox
from operations.sandbox.postgres import url
from tests.gauntlet.arena import PROJECT


class Worker:
    def __init__(self, module: str, arguments: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, **wish: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"worker {self.process.pid} has ended"
        told: dict[str, Any] = json.loads(line)
        return told

    def ask(self, **wish: Any) -> dict[str, Any]:
        self.order(**wish)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def environment_of(sandbox: Sandbox) -> dict[str, str]:
    """Leads a process to the servers of the tests, and to their database."""
    database = str(connection.settings_dict["NAME"])
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.gauntlet.settings",
        "ALLOWED_HOSTS": "testserver",
        "DEBUG": "off",
        "DATABASE_URL": url(sandbox.primary.home, database),
        "READ_DATABASE_URL": url(sandbox.replica.home, database),
        "REDIS_URL": sandbox.cache.url,
    }


@contextmanager
def workers(sandbox: Sandbox, module: str, count: int, *arguments: str) -> Iterator[list[Worker]]:
    """`count` processes that are ready; each is told its number and how many there are."""
    environment = environment_of(sandbox)
    made = [Worker(module, [str(number), str(count), *arguments], environment) for number in range(count)]
    try:
        for worker in made:
            assert worker.answer() == {"ready": True}
        yield made
    finally:
        for worker in made:
            worker.kill()


def serve(answers: dict[str, Callable[..., dict[str, Any]]]) -> None:
    """In the process: an order names what to do, and with what."""
    say({"ready": True})
    for line in sys.stdin:
        wish = json.loads(line)
        say(answers[wish.pop("do")](**wish))


def say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
