"""What the pages of giveaways share: searches by key, and rows that joining and drawing have written."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest

from operations.admin.legacy import LegacyRecordsAdmin
from operations.admin.listing import BigListAdmin
from operations.admin.records import WitnessAdmin

PERSON_DETAILS = ("bio", "avatar", "banner", "password")
NEWEST_FIRST = (F("created_at").desc(nulls_last=True), "-id")


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
