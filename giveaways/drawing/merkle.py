"""The Merkle tree over the entries of a draw, as in Certificate Transparency: RFC 6962 (and RFC 9162), section 2.1.

A leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right); a level of odd length hands its last node up as it
is. So no node can pass for a leaf, and no list has the root of another one.

The tree of many entries is built over blocks: the root of each aligned run of 2^k leaves is a node of the whole tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root of no entries."""


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Of leaves, or of the roots of aligned blocks of equal size (the last may be smaller)."""
    if not hashes:
        return EMPTY
    level = hashes
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """What is needed to get from `hashes[index]` to the root: its sibling on every level that has one."""
    siblings, level = [], hashes
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            siblings.append(level[sibling])
        level, index = _above(level), index >> 1
    return siblings


def root_of_path(hashed: bytes, index: int, size: int, siblings: Sequence[bytes]) -> bytes | None:
    """The root of a tree of `size` that has `hashed` at `index`, if `siblings` are its path; None if they cannot be."""
    if not 0 <= index < size:
        return None
    rest = iter(siblings)
    last = size - 1
    while last:
        if index & 1 or index < last:
            sibling = next(rest, None)
            if sibling is None:
                return None
            hashed = node(sibling, hashed) if index & 1 else node(hashed, sibling)
        index, last = index >> 1, last >> 1
    return hashed if next(rest, None) is None else None


def _above(level: Sequence[bytes]) -> list[bytes]:
    above = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    if len(level) % 2:
        above.append(level[-1])
    return above
