"""Orders, what is in them, how they went and how they were paid, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.shops import NEWEST_FIRST, HouseSearch, person_details
from catalog.models import Order, OrderItem, OrderStatusHistory, PaymentSlip
from catalog.models.order import NOT_ADDING_UP
from operations.admin.editing import StoredFields
from operations.admin.legacy import LegacyRecordsAdmin
from operations.admin.records import RecordAdmin, WitnessAdmin

TIMES = (
    "confirmed_at",
    "preparing_at",
    "ready_at",
    "out_for_delivery_at",
    "delivered_at",
    "cancelled_at",
    "refunded_at",
)


class ReadInline(StoredFields, admin.TabularInline):
    """Rows that are read on the page of their order, and not changed there."""

    extra = 0
    can_delete = False
    related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        return queryset.select_related(*self.related) if self.related else queryset

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ItemInline(ReadInline):
    model = OrderItem
    fields = ("product_name", "variant", "shop", "quantity", "unit_price", "total_price", "status")
    ordering = ("id",)
    related = ("variant", "shop")


class SlipInline(ReadInline):
    model = PaymentSlip
    fields = ("image_url", "amount", "status", "notes", "created_at")
    ordering = ("created_at", "id")
    show_change_link = True


class HistoryInline(ReadInline):
    model = OrderStatusHistory
    fields = ("changed_at", "old_status", "new_status", "changed_by", "notes")
    ordering = ("changed_at", "id")
    related = ("changed_by",)
    verbose_name_plural = "status history"


class AddsUpFilter(admin.SimpleListFilter):
    title = "total"
    parameter_name = "adds_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "does not add up")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(NOT_ADDING_UP) if self.value() == "no" else queryset


@admin.register(Order)
class OrderAdmin(HouseSearch, RecordAdmin):
    """Orders. What was ordered and what it cost is history: staff change where it goes and what is noted on it."""

    list_display = ("order_number", "customer", "house_number", "status", "amount", "difference", "delivery", "added")
    list_filter = ("status", AddsUpFilter)
    list_select_related = ("customer",)
    list_defer = ("notes", *person_details("customer"))
    house_key = "address__house_number_key"
    search_fields = ("pk", "order_number__startswith", "customer__exact")
    search_help_text = "An order's id, the beginning of its number, a customer's id or a house number."
    ordering = ("-created_at", "-id")
    sortable_by = ("added",)
    overview_count = True
    overview_place = 130
    one_line_fields = ("house_number",)
    autocomplete_fields = ("address",)
    money = ("currency", "subtotal", "tax", "shipping", "discount", "total", "total_difference")
    readonly_fields = ("id", "order_number", "customer", "status", *money, *TIMES, "created_at", "updated_at")
    inlines = (ItemInline, SlipInline, HistoryInline)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("order_number", "customer", "status", "notes")}),
        ("Delivery", {"fields": ("house_number", "address", "delivery_time")}),
        ("Money", {"fields": money}),
        ("Times", {"fields": TIMES, "classes": ("collapse",)}),
        ("Record", {"fields": ("id", "created_at", "updated_at")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # an order is made by ordering

    @admin.display(description="total")
    def amount(self, order: Order) -> str:
        return f"{order.total} {order.currency}"

    @admin.display(description="difference")
    def difference(self, order: Order) -> str | None:
        return f"{order.total_difference:+}" if order.total_difference else None

    @admin.display(description="delivery")
    def delivery(self, order: Order) -> str | None:
        return f"{order.delivery_time:%Y-%m-%d %H:%M}" if order.delivery_time else None

    @admin.display(description="added", ordering="created_at")
    def added(self, order: Order) -> str:
        return f"{order.created_at:%Y-%m-%d %H:%M}"


@admin.register(OrderItem)
class OrderItemAdmin(WitnessAdmin, LegacyRecordsAdmin):
    list_display = ("product_name", "order", "shop", "quantity", "unit_price", "total_price", "status")
    list_filter = ("status",)
    list_select_related = ("order", "shop")
    list_defer = ("order__notes", "shop__description")
    search_fields = ("pk", "order__exact", "product__exact", "shop__exact")
    search_help_text = "The id of an item, an order, a product or a shop."
    ordering = ("-id",)


@admin.register(OrderStatusHistory)
class OrderStatusHistoryAdmin(WitnessAdmin):
    list_display = ("order", "old_status", "new_status", "changed_by", "changed_at")
    list_select_related = ("order", "changed_by")
    list_defer = ("notes", "order__notes", *person_details("changed_by"))
    search_fields = ("order__exact",)
    search_help_text = "An order's id."
    ordering = ("-id",)


@admin.register(PaymentSlip)
class PaymentSlipAdmin(RecordAdmin):
    """Slips. Staff look at the picture, write down the amount and say whether it is good."""

    list_display = ("order", "status", "amount", "asked", "image_url", "added")
    list_display_links = ("order", "added")
    list_filter = ("status",)
    list_select_related = ("order",)
    list_defer = ("notes", "order__notes")
    search_fields = ("pk", "order__exact")
    search_help_text = "The id of a slip or an order."
    ordering = NEWEST_FIRST
    sortable_by = ("added",)
    overview_count = True
    overview_place = 140
    one_line_fields = ("image_url",)
    autocomplete_fields = ("order",)
    readonly_fields = ("id", "created_at", "updated_at")

    @admin.display(description="asked for")
    def asked(self, slip: PaymentSlip) -> str:
        return f"{slip.order.total} {slip.order.currency}"

    @admin.display(description="added", ordering="created_at")
    def added(self, slip: PaymentSlip) -> str | None:
        return f"{slip.created_at:%Y-%m-%d}" if slip.created_at else None
