"""The queries of the shop, on tables of a size at which plans matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from catalog import shop_documents
from catalog.models import Order, OrderItem, Product, ProductVariant
from catalog.schemas import Rank
from operations.importing.session import Session

ROWS = """
INSERT INTO accounts_user (id) SELECT 'u' || n FROM generate_series(0, 999) n;
INSERT INTO catalog_address (house_number) SELECT n::text FROM generate_series(1, 50) n;
INSERT INTO catalog_shop (id, name, slug, owner_id, address_id)
SELECT 's' || n, 'Shop', 'shop-' || n, 'u' || n, (SELECT id FROM catalog_address WHERE house_number = n::text)
FROM generate_series(1, 50) n;
INSERT INTO catalog_productcategory (id, name, slug) SELECT 'c' || n, 'C', 'c-' || n FROM generate_series(0, 9) n;
INSERT INTO catalog_product (id, name, slug, shop_id, category_id, base_price, is_available, rating, order_count)
SELECT 'p' || n, 'P', 'p-' || n, 's' || 1 + n % 50, 'c' || n % 10, 10, n % 7 > 0,
       CASE WHEN n % 3 = 0 THEN n % 5 END, CASE WHEN n % 4 > 0 THEN n % 100 END
FROM generate_series(1, 20000) n;
INSERT INTO catalog_productvariant (product_id, sku, name, price, is_default)
SELECT id, id || '-default', 'P', 10, true FROM catalog_product;
INSERT INTO catalog_order (id, order_number, customer_id, subtotal, total, status, created_at)
SELECT 'o' || n, 'VS-' || n, 'u' || n % 1000, 100, 100 + n % 2,
       CASE WHEN n % 50 = 0 THEN 'PENDING' ELSE 'DELIVERED' END, '2025-01-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, 20000) n;
INSERT INTO catalog_orderitem (id, order_id, product_id, shop_id, product_name,
                               quantity, unit_price, total_price, status)
SELECT 'i' || n, 'o' || 1 + n % 20000, 'p' || 1 + n % 20000, 's' || 1 + n % 50, 'P', 1, 10, 10,
       CASE WHEN n % 49 = 0 THEN 'PENDING' ELSE 'DELIVERED' END
FROM generate_series(1, 40000) n;
INSERT INTO catalog_paymentslip (id, order_id, image_url)
SELECT 'x' || n, 'o' || n, 'u' FROM generate_series(1, 9999) n;
ANALYZE accounts_user, catalog_address, catalog_shop, catalog_productcategory, catalog_product, catalog_productvariant,
        catalog_order, catalog_orderitem, catalog_paymentslip;
"""
TABLES = "accounts_user, catalog_address, catalog_productcategory"


@pytest.fixture(scope="module")
def big_shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    # The history of these rows would outlive them, as nothing can be deleted from it.
    with django_db_blocker.unblock(), Session("default").past_history(), connection.cursor() as cursor:
        cursor.execute(ROWS)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE; ANALYZE")


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("big_shop")]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def plan_of(queryset: QuerySet[Any]) -> list[dict[str, Any]]:
    [explained] = json.loads(queryset.explain(format="json"))
    return list(nodes(explained["Plan"]))


def plan_of_query(queries: CaptureQueriesContext) -> list[dict[str, Any]]:
    """The nodes of the plan of the one query that was run."""
    [query] = queries.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
        [[explained]] = cursor.fetchall()
    plans = json.loads(explained) if isinstance(explained, str) else explained
    return list(nodes(plans[0]["Plan"]))


def test_the_listing_is_read_in_the_order_of_its_index() -> None:
    found = plan_of(Product.objects.listed("c-3")[:24])

    [products] = [node for node in found if node.get("Relation Name") == "catalog_product"]
    assert (products["Node Type"], products["Index Name"]) == ("Index Scan", "catalog_product_listing")
    assert not [node for node in found if "Sort" in node["Node Type"]]


@pytest.mark.parametrize("limit", [1, 50, 100])
@pytest.mark.parametrize("after", [None, Rank(300, 10, "p5"), Rank(None, 50, "p5")])
def test_a_page_of_the_api_takes_one_query_in_the_order_of_the_index(limit: int, after: Rank | None) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = json.loads(shop_documents.listing("c-3", limit, after) or b"")

    assert len(answer["products"]) == limit
    found = plan_of_query(queries)
    [products] = [node for node in found if node.get("Relation Name") == "catalog_product"]
    assert (products["Node Type"], products["Index Name"]) == ("Index Scan", "catalog_product_listing")
    [variants] = [node for node in found if node.get("Relation Name") == "catalog_productvariant"]
    assert variants["Index Name"] == "catalog_variant_by_product"
    assert not [node for node in found if "Sort" in node["Node Type"]]


def test_what_nobody_has_rated_starts_inside_the_index() -> None:
    with CaptureQueriesContext(connection) as queries:
        shop_documents.listing("c-3", 10, Rank(None, 50, "p5"))

    [products] = [node for node in plan_of_query(queries) if node.get("Relation Name") == "catalog_product"]
    assert "rating IS NULL" in products["Index Cond"]


def test_a_page_reads_nothing_that_it_does_not_show() -> None:
    with CaptureQueriesContext(connection) as queries:
        shop_documents.listing("c-3", 1, None)

    [query] = queries.captured_queries
    for column in ("cost_price", "owner_id", "low_stock_threshold", "delivery_zone", "created_at"):
        assert column not in query["sql"]


@pytest.mark.parametrize(
    ("queryset", "index"),
    [
        (Order.objects.of_customer("u7")[:20], "catalog_order_by_customer"),
        (Order.objects.filter(status="PENDING").order_by("-created_at", "-id")[:20], "catalog_order_by_status"),
        (Order.objects.order_by("-created_at", "-id")[:20], "catalog_order_created"),
        (Order.objects.not_adding_up()[:20], "catalog_order_not_adding_up"),
        (Product.objects.of_shop("s3")[:20], "catalog_product_by_shop"),
        (OrderItem.objects.filter(order="o5").order_by("id"), "catalog_item_by_order"),
        (ProductVariant.objects.filter(product="p5").order_by("position", "id"), "catalog_variant_by_product"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_list_is_read_in_the_order_of_its_index(queryset: QuerySet[Any], index: str) -> None:
    found = plan_of(queryset)

    assert [node["Index Name"] for node in found if "Index Name" in node] == [index]
    assert not [node for node in found if node["Node Type"] == "Sort"]


def test_a_shops_orders_in_one_state_are_found_by_its_items() -> None:
    found = plan_of(Order.objects.of_shop("s3", "PENDING")[:20])

    [items] = [node for node in found if node.get("Index Name") == "catalog_item_by_shop"]
    assert "status" in items["Index Cond"]
    assert not [node for node in found if node["Node Type"] == "Seq Scan"]
