"""The text of an uploaded list of winners: Telegram ids between newlines, commas, blanks and tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATORS = re.compile(rb"[,\s]+")
ID = re.compile(rb"[1-9][0-9]{0,18}")
HIGHEST_ID = 2**63 - 1
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_SHOWN = 64


@dataclass(frozen=True)
class Item:
    """A piece of the list, with the line (from 1) on which it stands. Bytes that are no text are shown as \\xff."""

    line: int
    text: str


@dataclass(frozen=True)
class ParsedList:
    """`ids` are the different ones, in their order; `repeated` are those that came again; `unknown` are no ids."""

    ids: tuple[int, ...]
    repeated: tuple[Item, ...]
    unknown: tuple[Item, ...]


def parse(content: bytes) -> ParsedList:
    """Takes what is an id and says what is not; it refuses nothing."""
    ids: dict[int, None] = {}
    repeated, unknown = [], []
    for line, piece in _pieces(content.removeprefix(BYTE_ORDER_MARK)):
        number = int(piece) if ID.fullmatch(piece) else None
        if number is None or number > HIGHEST_ID:
            unknown.append(_item(line, piece))
        elif number in ids:
            repeated.append(_item(line, piece))
        else:
            ids[number] = None
    return ParsedList(tuple(ids), tuple(repeated), tuple(unknown))


def _pieces(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(content.splitlines(), start=1):
        for piece in SEPARATORS.split(line):
            if piece:
                yield number, piece


def _item(line: int, piece: bytes) -> Item:
    shown = piece[: LONGEST_SHOWN * 4].decode(errors="backslashreplace")
    return Item(line, shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…")
