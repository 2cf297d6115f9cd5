"""What was eaten and is planned, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from catalog.admin.families import OWNERS, LinesInline, OwnedAdmin, OwnerFilter
from catalog.models import MealEntry, MealEntryIngredient, MealEntryMeal, MealEntryQuickMeal
from operations.admin.records import RecordAdmin


class IngredientLineInline(LinesInline):
    model = MealEntryIngredient
    fields = ("ingredient", "amount", "unit", "recorded_amount", "servings_rule")
    related = ("ingredient",)


class MealLineInline(LinesInline):
    model = MealEntryMeal
    fields = ("meal", "amount", "unit", "recorded_amount", "servings_rule", "member", "is_eaten")
    related = ("meal", "member")


class QuickMealLineInline(LinesInline):
    model = MealEntryQuickMeal
    fields = ("quick_meal", "amount", "unit", "recorded_amount", "servings_rule")
    related = ("quick_meal",)


class EatenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("planned", "planned"), ("eaten", "eaten")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        return queryset.filter(eaten_at__isnull=state == "planned") if state else queryset


@admin.register(MealEntry)
class MealEntryAdmin(OwnedAdmin):
    owner_if_none = "(nobody's)"
    list_display = ("day", "type", "whose", "name", "eaten_at")
    list_filter = (OwnerFilter, "type", EatenFilter)
    search_fields = ("pk", "user__exact", "family__exact")
    search_help_text = "The id of an entry, a person or a family."
    ordering = (F("date").desc(nulls_last=True), "-id")
    sortable_by = ("day",)
    overview_count = True
    overview_place = 180
    one_line_fields = ("name", "plan_key")
    inlines = (IngredientLineInline, MealLineInline, QuickMealLineInline)
    fieldsets = (
        (None, {"fields": (("date", "type", "position"), "name", "eaten_at")}),
        ("Owner", {"fields": (OWNERS,)}),
        ("Record", {"fields": ("plan_key", "id", "created_at", "updated_at")}),
    )

    @admin.display(description="day", ordering="date")
    def day(self, entry: MealEntry) -> str:
        return f"{entry.date:%Y-%m-%d}" if entry.date else "(unknown)"


class LineAdmin(RecordAdmin):
    """One thing in an entry. "Unit decided by" finds the lines whose unit a rule has decided."""

    list_filter: ClassVar[Any] = ("servings_rule", "unit")
    ordering: ClassVar[Any] = ("-id",)
    readonly_fields: ClassVar[Any] = ("id", "recorded_amount", "servings_rule", "parts")


@admin.register(MealEntryIngredient)
class MealEntryIngredientAdmin(LineAdmin):
    list_display = ("entry", "ingredient", "quantity", "recorded_amount", "servings_rule")
    list_select_related = ("entry", "ingredient")
    search_fields = ("pk", "entry__exact", "ingredient__exact")
    search_help_text = "The id of a line, an entry or an ingredient."
    autocomplete_fields = ("entry", "ingredient", "portion")


@admin.register(MealEntryMeal)
class MealEntryMealAdmin(LineAdmin):
    list_display = ("entry", "meal", "quantity", "recorded_amount", "servings_rule", "member")
    list_select_related = ("entry", "meal", "member")
    list_defer = ("meal__description", "meal__instructions")
    search_fields = ("pk", "entry__exact", "meal__exact", "member__exact")
    search_help_text = "The id of a line, an entry, a meal or a member."
    autocomplete_fields = ("entry", "meal", "member", "portion")


@admin.register(MealEntryQuickMeal)
class MealEntryQuickMealAdmin(LineAdmin):
    list_display = ("entry", "quick_meal", "quantity", "recorded_amount", "servings_rule")
    list_select_related = ("entry", "quick_meal")
    list_defer = ("quick_meal__description",)
    search_fields = ("pk", "entry__exact", "quick_meal__exact")
    search_help_text = "The id of a line, an entry or a quick meal."
    autocomplete_fields = ("entry", "quick_meal", "portion")
