"""Where a page of a list ended; the next one follows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import PlainValidator, WithJsonSchema

from operations.cursors import Position

HIGHEST = 2**63 - 1
Whole = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]


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
