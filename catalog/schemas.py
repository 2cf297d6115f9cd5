"""What the catalogue's API takes and gives."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Self

import msgspec
from ninja import Schema
from pydantic import Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

LIMIT = 50
HIGHEST_LIMIT = 100

Limit = Annotated[int, Field(ge=1, le=HIGHEST_LIMIT, description=f"How many tracks, 1 to {HIGHEST_LIMIT}.")]
# NUL: text of PostgreSQL cannot hold it, so it is refused here, by name.
Text = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The last track of a page; the next page follows it."""

    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    track_id: str

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
        # One position has one spelling, and so one kept answer. PostgreSQL refuses NUL, and some offsets from UTC.
        canonical = position is not None and position.cursor == cursor and not position.created_at.utcoffset()
        if position is None or not canonical or "\x00" in position.track_id:
            raise PydanticCustomError("cursor", "This is not a cursor of this list")
        return position


Cursor = Annotated[Position | None, PlainValidator(Position.from_cursor), WithJsonSchema({"type": "string"})]


class PopularQuery(Schema):
    genre: Text = Field("", description="Only this genre, as it is spelt there; empty: every genre.")
    limit: Limit = LIMIT


class ArtistTracksQuery(Schema):
    limit: Limit = LIMIT
    after: Cursor = Field(None, description="`next` of the page before.")


class Artist(Schema):
    id: str
    name: str | None
    avatar: str | None


class ShownTrack(Schema):
    id: str
    title: str
    genre: str | None
    cover_image: str | None
    audio_url: str | None
    duration: float | None = Field(description="Seconds.")
    release_date: datetime | None
    is_explicit: bool
    price: str | None = Field(
        description="In plain notation, without trailing zeros; text, so that no digit is lost.",
        pattern=r"^[0-9]+(\.[0-9]*[1-9])?$",
        examples=["1.5"],
    )
    currency: str | None = Field(description="What the price is in.", examples=["SOL"])


class PopularTrack(ShownTrack):
    artist: Artist


class PopularTracks(Schema):
    tracks: list[PopularTrack]


class ArtistTrack(ShownTrack):
    is_nft: bool
    created_at: datetime


class ArtistTracks(Schema):
    tracks: list[ArtistTrack]
    next: str | None = Field(description="The next page is `after` this; null on the last one.")


class TrackDetail(ShownTrack):
    description: str | None
    artist_name: str | None = Field(description="The artist's name as it is credited.")
    ipfs_hash: str | None
    file_size: int | None = Field(description="Bytes.")
    mime_type: str | None
    published_at: datetime | None
    play_count: int | None
    like_count: int | None
    is_nft: bool
    nft_contract: str | None
    metadata: Any
    created_at: datetime
    updated_at: datetime
    artist: Artist


class RememberedTrack(Schema):
    id: str
    title: str


class Memorial(Schema):
    memorial_id: str = Field(description="The token id or mint address.")
    owner_wallet: str | None
    metadata: Any
    created_at: datetime | None
    updated_at: datetime | None
    track: RememberedTrack | None = Field(description="Null when there is none, or it is not public.")
