"""Reads the frozen entries of a draw: as they are hashed, a block at a time, however many there are."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from giveaways.drawing import merkle
from giveaways.drawing.ranking import Entry
from giveaways.models import Draw, DrawBlock

BLOCK = 1024
"""Entries of a block, a power of two: its root is a node of the tree over all."""
PACKED = struct.Struct(">16sQB")  # the same bytes as `ranking.Entry.packed`
FETCHED = 16  # blocks at a time


@dataclass(frozen=True)
class Inclusion:
    """One entry, and the hashes that lead from it to the root."""

    position: int
    entry: Entry
    path: Sequence[bytes]


def listing_of(draw: Draw) -> Draw:
    """The draw whose entries a draw is made from: single places are drawn again from the list of the first draw."""
    return draw if draw.number == 0 else Draw.objects.using(DEFAULT_DB_ALIAS).get(giveaway=draw.giveaway_id, number=0)


def blocks(draw: Draw, start: int = 0) -> Iterator[DrawBlock]:
    """The blocks of a draw in their order, a few in memory at a time."""
    while True:
        found = list(_blocks(draw).filter(number__gte=start).order_by("number")[:FETCHED])
        yield from found
        if len(found) < FETCHED:
            return
        start += FETCHED


def entries(draw: Draw, start: int = 0, limit: int | None = None) -> Iterator[Entry]:
    """The entries in their order, from a position on, all or so many."""
    first, within = divmod(start, BLOCK)
    following = chain.from_iterable(unpacked(block) for block in blocks(draw, first))
    return islice(following, within, None if limit is None else within + limit)


def unpacked(block: DrawBlock) -> Iterator[Entry]:
    for packed, tickets, stratum in PACKED.iter_unpack(bytes(block.entries)):
        yield Entry(UUID(bytes=packed), tickets, stratum)


def leaves(block: DrawBlock) -> list[bytes]:
    packed, size = bytes(block.entries), PACKED.size
    return [merkle.leaf(packed[start : start + size]) for start in range(0, len(packed), size)]


def tickets_and_strata(draw: Draw) -> tuple[list[int], list[int]]:
    """Those of every entry, in their order."""
    tickets: list[int] = []
    strata: list[int] = []
    for block in blocks(draw):
        for _, own, stratum in PACKED.iter_unpack(bytes(block.entries)):
            tickets.append(own)
            strata.append(stratum)
    return tickets, strata


def ids_at(draw: Draw, positions: Iterable[int]) -> list[UUID]:
    """The entries at these positions, in the order given."""
    wanted = list(positions)
    by_number = {block.number: block for block in _blocks(draw).filter(number__in={at // BLOCK for at in wanted})}
    return [_entry(by_number[at // BLOCK], at % BLOCK).id for at in wanted]


def position_of(draw: Draw, entry: UUID) -> int | None:
    """Where an entry stands in the list; None if it is not in it."""
    found = _find(draw, entry)
    return found[0].number * BLOCK + found[1] if found else None


def inclusion(draw: Draw, entry: UUID) -> Inclusion | None:
    """The proof that an entry is in the list; None if it is not."""
    found = _find(draw, entry)
    if found is None:
        return None
    block, within = found
    roots = [bytes(root or b"") for root in _blocks(draw).order_by("number").values_list("root", flat=True)]
    path = [*merkle.path(leaves(block), within), *merkle.path(roots, block.number)]
    return Inclusion(block.number * BLOCK + within, _entry(block, within), path)


def _find(draw: Draw, entry: UUID) -> tuple[DrawBlock, int] | None:
    block = _blocks(draw).filter(first__lte=entry).order_by("-first").first()
    if block is None:
        return None
    ids = [packed for packed, _, _ in PACKED.iter_unpack(bytes(block.entries))]
    return (block, ids.index(entry.bytes)) if entry.bytes in ids else None


def _entry(block: DrawBlock, within: int) -> Entry:
    packed, tickets, stratum = PACKED.unpack_from(bytes(block.entries), within * PACKED.size)
    return Entry(UUID(bytes=packed), tickets, stratum)


def _blocks(draw: Draw) -> QuerySet[DrawBlock]:
    return DrawBlock.objects.using(DEFAULT_DB_ALIAS).filter(draw=draw)
