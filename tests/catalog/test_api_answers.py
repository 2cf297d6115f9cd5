"""How the catalogue's answers are kept, and asked for again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from catalog.answers import Answers
from catalog.models import ProductCategory, Track
from catalog.views import ARTIST, LISTING, MEMORIAL, MENU, POPULAR, TRACK
from config.caching.at_hand import AT_HAND
from tests.factories.accounts import UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory
from tests.factories.shop import ProductCategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db

URLS = [
    "/api/tracks/popular",
    "/api/artists/u1/tracks",
    "/api/tracks/t1",
    "/api/memorials/m1",
    "/api/categories",
    "/api/categories/fruits/products",
]
SHAPES = st.tuples(st.none() | st.text(), st.none() | st.integers(0, 100) | st.text())


@pytest.fixture
def catalogue() -> None:
    track = TrackFactory(id="t1", artist=UserFactory(id="u1"))
    NFTMemorialFactory(memorial_id="m1", track=track)
    ProductFactory(category=ProductCategoryFactory(slug="fruits"), variants=2)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.usefixtures("catalogue")
def test_a_kept_answer_takes_no_query(client: Client, url: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        first = client.get(url)
    Track.objects.update(title="changed meanwhile")
    ProductCategory.objects.update(name="changed meanwhile")

    AT_HAND.clear()
    with django_assert_num_queries(0):
        second = client.get(url)

    assert second.content == first.content
    assert second.headers["ETag"] == first.headers["ETag"]


def test_a_kept_empty_list_is_a_hit(client: Client, django_assert_num_queries: Any) -> None:
    UserFactory(id="u1")
    urls = ("/api/tracks/popular?genre=none", "/api/artists/u1/tracks")
    for url in urls:
        assert client.get(url).json()["tracks"] == []

    AT_HAND.clear()
    with django_assert_num_queries(0):
        assert [client.get(url).json()["tracks"] for url in urls] == [[], []]


def test_each_limit_and_genre_has_its_own_answer(client: Client, django_assert_num_queries: Any) -> None:
    for genre in ("a", "b", "a|b", "a,b", "None", "null"):
        TrackFactory(genre=genre)
    TrackFactory(genre=None)
    asked = [{"limit": 1}, {"limit": 2}, {"limit": 50}]
    asked += [{"genre": genre, "limit": 50} for genre in ("a", "b", "a|b", "a,b", "None", "null", "a:50")]

    with django_assert_num_queries(len(asked)):
        counts = [len(client.get("/api/tracks/popular", parameters).json()["tracks"]) for parameters in asked]

    assert counts == [1, 2, 7, 1, 1, 1, 1, 1, 1, 0]


def test_a_written_out_default_has_the_same_answer(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/api/tracks/popular")

    with django_assert_num_queries(0):
        client.get("/api/tracks/popular", {"genre": "", "limit": 50})


@given(SHAPES, SHAPES)
def test_different_shapes_have_different_keys(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (POPULAR.key(one) == POPULAR.key(other)) is (one == other)


@given(st.text())
def test_a_key_is_safe_whatever_it_is_made_of(text: str) -> None:
    key = ARTIST.key((text, 50, None))

    assert key.isascii()
    assert key.isprintable()
    assert " " not in key
    assert len(key) < 100


def test_endpoints_and_versions_do_not_share_keys() -> None:
    answers = [POPULAR, ARTIST, TRACK, MEMORIAL, LISTING, MENU, Answers("track", TRACK.shows, version=2)]

    assert len({kept.key(("x",)) for kept in answers}) == 7


@pytest.mark.parametrize(("url", "seconds"), list(zip(URLS, (600, 300, 300, 300, 300, 300), strict=True)))
@pytest.mark.usefixtures("catalogue")
def test_shared_caches_keep_an_answer_as_long_as_ours(client: Client, url: str, seconds: int) -> None:
    response = client.get(url)

    assert response.headers["Cache-Control"] == f"public, s-maxage={seconds}, stale-while-revalidate=60"
    assert "Set-Cookie" not in response.headers
    assert "Vary" not in response.headers
    [key] = cache.keys("catalog.*")
    assert seconds * 0.9 - 5 <= cache.ttl(key) <= seconds  # spread, so that not all expire at once


def test_age_counts_from_when_the_answer_was_made(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made_at = time.time()
    assert client.get("/api/tracks/popular").headers["Age"] == "0"

    monkeypatch.setattr(time, "time", lambda: made_at + 60)
    response = client.get("/api/tracks/popular")

    assert response.headers["Age"] in ("59", "60")
    unchanged = client.get("/api/tracks/popular", headers={"If-None-Match": response.headers["ETag"]})
    assert unchanged.headers["Age"] in ("59", "60")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "condition",
    [
        lambda etag: etag,
        lambda etag: f"W/{etag}",
        lambda etag: f'"other", W/"another",{etag}',
        lambda etag: f"  {etag}  ",
        lambda etag: "*",
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_what_the_caller_has_is_not_sent_again(client: Client, url: str, condition: Callable[[str], str]) -> None:
    full = client.get(url)

    response = client.get(url, headers={"If-None-Match": condition(full.headers["ETag"])})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == full.headers["ETag"]
    assert response.headers["Cache-Control"] == full.headers["Cache-Control"]


@pytest.mark.parametrize("condition", ["", '"other"', "junk", 'W/"other"', ",,,", '"' * 5000, "\x00"])
@pytest.mark.usefixtures("catalogue")
def test_anything_else_is_sent(client: Client, condition: str) -> None:
    response = client.get("/api/tracks/t1", headers={"If-None-Match": condition})

    assert response.status_code == 200
    assert response.json()["id"] == "t1"


@pytest.mark.usefixtures("catalogue")
def test_an_etag_is_strong_and_changes_with_the_answer(client: Client) -> None:
    before = client.get("/api/tracks/t1").headers["ETag"]
    cache.clear()
    again = client.get("/api/tracks/t1").headers["ETag"]
    cache.clear()
    Track.objects.update(title="changed")
    after = client.get("/api/tracks/t1").headers["ETag"]

    assert before.startswith('"')
    assert before == again
    assert before != after


@pytest.mark.usefixtures("catalogue")
def test_a_failed_if_match_is_an_error_in_the_envelope(client: Client) -> None:
    etag = client.get("/api/tracks/t1").headers["ETag"]

    assert client.get("/api/tracks/t1", headers={"If-Match": etag}).status_code == 200
    refused = client.get("/api/tracks/t1", headers={"If-Match": '"other"'})
    assert refused.status_code == 412
    assert refused.json()["error"]["code"] == "precondition_failed"


@pytest.mark.parametrize("url", URLS)
@pytest.mark.usefixtures("catalogue")
def test_head_is_get_without_the_body(client: Client, url: str) -> None:
    get = client.get(url)

    head = client.head(url)

    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)
    assert client.head(url, headers={"If-None-Match": get.headers["ETag"]}).status_code == 304
    assert client.head("/api/tracks/nothing").status_code == 404


def test_what_is_not_found_is_not_kept(client: Client) -> None:
    urls = ("/api/artists/u1/tracks", "/api/tracks/t1", "/api/memorials/m1", "/api/categories/fruits/products")
    for url in urls:
        response = client.get(url)
        assert response.status_code == 404
        assert response.headers["Cache-Control"] == "no-store"

    NFTMemorialFactory(memorial_id="m1", track=TrackFactory(id="t1", artist=UserFactory(id="u1")))
    ProductCategoryFactory(slug="fruits")

    assert [client.get(url).status_code for url in urls] == [200, 200, 200, 200]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.usefixtures("catalogue")
def test_without_the_cache_every_answer_is_made(client: Client, url: str, settings: Any) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock?db=0"}
    settings.CACHES = {"default": away}

    first = client.get(url)
    AT_HAND.clear()
    Track.objects.update(title="changed")
    User.objects.update(display_name="Changed")
    ProductCategory.objects.update(name="changed")
    second = client.get(url)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content != second.content


def test_the_hottest_answers_are_at_hand_without_a_look_into_the_cache(client: Client) -> None:
    TrackFactory(title="old")
    client.get("/api/tracks/popular")
    Track.objects.update(title="new")

    cache.delete_pattern("catalog.*")
    at_hand = client.get("/api/tracks/popular")
    AT_HAND.clear()
    made_again = client.get("/api/tracks/popular")

    assert at_hand.json()["tracks"][0]["title"] == "old"
    assert made_again.json()["tracks"][0]["title"] == "new"


def test_the_other_answers_are_always_looked_up(client: Client) -> None:
    TrackFactory(id="t1", title="old")
    client.get("/api/tracks/t1")
    Track.objects.update(title="new")

    cache.delete_pattern("catalog.*")

    assert client.get("/api/tracks/t1").json()["title"] == "new"


def test_what_is_at_hand_is_conditional_too(client: Client) -> None:
    etag = client.get("/api/tracks/popular").headers["ETag"]
    cache.delete_pattern("catalog.*")

    assert client.get("/api/tracks/popular", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/api/tracks/popular", headers={"If-None-Match": '"other"'}).status_code == 200
    assert (
        client.get("/api/tracks/popular").headers["Cache-Control"] == "public, s-maxage=600, stale-while-revalidate=60"
    )
    assert client.post("/api/tracks/popular").status_code == 405
    assert client.get("/api/tracks/popular?x=1").status_code == 422
