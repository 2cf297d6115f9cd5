"""A kept answer is void when staff or an import has changed what it shows."""

from __future__ import annotations

from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.legacy.sample import write_sample
from catalog.models import Track
from catalog.views import ARTIST, LISTING, MEMORIAL, MENU, POPULAR, TRACK
from operations.admin.records import RecordAdmin
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import build_shop, empty_database, fill_shop
from tests.factories.accounts import UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory
from tests.factories.shop import ProductCategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db(transaction=True)

FORMS = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(email="staff@example.org", password="long enough to pass"))
    return client


def titles(client: Client) -> list[str]:
    return [track["title"] for track in client.get("/api/tracks/popular").json()["tracks"]]


def posted(staff: Client, url: str, **changes: Any) -> None:
    form = staff.get(url).context["adminform"].form
    data: dict[str, object] = {}
    for field in form:
        value = field.value()
        data[field.html_name] = "" if value is None else value
        data[field.html_initial_name] = data[field.html_name]
    posted = {name: value for name, value in (data | changes).items() if value is not False}
    response = staff.post(url, posted)
    assert response.status_code == 302, response.context["adminform"].form.errors


def test_an_edited_track_is_shown_at_once(staff: Client) -> None:
    track = TrackFactory(title="before")
    assert titles(staff) == ["before"]

    posted(staff, reverse("admin:catalog_track_change", args=[track.pk]), title="after")

    assert titles(staff) == ["after"]
    assert titles(Client()) == ["after"]


def test_a_deleted_artist_takes_the_tracks_along(staff: Client) -> None:
    track = TrackFactory(artist=UserFactory())
    NFTMemorialFactory(memorial_id="m1", track=track)
    client = Client()
    assert len(titles(client)) == 1
    assert client.get("/api/memorials/m1").json()["track"] is not None

    staff.post(reverse("admin:accounts_user_delete", args=[track.artist_id]), {"post": "yes"})

    assert not Track.objects.exists()
    assert titles(client) == []
    assert client.get("/api/memorials/m1").json()["track"] is None


def test_an_action_on_a_list_is_shown_at_once(staff: Client) -> None:
    track = TrackFactory()
    assert len(titles(staff)) == 1

    staff.post(
        reverse("admin:catalog_track_changelist"),
        {"action": "delete_selected", "_selected_action": [track.pk], "post": "yes"},
    )

    assert titles(staff) == []


def test_an_import_is_shown_when_it_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "normaldance.db"
    write_sample(file, generation="B", users=20, tracks=60, dirt=0)
    client = Client()
    assert titles(client) == []

    call_command("import_legacy", "normaldance", "--from", f"sqlite:///{file}", "--json")

    assert len(titles(client)) > 1


def test_all_admins_of_rows_that_are_shown_tell_of_changes() -> None:
    shown = {label for answers in (POPULAR, ARTIST, TRACK, MEMORIAL, LISTING, MENU) for label in answers.shows}

    assert len(shown) == 8
    assert all(isinstance(admin.site._registry[apps.get_model(label)], RecordAdmin) for label in shown)


def shown_product(client: Client) -> Any:
    return client.get("/api/categories/fruits/products").json()["products"][0]


@pytest.mark.parametrize(
    ("page", "column", "shown_at"),
    [
        ("catalog_product", "name", ("name",)),
        ("catalog_productcategory", "name", ("category", "name")),
        ("catalog_productvariant", "name", ("variants", 0, "name")),
        ("catalog_shop", "name", ("shop", "name")),
        ("catalog_address", "village", ("shop", "address", "village")),
    ],
)
def test_an_edit_of_anything_in_a_listing_is_shown_at_once(
    staff: Client, page: str, column: str, shown_at: tuple[str | int, ...]
) -> None:
    product = ProductFactory(category=ProductCategoryFactory(slug="fruits"), variants=1)
    keys = {
        "catalog_product": product.pk,
        "catalog_productcategory": product.category_id,
        "catalog_productvariant": product.variants.get().pk,
        "catalog_shop": product.shop_id,
        "catalog_address": product.shop.address_id,
    }
    client = Client()
    assert reduce(getitem, shown_at, shown_product(client)) != "after"

    management = {f"{name}-{count}": "0" for name in ("variants", "images") for count in FORMS}
    posted(staff, reverse(f"admin:{page}_change", args=[keys[page]]), **{column: "after"}, **management)

    assert reduce(getitem, shown_at, shown_product(client)) == "after"


def test_a_category_that_staff_put_away_is_gone_at_once(staff: Client) -> None:
    category = ProductFactory(category=ProductCategoryFactory(slug="fruits")).category
    client = Client()
    assert len(client.get("/api/categories").json()["categories"]) == 1
    assert shown_product(client)

    posted(staff, reverse("admin:catalog_productcategory_change", args=[category.pk]), is_active=False)

    assert client.get("/api/categories").json() == {"categories": []}
    assert client.get("/api/categories/fruits/products").status_code == 404


def test_an_imported_shop_is_shown_when_the_import_has_ended(sandbox: Sandbox) -> None:
    ProductCategoryFactory(id="c1", slug="fruits")
    client = Client()
    assert client.get("/api/categories/fruits/products").json()["products"] == []
    menu = client.get("/api/categories").json()
    with empty_database(sandbox) as url:
        build_shop(url)
        fill_shop(url, users=[{}], product_categories=[{"id": "c9", "name": "Rice"}], shops=[{}])
        fill_shop(url, products=[{"category": "Rice"}])

        call_command("import_legacy", "shop", "--from", url, "--json")

    [product] = client.get("/api/categories/rice/products").json()["products"]
    assert (product["name"], product["shop"]["address"]["house_number"]) == ("Mango", "1")
    assert len(client.get("/api/categories").json()["categories"]) == len(menu["categories"]) + 1
