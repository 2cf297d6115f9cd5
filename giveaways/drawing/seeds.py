"""The seeds of a giveaway: a hash chain, so that one commitment fixes the seed of its draw and of every re-roll.

The seed of each draw is the SHA-256 of the seed of the next one. Whoever knows the seeds so far cannot tell the next
one, but can check it: its SHA-256 is the seed before. (Lamport, Password Authentication with Insecure Communication,
CACM 24(11), 1981.)
"""

from __future__ import annotations

import secrets
from hashlib import sha256

LAST = 1000
"""The number of the last draw for which a giveaway has a seed."""


def new_origin() -> bytes:
    """32 random bytes, from which all seeds of one giveaway are hashed. Secret for ever."""
    return secrets.token_bytes(32)


def seed_of(origin: bytes, number: int) -> bytes:
    """The seed of draw `number`, 0 to LAST; the origin itself is that of the last. Raises ValueError for others."""
    if not 0 <= number <= LAST:
        raise ValueError(f"there is no seed for draw {number}")
    seed = origin
    for _ in range(LAST - number):
        seed = sha256(seed).digest()
    return seed


def commitment_to(seed: bytes) -> str:
    """What is published before the draw, in hex. For a re-roll it is the seed of the draw before."""
    return sha256(seed).hexdigest()
