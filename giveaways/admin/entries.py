"""Who takes part and who has won. The rows of a giveaway come by person: the order of the unique index."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from giveaways.admin.deeds import deeds_of_win
from giveaways.admin.searching import NEWEST_FIRST, EntryAdmin, KeySearch
from giveaways.models import (
    Participant,
    PreWinnerList,
    Ticket,
    WinRecord,
)
from operations.admin.deeds import Deed, DeedsAdmin
from operations.admin.legacy import LegacyRecordsAdmin
from operations.admin.records import WitnessAdmin


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
class WinRecordAdmin(DeedsAdmin, EntryAdmin):
    list_display = ("user", "giveaway", "place", "prize", "status", "added")
    list_filter = ("status",)
    list_select_related = ("giveaway", "user", "prize")
    list_defer = (*EntryAdmin.list_defer, "prize__description", "prize__fields")
    ordering = NEWEST_FIRST
    sortable_by = ("added",)
    overview_count = True
    overview_place = 100

    def deeds(self, request: HttpRequest, row: WinRecord) -> list[Deed]:
        return deeds_of_win(row)

    def has_deed_permission(self, request: HttpRequest, row: WinRecord) -> bool:
        return request.user.has_perm("giveaways.change_giveaway")

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
