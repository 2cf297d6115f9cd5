from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError

from catalog.models import Address, Order, OrderItem, PaymentSlip, Product, ProductVariant
from tests.factories.accounts import UserFactory
from tests.factories.shop import (
    AddressFactory,
    OrderFactory,
    OrderItemFactory,
    OrderStatusHistoryFactory,
    PaymentSlipFactory,
    ProductCategoryFactory,
    ProductFactory,
    ProductImageFactory,
    ProductVariantFactory,
    ShopCustomerFactory,
    ShopFactory,
)

pytestmark = pytest.mark.django_db
REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("catalog_address_house_number_not_blank", AddressFactory, {"house_number": " \t "}),
    ("catalog_address_latitude_on_earth", AddressFactory, {"latitude": 91}),
    ("catalog_address_longitude_on_earth", AddressFactory, {"longitude": -181}),
    ("catalog_customer_id_not_empty", ShopCustomerFactory, {"id": ""}),
    ("catalog_shop_id_not_empty", ShopFactory, {"id": ""}),
    ("catalog_shop_slug_not_empty", ShopFactory, {"slug": ""}),
    ("catalog_category_id_not_empty", ProductCategoryFactory, {"id": ""}),
    ("catalog_category_slug_not_empty", ProductCategoryFactory, {"slug": ""}),
    ("catalog_category_not_its_own_parent", ProductCategoryFactory, {"id": "c", "parent_id": "c"}),
    ("catalog_product_id_not_empty", ProductFactory, {"id": ""}),
    ("catalog_product_slug_not_empty", ProductFactory, {"slug": ""}),
    ("catalog_product_price_not_negative", ProductFactory, {"base_price": "-0.01"}),
    ("catalog_product_compare_not_negative", ProductFactory, {"compare_price": -1}),
    ("catalog_product_cost_not_negative", ProductFactory, {"cost_price": -1}),
    ("catalog_product_rating_range", ProductFactory, {"rating": "5.01"}),
    ("catalog_product_orders_not_negative", ProductFactory, {"order_count": -1}),
    ("catalog_variant_sku_not_empty", ProductVariantFactory, {"sku": ""}),
    ("catalog_variant_price_not_negative", ProductVariantFactory, {"price": -1}),
    ("catalog_variant_threshold_not_negative", ProductVariantFactory, {"low_stock_threshold": -1}),
    ("catalog_image_position_positive", ProductImageFactory, {"position": 0}),
    ("catalog_order_id_not_empty", OrderFactory, {"id": ""}),
    ("catalog_order_number_not_empty", OrderFactory, {"order_number": ""}),
    ("catalog_order_status_known", OrderFactory, {"status": "SHIPPED"}),
    ("catalog_item_id_not_empty", OrderItemFactory, {"id": ""}),
    ("catalog_item_price_not_negative", OrderItemFactory, {"unit_price": Decimal("-1")}),
    ("catalog_item_status_known", OrderItemFactory, {"status": "REFUNDED"}),
    ("catalog_slip_id_not_empty", PaymentSlipFactory, {"id": ""}),
    ("catalog_slip_status_known", PaymentSlipFactory, {"status": "PAID"}),
]
TAKEN_ONCE: list[tuple[str, Any, str]] = [
    ("catalog_shop_slug_unique", ShopFactory, "slug"),
    ("catalog_category_slug_unique", ProductCategoryFactory, "slug"),
    ("catalog_product_slug_unique", ProductFactory, "slug"),
    ("catalog_variant_sku_unique", ProductVariantFactory, "sku"),
    ("catalog_order_number_unique", OrderFactory, "order_number"),
]


