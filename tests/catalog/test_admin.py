from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from catalog.admin.music import tracks_per_month
from catalog.models import Track
from tests.factories.accounts import UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory

pytestmark = pytest.mark.django_db


def add_months(*months: tuple[int, int, int]) -> None:
    artist = UserFactory()
    for year, month, count in months:
        created = datetime(year, month, 28, 23, 59, tzinfo=UTC)
        TrackFactory.create_batch(count, artist=artist, created_at=created)


def test_months_are_counted_from_the_oldest_to_the_newest() -> None:
    add_months((2023, 12, 1), (2024, 2, 2), (2024, 1, 3))

    assert tracks_per_month() == [("Dec 2023", 1), ("Jan 2024", 3), ("Feb 2024", 2)]


def test_only_the_latest_months_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.admin.music.MONTHS", 2)
    add_months((2024, 1, 1), (2024, 2, 1), (2024, 3, 1))

    assert tracks_per_month() == [("Feb 2024", 1), ("Mar 2024", 1)]


def test_a_month_that_was_not_read_to_its_end_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.admin.music.NEWEST", 4)
    add_months((2024, 1, 3), (2024, 2, 2), (2024, 3, 1))

    assert tracks_per_month() == [("Feb 2024", 2), ("Mar 2024", 1)]


def test_tracks_from_the_future_are_left_out() -> None:
    add_months((2024, 1, 1), (9999, 1, 1))

    assert tracks_per_month() == [("Jan 2024", 1)]


def test_an_empty_catalogue_has_no_months(admin_client: Client) -> None:
    assert tracks_per_month() == []
    assert "Tracks added per month" not in admin_client.get("/admin/").text


def test_the_start_page_draws_the_months(admin_client: Client) -> None:
    add_months((2024, 1, 1), (2024, 2, 2))

    page = admin_client.get("/admin/")

    assert "<desc>Jan 2024: 1; Feb 2024: 2</desc>" in page.text


def test_months_are_read_from_the_index_alone() -> None:
    artist = UserFactory()
    Track.objects.bulk_create(
        Track(id=f"t{number:05}", title="x" * 200, artist=artist, created_at=datetime(2024, 1, 1, tzinfo=UTC))
        for number in range(2_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_track")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT created_at FROM catalog_track WHERE created_at <= now() "
            "ORDER BY created_at DESC, id DESC LIMIT 1000"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Only Scan using catalog_track_created" in plan


def test_the_list_shows_tracks_as_people_read_them(admin_client: Client) -> None:
    TrackFactory(
        title="<i>Night</i>",
        duration=Decimal("245.600"),
        price=Decimal("1.250000000"),
        currency="SOL",
        is_published=False,
        is_nft=True,
        release_date=None,
    )
    TrackFactory(duration=None, price=None, genre=None)

    page = admin_client.get(reverse("admin:catalog_track_changelist"))

    assert "&lt;i&gt;Night&lt;/i&gt;" in page.text
    assert "4:06" in page.text
    assert "1.25 SOL" in page.text
    assert '<span class="badge">hidden</span> <span class="badge">NFT</span>' in page.text


def test_the_list_leaves_long_columns_in_the_database(admin_client: Client) -> None:
    TrackFactory()

    page = admin_client.get(reverse("admin:catalog_track_changelist"))

    (track,) = page.context["cl"].result_list
    assert {"description", "metadata"} <= track.get_deferred_fields()
    assert "password" in track.artist.get_deferred_fields()


def test_a_track_with_memorials_leads_to_them(admin_client: Client) -> None:
    memorial = NFTMemorialFactory()
    NFTMemorialFactory()

    page = admin_client.get(reverse("admin:catalog_track_change", args=(memorial.track_id,)))

    (related,) = page.context["related_lists"]
    assert [row.pk for row in admin_client.get(related.url).context["cl"].result_list] == [memorial.pk]


def test_a_memorial_outlives_its_track(admin_client: Client) -> None:
    memorial = NFTMemorialFactory()

    admin_client.post(reverse("admin:catalog_track_delete", args=(memorial.track_id,)), {"post": "yes"})

    memorial.refresh_from_db()
    assert memorial.track is None
