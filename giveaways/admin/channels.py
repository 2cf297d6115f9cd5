"""What a giveaway asks for, and the channels that sponsor it."""

from __future__ import annotations

from django.contrib import admin

from giveaways.admin.searching import KeySearch
from giveaways.models import (
    GiveawaySponsor,
    Requirement,
    Sponsor,
)
from operations.admin.records import RecordAdmin


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
