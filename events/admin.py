"""Events for staff: to be found and read. Machines write them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events.keys import time_of
from events.models import Event, EventArchive
from events.models.event import recipient, ticket
from events.months import Month
from events.partitions import layout
from operations.admin.filters import IndexedValuesFilter
from operations.admin.legacy import LegacyRecordsAdmin
from operations.admin.raw import shown
from operations.admin.records import WitnessAdmin

EMPTY = "–"
MONTHS_SHOWN = 36


class MonthFilter(SimpleListFilter):
    """The months that there are. Choosing one has PostgreSQL look at its partition alone."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        past = [month for month in layout().months if month <= Month.current()]
        return [(str(month), str(month)) for month in past[: -MONTHS_SHOWN - 1 : -1]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        try:
            month = Month.parsed(value)
        except ValueError:
            return queryset.none()
        return queryset.received_between(month.start, month.end)  # type: ignore[attr-defined,no-any-return]


class WorkflowFilter(IndexedValuesFilter):
    title = "workflow"
    parameter_name = "workflow"


@admin.register(Event)
class EventAdmin(WitnessAdmin, LegacyRecordsAdmin):
    list_display = ("received", "workflow", "status_badge", "ticket", "recipient", "attempts")
    list_filter = ("status", WorkflowFilter, MonthFilter)
    list_defer = ("data", "task_context", "raw_data", "raw_task_context", "failure")
    search_fields = ("pk",)
    search_help_text = "The id of an event, its legacy id, the id of a ticket, or the address that it was sent to."
    ordering = ("-id",)
    overview_count = True
    overview_place = 110
    fields = (
        *("received", "workflow", "status", "attempts", "failure", "shown_data", "shown_context"),
        *("exact_data", "exact_context", "id", "legacy_id", "created_at", "updated_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events: QuerySet[Event] = super().get_queryset(request)
        return events.annotate(ticket_id=ticket(), to_email=recipient())

    def key_queries(self, request: HttpRequest, term: str) -> list[QuerySet[Any]]:
        queries: list[QuerySet[Any]] = [Event.objects.about_ticket(term)]
        if "@" in term:
            queries.append(Event.objects.sent_to(term))
        try:
            key = UUID(term)
        except ValueError:
            return queries
        return [*queries, Event.objects.filter(pk=key), Event.objects.of_legacy_id(key)]

    @admin.display(description="received")
    def received(self, event: Event) -> str:
        return f"{time_of(event.pk):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="status")
    def status_badge(self, event: Event) -> SafeString:
        return format_html('<span class="badge state-{}">{}</span>', event.status, event.get_status_display())

    @admin.display(description="ticket")
    def ticket(self, event: Any) -> str:
        return event.ticket_id or EMPTY

    @admin.display(description="sent to")
    def recipient(self, event: Any) -> str:
        return event.to_email or EMPTY

    @admin.display(description="data")
    def shown_data(self, event: Event) -> SafeString | str:
        return laid_out(json.dumps(event.data, ensure_ascii=False))

    @admin.display(description="task context")
    def shown_context(self, event: Event) -> SafeString | str:
        return laid_out(json.dumps(event.task_context, ensure_ascii=False)) if event.task_context is not None else EMPTY

    @admin.display(description="exact legacy data")
    def exact_data(self, event: Event) -> SafeString | str:
        return laid_out(event.raw_data) if event.raw_data else EMPTY

    @admin.display(description="exact legacy context")
    def exact_context(self, event: Event) -> SafeString | str:
        return laid_out(event.raw_task_context) if event.raw_task_context else EMPTY


@admin.register(EventArchive)
class EventArchiveAdmin(WitnessAdmin):
    list_display = ("month", "rows", "path", "archived_at")
    list_filter = ()
    ordering = ("-month",)
    fields = ("month", "rows", "path", "hexadecimal", "archived_at")

    @admin.display(description="SHA-256 of the CSV")
    def hexadecimal(self, archive: EventArchive) -> str:
        return archive.hexadecimal


def laid_out(text: str) -> SafeString:
    return format_html('<pre class="raw">{}</pre>', shown(text))
