"""Draws and what they promised, for reading. What changes them are the actions of a giveaway's page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from giveaways.admin.searching import KeySearch
from giveaways.models import Draw
from operations.admin.history import HistoryAdmin
from operations.admin.records import WitnessAdmin


class DrawStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("committed", "committed"), ("frozen", "frozen"), ("drawn", "drawn")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        states = {
            "committed": {"frozen_at__isnull": True},
            "frozen": {"frozen_at__isnull": False, "drawn_at__isnull": True},
            "drawn": {"drawn_at__isnull": False},
        }
        chosen = states.get(self.value() or "")
        return queryset.filter(**chosen) if chosen else queryset


def state_of(draw: Draw) -> str:
    return "drawn" if draw.drawn_at else "frozen" if draw.frozen_at else "committed"


@admin.register(Draw)
class DrawAdmin(KeySearch, WitnessAdmin, HistoryAdmin):
    """What was published of a draw. Its seed is shown when everybody may see it: once it is drawn."""

    list_display = ("giveaway", "number", "state", "entries_count", "frozen_at", "drawn_at")
    list_filter = (DrawStateFilter,)
    list_select_related = ("giveaway",)
    list_defer = ("seed", "seed_origin", "winners", "excluded", "giveaway__description")
    search_fields = ("pk", "giveaway__exact")
    search_help_text = "The id of a draw or of its giveaway."
    ordering = ("-id",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("giveaway", "number", "state", "algorithm", "places", "reason", "asked_by")}),
        ("Promised", {"fields": ("commitment", "committed_at", "beacon_chain", "beacon_round")}),
        ("Frozen", {"fields": ("frozen_at", "entries_count", "tickets_count", "entries_root")}),
        ("Drawn", {"fields": ("drawn_at", "revealed_seed", "beacon_randomness", "beacon_signature")}),
    )

    @admin.display(description="state")
    def state(self, draw: Draw) -> str:
        return state_of(draw)

    @admin.display(description="seed")
    def revealed_seed(self, draw: Draw) -> str:
        return bytes(draw.seed).hex() if draw.drawn_at else "(secret until it is drawn)"
