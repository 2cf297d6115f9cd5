"""Giveaways with what belongs to them, for staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest

from giveaways.models import (
    Giveaway,
    GiveawayPrize,
    GiveawaySponsor,
    Participant,
    PreWinnerList,
    Prize,
    Requirement,
    Sponsor,
    Ticket,
    WinRecord,
)
from operations.admin.editing import StoredFields
from operations.admin.filters import IndexedValuesFilter
from operations.admin.legacy import LegacyRecordsAdmin
from operations.admin.listing import BigListAdmin
from operations.admin.records import RecordAdmin, WitnessAdmin

PERSON_DETAILS = ("bio", "avatar", "banner", "password")
NEWEST_FIRST = (F("created_at").desc(nulls_last=True), "-id")
SECOND = timedelta(seconds=1)


class KeySearch(BigListAdmin):
    """A search whose keys may be of types that not every term can be: a name is no UUID."""

    def key_queries(self, request: HttpRequest, term: str) -> list[QuerySet[Any]]:
        manager = self.model._default_manager
        queries = []
        for lookup in self.get_search_fields(request):
            try:
                queries.append(manager.filter((lookup, term)))
            except (ValidationError, ValueError):
                continue
        return queries or [manager.none()]


class EntryAdmin(KeySearch, WitnessAdmin, LegacyRecordsAdmin):
    """What joining and drawing have written. Staff find a giveaway's or a person's rows, and change none."""

    search_fields = ("giveaway__exact", "user__exact")
    search_help_text = "The id of a giveaway or a person."
    list_select_related: ClassVar[Any] = ("giveaway", "user")
    list_defer = ("giveaway__description", *(f"user__{name}" for name in PERSON_DETAILS))


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
class GiveawayAdmin(KeySearch, RecordAdmin):
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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The duration follows from start and end."""
        if {"started_at", "ends_at"}.intersection(form.changed_data):
            obj.duration = (obj.ends_at - obj.started_at) // SECOND
            form.changed_data.append("duration")
        super().save_model(request, obj, form, change)

    @admin.display(description="ends", ordering="ends_at")
    def ends(self, giveaway: Giveaway) -> str:
        return f"{giveaway.ends_at:%Y-%m-%d %H:%M}"

    @admin.display(description="added", ordering="created_at")
    def added(self, giveaway: Giveaway) -> str | None:
        return f"{giveaway.created_at:%Y-%m-%d}" if giveaway.created_at else None


@admin.register(Requirement)
class RequirementAdmin(KeySearch, RecordAdmin):
    list_display = ("__str__", "type", "username", "chat_id", "giveaway", "position")
    list_filter = ("type",)
    list_select_related = ("giveaway",)
    list_defer = ("description", "extra", "giveaway__description")
    search_fields = ("giveaway__exact",)
    search_help_text = "The id of a giveaway."
    ordering = ("-id",)
    one_line_fields = ("name",)
    autocomplete_fields = ("giveaway",)
    readonly_fields = ("id",)


@admin.register(Sponsor)
class SponsorAdmin(KeySearch, RecordAdmin):
    list_display = ("__str__", "username", "channel_id", "channel_url")
    search_fields = ("pk", "channel_id__exact")
    scanned_fields = ("title__istartswith", "username__istartswith")
    search_help_text = "A channel's id; else the beginning of a title or a name."
    ordering = ("-id",)
    one_line_fields = ("title", "channel_url", "avatar_url")
    readonly_fields = ("id",)


@admin.register(GiveawaySponsor)
class GiveawaySponsorAdmin(KeySearch, RecordAdmin):
    list_display = ("sponsor", "giveaway", "position")
    list_display_links = ("position",)
    list_select_related = ("giveaway", "sponsor")
    list_defer = ("giveaway__description",)
    search_fields = ("giveaway__exact", "sponsor__exact")
    search_help_text = "The id of a giveaway or a sponsor."
    ordering = ("-id",)
    autocomplete_fields = ("giveaway", "sponsor")
    readonly_fields = ("id",)


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


# The rows of a giveaway by person: the order of the unique index.


@admin.register(Participant)
class ParticipantAdmin(EntryAdmin):
    list_display = ("user", "giveaway", "joined")
    ordering = ("user_id", "id")
    overview_count = True
    overview_place = 80

    @admin.display(description="joined")
    def joined(self, participant: Participant) -> str:
        return f"{participant.joined_at:%Y-%m-%d %H:%M}" if participant.joined_at else "(unknown)"


@admin.register(Ticket)
class TicketAdmin(EntryAdmin):
    list_display = ("user", "giveaway", "count")
    ordering = ("user_id", "id")


@admin.register(WinRecord)
class WinRecordAdmin(EntryAdmin):
    list_display = ("user", "giveaway", "place", "prize", "status", "added")
    list_filter = ("status",)
    list_select_related = ("giveaway", "user", "prize")
    list_defer = (*EntryAdmin.list_defer, "prize__description", "prize__fields")
    ordering = NEWEST_FIRST
    sortable_by = ("added",)
    overview_count = True
    overview_place = 100

    @admin.display(description="added", ordering="created_at")
    def added(self, win: WinRecord) -> str | None:
        return f"{win.created_at:%Y-%m-%d}" if win.created_at else None


@admin.register(PreWinnerList)
class PreWinnerListAdmin(KeySearch, WitnessAdmin, LegacyRecordsAdmin):
    list_display = ("giveaway", "created_at", "expires_at")
    list_select_related = ("giveaway",)
    list_defer = ("user_ids", "users", "giveaway__description")
    search_fields = ("pk",)
    search_help_text = "The id of a giveaway."
    ordering = ("-pk",)
