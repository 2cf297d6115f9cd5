"""Where a page of a list ended; the next one follows it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

HIGHEST = 2**63 - 1
Whole = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Base of the positions of lists. One position has one spelling."""

    @property
    def cursor(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def from_cursor(cls, cursor: Any) -> Self:
        """Raises ValueError for everything that `cursor` does not return."""
        try:
            padded = str(cursor).encode() + b"=" * (-len(str(cursor)) % 4)
            position = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=cls)
        except (ValueError, msgspec.MsgspecError):
            position = None
        if position is None or position.cursor != cursor or not position.is_storable:
            raise PydanticCustomError("cursor", "This is not a cursor of this list")
        return position

    @property
    def is_storable(self) -> bool:
        """Whether PostgreSQL takes what it holds."""
        return True


class Newest(Position, frozen=True, array_like=True):
    """In lists that show the newest giveaway first, and those of an unknown age last."""

    created_at: Annotated[datetime, msgspec.Meta(tz=True)] | None
    giveaway_id: UUID

    @property
    def is_storable(self) -> bool:
        return self.created_at is None or not self.created_at.utcoffset()


class Largest(Position, frozen=True, array_like=True):
    """In the list that shows the giveaway with the most entrants first."""

    participants: Whole
    giveaway_id: UUID


class Place(Position, frozen=True, array_like=True):
    """In a list of winners, by place."""

    place: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    win_id: UUID


AfterNewest = Annotated[Newest | None, PlainValidator(Newest.from_cursor), WithJsonSchema({"type": "string"})]
AfterLargest = Annotated[Largest | None, PlainValidator(Largest.from_cursor), WithJsonSchema({"type": "string"})]
AfterPlace = Annotated[Place | None, PlainValidator(Place.from_cursor), WithJsonSchema({"type": "string"})]
