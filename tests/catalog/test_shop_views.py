"""What the views make of samples is what the samples say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from catalog.cleaning import house_number_key, row_slug_of, slug_of
from catalog.legacy.shop_sample import GENERATIONS, ShopSample, write_shop_sample
from catalog.legacy.shop_views import SHOP_VIEWS
from operations.importing.declaration import View
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database

Rows = Mapping[str, list[dict[str, Any]]]


def fits(view: View, columns: set[tuple[str, str]]) -> bool:
    return all((table, column) in columns for table, needed in view.needs.items() for column in needed)


@pytest.fixture(scope="module", params=GENERATIONS)
def sample(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[tuple[ShopSample, Rows]]:
    with empty_database(sandbox) as url:
        sample = write_shop_sample(url, generation=request.param, users=800, products=400, orders=700, dirt=0.03)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            found = connection.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall()
            columns = {(row["table_name"], row["column_name"]) for row in found}
            rows: dict[str, list[dict[str, Any]]] = {}
            for view in SHOP_VIEWS:
                if view.name not in rows and fits(view, columns):
                    # As JSON: a time of BC, or infinity, is nothing that Python can hold.
                    query = f"SELECT to_jsonb(v) AS row FROM ({view.query}) AS v"
                    rows[view.name] = [found["row"] for found in connection.execute(query).fetchall()]
        yield sample, rows


def kept(sample: ShopSample, table: str, rows: list[dict[str, Any]], column: str = "id") -> list[dict[str, Any]]:
    lost = {record.key for record in sample.dirty if record.table == table and record.fate == "rejected"}
    return [row for row in rows if row[column] not in lost]


def test_every_view_is_there_in_the_generations_that_have_its_tables(sample: tuple[ShopSample, Rows]) -> None:
    generation = sample[0].generation
    everywhere = {
        *("people", "customers", "village_shops", "category_texts", "goods", "default_variants", "product_images"),
        *("placed_orders", "ordered_items", "addresses"),
    }
    more = {"first": set(), "without_auth": {"categories"}}

    expected = more.get(generation, {"categories", "account_links"})
    assert sample[1].keys() == everywhere | expected


def test_keys_of_views_are_unique(sample: tuple[ShopSample, Rows]) -> None:
    for name, rows in sample[1].items():
        key = next(view.key for view in SHOP_VIEWS if view.name == name)
        assert len({tuple(row[column] for column in key) for row in rows}) == len(rows), name


def test_a_record_of_a_table_is_one_of_its_view(sample: tuple[ShopSample, Rows]) -> None:
    pairs = {
        "people": "users", "customers": "users", "village_shops": "shops", "goods": "products",
        "default_variants": "products", "placed_orders": "orders", "ordered_items": "order_items",
        "categories": "product_categories",
    }  # fmt: skip

    for view, table in pairs.items():
        if table in sample[0].rows:
            assert len(sample[1][view]) == sample[0].rows[table], view


def test_addresses_are_the_distinct_cleaned_house_numbers(sample: tuple[ShopSample, Rows]) -> None:
    facts, rows = sample[0].facts, sample[1]
    addresses = {row["house"]: row["houseNumber"] for row in rows.get("addresses", [])}

    assert len(addresses) == facts["addresses"]
    assert all(house_number_key(spelled) == house for house, spelled in addresses.items())
    for row in [*rows["customers"], *rows["village_shops"]]:
        assert row["house"] == house_number_key(row.get("houseNumber"))
        assert row["house"] is None or row["house"] in addresses


def test_categories_have_slugs_of_their_own_and_products_lead_to_them(sample: tuple[ShopSample, Rows]) -> None:
    facts, rows = sample[0].facts, sample[1]
    categories = {row["id"]: row for row in rows.get("categories", [])}
    texts = {row["slug"]: row for row in rows["category_texts"]}
    slugs = [row["slug"] for row in [*categories.values(), *texts.values()]]

    assert len(texts) == facts["category_texts"]
    assert len(set(slugs)) == len(slugs)
    assert (
        len({slug_of(row["name"]) for row in [*categories.values(), *texts.values()]}) == facts["distinct_categories"]
    )
    for product in rows["goods"]:
        key = product["categoryKey"]
        found = categories.get(key) or texts.get(key)
        assert slug_of(product["category"]) == (slug_of(found["name"]) if found else None)
        assert (key is None) == (found is None)


def test_slugs_that_are_missing_are_made(sample: tuple[ShopSample, Rows]) -> None:
    for name, word in (("goods", "product"), ("village_shops", "shop")):
        rows = sample[1][name]
        assert all(row["ownSlug"] == (row.get("slug") or row_slug_of(row["name"], row["id"], word)) for row in rows)
        assert len({row["ownSlug"] for row in rows}) == len(rows)


def test_pictures_keep_their_order(sample: tuple[ShopSample, Rows]) -> None:
    written, rows = sample
    products = {row["id"]: row.get("imageUrls") or [row.get("imageUrl")] for row in rows["goods"]}

    assert len(rows["product_images"]) == written.facts["images"]
    assert len(kept(written, "products", rows["product_images"], "productId")) == written.facts["loaded_images"]
    assert all(products[row["productId"]][row["position"] - 1] == row["url"] for row in rows["product_images"])


def test_orders_say_what_their_items_come_to(sample: tuple[ShopSample, Rows]) -> None:
    written, rows = sample
    orders = kept(written, "orders", rows["placed_orders"])
    total = "total" if written.generation == "first" else "totalAmount"
    addresses = {row["house"] for row in rows.get("addresses", [])}

    off = [row for row in orders if row["subtotal"] is not None and row["subtotal"] != row[total]]
    assert len(off) == written.facts["orders_not_adding_up"]
    assert {row["orderNumber"] for row in orders} == {f"VS-{row['id']}" for row in orders}
    if written.generation != "first":
        assert sum(row["house"] not in addresses for row in orders) == written.facts["orders_without_address"]


def test_items_have_a_name_a_seller_and_a_variant(sample: tuple[ShopSample, Rows]) -> None:
    skus = {row["sku"] for row in sample[1]["default_variants"]}

    for item in sample[1]["ordered_items"]:
        assert item["productName"]
        assert item["soldBy"]
        assert item["sku"] in skus


def test_people_bring_their_hash_and_what_line_knows_them_by(sample: tuple[ShopSample, Rows]) -> None:
    written, rows = sample
    people = {row["id"]: row for row in rows["people"]}
    hashes = [row["passwordHash"] for row in kept(written, "users", rows["people"]) if row["passwordHash"]]

    assert len(hashes) == written.facts["passwords"]
    assert all(value.startswith("bcrypt$$2b$10$") for value in hashes)
    for record in written.dirty:
        if record.kind == "line_double":
            both = (people[record.key], people[str(record.other)])
            assert {row["lineId"] for row in both} - {None} == {row["accountLine"] for row in both} - {None}
