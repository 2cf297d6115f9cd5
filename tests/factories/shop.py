"""The village shop for tests: houses, people, shops, products and orders."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from catalog.models import (
    Address,
    Order,
    OrderItem,
    OrderStatusHistory,
    PaymentSlip,
    Product,
    ProductCategory,
    ProductImage,
    ProductVariant,
    Shop,
    ShopCustomer,
)
from tests.factories.accounts import UserFactory

FIRST_ORDER = datetime(2025, 6, 1, 3, tzinfo=UTC)


def new_key() -> factory.LazyFunction[uuid.UUID]:
    return factory.LazyFunction(uuid.uuid4)


class AddressFactory(DjangoModelFactory[Address]):
    class Meta:
        model = Address

    id = new_key()
    house_number = factory.Sequence(lambda n: f"{n + 1}/9")


class ShopCustomerFactory(DjangoModelFactory[ShopCustomer]):
    class Meta:
        model = ShopCustomer

    id = factory.Sequence(lambda n: f"customer-{n:06}")
    user = factory.SubFactory(UserFactory)
    address = factory.SubFactory(AddressFactory)
    house_number = factory.SelfAttribute("address.house_number")
    phone = factory.Sequence(lambda n: f"08{n:08}")
    is_profile_complete = True


class ShopFactory(DjangoModelFactory[Shop]):
    class Meta:
        model = Shop

    id = factory.Sequence(lambda n: f"shop-{n:06}")
    name = factory.Sequence(lambda n: f"Shop {n}")
    slug = factory.Sequence(lambda n: f"shop-{n}")
    owner = factory.SubFactory(UserFactory)
    address = factory.SubFactory(AddressFactory)
    house_number = factory.SelfAttribute("address.house_number")
    created_at = factory.Sequence(lambda n: FIRST_ORDER + timedelta(hours=n))


class ProductCategoryFactory(DjangoModelFactory[ProductCategory]):
    class Meta:
        model = ProductCategory

    id = factory.Sequence(lambda n: f"category-{n:06}")
    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")


class ProductFactory(DjangoModelFactory[Product]):
    """A product that can be bought; `variants=2` gives it so many variants, the first of them its default."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    id = factory.Sequence(lambda n: f"product-{n:06}")
    name = factory.Sequence(lambda n: f"Product {n}")
    slug = factory.Sequence(lambda n: f"product-{n}")
    shop = factory.SubFactory(ShopFactory)
    category = factory.SubFactory(ProductCategoryFactory)
    base_price = Decimal("45.00")
    created_at = factory.Sequence(lambda n: FIRST_ORDER + timedelta(hours=n))

    @factory.post_generation
    def variants(self: Product, create: bool, extracted: int | None, **kwargs: object) -> None:
        for position in range(extracted or 0):
            ProductVariantFactory(product=self, position=position, is_default=position == 0)


class ProductVariantFactory(DjangoModelFactory[ProductVariant]):
    class Meta:
        model = ProductVariant

    id = new_key()
    product = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"sku-{n}")
    name = factory.Sequence(lambda n: f"Variant {n}")
    price = Decimal("45.00")
    stock = 12


class ProductImageFactory(DjangoModelFactory[ProductImage]):
    class Meta:
        model = ProductImage

    id = new_key()
    product = factory.SubFactory(ProductFactory)
    url = factory.Sequence(lambda n: f"https://img.example.org/product/{n}.jpg")
    position = factory.Sequence(lambda n: n + 1)


class OrderFactory(DjangoModelFactory[Order]):
    """An order that adds up; each is made an hour after the one before, for delivery three hours later."""

    class Meta:
        model = Order

    id = factory.Sequence(lambda n: f"order-{n:06}")
    order_number = factory.Sequence(lambda n: f"VS-{n:06}")
    customer = factory.SubFactory(UserFactory)
    address = factory.SubFactory(AddressFactory)
    house_number = factory.SelfAttribute("address.house_number")
    subtotal = Decimal("90.00")
    total = Decimal("90.00")
    created_at = factory.Sequence(lambda n: FIRST_ORDER + timedelta(hours=n))
    delivery_time = factory.LazyAttribute(lambda order: order.created_at + timedelta(hours=3))


class OrderItemFactory(DjangoModelFactory[OrderItem]):
    class Meta:
        model = OrderItem

    id = factory.Sequence(lambda n: f"item-{n:06}")
    order = factory.SubFactory(OrderFactory)
    product = factory.SubFactory(ProductFactory)
    variant = factory.SubFactory(ProductVariantFactory, product=factory.SelfAttribute("..product"))
    shop = factory.SelfAttribute("product.shop")
    product_name = factory.SelfAttribute("product.name")
    quantity = 2
    unit_price = Decimal("45.00")
    total_price = factory.LazyAttribute(lambda item: item.quantity * item.unit_price)


class OrderStatusHistoryFactory(DjangoModelFactory[OrderStatusHistory]):
    class Meta:
        model = OrderStatusHistory

    id = new_key()
    order = factory.SubFactory(OrderFactory)
    old_status = Order.Status.PENDING
    new_status = Order.Status.CONFIRMED
    changed_by = factory.SubFactory(UserFactory)
    changed_at = factory.SelfAttribute("order.created_at")


class PaymentSlipFactory(DjangoModelFactory[PaymentSlip]):
    class Meta:
        model = PaymentSlip

    id = factory.Sequence(lambda n: f"slip-{n:06}")
    order = factory.SubFactory(OrderFactory)
    image_url = factory.Sequence(lambda n: f"https://img.example.org/slip/{n}.jpg")
    created_at = factory.SelfAttribute("order.created_at")
