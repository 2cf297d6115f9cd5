from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.integrity import CheckResult, check_data_integrity, is_sound
from catalog.models import Address, Order, OrderItem, Product, ProductCategory, ProductVariant
from tests.factories.shop import (
    AddressFactory,
    OrderItemFactory,
    PaymentSlipFactory,
    ProductCategoryFactory,
    ProductFactory,
    ProductVariantFactory,
)

pytestmark = pytest.mark.django_db


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def around_the_keys(statement: str, *values: Any) -> None:
    """As a bulk load does that switches the triggers of foreign keys off."""
    execute("SET LOCAL session_replication_role = replica")
    execute(statement, *values)
    execute("SET LOCAL session_replication_role = origin")


def found(severities: tuple[str, ...] = ("error", "warning")) -> dict[str, CheckResult]:
    return {result.check: result for result in check_data_integrity(10) if result.severity in severities}


def keys(check: str) -> list[str]:
    return [finding.key for finding in found()[check].findings]


def shop_foreign_keys() -> set[tuple[str, str]]:
    models = [
        model for model in apps.get_app_config("catalog").get_models() if model.__module__.split(".")[-1] in TOPICS
    ]
    return {
        (model._meta.db_table, str(field.column))
        for model in models
        for field in model._meta.concrete_fields
        if field.is_relation
    }


TOPICS = ("address", "category", "order", "product", "shop")


@pytest.fixture
def item() -> OrderItem:
    """An order of one item, in which everything is as it should be."""
    item: OrderItem = OrderItemFactory(variant__is_default=True)
    PaymentSlipFactory(order=item.order, amount=item.order.total)
    return item


def test_a_shop_in_order_has_no_findings(item: OrderItem) -> None:
    assert found() == {}
    assert is_sound(check_data_integrity(10))


def test_every_foreign_key_is_listed_with_its_state() -> None:
    [listed] = [result for result in check_data_integrity(1_000) if result.check == "foreign_key"]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
        assert {finding.key for finding in listed.findings} == {name for (name,) in cursor.fetchall()}
    assert listed.count == len(listed.findings)
    assert all(finding.detail.startswith("enforced, validated: FOREIGN KEY") for finding in listed.findings)


def test_a_missing_foreign_key_is_named_and_what_it_would_refuse_too(item: OrderItem) -> None:
    for table, column in shop_foreign_keys():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum] "
                "WHERE contype = 'f' AND conrelid = %s::regclass AND attname = %s",
                [table, column],
            )
            [(name,)] = cursor.fetchall()
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    execute("DELETE FROM catalog_order")

    results = {result.check: result for result in check_data_integrity(100)}
    missing = {(finding.table, finding.key) for finding in results["foreign_key_missing"].findings}
    assert missing == shop_foreign_keys()
    assert {finding.table for finding in results["orphan"].findings} == {"catalog_orderitem", "catalog_paymentslip"}


def test_a_foreign_key_that_nobody_has_validated_is_an_error() -> None:
    execute("ALTER TABLE catalog_shop ADD CONSTRAINT late FOREIGN KEY (owner_id) REFERENCES accounts_user NOT VALID")

    [finding] = found()["foreign_key_not_validated"].findings
    assert (finding.table, finding.key) == ("catalog_shop", "late")
    assert finding.detail.startswith("enforced, not validated")


def test_a_foreign_key_that_is_not_enforced_is_an_error() -> None:
    execute("ALTER TABLE catalog_shop ADD CONSTRAINT lax FOREIGN KEY (owner_id) REFERENCES accounts_user NOT ENFORCED")

    assert keys("foreign_key_not_validated") == ["lax"]


def test_a_check_that_nobody_has_validated_is_an_error() -> None:
    execute("ALTER TABLE catalog_order ADD CONSTRAINT paid CHECK (total > 0) NOT VALID")

    assert keys("constraint_not_validated") == ["paid"]


def test_orphans_that_a_bulk_load_left_are_named(item: OrderItem) -> None:
    around_the_keys("UPDATE catalog_orderitem SET product_id = 'gone' WHERE id = %s", item.pk)

    [finding] = found()["orphan"].findings
    assert (finding.table, finding.key) == ("catalog_orderitem", item.pk)
    assert finding.detail == "product_id gone is not in catalog_product"
    around_the_keys("UPDATE catalog_orderitem SET product_id = %s", item.product_id)


