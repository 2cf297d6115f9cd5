"""Who wins: weighted drawing without replacement, in whole numbers alone, so that every machine comes to the same.

The tickets of all who can still win lie side by side in the order of the entries. A number below their sum, every one
equally likely, points at a ticket; its entry wins and its tickets are taken away. (Successive sampling. The sums are in
a tree: Fenwick, A New Data Structure for Cumulative Frequency Tables, Software: Practice and Experience 24(3), 1994.)

The numbers are cut from HMAC-SHA-256 blocks, and one that is too large is thrown away instead of folded: the simple
discard method of NIST SP 800-90A Rev. 1, B.5.1.1. So there is no modulo bias.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from giveaways.drawing import ALGORITHM


@dataclass(frozen=True)
class Entry:
    """`tickets` is 1 or more; who is in a higher stratum is drawn when nobody is left in the lower ones."""

    id: UUID
    tickets: int = 1
    stratum: int = 0

    @property
    def packed(self) -> bytes:
        """What is hashed into the tree: 16 bytes of the id, 8 of the tickets, 1 of the stratum, big-endian."""
        return self.id.bytes + self.tickets.to_bytes(8, "big") + self.stratum.to_bytes(1, "big")


def key_of(*, seed: bytes, giveaway: UUID, root: bytes, randomness: bytes = b"") -> bytes:
    """The key of a draw: of the secret seed, the frozen entries and the beacon's randomness, if there is one."""
    return hmac.digest(seed, ALGORITHM.encode() + b"\x00" + giveaway.bytes + root + randomness, sha256)


def number_below(bound: int, *, key: bytes, turn: int) -> int:
    """The number of one turn, from 0 to `bound` - 1, each with the same chance; `bound` is at most 2^256."""
    bits = (bound - 1).bit_length()
    attempt = 0
    while True:
        block = hmac.digest(key, turn.to_bytes(8, "big") + attempt.to_bytes(8, "big"), sha256)
        number = int.from_bytes(block, "big") >> (256 - bits)
        if number < bound:
            return number
        attempt += 1


def winners(
    *, key: bytes, tickets: Sequence[int], strata: Sequence[int], count: int, excluded: Collection[int] = ()
) -> list[int]:
    """The indexes of the winners, in the order in which they are drawn; fewer than `count` if there are not so many.

    `tickets` and `strata` are those of the entries in their order, `excluded` the indexes of those that cannot win.
    """
    drawn: list[int] = []
    for stratum in sorted(set(strata)):
        weights = [own if of == stratum else 0 for own, of in zip(tickets, strata, strict=True)]
        for index in excluded:
            weights[index] = 0
        left = _Left(weights)
        while left.total and len(drawn) < count:
            drawn.append(left.take(number_below(left.total, key=key, turn=len(drawn))))
    return drawn


class _Left:
    """The tickets that are left, as a Fenwick tree: `sums[i]` holds those of the `i & -i` entries that end at i."""

    def __init__(self, weights: list[int]) -> None:
        self.weights = weights
        self.total = sum(weights)
        self.sums = [0, *weights]
        for i in range(1, len(self.sums)):
            parent = i + (i & -i)
            if parent < len(self.sums):
                self.sums[parent] += self.sums[i]

    def take(self, ticket: int) -> int:
        """The index of the entry that has the ticket of this number; all of its tickets are gone then."""
        found, step = 0, 1 << (len(self.weights).bit_length() - 1)
        while step:
            if found + step < len(self.sums) and self.sums[found + step] <= ticket:
                found += step
                ticket -= self.sums[found]
            step >>= 1
        self._remove(found)
        return found

    def _remove(self, index: int) -> None:
        weight, self.weights[index] = self.weights[index], 0
        self.total -= weight
        i = index + 1
        while i < len(self.sums):
            self.sums[i] -= weight
            i += i & -i
