"""Shopping lists, for staff."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F

from catalog.admin.families import OWNERS, LinesInline, OwnedAdmin, OwnerFilter
from catalog.models import ShoppingList, ShoppingListItem
from operations.admin.records import RecordAdmin


class ItemInline(LinesInline):
    model = ShoppingListItem
    fields = ("ingredient", "amount", "unit", "status", "package_size", "package_unit")
    related = ("ingredient",)
    ordering = ("id",)


@admin.register(ShoppingList)
class ShoppingListAdmin(OwnedAdmin):
    owner_if_none = "(nobody's)"
    list_display = ("__str__", "whose", "date_from", "date_to", "is_completed", "added")
    list_filter = (OwnerFilter, "is_completed")
    search_fields = ("pk", "user__exact", "family__exact")
    scanned_fields = ("name__istartswith",)
    search_help_text = "The id of a list, a person or a family; else the beginning of a name."
    ordering = (F("created_at").desc(nulls_last=True), "-id")
    sortable_by = ("added",)
    overview_count = True
    overview_place = 190
    one_line_fields = ("name",)
    readonly_fields = ("id", "lost_owner", "created_at", "updated_at")
    inlines = (ItemInline,)
    fieldsets = (
        (None, {"fields": ("name", ("date_from", "date_to"), "is_completed")}),
        ("Owner", {"fields": (OWNERS, "lost_owner")}),
        ("Record", {"fields": ("id", "created_at", "updated_at")}),
    )

    @admin.display(description="added", ordering="created_at")
    def added(self, shopping_list: ShoppingList) -> str | None:
        return f"{shopping_list.created_at:%Y-%m-%d}" if shopping_list.created_at else None


@admin.register(ShoppingListItem)
class ShoppingListItemAdmin(RecordAdmin):
    list_display = ("ingredient", "quantity", "status", "list")
    list_filter = ("status",)
    list_select_related = ("ingredient", "list")
    search_fields = ("pk", "list__exact", "ingredient__exact")
    search_help_text = "The id of an item, a list or an ingredient."
    ordering = ("-id",)
    autocomplete_fields = ("list", "ingredient")
    readonly_fields = ("id", "parts", "category", "created_at", "updated_at")
