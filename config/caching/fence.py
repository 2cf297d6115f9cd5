"""What keeps an outdated value out: epochs of namespaces, and the position that a refill has to read at.

An epoch is a random word and, behind an @, the position of the primary when it began, after the commit that made it
necessary. A value is valid under the epochs that its refill began under, and no others.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from django.db import Error, connections

from config.routing.caller import PRIMARY, REPLICA, Caller, calling, current
from config.routing.positions import flushed, settle

EPOCH_SECONDS = 7 * 24 * 3600
MAGIC = b"\x00slipway:"


class Stored(NamedTuple):
    epochs: str
    soft: int
    """When it should be refilled, in Unix milliseconds; it is valid beyond that."""
    seen: int
    """The position that whoever reads the value has seen."""
    payload: bytes


def pack(stored: Stored) -> bytes:
    return MAGIC + f"{stored.epochs}\n{stored.soft}\n{stored.seen}\n".encode() + stored.payload


def unpack(raw: bytes) -> Stored | None:
    """None for what was stored by a plain `set`."""
    if not raw.startswith(MAGIC):
        return None
    epochs, soft, seen, payload = raw[len(MAGIC) :].split(b"\n", 3)
    return Stored(epochs.decode(), int(soft), int(seen), payload)


def new_epoch() -> str:
    """One that begins now. Without the position of a primary that cannot be asked: then each refill asks for it."""
    word = secrets.token_hex(8)
    if REPLICA not in connections.settings:
        return f"{word}@0"
    try:
        return f"{word}@{flushed()}"
    except Error:
        return f"{word}@"


def position_of(epochs: str) -> int | None:
    """What a refill under these epochs has to see; None where an epoch does not say."""
    stated = [epoch.rpartition("@")[2] for epoch in epochs.split(",") if epoch]
    return max((int(one) for one in stated), default=0) if all(stated) else None


@contextmanager
def refilling(epochs: str) -> Iterator[Caller]:
    """Reads of the block see at least what made the epochs begin. At its end `needed` is the position they saw."""
    around = current()
    position = position_of(epochs)
    inner = Caller(
        needed=max(position or 0, around.needed if around else 0),
        asked=around.asked if around else PRIMARY,
        sticky=False,
        unsettled=position is None or bool(around and around.unsettled),
    )
    with calling(inner):
        yield inner
        if REPLICA in connections.settings and (inner.used_primary or inner.server):
            with suppress(Error):  # what was read is right all the same
                settle(inner)
    if around:
        around.must_see(inner.needed)
