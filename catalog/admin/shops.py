"""Addresses, customers and shops, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet, Value
from django.http import HttpRequest

from catalog.models import Address, Shop, ShopCustomer
from catalog.models.address import HouseNumberKey
from operations.admin.listing import BigListAdmin
from operations.admin.records import RecordAdmin

PERSON_DETAILS = ("bio", "avatar", "banner", "password")
NEWEST_FIRST = (F("created_at").desc(nulls_last=True), "-id")


class HouseSearch(BigListAdmin):
    """A search that also finds by a house number in any spelling; `house_key` is the lookup of its cleaned form."""

    house_key: str

    def key_queries(self, request: HttpRequest, term: str) -> list[QuerySet[Any]]:
        of_house = self.model._default_manager.filter(**{self.house_key: HouseNumberKey(Value(term))})
        return [*super().key_queries(request, term), of_house]


def person_details(relation: str) -> tuple[str, ...]:
    """The columns of a person that no list shows."""
    return tuple(f"{relation}__{name}" for name in PERSON_DETAILS)


@admin.register(Address)
class AddressAdmin(HouseSearch, RecordAdmin):
    list_display = ("house", "street", "village", "district", "province", "postal_code", "delivery_zone")
    house_key = "house_number_key"
    search_fields = ("house_number_key__exact",)
    scanned_fields = ("village__istartswith", "street__istartswith")
    search_help_text = "A house number in any spelling; else the beginning of a village or street."
    ordering = ("house_number_key", "id")
    sortable_by = ("house",)
    one_line_fields = ("house_number", "street", "village", "district", "province")
    readonly_fields = ("house_number_key", "id", "created_at", "updated_at")
    edited_fieldsets: ClassVar[Any] = (
        (None, {"fields": ("house_number", "street", "village", "district", "province", "postal_code")}),
        ("Delivery", {"fields": ("delivery_zone", ("latitude", "longitude"))}),
    )
    fieldsets: ClassVar[Any] = (
        *edited_fieldsets,
        ("Record", {"fields": ("house_number_key", "id", "created_at", "updated_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Address | None = None) -> Any:
        return self.fieldsets if obj else self.edited_fieldsets

    @admin.display(description="house number", ordering="house_number_key")
    def house(self, address: Address) -> str:
        return address.house_number


@admin.register(ShopCustomer)
class ShopCustomerAdmin(HouseSearch, RecordAdmin):
    list_display = ("user", "house_number", "phone", "is_profile_complete", "address")
    list_filter = ("is_profile_complete",)
    list_select_related = ("user", "address")
    list_defer = ("address_text", *person_details("user"))
    house_key = "address__house_number_key"
    search_fields = ("pk", "user__exact")
    scanned_fields = ("house_number__istartswith", "phone__startswith")
    search_help_text = "A person's id or a house number; else the beginning of a phone number."
    ordering = ("-id",)
    one_line_fields = ("house_number", "phone")
    autocomplete_fields = ("user", "address")
    readonly_fields = ("id", "created_at", "updated_at")


@admin.register(Shop)
class ShopAdmin(HouseSearch, RecordAdmin):
    list_display = ("name", "owner", "house_number", "is_active", "address", "added")
    list_filter = ("is_active",)
    list_select_related = ("owner", "address")
    list_defer = ("description", *person_details("owner"))
    house_key = "address__house_number_key"
    search_fields = ("pk", "slug__startswith", "owner__exact")
    scanned_fields = ("name__istartswith",)
    search_help_text = "The id of a shop or its owner, a slug, a house number; else the beginning of a name."
    ordering = NEWEST_FIRST
    sortable_by = ("added",)
    overview_count = True
    overview_place = 110
    one_line_fields = ("name", "logo_url", "house_number")
    autocomplete_fields = ("owner", "address")
    readonly_fields = ("id", "created_at", "updated_at")

    @admin.display(description="added", ordering="created_at")
    def added(self, shop: Shop) -> str | None:
        return f"{shop.created_at:%Y-%m-%d}" if shop.created_at else None
