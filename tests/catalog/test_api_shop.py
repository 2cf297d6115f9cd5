"""What the API answers about the shop's products and categories."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Product, ProductCategory, ProductVariant
from catalog.schemas import Position, Rank
from tests.catalog.test_api import NOON, NOT_CURSORS, assert_refused
from tests.factories.shop import (
    AddressFactory,
    ProductCategoryFactory,
    ProductFactory,
    ProductVariantFactory,
    ShopFactory,
)

pytestmark = pytest.mark.django_db

MENU = "/api/categories"
FRUITS = "/api/categories/fruits/products"


def ids(client: Client, url: str = FRUITS) -> list[str]:
    response = client.get(url)
    assert response.status_code == 200, response.content
    return [product["id"] for product in response.json()["products"]]


def test_a_product_comes_with_category_variants_shop_and_address(client: Client) -> None:
    address = AddressFactory(house_number="88/1", village="Ban Suan", latitude=Decimal("13.5"), longitude=Decimal(100))
    shop = ShopFactory(id="s1", name="Nok", slug="nok", logo_url=None, house_number="88 / 1", address=address)
    product = ProductFactory(
        id="p1", name="Mango", slug="mango", description="Sweet", tags=["ripe"], shop=shop,
        category=ProductCategoryFactory(id="c1", name="Fruits", slug="fruits"), base_price=Decimal("45.50"),
        compare_price=Decimal("50.00"), cost_price=Decimal("20.00"), rating=Decimal("4.75"), order_count=7,
    )  # fmt: skip
    last = ProductVariantFactory(product=product, position=2, sku="b", name="Box", price=Decimal("100.00"), stock=0)
    first = ProductVariantFactory(product=product, position=1, sku="a", name="One", price=Decimal(0), is_default=True)
    ProductVariantFactory(product=product, position=0, is_active=False)

    assert client.get(FRUITS).json() == {
        "products": [
            {
                "id": "p1",
                "name": "Mango",
                "slug": "mango",
                "description": "Sweet",
                "tags": ["ripe"],
                "base_price": "45.5",
                "compare_price": "50",
                "currency": "THB",
                "rating": 4.75,
                "order_count": 7,
                "category": {"id": "c1", "name": "Fruits", "slug": "fruits"},
                "variants": [
                    {
                        "id": str(first.pk), "sku": "a", "name": "One", "price": "0",
                        "is_default": True, "is_in_stock": True,
                    },
                    {
                        "id": str(last.pk), "sku": "b", "name": "Box", "price": "100",
                        "is_default": False, "is_in_stock": False,
                    },
                ],
                "shop": {
                    "id": "s1",
                    "name": "Nok",
                    "slug": "nok",
                    "logo_url": None,
                    "house_number": "88 / 1",
                    "address": {
                        "house_number": "88/1", "street": None, "village": "Ban Suan", "district": None,
                        "province": None, "postal_code": None, "latitude": 13.5, "longitude": 100.0,
                    },
                },
            }
        ],
        "next": None,
    }  # fmt: skip


def test_a_shop_without_an_address_and_a_product_without_variants_are_shown(client: Client) -> None:
    ProductFactory(category=ProductCategoryFactory(slug="fruits"), shop__address=None, shop__house_number="9")

    [product] = client.get(FRUITS).json()["products"]

    assert (product["variants"], product["shop"]["address"], product["shop"]["house_number"]) == ([], None, "9")


def test_only_what_can_be_bought_is_listed_best_rated_and_then_most_ordered_first(client: Client) -> None:
    category = ProductCategoryFactory(slug="fruits")
    figures = {"d": (None, 3), "c": (Decimal("4.50"), None), "b": (Decimal("4.50"), 7), "a": (Decimal(5), 0)}
    for key, (rating, count) in figures.items():
        ProductFactory(id=key, category=category, rating=rating, order_count=count)
    ProductFactory(id="e", category=category)
    ProductFactory(category=category, is_available=False)
    ProductFactory(category=category, shop__is_active=False)
    ProductFactory(category=None)

    assert ids(client) == ["a", "b", "c", "d", "e"]


def test_what_is_below_a_category_has_its_own_listing(client: Client) -> None:
    category = ProductCategoryFactory(slug="fruits")
    below = ProductCategoryFactory(slug="citrus", parent=category)
    ProductFactory(id="mango", category=category)
    ProductFactory(id="lime", category=below)

    assert ids(client) == ["mango"]
    assert ids(client, "/api/categories/citrus/products") == ["lime"]


@pytest.mark.parametrize("slug", ["ผลไม้", "a b", "100%", "'; --", "x" * 255])
def test_a_slug_is_in_any_script(client: Client, slug: str) -> None:
    product = ProductFactory(category=ProductCategoryFactory(slug=slug))

    assert ids(client, f"/api/categories/{slug.replace('%', '%25')}/products") == [product.pk]


@pytest.mark.parametrize("slug", ["fruits", "Food", "nothing", "%00", "x" * 5000])
def test_a_category_that_is_not_there_is_not_found(client: Client, slug: str) -> None:
    ProductFactory(category=ProductCategoryFactory(slug="food"))

    response = client.get(f"/api/categories/{slug}/products")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_what_is_put_away_takes_all_below_it_along(client: Client) -> None:
    hidden = ProductCategoryFactory(slug="food", is_active=False)
    ProductFactory(category=ProductCategoryFactory(slug="fruits", parent=ProductCategoryFactory(parent=hidden)))

    assert client.get("/api/categories/food/products").status_code == 404
    assert client.get(FRUITS).status_code == 404
    assert client.get(MENU).json() == {"categories": []}


def test_categories_in_a_circle_are_below_nothing_that_is_shown(client: Client) -> None:
    one = ProductCategoryFactory(slug="fruits")
    other = ProductCategoryFactory(parent=one)
    ProductCategory.objects.filter(pk=one.pk).update(parent=other)

    assert client.get(FRUITS).status_code == 404
    assert client.get(MENU).json() == {"categories": []}


def test_the_menu_is_a_tree_in_the_order_of_staff(client: Client) -> None:
    second = ProductCategoryFactory(id="a", name="Second", slug="second", sort_order=2)
    first = ProductCategoryFactory(id="b", name="First", slug="first", sort_order=1, icon_url="f.svg")
    ProductCategoryFactory(id="d", parent=second, sort_order=1)
    ProductCategoryFactory(id="c", parent=second, sort_order=1)
    ProductCategoryFactory(id="e", parent=second, is_active=False)
    ProductCategoryFactory(id="f", parent_id="c")

    shown = client.get(MENU).json()["categories"]

    assert shown[0] == {
        "id": "b", "name": "First", "slug": "first", "description": None, "icon_url": "f.svg",
        "seo_title": None, "seo_description": None, "children": [],
    }  # fmt: skip
    assert first.pk == "b"
    assert [child["id"] for child in shown[1]["children"]] == ["c", "d"]
    assert [child["id"] for child in shown[1]["children"][0]["children"]] == ["f"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_are_the_listing_and_nothing_else(client: Client, limit: int) -> None:
    category = ProductCategoryFactory(slug="fruits")
    figures = itertools.product((None, Decimal(0), Decimal("3.33"), Decimal(5)), (None, 0, 9), range(2))
    for rating, count, _ in figures:
        ProductFactory(category=category, rating=rating, order_count=count)

    found: list[str] = []
    after = ""
    while after is not None:
        body = client.get(FRUITS, {"limit": limit} | ({"after": after} if after else {})).json()
        found += [product["id"] for product in body["products"]]
        after = body["next"]

    assert found == [product.pk for product in Product.objects.best_first("fruits")]
    assert len(found) == 24


def test_the_listing_has_fifty_products_unless_told_otherwise(client: Client) -> None:
    ProductFactory.create_batch(101, category=ProductCategoryFactory(slug="fruits"), shop=ShopFactory())

    assert len(ids(client)) == 50
    assert len(ids(client, f"{FRUITS}?limit=100")) == 100


@pytest.mark.parametrize("limit", ["0", "-1", "101", "ten", "1.5", "", "\x00"])
def test_a_limit_that_cannot_be_is_refused_by_name(client: Client, limit: str) -> None:
    assert_refused(client.get(FRUITS, {"limit": limit}), "limit")


SPOILT = [
    Rank(501, 1, "p").cursor,
    Rank(-1, 1, "p").cursor,
    Rank(1, -1, "p").cursor,
    Rank(1, 2**63, "p").cursor,
    Rank(1, 1, "p\x00").cursor,
    Position(NOON, "p").cursor,
    Rank(1, 1, "p").cursor + "=",
]


@pytest.mark.parametrize("cursor", [*NOT_CURSORS, *SPOILT])
def test_what_is_not_a_cursor_is_refused_by_name(client: Client, cursor: str) -> None:
    assert_refused(client.get(FRUITS, {"after": cursor}), "after")


RANKS = st.builds(
    Rank,
    st.none() | st.integers(0, 500),
    st.none() | st.integers(0, 2**63 - 1),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",))),
)


@given(RANKS)
def test_a_cursor_is_its_place(rank: Rank) -> None:
    assert Rank.from_cursor(rank.cursor) == rank


@pytest.mark.parametrize(
    "rank", [Rank(None, None, ""), Rank(0, 0, "z"), Rank(500, 2**63 - 1, "💿"), Rank(250, None, "a")]
)
def test_a_cursor_may_point_anywhere(client: Client, rank: Rank) -> None:
    ProductFactory(category=ProductCategoryFactory(slug="fruits"))

    assert client.get(FRUITS, {"after": rank.cursor}).status_code == 200


def test_an_empty_category_is_an_empty_list(client: Client, django_assert_num_queries: Any) -> None:
    ProductCategoryFactory(slug="fruits")

    with django_assert_num_queries(2):  # the other one tells that the category is there
        assert client.get(FRUITS).json() == {"products": [], "next": None}


def test_the_listing_takes_one_query_however_long_it_is(client: Client, django_assert_num_queries: Any) -> None:
    category = ProductCategoryFactory(slug="fruits")
    ProductFactory.create_batch(9, category=category, variants=3)
    ProductCategoryFactory.create_batch(3, parent=category)

    with django_assert_num_queries(1):
        assert len(ids(client)) == 9
    with django_assert_num_queries(1):
        client.get(MENU)
    assert ProductVariant.objects.count() == 27
