"""Samples of the village shop's database, imported: every record ends as the sample states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps

from accounts.models import Identity, User
from catalog.legacy.shop import VILLAGE_SHOP
from catalog.legacy.shop_sample import GENERATIONS, ShopSample, write_shop_sample
from catalog.models import Address, Order, ProductVariant
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.report import EntityCounts, ImportReport
from operations.importing.undo import find_run, undo_run
from operations.models import LandedRecord
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database

pytestmark = pytest.mark.django_db

SIZES: dict[str, Any] = {"users": 300, "products": 200, "orders": 250, "dirt": 0.05, "seed": 7}
OF_TABLES = ("users", "shops", "products", "orders", "order_items", "payment_slips")


@pytest.fixture(scope="module", params=GENERATIONS)
def filled(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[ShopSample]:
    with empty_database(sandbox) as url:
        yield write_shop_sample(url, generation=request.param, **SIZES)


def imported(sample: ShopSample, **options: Any) -> ImportReport:
    return import_source(VILLAGE_SHOP, sample.url, Options(**options))


def ends(one: EntityCounts) -> tuple[int, int, int, int, int]:
    return one.read, one.loaded, one.merged, one.kept, one.rejected


def expected_of_tables(sample: ShopSample) -> dict[str, tuple[int, int, int, int, int]]:
    """What records of tables come to, and what is made of each of them."""
    found = {}
    for table in OF_TABLES:
        if rows := sample.rows.get(table):
            fates = sample.fates(table)
            rejected, merged = fates["rejected"], fates["merged"]
            found[table] = (rows, rows - rejected - merged, merged, 0, rejected)
    people, goods = found["users"], found["products"]
    # Whoever was merged is known to the shop twice.
    found["customers"] = (people[0], people[1] + people[2], 0, 0, people[4])
    found["default_variants"] = goods
    assert goods[1] == sample.facts["loaded_variants"]
    return found


def expected_of_parts(sample: ShopSample) -> dict[str, tuple[int, int, int, int, int]]:
    facts = sample.facts
    images, loaded = facts["images"], facts["loaded_images"]
    found = {"product_images": (images, loaded, 0, 0, images - loaded)}
    for entity, rows in (
        ("addresses", facts["addresses"]),
        ("category_texts", facts["category_texts"]),
        ("categories", sample.rows.get("product_categories", 0)),
    ):
        if rows or entity == "addresses":
            found[entity] = (rows, rows, 0, 0, 0)
    if sample.generation == "current":
        found["account_links"] = (0, 0, 0, 0, 0)  # the sample's people sign in at LINE alone
    return found


def expected_of_kept(sample: ShopSample, found: set[str]) -> dict[str, tuple[int, int, int, int, int]]:
    kept = {table: rows for table, rows in sample.rows.items() if table != "payment_slips"}
    named = {table if table not in found else f"{table} (table)": rows for table, rows in kept.items()}
    return {name: (rows, 0, 0, rows, 0) for name, rows in named.items()}


def test_every_record_of_a_sample_ends_as_it_states(filled: ShopSample) -> None:
    report = imported(filled)

    assert report.ok
    assert report.proofs.sql.differences == report.proofs.source.differences == 0
    expected = expected_of_tables(filled) | expected_of_parts(filled)
    expected |= expected_of_kept(filled, set(expected))
    assert {one.entity: ends(one) for one in report.entities} == expected


def test_what_a_sample_states_is_there_to_be_found(filled: ShopSample) -> None:
    imported(filled)

    facts = filled.facts
    assert Order.objects.not_adding_up().count() == facts["orders_not_adding_up"]
    assert ProductVariant.objects.filter(stock__lt=0).count() == facts["negative_stock"]
    assert User.objects.filter(password__startswith="bcrypt$$2b$").count() == facts["passwords"]
    assert User.objects.exclude(password__startswith="bcrypt$").exclude(password="!").count() == 0
    assert Address.objects.count() == facts["addresses"]
    if facts["addresses"]:
        assert Order.objects.filter(address=None).count() == facts["orders_without_address"]
    for record in filled.dirty:
        if record.kind == "line_double":
            assert Identity.objects.get(provider="shop", subject=record.key).user_id == record.other


def test_a_second_import_writes_nothing_and_an_undo_leaves_nothing(filled: ShopSample) -> None:
    first = imported(filled)

    second = imported(filled)

    assert second.ok
    for one in second.entities:
        assert (one.loaded, one.merged, one.kept) == (0, 0, 0), one
        assert one.unchanged == one.read, one
    undone = undo_run(find_run(first.run), planned=False)
    assert undone.staying == 0
    for model in (LandedRecord, Identity, *(apps.get_model(entity.model) for entity in VILLAGE_SHOP.entities)):
        assert not model.objects.exists(), model


def test_a_dry_run_and_the_inspection_foresee_every_count(filled: ShopSample) -> None:
    inspection = inspect_source(VILLAGE_SHOP, filled.url)

    rehearsed = imported(filled, dry_run=True)

    assert not LandedRecord.objects.exists()
    real = imported(filled)
    assert {one.entity: ends(one) for one in rehearsed.entities} == {one.entity: ends(one) for one in real.entities}
    assert {one.entity: one.reasons for one in rehearsed.entities} == {one.entity: one.reasons for one in real.entities}
    counted = {one.entity: one for one in real.entities}
    foreseen = {one.entity: one.prediction for one in inspection.entities}
    assert foreseen.keys() == {name for name, one in counted.items() if not one.kept}
    for name, prediction in foreseen.items():
        assert (prediction.loaded, prediction.merged, prediction.rejected, prediction.reasons) == (
            counted[name].loaded,
            counted[name].merged,
            counted[name].rejected,
            counted[name].reasons,
        ), name
