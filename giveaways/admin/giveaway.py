"""Giveaways with what belongs to them, for staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from giveaways.actions.commitments import commit_to_draw
from giveaways.admin.deeds import deeds_of
from giveaways.admin.life import life_of
from giveaways.admin.searching import NEWEST_FIRST, PERSON_DETAILS, KeySearch
from giveaways.joins import joins_over_time
from giveaways.models import (
    Giveaway,
    GiveawayPrize,
    GiveawaySponsor,
    Requirement,
)
from giveaways.scheduling import schedule_finish
from giveaways.waiting import MOST, Waiting, waiting
from operations.admin.deeds import Deed, DeedsAdmin
from operations.admin.editing import StoredFields
from operations.admin.records import RecordAdmin
from operations.charts import ColumnChart, column_chart
from operations.overview import OverviewCard

SECOND = timedelta(seconds=1)
# With other values than those that were drawn by, the proof of the draw would not hold.
PROVEN = ("started_at", "ends_at", "winners_count", "allow_tickets")


def _joins(giveaway: Giveaway) -> ColumnChart | None:
    points = joins_over_time(giveaway)
    return column_chart("Joins over time", points) if points else None


def may_view(site: admin.AdminSite, request: HttpRequest, model: type[Any]) -> bool:
    return site._registry[model].has_view_permission(request)


def _shown(kind: Waiting) -> dict[str, str]:
    options = kind.model._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    count = f"{kind.count:,}" if kind.count < MOST else f"{MOST:,} or more"
    return {"url": f"{url}?{kind.query}", "shown": count, "what": kind.what, "remedy": kind.remedy}


class RequirementInline(StoredFields, admin.TabularInline):
    model = Requirement
    extra = 0
    fields = ("position", "type", "name", "username", "chat_id", "min_level")
    ordering = ("position",)
    one_line_fields = ("name",)


class PrizeInline(admin.TabularInline):
    """The list of prizes, for reading: it may be long. A prize is changed on its own page."""

    model = GiveawayPrize
    fields = ("position", "place", "prize", "type")
    ordering = ("position",)
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[GiveawayPrize]:
        return super().get_queryset(request).select_related("prize")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SponsorInline(admin.TabularInline):
    model = GiveawaySponsor
    extra = 0
    fields = ("position", "sponsor")
    ordering = ("position",)
    autocomplete_fields = ("sponsor",)


@admin.register(Giveaway)
class GiveawayAdmin(KeySearch, DeedsAdmin, RecordAdmin):
    """Giveaways. Their state is shown and not edited: it follows from their life."""

    list_display = ("title", "creator", "status", "ends", "winners_count", "added")
    list_filter = ("status",)
    list_select_related = ("creator",)
    list_defer = ("description", *(f"creator__{name}" for name in PERSON_DETAILS))
    search_fields = ("pk", "creator__exact")
    scanned_fields = ("title__istartswith",)
    search_help_text = "The id of a giveaway or of its creator; else the beginning of a title."
    ordering = NEWEST_FIRST
    sortable_by = ("ends", "added")
    overview_count = True
    overview_place = 70
    one_line_fields = ("title",)
    autocomplete_fields = ("creator",)
    readonly_fields = ("id", "status", "duration", "created_at", "updated_at")
    inlines = (RequirementInline, PrizeInline, SponsorInline)
    change_form_template = "admin/giveaways/giveaway/change_form.html"
    edited_fieldsets: ClassVar[Any] = (
        (None, {"fields": ("title", "creator", "description")}),
        ("Time", {"fields": ("started_at", "ends_at")}),
        ("Draw", {"fields": ("winners_count", "max_participants", "allow_tickets", "auto_distribute", "message_id")}),
    )
    fieldsets: ClassVar[Any] = (
        *edited_fieldsets,
        ("Record", {"fields": ("id", "status", "duration", "created_at", "updated_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Giveaway | None = None) -> Any:
        return self.fieldsets if obj else self.edited_fieldsets

    def get_inlines(self, request: HttpRequest, obj: Giveaway | None) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Giveaway | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        is_frozen = obj is not None and obj.draws.filter(frozen_at__isnull=False).exists()
        return (*fields, *PROVEN) if is_frozen else fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The duration follows from start and end. What is added here has a draw as any other."""
        if {"started_at", "ends_at"}.intersection(form.changed_data):
            obj.duration = (obj.ends_at - obj.started_at) // SECOND
            form.changed_data.append("duration")
        super().save_model(request, obj, form, change)
        if not change:
            commit_to_draw(giveaway=obj)
            schedule_finish(obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        giveaway = self.get_object(request, object_id) if self.has_view_permission(request) else None
        context = {"life": life_of(giveaway), "joins": _joins(giveaway)} if giveaway else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def deeds(self, request: HttpRequest, row: Giveaway) -> list[Deed]:
        return deeds_of(row)

    def overview_card(self, request: HttpRequest) -> OverviewCard | None:
        kinds = [_shown(kind) for kind in waiting() if may_view(self.admin_site, request, kind.model)]
        if not kinds:
            return None
        return OverviewCard(
            "Giveaways that wait for somebody", "admin/giveaways/giveaway/waiting.html", {"waiting": kinds}
        )

    @admin.display(description="ends", ordering="ends_at")
    def ends(self, giveaway: Giveaway) -> str:
        return f"{giveaway.ends_at:%Y-%m-%d %H:%M}"

    @admin.display(description="added", ordering="created_at")
    def added(self, giveaway: Giveaway) -> str | None:
        return f"{giveaway.created_at:%Y-%m-%d}" if giveaway.created_at else None