def refusal(make: Callable[[], Model]) -> str | None:
    """The name of the constraint that refuses the row."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make()
    cause: Any = refused.value.__cause__
    return cause.diag.constraint_name  # type: ignore[no-any-return]


@pytest.mark.parametrize(("constraint", "factory", "values"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_row_that_cannot_be_is_refused(constraint: str, factory: Any, values: dict[str, Any]) -> None:
    assert refusal(lambda: factory(**values)) == constraint
    assert not factory._meta.model.objects.exists()


@pytest.mark.parametrize(("constraint", "factory", "field"), TAKEN_ONCE, ids=[name for name, _, _ in TAKEN_ONCE])
def test_a_name_of_its_own_is_taken_once(constraint: str, factory: Any, field: str) -> None:
    first = factory()

    assert refusal(lambda: factory(**{field: getattr(first, field)})) == constraint


def test_every_state_of_an_order_an_item_and_a_slip_can_be_stored() -> None:
    for status in Order.Status.values:
        OrderFactory(status=status)
    for status in OrderItem.Status.values:
        OrderItemFactory(status=status)
    for status in PaymentSlip.Status.values:
        PaymentSlipFactory(status=status)

    assert set(Order.objects.values_list("status", flat=True)) == set(Order.Status.values)


def test_a_product_has_at_most_one_default_variant() -> None:
    first = ProductVariantFactory(is_default=True)

    assert (
        refusal(lambda: ProductVariantFactory(product=first.product, is_default=True)) == "catalog_variant_one_default"
    )
    ProductVariantFactory.create_batch(2, product=first.product)
    ProductVariantFactory(is_default=True)


def test_a_place_in_a_gallery_is_taken_once() -> None:
    first = ProductImageFactory()

    assert refusal(lambda: ProductImageFactory(product=first.product, position=first.position)) == (
        "catalog_image_position_unique"
    )


def test_history_that_breaks_todays_rules_is_stored_as_it_was() -> None:
    vendor = ShopFactory().owner
    order = OrderFactory(
        customer=vendor,
        house_number="๑๒ ",
        address=None,
        delivery_time=datetime(2019, 1, 1, tzinfo=UTC),
        subtotal=Decimal("320.00"),
        total=Decimal("430.00"),
    )
    item = OrderItemFactory(order=order, quantity=0, unit_price=Decimal("0.00"))
    variant = ProductVariantFactory(stock=-3, price=0, product__base_price=0)
    slip = PaymentSlipFactory(order=order, amount=None)

    for row in (order, item, variant, slip):
        row.refresh_from_db()
    assert (order.house_number, order.total, order.total_difference) == ("๑๒ ", Decimal("430.00"), Decimal("110.00"))
    assert (item.quantity, item.unit_price, variant.stock, slip.amount) == (0, 0, -3, None)


@pytest.mark.parametrize(
    ("money", "difference"),
    [
        ({"subtotal": "100", "total": "100"}, Decimal("0.00")),
        ({"subtotal": "100", "tax": "7", "shipping": "20", "discount": "5", "total": "122"}, Decimal("0.00")),
        ({"subtotal": "100", "discount": "5", "total": "100"}, Decimal("5.00")),
        ({"subtotal": "100", "shipping": "20", "total": "100"}, Decimal("-20.00")),
        ({"subtotal": None, "total": "100"}, None),
    ],
)
def test_an_order_says_by_how_much_its_total_is_off(money: dict[str, str], difference: Decimal | None) -> None:
    order = OrderFactory(**money)

    order.refresh_from_db()
    assert order.total_difference == difference


@pytest.mark.parametrize("spelling", ["12", " 12", "๑๒", "\t1๒\u00a0", "\u200b12"])
def test_a_house_is_found_however_its_number_is_spelled(spelling: str) -> None:
    house = AddressFactory(house_number=spelling)
    for other in ("12/1", "บ้าน 12", "1 2"):
        AddressFactory(house_number=other)

    house.refresh_from_db()
    assert (house.house_number, house.house_number_key) == (spelling, "12")
    assert list(Address.objects.of_house(" ๑2 ")) == [house]


def test_a_category_with_products_or_below_another_keeps_what_it_holds() -> None:
    child = ProductCategoryFactory(parent=ProductCategoryFactory())
    product = ProductFactory(category=child)

    for row in (child.parent, child, product.shop.owner, product.shop, product.shop.address):
        with pytest.raises(ProtectedError):
            row.delete()


def test_what_several_people_share_does_not_go_with_one_of_them() -> None:
    item = OrderItemFactory()
    PaymentSlipFactory(order=item.order)

    for row in (item.order.customer, item.order, item.product, item.shop, item.order.address):
        with pytest.raises(ProtectedError):
            row.delete()


def test_a_step_of_an_order_outlives_who_took_it_and_an_item_its_variant() -> None:
    step, item = OrderStatusHistoryFactory(), OrderItemFactory()

    step.changed_by.delete()
    item.variant.delete()

    step.refresh_from_db()
    item.refresh_from_db()
    assert (step.changed_by, item.variant, item.product_name) == (None, None, item.product.name)


def test_a_product_takes_its_variants_and_pictures_with_it() -> None:
    product = ProductFactory(variants=2)
    ProductImageFactory(product=product)

    product.delete()

    assert not ProductVariant.objects.exists()


def test_a_customer_who_moves_in_with_others_shares_their_address() -> None:
    first = ShopCustomerFactory()
    second = ShopCustomerFactory(address=first.address)
    same_person = ShopCustomerFactory(user=first.user)

    first.address.delete()

    for customer in (first, second, same_person):
        customer.refresh_from_db()
    assert (first.address, second.address, first.house_number) == (None, None, second.house_number)
    assert same_person.address is not None


def test_the_database_fills_in_what_raw_sql_leaves_out() -> None:
    shop = ShopFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_product (name, slug, shop_id, base_price) VALUES ('Rice', 'rice', %s, 20)", [shop.pk]
        )
        cursor.execute(
            "INSERT INTO catalog_order (order_number, customer_id, total) VALUES ('VS-1', %s, 1)", [UserFactory().pk]
        )

    product, order = Product.objects.get(), Order.objects.get()
    assert (product.tags, product.currency, product.rating, product.order_count) == ([], "THB", None, None)
    assert (order.status, order.currency, order.subtotal, order.total_difference) == ("PENDING", "THB", None, None)
    assert order.created_at is not None


def test_no_text_column_has_a_second_index_for_prefixes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename LIKE 'catalog_%' AND indexname LIKE '%_like'")

        assert cursor.fetchall() == []
