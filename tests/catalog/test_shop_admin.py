from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Address, Order, Product, ProductVariant
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
FACTORIES: dict[str, Any] = {
    "address": AddressFactory,
    "order": OrderFactory,
    "orderitem": OrderItemFactory,
    "orderstatushistory": OrderStatusHistoryFactory,
    "paymentslip": PaymentSlipFactory,
    "product": ProductFactory,
    "productcategory": ProductCategoryFactory,
    "productimage": ProductImageFactory,
    "productvariant": ProductVariantFactory,
    "shop": ShopFactory,
    "shopcustomer": ShopCustomerFactory,
}
WITNESSES = ("orderitem", "orderstatushistory")
NOT_ADDED = (*WITNESSES, "order")


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:catalog_{model}_{page}", args=args)


def shown(client: Client, model: str, **query: Any) -> list[Any]:
    response = client.get(url(model, "changelist"), query)
    assert response.status_code == 200, response.headers.get("Location")
    return [row.pk for row in response.context["cl"].result_list]


def edited(page: Any) -> dict[str, Any]:
    """What a browser would send back if nothing was typed."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            widget, value = field.field.widget, field.value()
            for name in (field.html_name, field.html_initial_name):
                if hasattr(widget, "decompress"):
                    parts = value if isinstance(value, list) else widget.decompress(value)
                    data |= {f"{name}_{number}": part for number, part in enumerate(parts) if part is not None}
                elif isinstance(value, list):
                    data[name] = ",".join(value)
                elif value is not None and value is not False:
                    data[name] = value
    return data


@pytest.mark.parametrize("model", FACTORIES)
def test_every_model_has_an_admin(model: str) -> None:
    assert FACTORIES[model]._meta.model in admin.site._registry


@pytest.mark.parametrize("model", FACTORIES)
def test_a_list_asks_as_much_for_many_rows_as_for_few(admin_client: Client, model: str) -> None:
    FACTORIES[model].create_batch(2)
    admin_client.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as few:
        before = len(shown(admin_client, model))
    FACTORIES[model].create_batch(20)

    with CaptureQueriesContext(connection) as many:
        rows = shown(admin_client, model)

    assert len(rows) == before + 20
    assert len(many) == len(few)
    assert not [query for query in many if "COUNT(" in query["sql"].upper()]


@pytest.mark.parametrize("model", FACTORIES)
def test_pages_follow_each_other_without_a_gap(
    admin_client: Client, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.admin.listing.BigListAdmin.list_per_page", 2)
    keys = {row.pk for row in FACTORIES[model].create_batch(5)}

    first = admin_client.get(url(model, "changelist")).context["cl"]
    second = admin_client.get(url(model, "changelist") + first.next_page_url).context["cl"]
    third = admin_client.get(url(model, "changelist") + second.next_page_url).context["cl"]

    pages = [row.pk for page in (first, second, third) for row in page.result_list]
    assert len(pages) == 5
    assert set(pages) == keys


@pytest.mark.parametrize("model", FACTORIES)
def test_a_row_has_a_page(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    assert admin_client.get(url(model, "change", row.pk)).status_code == 200
    assert admin_client.get(url(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", FACTORIES)
@pytest.mark.parametrize("term", ["nothing", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "๙๙๙", "9" * 30])
def test_a_search_for_what_is_not_there_finds_nothing(admin_client: Client, model: str, term: str) -> None:
    FACTORIES[model]()

    assert shown(admin_client, model, q=term) == []


@pytest.mark.parametrize("model", sorted(FACTORIES.keys() - NOT_ADDED))
def test_rows_that_staff_look_after_can_be_added(admin_client: Client, model: str) -> None:
    assert admin_client.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("model", NOT_ADDED)
def test_what_ordering_writes_is_not_added_by_hand(admin_client: Client, model: str) -> None:
    assert admin_client.get(url(model, "add")).status_code == 403


@pytest.mark.parametrize("model", WITNESSES)
def test_items_and_steps_of_orders_are_read_only(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    assert admin_client.post(url(model, "change", row.pk), {}).status_code == 403
    assert admin_client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_everything_of_a_house_is_found_however_its_number_is_spelled(admin_client: Client) -> None:
    house = AddressFactory(house_number="12/1")
    rows = {
        "address": house,
        "shopcustomer": ShopCustomerFactory(address=house, house_number=" ๑๒/๑"),
        "shop": ShopFactory(address=house),
        "order": OrderFactory(address=house),
    }

    for model, row in rows.items():
        FACTORIES[model]()
        assert shown(admin_client, model, q="๑๒/๑") == [row.pk]


def test_products_are_found_by_key_slug_shop_category_and_name(admin_client: Client) -> None:
    product = ProductFactory(name="Sticky rice", slug="ข้าวเหนียว", category__slug="ข้าว")
    ProductFactory()

    for term in (product.pk, "ข้าวเห", product.shop_id, "ข้าว", "sticky"):
        assert shown(admin_client, "product", q=term) == [product.pk]


def test_orders_are_found_by_key_number_and_customer_and_narrowed_to_a_state(admin_client: Client) -> None:
    order = OrderFactory(status=Order.Status.REFUNDED)
    OrderFactory()

    for term in (order.pk, order.order_number, order.customer_id):
        assert shown(admin_client, "order", q=term) == [order.pk]
    assert shown(admin_client, "order", status__exact="REFUNDED") == [order.pk]


def test_orders_that_do_not_add_up_are_shown_with_their_difference(admin_client: Client) -> None:
    OrderFactory()
    above, below = OrderFactory(total=Decimal("430.00")), OrderFactory(total=Decimal("80.00"))

    page = admin_client.get(url("order", "changelist"), {"adds_up": "no"})

    assert [row.pk for row in page.context["cl"].result_list] == [below.pk, above.pk]
    assert "+340.00" in page.text
    assert "-10.00" in page.text


def test_variants_are_narrowed_to_what_runs_out(admin_client: Client) -> None:
    negative, none, low, _ = (ProductVariantFactory(stock=stock).pk for stock in (-1, 0, 5, 6))

    assert shown(admin_client, "productvariant", stock="negative") == [negative]
    assert shown(admin_client, "productvariant", stock="none") == [negative, none]
    assert shown(admin_client, "productvariant", stock="low") == [negative, none, low]


@pytest.mark.parametrize("owner", ["product", "order"])
def test_a_page_asks_as_much_for_many_parts_as_for_few(admin_client: Client, owner: str) -> None:
    row = FACTORIES[owner]()
    makers = {
        "product": (ProductVariantFactory, ProductImageFactory),
        "order": (OrderItemFactory, PaymentSlipFactory, OrderStatusHistoryFactory),
    }[owner]
    for maker in makers:
        maker.create_batch(2, **{owner: row})
    page = url(owner, "change", row.pk)
    admin_client.get(page)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(page)
    for maker in makers:
        maker.create_batch(15, **{owner: row})

    with CaptureQueriesContext(connection) as many:
        response = admin_client.get(page)

    assert response.status_code == 200
    assert len(many) == len(few)


def test_a_product_is_edited_with_its_variants(admin_client: Client) -> None:
    product = ProductFactory(variants=2, tags=["fresh", "local"])
    before = Product.objects.filter(pk=product.pk).values().get()
    page = url("product", "change", product.pk)
    data = edited(admin_client.get(page)) | {"name": "Mango", "variants-0-stock": "99"}

    response = admin_client.post(page, data)

    assert response.status_code == 302, response.context["errors"]
    after = Product.objects.filter(pk=product.pk).values().get()
    assert {name for name, value in after.items() if value != before[name]} == {"name", "updated_at"}
    assert sorted(ProductVariant.objects.values_list("stock", flat=True)) == [12, 99]


def test_a_second_default_variant_is_refused_on_the_page(admin_client: Client) -> None:
    product = ProductFactory(variants=2)
    page = url("product", "change", product.pk)

    response = admin_client.post(page, edited(admin_client.get(page)) | {"variants-1-is_default": "on"})

    assert response.status_code == 200
    assert "Only one variant can be the default." in response.text
    assert product.variants.filter(is_default=True).count() == 1


@pytest.mark.parametrize("default", [0, 1])
def test_another_variant_becomes_the_default(admin_client: Client, default: int) -> None:
    product = ProductFactory()
    for position in range(2):
        ProductVariantFactory(product=product, position=position, is_default=position == default)
    page = url("product", "change", product.pk)
    data = edited(admin_client.get(page)) | {f"variants-{1 - default}-is_default": "on"}
    del data[f"variants-{default}-is_default"]

    response = admin_client.post(page, data)

    assert response.status_code == 302, response.context["errors"]
    assert product.variants.get(is_default=True).position == 1 - default


def test_what_an_order_came_to_is_not_edited(admin_client: Client) -> None:
    order = OrderFactory(created_at=OrderFactory.build().created_at.replace(microsecond=0))
    OrderItemFactory(order=order)
    before = Order.objects.filter(pk=order.pk).values().get()
    page = url("order", "change", order.pk)
    data = edited(admin_client.get(page)) | {"notes": "Ring twice", "total": "1.00", "status": "DELIVERED"}

    response = admin_client.post(page, data)

    assert response.status_code == 302, response.context["errors"]
    after = Order.objects.filter(pk=order.pk).values().get()
    assert {name for name, value in after.items() if value != before[name]} == {"notes", "updated_at"}


def test_an_address_is_added_by_hand(admin_client: Client) -> None:
    page = url("address", "add")

    response = admin_client.post(page, edited(admin_client.get(page)) | {"house_number": "๗/2", "village": "Ban Nong"})

    assert response.status_code == 302, response.context["errors"]
    address = Address.objects.get()
    assert (address.house_number, address.house_number_key, str(address)) == ("๗/2", "7/2", "๗/2, Ban Nong")


def test_the_page_of_a_shop_leads_to_its_products_and_items(admin_client: Client) -> None:
    item = OrderItemFactory()
    OrderItemFactory()

    page = admin_client.get(url("shop", "change", item.shop_id))

    links = {related.label: related.url for related in page.context["related_lists"]}
    assert [row.pk for row in admin_client.get(links["Products"]).context["cl"].result_list] == [item.product_id]
    assert [row.pk for row in admin_client.get(links["Order items"]).context["cl"].result_list] == [item.pk]


def test_an_order_that_has_items_is_not_deleted_by_hand(admin_client: Client) -> None:
    item = OrderItemFactory()

    admin_client.post(url("order", "delete", item.order_id), {"post": "yes"})

    assert Order.objects.get() == item.order
