"""What the catalogue's API answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog.models import Track
from catalog.schemas import Position
from tests.factories.accounts import UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory

pytestmark = pytest.mark.django_db

POPULAR = "/api/tracks/popular"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOT_CURSORS = ["", "x", "null", "é", "W10", "WyJhIiwiYiJd", "%00", "a" * 5000, "WyIyMDI0LTA1LTAxVDEyOjAwOjAwIiwieCJd"]


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [track["title"] for track in response.json()["tracks"]]


def assert_refused(response: Any, *fields: str) -> None:
    assert response.status_code == 422, response.content
    assert response.json()["error"]["code"] == "invalid_request"
    assert set(response.json()["error"]["fields"]) == set(fields)


def pages(client: Client, url: str) -> Iterator[list[str]]:
    after = ""
    while True:
        response = client.get(f"{url}{after}")
        yield titles(response)
        if response.json()["next"] is None:
            return
        after = f"&after={response.json()['next']}"


def test_popular_tracks_show_the_track_and_its_artist(client: Client) -> None:
    artist = UserFactory(id="u1", display_name="Nina", avatar="https://img.example.org/nina.png")
    TrackFactory(
        id="t1", title="Sinnerman", artist=artist, genre="jazz", cover_image="https://img.example.org/s.png",
        audio_url="https://audio.example.org/s.mp3", duration=Decimal("619.500"), price=Decimal("0.000000010"),
        currency="SOL", release_date=NOON,
    )  # fmt: skip

    response = client.get(POPULAR)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "tracks": [
            {
                "id": "t1",
                "title": "Sinnerman",
                "genre": "jazz",
                "cover_image": "https://img.example.org/s.png",
                "audio_url": "https://audio.example.org/s.mp3",
                "duration": 619.5,
                "release_date": "2024-05-01T12:00:00Z",
                "is_explicit": False,
                "price": "0.00000001",
                "currency": "SOL",
                "artist": {"id": "u1", "name": "Nina", "avatar": "https://img.example.org/nina.png"},
            }
        ]
    }


def test_popular_tracks_are_published_ones_that_are_not_nfts_newest_release_first(client: Client) -> None:
    TrackFactory(title="unreleased", release_date=None)
    TrackFactory(title="older", release_date=NOON.replace(year=2020))
    TrackFactory(title="newer", release_date=NOON)
    TrackFactory(title="token", nft=True)
    TrackFactory(title="draft", unpublished=True)

    assert titles(client.get(POPULAR)) == ["newer", "older", "unreleased"]


def test_popular_tracks_are_fifty_unless_told_otherwise(client: Client) -> None:
    TrackFactory.create_batch(101, artist=UserFactory())

    assert len(titles(client.get(POPULAR))) == 50
    assert len(titles(client.get(POPULAR, {"limit": 1}))) == 1
    assert len(titles(client.get(POPULAR, {"limit": 100}))) == 100


@pytest.mark.parametrize("genre", ["jazz", "Фолк|ジャズ ☂", "a|b", "a,b", "R&B / 100%", " ", "'; --", "💿" * 255])
def test_popular_tracks_of_one_genre(client: Client, genre: str) -> None:
    TrackFactory(title="wanted", genre=genre)
    TrackFactory(title="of another genre", genre="other")
    TrackFactory(title="of no known genre", genre=None)

    assert titles(client.get(POPULAR, {"genre": genre})) == ["wanted"]


def test_a_genre_that_nobody_uses_is_an_empty_list(client: Client) -> None:
    TrackFactory(genre="jazz")

    assert client.get(POPULAR, {"genre": "Jazz"}).json() == {"tracks": []}


def test_an_empty_genre_is_every_genre(client: Client) -> None:
    TrackFactory(genre="jazz")
    TrackFactory(genre=None)

    assert len(titles(client.get(POPULAR, {"genre": ""}))) == 2


@pytest.mark.parametrize("limit", ["0", "-1", "101", "ten", "1.5", "", "1e2", "0x10", "9" * 5000, "\x00", "NaN"])
@pytest.mark.parametrize("url", [POPULAR, "/api/artists/u1/tracks"])
def test_a_limit_that_cannot_be_is_refused_by_name(client: Client, url: str, limit: str) -> None:
    assert_refused(client.get(url, {"limit": limit}), "limit")


@pytest.mark.parametrize("genre", ["ja\x00zz", "j" * 256])
def test_a_genre_that_cannot_be_is_refused_by_name(client: Client, genre: str) -> None:
    assert_refused(client.get(POPULAR, {"genre": genre}), "genre")


def test_everything_that_is_wrong_is_named_at_once(client: Client) -> None:
    assert_refused(client.get(POPULAR, {"genre": "\x00", "limit": "no"}), "genre", "limit")


@pytest.mark.parametrize(
    ("display_name", "username", "credited", "shown"),
    [
        ("Nina", "nina", "N. Simone", "Nina"),
        ("", "nina", "N. Simone", "nina"),
        (None, None, "N. Simone", "N. Simone"),
        (None, "", "", None),
    ],
)
def test_an_artist_is_called_by_the_best_name_and_never_by_the_address(
    client: Client, display_name: str | None, username: str | None, credited: str | None, shown: str | None
) -> None:
    artist = UserFactory(display_name=display_name, username=username, email="private@example.org", avatar=None)
    TrackFactory(artist=artist, artist_name=credited)

    response = client.get(POPULAR)

    assert response.json()["tracks"][0]["artist"] == {"id": artist.pk, "name": shown, "avatar": None}
    assert b"private@example.org" not in response.content


def test_an_artists_tracks_show_only_the_columns_of_a_list(client: Client) -> None:
    TrackFactory(
        id="t1", title="Sinnerman", artist=UserFactory(id="u1"), genre=None, cover_image=None, audio_url=None,
        duration=None, price=None, currency=None, release_date=None, created_at=NOON, nft=True,
    )  # fmt: skip

    assert client.get("/api/artists/u1/tracks").json() == {
        "tracks": [
            {
                "id": "t1",
                "title": "Sinnerman",
                "genre": None,
                "cover_image": None,
                "audio_url": None,
                "duration": None,
                "release_date": None,
                "is_explicit": False,
                "price": None,
                "currency": None,
                "is_nft": True,
                "created_at": "2024-05-01T12:00:00Z",
            }
        ],
        "next": None,
    }


def test_an_artists_pages_show_every_published_track_once_newest_first(client: Client) -> None:
    artist = UserFactory(id="u1")
    TrackFactory(artist=artist, title="draft", unpublished=True)
    TrackFactory(title="of somebody else")
    for day, number in [(1, 1), (2, 2), (2, 3), (2, 4), (3, 5)]:  # three made at the same instant: the id decides
        TrackFactory(id=f"t{number}", title=f"{number}", artist=artist, created_at=NOON.replace(day=day))

    assert list(pages(client, "/api/artists/u1/tracks?limit=2")) == [["5", "4"], ["3", "2"], ["1"]]
    assert list(pages(client, "/api/artists/u1/tracks?limit=5")) == [["5", "4", "3", "2", "1"]]
    assert list(pages(client, "/api/artists/u1/tracks?limit=1")) == [["5"], ["4"], ["3"], ["2"], ["1"]]


def test_a_page_goes_on_where_the_last_one_ended_although_tracks_came_and_went(client: Client) -> None:
    artist = UserFactory(id="u1")
    for day in (1, 2, 3, 4):
        TrackFactory(title=f"{day}", artist=artist, created_at=NOON.replace(day=day))
    after = client.get("/api/artists/u1/tracks?limit=2").json()["next"]

    TrackFactory(title="5", artist=artist, created_at=NOON.replace(day=5))
    Track.objects.filter(title="3").delete()

    assert titles(client.get(f"/api/artists/u1/tracks?after={after}")) == ["2", "1"]


def test_the_page_after_the_last_track_is_empty(client: Client) -> None:
    track = TrackFactory(artist=UserFactory(id="u1"))

    cursor = Position(track.created_at, track.pk).cursor

    assert client.get(f"/api/artists/u1/tracks?after={cursor}").json() == {"tracks": [], "next": None}


@pytest.mark.parametrize("cursor", NOT_CURSORS)
def test_what_is_not_a_cursor_is_refused_by_name(client: Client, cursor: str) -> None:
    UserFactory(id="u1")

    assert_refused(client.get("/api/artists/u1/tracks", {"after": cursor}), "after")


@pytest.mark.parametrize("spoil", [lambda c: c + "=", lambda c: c + "!", lambda c: c[:-2], lambda c: " " + c])
def test_a_spoilt_cursor_is_refused(client: Client, spoil: Any) -> None:
    assert_refused(client.get("/api/artists/u1/tracks", {"after": spoil(Position(NOON, "t1").cursor)}), "after")


def test_a_cursor_with_a_nul_is_refused(client: Client) -> None:
    assert_refused(client.get("/api/artists/u1/tracks", {"after": Position(NOON, "t\x00").cursor}), "after")


@pytest.mark.parametrize("year", [1, 9999])
def test_a_cursor_may_point_to_the_ends_of_time(client: Client, year: int) -> None:
    UserFactory(id="u1")

    response = client.get("/api/artists/u1/tracks", {"after": Position(NOON.replace(year=year), "t1").cursor})

    assert response.json() == {"tracks": [], "next": None}


@pytest.mark.parametrize("minutes", [-1439, 1, 1439])
def test_a_cursor_is_in_utc(client: Client, minutes: int) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(minutes=minutes)))

    assert_refused(client.get("/api/artists/u1/tracks", {"after": Position(elsewhere, "t1").cursor}), "after")


def test_an_artist_without_tracks_has_an_empty_list(client: Client) -> None:
    TrackFactory(artist=UserFactory(id="u1"), unpublished=True)

    assert client.get("/api/artists/u1/tracks").json() == {"tracks": [], "next": None}


def test_a_track_shows_all_that_is_public_about_it(client: Client) -> None:
    track = TrackFactory(
        id="t1", title="Sinnerman", description="Live", artist=UserFactory(id="u1", display_name="Nina", avatar=None),
        artist_name="N. Simone", genre="jazz", cover_image="c", audio_url="a", ipfs_hash="Qm", file_size=2**40,
        mime_type="audio/mpeg", duration=Decimal("0.001"), release_date=NOON, published_at=NOON, is_explicit=True,
        status="PUBLISHED", play_count=3, like_count=0, price=Decimal("12345678901.000000001"), currency="TON",
        nft_contract="EQ", metadata={"bpm": 128}, created_at=NOON,
    )  # fmt: skip
    Track.objects.update(updated_at=NOON)

    assert client.get(f"/api/tracks/{track.pk}").json() == {
        "id": "t1",
        "title": "Sinnerman",
        "genre": "jazz",
        "cover_image": "c",
        "audio_url": "a",
        "duration": 0.001,
        "release_date": "2024-05-01T12:00:00Z",
        "is_explicit": True,
        "price": "12345678901.000000001",
        "currency": "TON",
        "description": "Live",
        "artist_name": "N. Simone",
        "ipfs_hash": "Qm",
        "file_size": 2**40,
        "mime_type": "audio/mpeg",
        "published_at": "2024-05-01T12:00:00Z",
        "play_count": 3,
        "like_count": 0,
        "is_nft": False,
        "nft_contract": "EQ",
        "metadata": {"bpm": 128},
        "created_at": "2024-05-01T12:00:00Z",
        "updated_at": "2024-05-01T12:00:00Z",
        "artist": {"id": "u1", "name": "Nina", "avatar": None},
    }


@pytest.mark.parametrize(
    ("price", "shown"), [("1.50", "1.5"), ("10", "10"), ("0", "0"), ("0.000000001", "0.000000001")]
)
def test_a_price_is_text_in_plain_notation(client: Client, price: str, shown: str) -> None:
    TrackFactory(id="t1", price=Decimal(price))

    assert client.get("/api/tracks/t1").json()["price"] == shown


@pytest.mark.parametrize("metadata", [None, {}, [], "null", 0, False, 2**80 + 1, {"é": [1e-7, "\u2028"]}])
def test_metadata_goes_out_as_it_is_stored(client: Client, metadata: Any) -> None:
    TrackFactory(id="t1", metadata=metadata)

    assert client.get("/api/tracks/t1").json()["metadata"] == metadata


def test_a_memorial_is_found_by_its_token(client: Client) -> None:
    track = TrackFactory(id="t1", title="Levels")
    memorial = NFTMemorialFactory(
        id="m1", memorial_id="So1anaMint", owner_wallet="wallet", track=track, metadata={"candles": 3}, created_at=NOON
    )
    type(memorial).objects.update(updated_at=NOON)

    assert client.get("/api/memorials/So1anaMint").json() == {
        "memorial_id": "So1anaMint",
        "owner_wallet": "wallet",
        "metadata": {"candles": 3},
        "created_at": "2024-05-01T12:00:00Z",
        "updated_at": "2024-05-01T12:00:00Z",
        "track": {"id": "t1", "title": "Levels"},
    }
    assert client.get("/api/memorials/m1").status_code == 404


def test_a_memorial_may_have_a_slash_in_its_token(client: Client) -> None:
    NFTMemorialFactory(memorial_id="0xc0ffee/17")

    assert client.get("/api/memorials/0xc0ffee/17").json()["memorial_id"] == "0xc0ffee/17"
    assert client.get("/api/memorials/0xc0ffee%2F17").json()["memorial_id"] == "0xc0ffee/17"


@pytest.mark.parametrize("track", [None, {"unpublished": True}])
def test_a_memorial_tells_nothing_of_a_track_that_is_not_public(client: Client, track: dict[str, Any] | None) -> None:
    NFTMemorialFactory(memorial_id="m", track=track and TrackFactory(**track), owner_wallet=None, metadata={})

    answer = client.get("/api/memorials/m").json()

    assert (answer["track"], answer["owner_wallet"], answer["metadata"]) == (None, None, {})


@pytest.mark.parametrize("url", ["/api/tracks/{}", "/api/artists/{}/tracks", "/api/memorials/{}"])
@pytest.mark.parametrize("key", ["nobody", "%00", "a%00b", "x" * 20_000, "%ED%A0%80", "%FF", "é☂", "' OR 1=1", "%0A"])
def test_what_does_not_exist_is_not_found(client: Client, url: str, key: str) -> None:
    NFTMemorialFactory()

    response = client.get(url.format(key))

    assert response.status_code == 404
    assert json.loads(response.content)["error"]["code"] == "not_found"


def test_an_unpublished_track_is_not_found(client: Client) -> None:
    TrackFactory(id="t1", unpublished=True)

    assert client.get("/api/tracks/t1").status_code == 404
