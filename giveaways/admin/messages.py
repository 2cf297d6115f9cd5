"""The outbox: what is owed to people, what was sent, and what could not be delivered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from giveaways.admin.searching import PERSON_DETAILS, KeySearch
from giveaways.models import Message
from giveaways.outbox import revive
from operations.admin.records import WitnessAdmin


@admin.register(Message)
class MessageAdmin(KeySearch, WitnessAdmin):
    list_display = ("key", "recipient", "giveaway", "status", "attempts", "error", "created_at")
    list_filter = ("status",)
    list_select_related = ("recipient", "giveaway")
    list_defer = ("text", "giveaway__description", *(f"recipient__{name}" for name in PERSON_DETAILS))
    search_fields = ("pk", "key__exact", "giveaway__exact", "recipient__exact")
    search_help_text = "The id or key of a message, or the id of a giveaway or a person."
    ordering = ("-id",)
    actions = ("try_again",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("giveaways.change_message")

    @admin.action(description="Try again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Dead messages become pending again; the worker sends them."""
        count = revive(messages=list(queryset))
        messages.success(request, f"{count} messages will be tried again.")
