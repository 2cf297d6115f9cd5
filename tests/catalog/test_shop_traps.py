"""What the village shop's history has in store, each case by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.test import RequestFactory

from accounts.models import Identity, User
from catalog.legacy.shop import VILLAGE_SHOP
from catalog.legacy.shop_sample import KNOWN_PASSWORD
from catalog.legacy.shop_sample.people import KNOWN_HASH
from catalog.models import (
    Address,
    Order,
    OrderItem,
    Product,
    ProductCategory,
    ProductImage,
    ProductVariant,
    Shop,
    ShopCustomer,
)
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.importing.undo import find_run, undo_run
from operations.models import Rejection
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import build_shop, empty_database, fill_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[str]:
    with empty_database(sandbox) as url:
        build_shop(url)
        yield url


def imported(url: str, **options: Any) -> ImportReport:
    report = import_source(VILLAGE_SHOP, url, Options(**options))
    assert report.ok
    assert report.proofs.sql.differences == report.proofs.source.differences == 0
    return report


def reasons() -> set[tuple[str, str, str, str]]:
    return set(Rejection.objects.values_list("entity__name", "key", "reason", "column"))


def test_one_house_is_one_address_however_it_is_spelled(shop: str) -> None:
    houses = (" 12", "๑๒", "12/1", "บ้าน 12", "", None)
    fill_shop(
        shop,
        users=[{"id": f"u{n}", "houseNumber": house} for n, house in enumerate(houses)],
        shops=[{"ownerId": "u0", "houseNumber": "12"}],
    )

    imported(shop)

    assert set(Address.objects.values_list("house_number", flat=True)) == {"12", "12/1", "บ้าน 12"}
    assert set(Address.objects.values_list("created_at", flat=True)) == {None}
    found = ShopCustomer.objects.order_by("id").values_list("house_number", "address__house_number")
    assert list(found) == [
        (" 12", "12"),
        ("๑๒", "12"),
        ("12/1", "12/1"),
        ("บ้าน 12", "บ้าน 12"),
        ("", None),
        (None, None),
    ]
    assert Shop.objects.get().address == Address.objects.get(house_number="12")


def test_an_order_keeps_the_house_that_is_nobodys(shop: str) -> None:
    orders = [{"customerHouseNumber": "99"}, {"id": "o2", "customerHouseNumber": " ๑๒"}]
    fill_shop(shop, users=[{"houseNumber": "12"}], orders=orders)

    imported(shop)

    found = Order.objects.order_by("id").values_list("house_number", "address__house_number")
    assert list(found) == [("99", None), (" ๑๒", "12")]


def test_categories_are_one_for_all_spellings_and_have_a_slug_in_any_script(shop: str) -> None:
    texts = ("Fruits", "fruits ", "ผลไม้", " ผลไม้", "🍎", "&", "เครื่องดื่ม", "", None)
    fill_shop(
        shop,
        users=[{}],
        product_categories=[{"id": "c1", "name": "FRUITS"}, {"id": "c2", "name": "Bakery"}],
        shops=[{}],
        products=[{"id": f"p{n}", "category": text} for n, text in enumerate(texts)],
    )

    imported(shop)

    found = Product.objects.order_by("id").values_list("category__name", flat=True)
    assert list(found) == ["FRUITS", "FRUITS", "ผลไม้", "ผลไม้", "🍎", "&", "เครื่องดื่ม", None, None]
    slugs = dict(ProductCategory.objects.values_list("name", "slug"))
    assert len(set(slugs.values())) == len(slugs) == 6
    assert (slugs["FRUITS"], slugs["ผลไม้"]) == ("fruits", "ผลไม้")
    assert ProductCategory.objects.get(slug="fruits").pk == "c1"


def test_a_product_is_of_the_category_that_is_spelled_as_its_text(shop: str) -> None:
    texts = ("Fruits", "fruits ", "FRUITS", " ")
    fill_shop(
        shop,
        users=[{}],
        product_categories=[
            {"id": "c1", "name": "fruits ", "createdAt": "2025-06-01"},
            {"id": "c2", "name": "Fruits", "createdAt": "2025-06-02"},
            {"id": "c3", "name": " "},
        ],
        shops=[{}],
        products=[{"id": f"p{n}", "category": text} for n, text in enumerate(texts)],
    )

    imported(shop)

    found = Product.objects.order_by("id").values_list("category", flat=True)
    assert list(found) == ["c2", "c1", "c1", None]


def test_products_that_never_had_a_category_have_none(shop: str) -> None:
    fill_shop(shop, users=[{}], product_categories=[{}], shops=[{}], products=[{}])
    with psycopg.connect(shop) as connection:
        connection.execute("ALTER TABLE products DROP COLUMN category")

    imported(shop)

    assert Product.objects.values_list("id", "category").get() == ("p1", None)


def test_a_kind_that_gets_a_row_of_its_own_later_is_the_category_that_its_text_was(shop: str) -> None:
    fill_shop(
        shop,
        users=[{}],
        shops=[{}],
        products=[{"id": "p1", "category": "Snacks"}, {"id": "p2", "category": "Tea"}],
    )
    imported(shop)
    staff_made = ProductCategory.objects.create(id="staff", name="Fruits", slug="fruits")
    text = ProductCategory.objects.get(slug="snacks")

    fill_shop(
        shop,
        product_categories=[{"id": "c1", "name": " snacks"}, {"id": "c2", "name": "Fruits"}],
        products=[{"id": "p3", "category": "SNACKS"}, {"id": "p4", "category": "fruits"}],
    )
    report = imported(shop)

    ends = {one.entity: (one.loaded, one.merged, one.rejected) for one in report.entities}
    assert (ends["categories"], ends["products"]) == ((0, 2, 0), (3, 0, 0))
    assert [(one.entity, one.keys) for one in report.vanished] == [("category_texts", ["snacks"])]
    assert ProductCategory.objects.count() == 3
    assert dict(Product.objects.values_list("id", "category")) == {
        "p1": text.pk,
        "p2": "tea",
        "p3": text.pk,
        "p4": staff_made.pk,
    }
    report = imported(shop, delete_vanished=True)
    assert [(one.removed, one.stay) for one in report.vanished] == [(0, 1)]


def test_money_of_orders_is_as_it_was(shop: str) -> None:
    items = [{"quantity": 2, "price": "160.00"}, {"id": "i2", "price": "0.00"}, {"id": "i3", "orderId": "o2"}]
    fill_shop(
        shop,
        users=[{}],
        shops=[{}],
        products=[{"price": "200.00"}],
        orders=[{"totalAmount": "430.00"}, {"id": "o2"}, {"id": "o3", "totalAmount": "-5.00"}],
        order_items=items,
    )

    imported(shop)

    found = Order.objects.order_by("id").values_list("subtotal", "total", "total_difference", "tax")
    assert list(found) == [
        (Decimal("320.00"), Decimal("430.00"), Decimal("110.00"), None),
        (Decimal("10.00"), Decimal("10.00"), Decimal("0.00"), None),
        (None, Decimal("-5.00"), None, None),
    ]
    bought = OrderItem.objects.order_by("id").values_list("unit_price", "total_price", "product_name", "created_at")
    assert bought[0] == (Decimal("160.00"), Decimal("320.00"), "Mango", None)
    assert bought[1][:2] == (Decimal("0.00"), Decimal("0.00"))
    assert Product.objects.get().base_price == Decimal("200.00")


def test_two_people_of_one_line_account_are_one(shop: str) -> None:
    fill_shop(
        shop,
        users=[
            {"id": "u1", "name": "LINE User", "houseNumber": "5"},
            {"id": "u2", "lineId": "U77", "houseNumber": "6", "email": "U77@line.me"},
            {"id": "u3", "name": "LINE User"},
        ],
        accounts=[{"providerAccountId": "U77"}],
        orders=[{}, {"id": "o2", "customerId": "u2"}],
    )

    imported(shop)

    assert set(User.objects.values_list("id", flat=True)) == {"u1", "u3"}
    assert set(Order.objects.values_list("customer", flat=True)) == {"u1"}
    houses = ShopCustomer.objects.filter(user="u1").order_by("id").values_list("house_number", flat=True)
    assert list(houses) == ["5", "6"]
    assert set(Identity.objects.filter(user="u1").values_list("provider", "subject")) == {
        ("line", "U77"),
        ("shop", "u1"),
        ("shop", "u2"),
    }


def test_a_placeholder_for_a_line_account_proves_nothing(shop: str) -> None:
    fill_shop(
        shop,
        users=[{"id": "u1", "lineId": "undefined", "email": "null"}, {"id": "u2"}],
        accounts=[{"id": "a1", "userId": "u2", "provider": "line", "providerAccountId": "undefined"}],
    )

    imported(shop)

    assert set(User.objects.values_list("id", "email")) == {("u1", None), ("u2", None)}
    assert not Identity.objects.filter(provider="line").exists()


def test_other_ways_to_sign_in_are_identities_of_the_person(shop: str) -> None:
    links = [{"provider": "google", "providerAccountId": "g1"}, {"id": "a2", "providerAccountId": "U1"}]
    fill_shop(shop, users=[{}], accounts=links)

    run = imported(shop).run

    assert set(Identity.objects.values_list("user", "provider", "subject")) == {
        ("u1", "google", "g1"),
        ("u1", "line", "U1"),
        ("u1", "shop", "u1"),
    }
    assert undo_run(find_run(run), planned=False).staying == 0
    assert not Identity.objects.exists()


def test_accounts_without_a_key_of_their_own_are_known_by_what_they_say(shop: str) -> None:
    links = [{"id": "a1", "provider": "google", "providerAccountId": "g1"}, {"id": "a2", "providerAccountId": "U1"}]
    fill_shop(shop, users=[{}], accounts=links)
    with psycopg.connect(shop) as connection:
        connection.execute("ALTER TABLE accounts DROP COLUMN id")

    imported(shop)

    assert set(Identity.objects.values_list("user", "provider", "subject")) == {
        ("u1", "google", "g1"),
        ("u1", "line", "U1"),
        ("u1", "shop", "u1"),
    }


def test_an_empty_address_is_none_and_one_in_another_case_is_somebody_else(shop: str) -> None:
    emails = ("", None, "nok@example.org", "Nok@Example.org")
    fill_shop(shop, users=[{"id": f"u{n}", "email": email} for n, email in enumerate(emails)])

    imported(shop)

    found = User.objects.order_by("id").values_list("email", flat=True)
    assert list(found) == [None, None, "nok@example.org", "Nok@Example.org"]


def test_who_owns_and_who_orders_is_not_asked_for_a_role(shop: str) -> None:
    fill_shop(
        shop,
        users=[{"role": "VENDOR"}, {"id": "u2", "role": "CUSTOMER"}],
        shops=[{"ownerId": "u2", "logoUrl": ""}],
        products=[{"stock": -2}],
        orders=[{"deliveryTime": "2025-06-12 02:30:00"}],
        order_items=[{}],
        payment_slips=[{}],
    )

    imported(shop)

    order = Order.objects.with_everything().get()
    assert (order.customer.role, order.delivery_time) == ("VENDOR", datetime(2025, 6, 12, 2, 30, tzinfo=UTC))
    assert [slip.amount for slip in order.slips.all()] == [None]
    item = order.items.get()
    assert (item.shop.owner_id, item.shop.logo_url) == ("u2", None)
    assert item.variant == ProductVariant.objects.get(sku="p1-default", is_default=True, stock=-2, position=0)


def test_a_price_that_is_none_rejects_what_depends_on_it_and_nothing_else(shop: str) -> None:
    fill_shop(
        shop,
        users=[{}],
        shops=[{}],
        products=[{"price": "NaN"}, {"id": "p2"}],
        orders=[{}],
        order_items=[{}, {"id": "i2", "productId": "p2"}, {"id": "i3", "productId": "p2", "price": "NaN"}],
    )

    imported(shop)

    assert reasons() == {
        ("products", "p1", "not_a_number", "price"),
        ("default_variants", "p1-default", "rejected_reference", "productId"),
        ("order_items", "i1", "rejected_reference", "productId"),
        ("order_items", "i3", "not_a_number", "price"),
    }
    assert Order.objects.get().subtotal == Decimal("20.00")
    assert OrderItem.objects.get().pk == "i2"


def test_slugs_and_order_numbers_that_were_made_are_the_same_each_time(shop: str) -> None:
    fill_shop(
        shop,
        users=[{}],
        shops=[{"name": "ร้านป้าแดง"}, {"id": "s2", "name": "🛒", "slug": ""}, {"id": "s3", "slug": "own"}],
        products=[{}, {"id": "p2"}, {"id": "p3", "slug": "mango"}],
        orders=[{}],
    )

    def made() -> list[list[tuple[str, str]]]:
        run = imported(shop).run
        fields = ((Shop, "slug"), (Product, "slug"), (Order, "order_number"), (ProductVariant, "id"))
        found = [sorted(model.objects.values_list("pk", field)) for model, field in fields]  # type: ignore[attr-defined]
        assert undo_run(find_run(run), planned=False).staying == 0
        return found

    first, second = made(), made()

    assert first == second
    assert dict(first[0])["s3"] == "own"
    assert dict(first[1])["p3"] == "mango"
    assert all(slug for _, slug in [*first[0], *first[1]])
    assert first[2] == [("o1", "VS-o1")]


def test_pictures_keep_their_order(shop: str) -> None:
    images = [f"https://example.org/{name}.jpg" for name in ("b", "a", "a")]
    fill_shop(
        shop, users=[{}], shops=[{}], products=[{"imageUrls": images}, {"id": "p2", "imageUrls": []}, {"id": "p3"}]
    )

    imported(shop)

    found = ProductImage.objects.order_by("position").values_list("product", "position", "url")
    assert list(found) == [("p1", place, url) for place, url in enumerate(images, 1)]


@pytest.mark.parametrize("table", ["users", "shops"])
def test_a_generation_may_know_the_houses_of_some_only(sandbox: Sandbox, table: str) -> None:
    with empty_database(sandbox) as url:
        build_shop(url, "first")
        fill_shop(url, users=[{"email": "nok@example.org"}], shops=[{"houseNumber": None}])
        with psycopg.connect(url) as connection:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN \"houseNumber\" TEXT DEFAULT '12/1'".encode())

        imported(url)

    assert Address.objects.get().house_number == "12/1"
    placed = {"users": ShopCustomer, "shops": Shop}[table].objects.get()
    assert placed.address == Address.objects.get()


def test_states_of_the_first_generation_have_their_words_of_today(sandbox: Sandbox) -> None:
    order = {"customerId": None, "customerHouseNumber": None, "totalAmount": None, "userId": "u1", "total": "10.00"}
    statuses = ("PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED")
    with empty_database(sandbox) as url:
        build_shop(url, "first")
        fill_shop(
            url,
            users=[{"email": "nok@example.org"}],
            shops=[{"houseNumber": None}],
            products=[{"imageUrl": "https://example.org/1.jpg"}],
            orders=[order | {"id": f"o{n}", "status": status} for n, status in enumerate(statuses)],
            order_items=[{"id": f"i{n}", "orderId": f"o{n}", "shopId": None} for n in range(len(statuses))],
        )

        imported(url)

    found = OrderItem.objects.order_by("id").values_list("order__status", "status", "shop")
    assert list(found) == [
        ("PENDING", "PENDING", "s1"),
        ("PREPARING", "PREPARING", "s1"),
        ("OUT_FOR_DELIVERY", "READY", "s1"),
        ("DELIVERED", "DELIVERED", "s1"),
        ("CANCELLED", "CANCELLED", "s1"),
    ]
    assert ProductImage.objects.get().url == "https://example.org/1.jpg"


def test_whoever_had_a_password_signs_in_with_it(shop: str, rf: RequestFactory) -> None:
    request = rf.post("/admin/login/")
    people = [{"email": "nok@example.org", "password": KNOWN_HASH}, {"id": "u2", "email": "plain@example.org"}]
    people[1]["password"] = "lotus pond 2025"
    fill_shop(shop, users=people)
    imported(shop)

    assert authenticate(request, username="Nok@example.org", password="lotus pond") is None
    assert authenticate(request, username="nok@example.org", password="ก" * 40) is None
    assert authenticate(request, username="plain@example.org", password="lotus pond 2025") is None
    signed_in = authenticate(request, username="Nok@example.org", password=KNOWN_PASSWORD)

    assert signed_in == User.objects.get(pk="u1")
    kept = User.objects.get(pk="u1").password
    assert identify_hasher(kept).algorithm == get_hasher().algorithm  # a new hash, as everybody else's
    assert authenticate(request, username="nok@example.org", password=KNOWN_PASSWORD) == signed_in
