"""The members of JSON objects in a record's columns, as the proof and the inspection see them: read by Python alone."""

from __future__ import annotations

from typing import Any

import msgspec

from operations.importing.tables import Plan

Row = tuple[Any, ...]

_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode


def members_of(value: Any) -> dict[str, str | None] | None:
    """Each member as text: of a string what it says, of anything else its JSON, of null None.

    None for what is no text with a JSON object; an empty dict for no value at all.
    """
    if value is None:
        return {}
    if not isinstance(value, str):
        return None
    try:
        return {name: _text(bytes(raw)) for name, raw in _decode_members(value).items()}
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _text(raw: bytes) -> str | None:
    if raw[:1] == b'"':
        return _decode_text(raw)
    return None if raw == b"null" else raw.decode()


class Widened:
    """Rows with the members that the plan's entity reads added at their end, after `width` values."""

    def __init__(self, plan: Plan, names: tuple[str, ...], width: int) -> None:
        self.names = tuple(name for name in names if plan.is_member(name))
        self._plan = plan
        self._width = width
        self._wanted = [
            (plan.table.columns.index(name.partition(".")[0]) + 1, name.partition(".")[2]) for name in self.names
        ]

    def place(self, name: str) -> int:
        """Where a column or member of it stands in a widened row."""
        if self._plan.is_member(name):
            return self._width + self.names.index(name)
        return self._plan.table.columns.index(name) + 1

    def rows(self, rows: list[Row]) -> list[Row]:
        if not self.names:
            return rows
        return [(*row, *self._members(row)) for row in rows]

    def _members(self, row: Row) -> list[str | None]:
        read: dict[int, dict[str, str | None]] = {}
        for place, _ in self._wanted:
            if place not in read:
                read[place] = members_of(row[place]) or {}
        return [read[place].get(member) for place, member in self._wanted]
