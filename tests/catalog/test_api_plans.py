"""The queries of the lists, on a table of a size at which plans matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import documents
from catalog.models import Track
from catalog.schemas import Position
from operations.importing.session import Session

ROWS = """
INSERT INTO accounts_user (id, display_name) SELECT 'u' || n, 'User ' || n FROM generate_series(0, 999) n;
INSERT INTO catalog_track (id, title, artist_id, genre, release_date, created_at, is_nft, is_published)
SELECT 't' || n, 'Track ' || n, 'u' || n % 100, 'genre ' || n % 20,
       CASE WHEN n % 11 > 0 THEN '2024-01-01'::timestamptz + n * interval '1 minute' END,
       '2024-01-01'::timestamptz + n * interval '1 second', n % 10 = 0, n % 7 > 0
FROM generate_series(1, 50000) n;
ANALYZE accounts_user, catalog_track;
"""


@pytest.fixture(scope="module")
def big_catalogue(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    # The history of these rows would outlive them, as nothing can be deleted from it.
    with django_db_blocker.unblock(), Session("default").past_history(), connection.cursor() as cursor:
        cursor.execute(ROWS)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_user CASCADE; ANALYZE accounts_user, catalog_track")


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("big_catalogue")]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def plan_of(queries: CaptureQueriesContext) -> list[dict[str, Any]]:
    """The nodes of the plan of the one query that was run."""
    [query] = queries.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
        [[explained]] = cursor.fetchall()
    plans = json.loads(explained) if isinstance(explained, str) else explained
    return list(nodes(plans[0]["Plan"]))


def assert_uses(index: str, queries: CaptureQueriesContext) -> None:
    found = plan_of(queries)
    tracks = [node for node in found if node.get("Relation Name") == "catalog_track"]

    assert [(node["Node Type"], node.get("Index Name")) for node in tracks] == [("Index Scan", index)]
    assert not [node for node in found if "Sort" in node["Node Type"]]


@pytest.mark.parametrize("limit", [1, 50, 100])
@pytest.mark.parametrize(
    ("genre", "index"), [(None, "catalog_track_release"), ("genre 3", "catalog_track_genre_release")]
)
def test_popular_tracks_take_one_query_in_the_order_of_an_index(limit: int, genre: str | None, index: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = json.loads(documents.popular_tracks(genre, limit))

    assert len(answer["tracks"]) == limit
    assert_uses(index, queries)


@pytest.mark.parametrize("limit", [1, 50, 100])
def test_an_artists_tracks_take_one_query_in_the_order_of_an_index(limit: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = json.loads(documents.artist_tracks("u5", limit, None) or b"")

    assert len(answer["tracks"]) == limit
    assert_uses("catalog_track_artist_newest", queries)


def test_a_later_page_starts_inside_the_index() -> None:
    last = Track.objects.by_artist("u5")[20]

    with CaptureQueriesContext(connection) as queries:
        answer = json.loads(documents.artist_tracks("u5", 10, Position(last.created_at, last.pk)) or b"")

    assert len(answer["tracks"]) == 10
    assert_uses("catalog_track_artist_newest", queries)
    [scan] = [node for node in plan_of(queries) if node.get("Relation Name") == "catalog_track"]
    assert "created_at <=" in scan["Index Cond"]


def test_only_what_is_shown_is_read() -> None:
    with CaptureQueriesContext(connection) as queries:
        documents.popular_tracks(None, 1)
        documents.artist_tracks("u5", 1, None)

    for query in queries.captured_queries:
        selected = query["sql"].split(" FROM ")[0]
        assert "description" not in selected
        assert "metadata" not in selected
        assert "bio" not in selected
