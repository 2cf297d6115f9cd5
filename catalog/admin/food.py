"""Ingredients, meals and portions, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F

from catalog.admin.families import OWNER_DETAILS, OWNERS, PERSON_DETAILS, LinesInline, OwnedAdmin, OwnerFilter
from catalog.models import Ingredient, IngredientPackaging, Meal, MealIngredient, PortionHistory, QuickMeal
from catalog.models.unit import plain
from operations.admin.editing import StoredFields
from operations.admin.filters import IndexedValuesFilter
from operations.admin.records import RecordAdmin

FIGURES = (("calories", "proteins"), ("fats", "carbs"))


class CategoryFilter(IndexedValuesFilter):
    title = "category"
    parameter_name = "category"


class NamedAdmin(OwnedAdmin):
    """Things that are looked for by name."""

    search_fields: ClassVar[Any] = ("pk", "name__istartswith", "user__exact", "family__exact")
    search_help_text = "The beginning of a name, or the id of a row or its owner."
    ordering: ClassVar[Any] = ("name", "id")
    sortable_by: ClassVar[Any] = ("name",)
    one_line_fields = ("name",)

    @admin.display(description="kcal per 100 g")
    def energy(self, row: Any) -> str | None:
        return None if row.calories is None else plain(row.calories)


class PackageInline(StoredFields, admin.TabularInline):
    model = IngredientPackaging
    extra = 0
    fields = ("name", "size", "unit", "store_name")
    one_line_fields = ("name", "store_name")
    ordering = ("unit", "size", "id")


@admin.register(Ingredient)
class IngredientAdmin(NamedAdmin):
    list_display = ("name", "whose", "category", "energy", "default_unit")
    list_filter = (OwnerFilter, CategoryFilter, "default_unit")
    overview_count = True
    overview_place = 160
    inlines = (PackageInline,)
    fieldsets = (
        (None, {"fields": ("name", "category", ("default_unit", "grams_per_piece"))}),
        ("Owner", {"fields": (OWNERS,), "description": "Neither: it is public."}),
        ("In 100 g", {"fields": FIGURES}),
        ("Record", {"fields": ("id", "created_at", "updated_at")}),
    )


@admin.register(IngredientPackaging)
class IngredientPackagingAdmin(RecordAdmin):
    list_display = ("__str__", "ingredient", "store_name")
    list_select_related = ("ingredient",)
    search_fields = ("pk", "ingredient__exact")
    scanned_fields = ("name__istartswith", "store_name__istartswith")
    search_help_text = "The id of a package or an ingredient; else the beginning of a name or a shop's."
    ordering = ("-id",)
    one_line_fields = ("name", "store_name")
    autocomplete_fields = ("ingredient",)
    readonly_fields = ("id", "created_at", "updated_at")


class CompositionInline(LinesInline):
    model = MealIngredient
    fields = ("position", "ingredient", "amount", "unit")
    related = ("ingredient",)
    ordering = ("position", "id")


@admin.register(Meal)
class MealAdmin(NamedAdmin):
    list_display = ("name", "whose", "kind", "is_quick", "servings")
    list_filter = (OwnerFilter, "kind", "is_quick")
    list_defer = (*OWNER_DETAILS, "description", "instructions")
    overview_count = True
    overview_place = 170
    autocomplete_fields = (*OWNERS, "cooked_from")
    inlines = (CompositionInline,)
    fieldsets = (
        (None, {"fields": ("name", ("kind", "is_quick"), "description", "instructions")}),
        ("Owner", {"fields": (OWNERS,), "description": "Neither: it is public."}),
        ("Yield", {"fields": (("servings", "grams_per_serving"), ("expected_yield", "actual_yield"))}),
        ("Time", {"fields": (("prep_time", "cook_time"), ("cooked_from", "cooked_at"))}),
        ("Record", {"fields": ("id", "created_at", "updated_at")}),
    )


@admin.register(MealIngredient)
class MealIngredientAdmin(RecordAdmin):
    list_display = ("meal", "ingredient", "quantity")
    list_select_related = ("meal", "ingredient")
    list_defer = ("meal__description", "meal__instructions")
    search_fields = ("pk", "meal__exact", "ingredient__exact")
    search_help_text = "The id of a line, a meal or an ingredient."
    ordering = ("-id",)
    autocomplete_fields = ("meal", "ingredient")
    readonly_fields = ("id", "parts")


@admin.register(QuickMeal)
class QuickMealAdmin(NamedAdmin):
    list_display = ("name", "whose", "energy", "grams_per_serving")
    list_defer = (*OWNER_DETAILS, "description")
    fieldsets = (
        (None, {"fields": ("name", "description", "grams_per_serving")}),
        ("Owner", {"fields": (OWNERS,), "description": "Neither: it is public."}),
        ("In 100 g", {"fields": FIGURES}),
        ("Record", {"fields": ("id", "created_at", "updated_at")}),
    )


@admin.register(PortionHistory)
class PortionHistoryAdmin(RecordAdmin):
    list_display = ("user", "item_type", "item", "quantity", "frequency", "used")
    list_filter = ("item_type", "unit")
    list_select_related = ("user", "ingredient", "meal", "quick_meal")
    list_defer = (
        *(f"user__{name}" for name in PERSON_DETAILS),
        *("meal__description", "meal__instructions", "quick_meal__description"),
    )
    search_fields = ("pk", "user__exact", "ingredient__exact", "meal__exact", "quick_meal__exact")
    search_help_text = "The id of a portion, a person or the thing that was eaten."
    ordering = (F("last_used").desc(nulls_last=True), "-id")
    sortable_by = ("used",)
    autocomplete_fields = ("user", "ingredient", "meal", "quick_meal")
    readonly_fields = ("id", "parts", "created_at", "updated_at")

    @admin.display(description="of")
    def item(self, portion: PortionHistory) -> str:
        return str(portion.ingredient or portion.meal or portion.quick_meal or portion.item_key or "(unknown)")

    @admin.display(description="last used", ordering="last_used")
    def used(self, portion: PortionHistory) -> str | None:
        return f"{portion.last_used:%Y-%m-%d}" if portion.last_used else None