def test_totals_that_do_not_add_up_are_warnings(item: OrderItem) -> None:
    Order.objects.update(total=Decimal("430.00"))

    result = found()["order_total"]
    assert (result.severity, [finding.key for finding in result.findings]) == ("warning", [item.order_id])
    assert result.findings[0].detail == "total 430.00, its parts come to 90.00"
    assert is_sound(check_data_integrity(10))


def test_a_subtotal_that_the_items_do_not_come_to_is_a_warning(item: OrderItem) -> None:
    OrderItemFactory(order=item.order, product=item.product, variant=item.variant)

    assert keys("order_subtotal") == [item.order_id]


def test_an_items_total_is_its_quantity_times_its_price(item: OrderItem) -> None:
    OrderItem.objects.update(total_price=Decimal("90.01"))

    assert keys("item_total") == [item.pk]
    assert found()["item_total"].severity == "error"


def test_slips_above_their_order_are_warnings(item: OrderItem) -> None:
    slip = item.order.slips.get()
    item.order.slips.update(amount=item.order.total + Decimal("0.01"))
    PaymentSlipFactory(order=item.order, amount=None)

    assert keys("slip_above_order") == [slip.pk]


def test_products_without_a_default_variant_are_errors() -> None:
    bare, unclear = ProductFactory(), ProductVariantFactory(is_default=False).product
    ProductFactory(variants=2)

    assert keys("no_default_variant") == sorted([bare.pk, unclear.pk])


def test_a_second_default_variant_is_an_error() -> None:
    execute("DROP INDEX catalog_variant_one_default")
    product = ProductFactory(variants=2)
    ProductVariant.objects.update(is_default=True)

    assert keys("duplicate_default_variant") == [product.pk]


def test_stock_below_zero_is_a_warning() -> None:
    product = ProductFactory(variants=1)
    product.variants.update(stock=-2)

    assert keys("negative_stock") == [str(product.variants.get().pk)]


def test_categories_without_a_slug_are_errors() -> None:
    execute("ALTER TABLE catalog_productcategory DROP CONSTRAINT catalog_category_slug_not_empty")
    category = ProductCategoryFactory(slug="")

    assert keys("category_without_slug") == [category.pk]


def test_categories_below_themselves_are_errors() -> None:
    root = ProductCategoryFactory()
    child = ProductCategoryFactory(parent=root)
    grandchild = ProductCategoryFactory(parent=child)
    ProductCategory.objects.filter(pk=root.pk).update(parent=child)

    assert keys("category_below_itself") == sorted([root.pk, child.pk])
    assert grandchild.pk not in keys("category_below_itself")


def test_an_address_that_is_there_twice_is_a_warning() -> None:
    AddressFactory(house_number="12")
    AddressFactory(house_number=" ๑๒")
    AddressFactory(house_number="12", village="Ban Nong")

    assert found()["duplicate_address"].count == 1
    assert keys("duplicate_address") == [str(min(Address.objects.filter(village=None).values_list("pk", flat=True)))]


def test_the_function_can_be_asked_in_sql() -> None:
    ProductFactory()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT \"check\", severity, table_name, key, detail FROM check_data_integrity() WHERE severity = 'error'"
        )
        [row] = cursor.fetchall()

    assert row == (
        "no_default_variant",
        "error",
        "catalog_product",
        Product.objects.get().pk,
        Product.objects.get().name,
    )


def test_the_command_names_so_many_of_each_and_counts_all() -> None:
    ProductFactory.create_batch(3)
    out = StringIO()

    with pytest.raises(CommandError) as stopped:
        call_command("check_data_integrity", "--limit", "2", stdout=out)

    assert stopped.value.returncode == 2
    assert "error: no_default_variant: 3\n" in out.getvalue()
    assert out.getvalue().count("    catalog_product product-") == 2
    assert "    … and 1 more\n" in out.getvalue()


def test_the_command_is_content_with_warnings() -> None:
    product = ProductFactory(variants=1)
    product.variants.update(stock=-1)
    out = StringIO()

    call_command("check_data_integrity", "--limit", "0", stdout=out)

    assert "warning: negative_stock: 1\n" in out.getvalue()
    assert out.getvalue().endswith("In order.\n")


def test_the_command_prints_json() -> None:
    product = ProductFactory()
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("check_data_integrity", "--json", stdout=out)

    printed = json.loads(out.getvalue())
    assert printed["ok"] is False
    assert printed["checks"][0] == {
        "check": "no_default_variant",
        "severity": "error",
        "count": 1,
        "findings": [{"table": "catalog_product", "key": product.pk, "detail": product.name}],
    }


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(CommandError, match="is not a number from 0 up"):
        call_command("check_data_integrity", "--limit", "-1")
