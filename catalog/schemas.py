"""What the catalogue's API takes and gives."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from ninja import Schema
from pydantic import Field, PlainValidator, StringConstraints, WithJsonSchema

from operations import cursors

LIMIT = 50
HIGHEST_LIMIT = 100

Limit = Annotated[int, Field(ge=1, le=HIGHEST_LIMIT, description=f"How many, 1 to {HIGHEST_LIMIT}.")]
CURSOR = WithJsonSchema({"type": "string"})
AFTER = "`next` of the page before."
# NUL: text of PostgreSQL cannot hold it, so it is refused here, by name.
Text = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]


class Position(cursors.Position, frozen=True, array_like=True):
    """In a list of tracks, newest first."""

    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    track_id: str

    @property
    def is_storable(self) -> bool:
        return not self.created_at.utcoffset() and "\x00" not in self.track_id


class Rank(cursors.Position, frozen=True, array_like=True):
    """In a list of products, best first."""

    hundredths: Annotated[int, msgspec.Meta(ge=0, le=500)] | None
    """The rating, in hundredths: a whole number has one spelling."""
    order_count: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None
    product_id: str

    @property
    def is_storable(self) -> bool:
        return "\x00" not in self.product_id

    @property
    def rating(self) -> Decimal | None:
        return None if self.hundredths is None else Decimal(self.hundredths) / 100


Price = Annotated[
    str,
    Field(
        description="In plain notation, without trailing zeros; text, so that no digit is lost.",
        pattern=r"^[0-9]+(\.[0-9]*[1-9])?$",
        examples=["1.5"],
    ),
]


class PopularQuery(Schema):
    genre: Text = Field("", description="Only this genre, as it is spelt there; empty: every genre.")
    limit: Limit = LIMIT


class ArtistTracksQuery(Schema):
    limit: Limit = LIMIT
    after: Annotated[Position | None, PlainValidator(Position.from_cursor), CURSOR] = Field(None, description=AFTER)


class ListingQuery(Schema):
    limit: Limit = LIMIT
    after: Annotated[Rank | None, PlainValidator(Rank.from_cursor), CURSOR] = Field(None, description=AFTER)


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
    price: Price | None
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


class ProductCategory(Schema):
    id: str
    name: str
    slug: str


class ProductVariant(Schema):
    id: str
    sku: str
    name: str
    price: Price
    is_default: bool
    is_in_stock: bool


class Address(Schema):
    house_number: str = Field(description="As it is spelled.")
    street: str | None
    village: str | None
    district: str | None
    province: str | None
    postal_code: str | None
    latitude: float | None
    longitude: float | None


class Shop(Schema):
    id: str
    name: str
    slug: str
    logo_url: str | None
    house_number: str | None = Field(description="As the shop gives it.")
    address: Address | None


class Product(Schema):
    id: str
    name: str
    slug: str
    description: str | None
    tags: list[str]
    base_price: Price
    compare_price: Price | None = Field(description="What it cost before, or costs elsewhere.")
    currency: str
    rating: float | None = Field(description="From 0 to 5; null as long as nobody has rated it.")
    order_count: int | None
    category: ProductCategory
    variants: list[ProductVariant] = Field(description="Those on offer, in order.")
    shop: Shop


class Listing(Schema):
    products: list[Product]
    next: str | None = Field(description="The next page is `after` this; null on the last one.")


class MenuCategory(ProductCategory):
    description: str | None
    icon_url: str | None
    seo_title: str | None
    seo_description: str | None
    children: list[MenuCategory]


class Menu(Schema):
    categories: list[MenuCategory] = Field(description="Those below no other, each with what is below it, in order.")
