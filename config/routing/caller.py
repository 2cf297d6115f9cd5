"""Who reads: one request, job or command, what it must see, and what it has touched so far.

A caller is kept in a context variable, so a thread that nobody gave one has none: it reads from the primary, unless it
asks for a replica by `.using("replica")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PRIMARY = "default"
REPLICA = "replica"


@dataclass
class Caller:
    """`needed` is the position in the write-ahead log that a server must have reached to answer this caller."""

    needed: int = 0
    asked: str = REPLICA
    """Which kind of server reads go to where nothing forbids it."""
    sticky: bool = True
    """Whether what once went to the primary stays there: right for a request, which is over soon."""
    unsettled: bool = False
    """The primary was used: `needed` is unknown until its flush position has been taken."""
    used_primary: bool = False
    server: str = ""
    """The replica that this caller reads from: another one may be further back."""
    failed_over: bool = False
    later: Callable[[], int] | None = None
    """More that it must see, asked for when a replica is first thought of: looking it up costs time."""

    def saw_primary(self) -> None:
        self.unsettled = self.used_primary = True

    def must_see(self, position: int) -> None:
        self.needed = max(self.needed, position)


_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)

current = _CALLER.get


@contextmanager
def calling(caller: Caller) -> Iterator[Caller]:
    """Reads of the block are this caller's."""
    token = _CALLER.set(caller)
    try:
        yield caller
    finally:
        _CALLER.reset(token)


@contextmanager
def reading_from(kind: str) -> Iterator[Caller]:
    """Reads of the block go to the `default` server, or to a `replica` that has all that the primary had before it.

    For a job or a command: what it was enqueued or started after is among that.
    """
    if kind not in (PRIMARY, REPLICA):
        raise ValueError(f"Reads go to {PRIMARY} or {REPLICA}, not to {kind}.")
    around = current()
    inner = Caller(asked=kind, sticky=False, unsettled=True, needed=around.needed if around else 0)
    with calling(inner):
        yield inner
    if around:
        around.must_see(inner.needed)
        around.unsettled = True  # what was seen in the block counts as well
