from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Order, OrderItem, Product, ProductCategory, ProductVariant, Shop
from tests.factories.shop import (
    OrderFactory,
    OrderItemFactory,
    OrderStatusHistoryFactory,
    PaymentSlipFactory,
    ProductCategoryFactory,
    ProductFactory,
    ProductVariantFactory,
    ShopFactory,
)

pytestmark = pytest.mark.django_db


def test_the_listing_has_the_best_rated_and_then_the_most_ordered_first() -> None:
    category = ProductCategoryFactory(slug="fruits")
    figures = [(None, None), (None, 3), (Decimal("4.50"), None), (Decimal("4.50"), 7), (Decimal(5), 0), (None, 9)]
    made = [ProductFactory(category=category, rating=rating, order_count=count) for rating, count in figures]
    ProductFactory()
    ProductFactory(category=category, is_available=False)
    ProductFactory(category=category, shop__is_active=False)

    listed = list(Product.objects.listed("fruits"))

    assert listed == [made[4], made[3], made[2], made[5], made[1], made[0]]


def test_products_of_one_rank_stand_in_the_order_of_their_keys() -> None:
    category = ProductCategoryFactory(slug="fruits")
    made = [ProductFactory(id=key, category=category) for key in ("b", "a", "C")]

    assert list(Product.objects.listed("fruits")) == [made[2], made[1], made[0]]


def test_a_category_that_is_not_active_or_not_there_lists_nothing() -> None:
    ProductFactory(category=ProductCategoryFactory(slug="hidden", is_active=False))

    assert list(Product.objects.listed("hidden")) == []
    assert list(Product.objects.listed("nothing")) == []


def test_the_listing_asks_twice_however_long_it_is() -> None:
    category = ProductCategoryFactory(slug="ผลไม้")
    ProductFactory.create_batch(5, category=category, variants=3)
    retired = ProductVariant.objects.filter(position=1).update(is_active=False)

    with CaptureQueriesContext(connection) as queries:
        shown = [
            (product.category.slug, product.shop.address.house_number, [v.position for v in product.active_variants])
            for product in Product.objects.listed("ผลไม้")
        ]

    assert retired == 5
    assert len(queries) == 2
    assert {(slug, tuple(positions)) for slug, _, positions in shown} == {("ผลไม้", (0, 2))}


def test_variants_that_run_out_come_scarcest_first() -> None:
    low = [ProductVariantFactory(stock=stock) for stock in (5, -2, 0)]
    ProductVariantFactory(stock=6)
    ProductVariantFactory(stock=0, is_active=False)

    assert list(ProductVariant.objects.low()) == [low[1], low[2], low[0]]
    assert list(ProductVariant.objects.filter(pk=low[0].pk).offered()) == [low[0]]


def test_the_menu_begins_with_what_is_below_nothing() -> None:
    last, first = ProductCategoryFactory(sort_order=2), ProductCategoryFactory(sort_order=1)
    ProductCategoryFactory(parent=first)

    assert list(ProductCategory.objects.roots()) == [first, last]


def test_shops_and_products_are_found_by_their_owners() -> None:
    shop = ShopFactory()
    older, newer = ProductFactory.create_batch(2, shop=shop)
    closed = ShopFactory(owner=shop.owner, is_active=False)
    ProductFactory()

    assert list(Product.objects.of_shop(shop.pk)) == [newer, older]
    assert list(Shop.objects.owned_by(shop.owner_id)) == [shop, closed]
    assert list(Shop.objects.owned_by(shop.owner_id).active()) == [shop]


def test_a_persons_orders_come_newest_first() -> None:
    first = OrderFactory()
    second = OrderFactory(customer=first.customer)
    OrderFactory()

    assert list(Order.objects.of_customer(first.customer_id)) == [second, first]


def test_a_shop_finds_its_orders_and_those_it_has_to_work_on() -> None:
    done = OrderItemFactory(status=OrderItem.Status.DELIVERED)
    shop = done.shop
    waiting = OrderItemFactory(product__shop=shop)
    OrderItemFactory(order=waiting.order, product__shop=shop)
    OrderItemFactory(order=waiting.order)
    OrderItemFactory()

    assert list(Order.objects.of_shop(shop.pk)) == [waiting.order, done.order]
    assert list(Order.objects.of_shop(shop.pk, OrderItem.Status.PENDING)) == [waiting.order]


def test_orders_that_do_not_add_up_are_found() -> None:
    OrderFactory()
    OrderFactory(subtotal=None)
    above, below = OrderFactory(total=Decimal("95.00")), OrderFactory(total=Decimal("0.00"))

    assert list(Order.objects.not_adding_up()) == [below, above]


def test_an_order_comes_with_everything_in_four_queries() -> None:
    for order in OrderFactory.create_batch(3):
        OrderItemFactory.create_batch(2, order=order)
        PaymentSlipFactory(order=order)
        OrderStatusHistoryFactory(order=order)

    with CaptureQueriesContext(connection) as queries:
        orders = list(Order.objects.with_everything())
        shown = [(str(order.customer), order.address.house_number, len(order.slips.all())) for order in orders]
        items = [(item.product.name, item.variant.sku, item.shop.name) for o in orders for item in o.items.all()]
        steps = [step.new_status for order in orders for step in order.history.all()]

    assert (len(queries), len(shown), len(items), len(steps)) == (4, 3, 6, 3)
