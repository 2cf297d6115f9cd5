"""Questions that are answered in time: each in a thread of its own, and never more than one thread for the same one.

So a frozen server costs one thread, however many ask: who asks while a question is still open shares its answer.
Reasons are for strangers too: they name no host, no role and no database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock, Thread

import psycopg

logger = logging.getLogger(__name__)

DEADLINE = 1.0  # seconds, for all questions together

NO_ANSWER = f"no answer within {DEADLINE:g} s"
# libpq has no code for a refused connection, only the server's words.
CONNECTION_REASONS = {
    "starting up": "is starting up",
    "shutting down": "is shutting down",
    "password authentication failed": "refuses the sign-in",
    "no pg_hba.conf entry": "refuses the sign-in",
    "does not exist": "has no such database or role",
    "timeout expired": NO_ANSWER,
    "ssl": "agrees on no TLS",
}
FULL = ("too many clients", "too many connections", "remaining connection slots")


class Status(StrEnum):
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    NOT_CONFIGURED = "not configured"


@dataclass(frozen=True)
class Position:
    """How far a server is in the write-ahead log, in bytes since its beginning.

    `seconds` is how long ago a replica, by what it knows itself, should have been there; None if it cannot know.
    """

    reached: int
    seconds: float | None = None


@dataclass(frozen=True)
class Finding:
    """What became of one question. `position` is there for a primary and a replica that answered."""

    status: Status
    reason: str = ""
    milliseconds: float | None = None
    position: Position | None = None


SILENCE = Finding(Status.DOWN, NO_ANSWER)


class Question:
    """One question, with at most one thread behind it. `silence` is the finding when nothing is heard in time."""

    def __init__(self, name: str, ask: Callable[[], Finding], silence: Finding) -> None:
        self.name = name
        self.ask = ask
        self.silence = replace(silence, milliseconds=DEADLINE * 1000)
        self._lock = Lock()
        self._open: Future[Finding] | None = None

    def begin(self) -> Future[Finding]:
        """The answer to come, of a thread that is under way or of a new one."""
        with self._lock:
            if self._open is None or self._open.done():
                answer: Future[Finding] = Future()
                Thread(target=self._answer, args=(answer,), name=f"health-{self.name}", daemon=True).start()
                self._open = answer  # only now: without a thread nobody would ever answer it
            return self._open

    def _answer(self, answer: Future[Finding]) -> None:
        started = time.monotonic()
        try:
            finding = self.ask()
        except psycopg.OperationalError as error:
            finding = refusal(error)
        except Exception:
            logger.exception("The health of %s could not be asked", self.name)
            finding = Finding(Status.UNKNOWN, "could not be asked")
        answer.set_result(replace(finding, milliseconds=round((time.monotonic() - started) * 1000, 1)))


def refusal(error: psycopg.OperationalError) -> Finding:
    """What an answer that PostgreSQL refused says of its health."""
    if isinstance(error, psycopg.errors.QueryCanceled):
        return Finding(Status.DOWN, NO_ANSWER)
    words = str(error).lower()
    if any(phrase in words for phrase in FULL):
        return Finding(Status.DEGRADED, "has no connection to spare")  # those of the pools still work
    reasons = (reason for phrase, reason in CONNECTION_REASONS.items() if phrase in words)
    return Finding(Status.DOWN, next(reasons, "cannot be reached"))
