"""The owner's end of the guard: starts it, orders, and lets go of it."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from operations.sandbox.errors import SandboxError

_PROJECT = Path(__file__).resolve().parents[2]
_CLOSE_SECONDS = 30


class Leash:
    """Held by one process: what that forks may inherit it, but neither orders nor closes."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        # -S: the guard needs no site-packages, and is up the sooner.
        self._guard = subprocess.Popen(
            [sys.executable, "-S", "-m", "operations.sandbox.guard", str(self._owner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=_PROJECT,
            env={**os.environ, "PYTHONPATH": str(_PROJECT)},
            start_new_session=True,
        )
        assert self._guard.stdin is not None
        assert self._guard.stdout is not None
        self._to_guard = self._guard.stdin
        self._from_guard = self._guard.stdout

    @property
    def pid(self) -> int:
        return self._guard.pid

    @property
    def is_ours(self) -> bool:
        """Whether this process opened it, instead of having been forked from the one that did."""
        return os.getpid() == self._owner

    @property
    def holds(self) -> bool:
        return self.is_ours and self._guard.poll() is None

    def order(self, order: dict[str, Any], timeout: float = 30) -> dict[str, Any]:
        """The guard's answer; a SandboxError with its reason when it could not do it."""
        if not self.is_ours:
            raise SandboxError("Only the process that opened the sandbox starts its servers. Open one of its own here.")
        line = self._exchange(json.dumps(order).encode() + b"\n", timeout)
        if not line:
            raise SandboxError(
                f"The guard of the sandbox (pid {self.pid}) does not answer; somebody killed or stopped it. "
                "Its servers are gone or of no use: open a new sandbox."
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise SandboxError(answer["error"])
        return answer

    def release(self) -> None:
        """Lets the guard take everything down, and waits until it has."""
        with suppress(BrokenPipeError):  # the order, because a forked child may keep the pipe open
            self._to_guard.write(b'{"close": true}\n')
        self._to_guard.close()
        try:
            self._guard.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        self._from_guard.close()

    def _exchange(self, line: bytes, timeout: float) -> bytes:
        with suppress(BrokenPipeError), selectors.DefaultSelector() as selector:
            self._to_guard.write(line)
            selector.register(self._from_guard, selectors.EVENT_READ)
            if selector.select(timeout):
                return self._from_guard.readline()
        return b""
