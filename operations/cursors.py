"""Where a page of a list ended, as the text that a caller sends back; the next page follows it."""

from __future__ import annotations

import base64
from typing import Any, Self

import msgspec
from pydantic_core import PydanticCustomError


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Base of the positions of lists, whose fields are the last row's. One position has one spelling."""

    @property
    def cursor(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def from_cursor(cls, cursor: Any) -> Self:
        """Raises ValueError for everything that `cursor` does not return."""
        try:
            padded = str(cursor).encode() + b"=" * (-len(str(cursor)) % 4)
            position = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=cls)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            position = None
        if position is None or position.cursor != cursor or not position.is_storable:
            raise PydanticCustomError("cursor", "This is not a cursor of this list")
        return position

    @property
    def is_storable(self) -> bool:
        """Whether PostgreSQL takes what it holds: it refuses NUL, and some offsets from UTC."""
        return True
