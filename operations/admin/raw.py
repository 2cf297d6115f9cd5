"""Raw records for people: the text as it was landed, with line breaks between its parts and nothing else changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

LIMIT = 20_000  # characters shown
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def indented(raw: str) -> str:
    """JSON text with indentation. Numbers, escapes and double keys stay as they are written, unlike after `json.loads`.

    Text that is not JSON is given back as it is.
    """
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return "".join(_laid_out(TOKEN.findall(raw)))


def _laid_out(tokens: list[str]) -> Iterator[str]:
    depth = 0
    for place, mark in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if mark in "{[":
            depth += 1
            yield mark if following in ("}", "]") else mark + _line(depth)
        elif mark in "}]":
            depth -= 1
            is_empty = tokens[place - 1] in ("{", "[")
            yield mark if is_empty else _line(depth) + mark
        elif mark == ",":
            yield mark + _line(depth)
        else:
            yield ": " if mark == ":" else mark


def _line(depth: int) -> str:
    return "\n" + "  " * depth


def shown(raw: str) -> str:
    """`raw` laid out, and cut where a page would become too long."""
    text = indented(raw)
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}\n… ({len(text):,} characters in all)"
