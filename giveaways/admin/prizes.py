"""Prizes, and for which place of which giveaway they are."""

from __future__ import annotations

from django.contrib import admin

from giveaways.admin.searching import KeySearch
from giveaways.models import (
    GiveawayPrize,
    Prize,
)
from operations.admin.filters import IndexedValuesFilter
from operations.admin.records import RecordAdmin


class PrizeTypeFilter(IndexedValuesFilter):
    title = "type"
    parameter_name = "type"


@admin.register(Prize)
class PrizeAdmin(KeySearch, RecordAdmin):
    list_display = ("__str__", "type", "is_internal", "added")
    list_filter = (PrizeTypeFilter,)
    list_defer = ("description", "fields")
    search_fields = ("pk",)
    scanned_fields = ("name__istartswith",)
    search_help_text = "The id of a prize; else the beginning of its name."
    ordering = ("-id",)
    overview_count = True
    overview_place = 90
    one_line_fields = ("name",)
    readonly_fields = ("id", "created_at", "updated_at")

    @admin.display(description="added")
    def added(self, prize: Prize) -> str | None:
        return f"{prize.created_at:%Y-%m-%d}" if prize.created_at else None


@admin.register(GiveawayPrize)
class GiveawayPrizeAdmin(KeySearch, RecordAdmin):
    list_display = ("__str__", "prize", "giveaway", "position")
    list_select_related = ("giveaway", "prize")
    list_defer = ("fields", "giveaway__description", "prize__description", "prize__fields")
    search_fields = ("giveaway__exact", "prize__exact")
    search_help_text = "The id of a giveaway or a prize."
    ordering = ("-id",)
    autocomplete_fields = ("giveaway", "prize")
    readonly_fields = ("id",)
