from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operations.models import ImportRun
from tests.factories.accounts import UserFactory
from tests.factories.catalog import TrackFactory
from tests.factories.operations import EntityProgressFactory, ImportRunFactory, LegacyEntityFactory, RejectionFactory

pytestmark = pytest.mark.django_db
INDEX = "/admin/"
START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_an_empty_house_says_how_to_bring_records_in(admin_client: Client) -> None:
    page = admin_client.get(INDEX)

    assert "python manage.py import_legacy normaldance --from sqlite:///path" in page.text
    assert [card.title for card in page.context["cards"]] == ["Imports"]


def test_it_counts_what_is_in_the_catalogue(admin_client: Client) -> None:
    TrackFactory.create_batch(3)

    page = admin_client.get(INDEX)

    tiles = {tile.label: str(tile.count) for tile in page.context["tiles"]}
    assert tiles == {
        "Users": "4",
        "Identities": "0",
        "Tracks": "3",
        "NFT memorials": "0",
        "Giveaways": "0",
        "Participants": "0",
        "Prizes": "0",
        "Win records": "0",
        "Events": "0",
        "Shops": "0",
        "Products": "0",
        "Orders": "0",
        "Payment slips": "0",
        "Families": "0",
        "Ingredients": "0",
        "Meals": "0",
        "Meal entries": "0",
        "Shopping lists": "0",
    }


def test_a_big_table_is_estimated_and_not_counted(admin_client: Client) -> None:
    TrackFactory()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 999_999 WHERE relname = 'catalog_track'")

    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(INDEX)

    assert {tile.label: str(tile.count) for tile in page.context["tiles"]}["Tracks"] == "about 1,000,000"
    counts = [query["sql"] for query in queries if "COUNT(*)" in query["sql"].upper()]
    assert all("LIMIT" in sql for sql in counts)
    assert not any('"catalog_track"' in sql for sql in counts)


def test_it_shows_the_last_import_of_each_source(admin_client: Client) -> None:
    last = ImportRunFactory(proven=True, started_at=START)
    EntityProgressFactory(run=last, read=10, loaded=9, rejected=1)
    ImportRunFactory(started_at=START - timedelta(days=1), state=ImportRun.State.FAILED, error="An older trouble.")
    ImportRunFactory(source="events", started_at=START - timedelta(days=2), state=ImportRun.State.STOPPED)

    page = admin_client.get(INDEX)

    (card, *_) = page.context["cards"]
    assert [found.run.source for found in card.data["summaries"]] == ["events", "normaldance"]
    assert card.data["summaries"][1].run == last
    assert "<desc>9 loaded, 1 rejected</desc>" in page.text
    assert "An older trouble." not in page.text


def test_it_leads_from_a_reason_to_its_rejections(admin_client: Client) -> None:
    RejectionFactory.create_batch(2, reason="negative")
    RejectionFactory(reason="missing")

    page = admin_client.get(INDEX)

    card = next(card for card in page.context["cards"] if card.title == "Rejected records")
    url = reverse("admin:operations_rejection_changelist")
    assert [(row.reason, str(row.count), row.url) for row in card.data["reasons"]] == [
        ("negative", "2", f"{url}?reason=negative"),
        ("missing", "1", f"{url}?reason=missing"),
    ]


def test_it_shows_only_what_the_person_may_view(client: Client) -> None:
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_track"))
    TrackFactory()
    RejectionFactory()
    client.force_login(staff)

    page = client.get(INDEX)

    assert [tile.label for tile in page.context["tiles"]] == ["Tracks"]
    assert [card.title for card in page.context["cards"]] == ["Tracks added per month"]


def test_it_asks_as_much_for_many_rows_as_for_few(admin_client: Client) -> None:
    def add(first: int, number: int) -> None:
        TrackFactory.create_batch(number)
        RejectionFactory.create_batch(number)
        for place in range(first, first + number):
            run = ImportRunFactory(source=f"source{place}")
            EntityProgressFactory.create_batch(1, run=run, entity=LegacyEntityFactory(id=place + 100, name=str(place)))

    add(0, 2)
    admin_client.get(INDEX)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(INDEX)
    add(2, 8)

    with CaptureQueriesContext(connection) as many:
        admin_client.get(INDEX)

    assert len(many) == len(few)


def test_the_page_of_an_app_lists_its_models(admin_client: Client) -> None:
    page = admin_client.get("/admin/catalog/")

    assert reverse("admin:catalog_track_changelist") in page.text
    assert 'class="tiles"' not in page.text
