"""The JSON documents of the API: one query each, for the columns that are shown, encoded straight from its rows.

`catalog.schemas` declares the same shapes; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.db.models import FloatField, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from catalog.models import NFTMemorial, Track
from catalog.schemas import Position
from operations.compiled import Compiled


class TrimScale(Func):
    """A numeric without trailing zeros; as text it is in plain notation, never 1E-9."""

    function = "trim_scale"


# What PostgreSQL can bring into its final form is not touched again in Python.
SHOWN = {
    "duration": Cast("duration", FloatField()),
    "price": Cast(TrimScale("price"), TextField()),
    # The text of the jsonb goes out as it is: numbers of any size and precision survive.
    "metadata": Cast("metadata", TextField()),
}
# Never the e-mail address, whatever else is missing.
ARTIST = (
    "artist_id",
    Coalesce(
        NullIf("artist__display_name", Value("")),
        NullIf("artist__username", Value("")),
        NullIf("artist_name", Value("")),
        output_field=TextField(),
    ),
    "artist__avatar",
)


class Artist(msgspec.Struct):
    id: str
    name: str | None
    avatar: str | None


class ShownTrack(msgspec.Struct):
    id: str
    title: str
    genre: str | None
    cover_image: str | None
    audio_url: str | None
    duration: float | None
    release_date: datetime | None
    is_explicit: bool
    price: str | None
    currency: str | None


class PopularTrack(ShownTrack):
    artist: Artist


class ArtistTrack(ShownTrack):
    is_nft: bool
    created_at: datetime


class TrackDetail(ShownTrack):
    description: str | None
    artist_name: str | None
    ipfs_hash: str | None
    file_size: int | None
    mime_type: str | None
    published_at: datetime | None
    play_count: int | None
    like_count: int | None
    is_nft: bool
    nft_contract: str | None
    metadata: msgspec.Raw | None
    created_at: datetime
    updated_at: datetime
    artist: Artist


class RememberedTrack(msgspec.Struct):
    id: str
    title: str


class Memorial(msgspec.Struct):
    memorial_id: str
    owner_wallet: str | None
    metadata: msgspec.Raw | None
    created_at: datetime | None
    updated_at: datetime | None
    track: RememberedTrack | None


def popular_tracks(genre: str | None, limit: int) -> bytes:
    """Published tracks that are not NFTs, of one genre or (None) of all, newest release first."""
    rows = POPULAR.rows(limit, genre=genre)
    return msgspec.json.encode({"tracks": [PopularTrack(*_with_artist(row)) for row in rows]})


def artist_tracks(artist_id: str, limit: int, after: Position | None) -> bytes | None:
    """A page of what an artist has published, newest first; None if there is no such artist."""
    created_at, track_id = (after.created_at, after.track_id) if after else (None, None)
    # One more than is shown tells whether another page follows.
    rows = OF_ARTIST.rows(limit + 1, artist_id=artist_id, created_at=created_at, track_id=track_id)
    page = [ArtistTrack(*row) for row in rows]
    if not page and not get_user_model().objects.filter(pk=artist_id).exists():
        return None
    last = page[limit - 1] if len(page) > limit else None
    following = Position(last.created_at, last.id).cursor if last else None
    return msgspec.json.encode({"tracks": page[:limit], "next": following})


def track_detail(track_id: str) -> bytes | None:
    """Everything that is public about a published track; None if there is no such one."""
    tracks = Track.objects.published().filter(pk=track_id)
    row = _rows(tracks, *_columns(TrackDetail, without="artist"), *ARTIST).first()
    if row is None:
        return None
    track = TrackDetail(*_with_artist(row))
    track.metadata = _raw(track.metadata)
    return msgspec.json.encode(track)


def memorial(memorial_id: str) -> bytes | None:
    """A memorial by its token's id, with its track if that is public; None if there is no such memorial."""
    memorials = NFTMemorial.objects.filter(memorial_id=memorial_id)
    track_columns = ("track_id", "track__title", "track__is_published")
    row = _rows(memorials, *_columns(Memorial, without="track"), *track_columns).first()
    if row is None:
        return None
    *shown, track_id, title, is_published = row
    shown.append(RememberedTrack(track_id, title) if is_published else None)
    found = Memorial(*shown)
    found.metadata = _raw(found.metadata)
    return msgspec.json.encode(found)


def _popular(limit: int, genre: str | None) -> QuerySet[Any, Any]:
    return _rows(Track.objects.popular(genre), *_columns(PopularTrack, without="artist"), *ARTIST)[:limit]


def _of_artist(limit: int, artist_id: str, created_at: datetime | None, track_id: str | None) -> QuerySet[Any, Any]:
    tracks = Track.objects.by_artist(artist_id)
    if created_at is not None and track_id is not None:
        tracks = tracks.following(created_at, track_id)
    return _rows(tracks, *_columns(ArtistTrack))[:limit]


POPULAR = Compiled(_popular)
OF_ARTIST = Compiled(_of_artist)


def _columns(shape: type[msgspec.Struct], *, without: str = "") -> list[Any]:
    return [SHOWN.get(name, name) for name in shape.__struct_fields__ if name != without]


def _rows(queryset: QuerySet[Any], *columns: Any) -> QuerySet[Any, Sequence[Any]]:
    return queryset.values_list(*columns)


def _with_artist(row: Sequence[Any]) -> list[Any]:
    """The row with its last columns, the artist's, as one."""
    return [*row[: -len(ARTIST)], Artist(*row[-len(ARTIST) :])]


def _raw(text: Any) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text)
