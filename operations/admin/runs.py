"""Import runs: how far they came, what they found, and whether the proofs hold."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from operations.admin.filters import IndexedValuesFilter
from operations.admin.records import WitnessAdmin
from operations.admin.summary import summary
from operations.models import EntityProgress, ImportRun
from operations.overview import OverviewCard

SOURCES_SHOWN = 12
REFRESH_SECONDS = "5"


def with_entities(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    return runs.prefetch_related(Prefetch("entities", EntityProgress.objects.select_related("entity")))


class SourceFilter(IndexedValuesFilter):
    title = "source"
    parameter_name = "source"


@admin.register(ImportRun)
class ImportRunAdmin(WitnessAdmin):
    list_display = ("source", "state_badge", "started", "duration", "read", "rejected", "proof")
    list_display_links = ("source", "started")
    list_filter = (SourceFilter, "state")
    ordering = ("-started_at", "-id")
    sortable_by = ("started",)
    overview_place = 10
    fields = ("source", "location", "generation", "started_at", "finished_at", "id")
    change_form_template = "admin/operations/importrun/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        return with_entities(super().get_queryset(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if self.has_view_permission(request) else None
        context = {"summary": summary(run), "rejections_url": rejections_url()} if run else {}
        response = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        if run and run.state == ImportRun.State.RUNNING:
            response.headers["Refresh"] = REFRESH_SECONDS  # live progress without a script
        return response

    def overview_card(self, request: HttpRequest) -> OverviewCard:
        latest = ImportRun.objects.order_by("source", "-started_at").distinct("source")[:SOURCES_SHOWN]
        return OverviewCard(
            title="Imports",
            template="admin/operations/importrun/overview.html",
            data={"summaries": [summary(run) for run in with_entities(latest)], "rejections_url": rejections_url()},
        )

    @admin.display(description="state")
    def state_badge(self, run: ImportRun) -> SafeString:
        return format_html('<span class="badge state-{}">{}</span>', run.state, run.get_state_display())

    @admin.display(description="started", ordering="started_at")
    def started(self, run: ImportRun) -> str:
        return f"{run.started_at:%Y-%m-%d %H:%M}"

    @admin.display(description="took")
    def duration(self, run: ImportRun) -> str:
        return summary(run).duration_text

    @admin.display(description="read")
    def read(self, run: ImportRun) -> str:
        return summary(run).totals.read_text

    @admin.display(description="rejected")
    def rejected(self, run: ImportRun) -> str:
        return f"{summary(run).totals.outcomes['rejected']:,}"

    @admin.display(description="proven", boolean=True)
    def proof(self, run: ImportRun) -> bool | None:
        return summary(run).is_proven


def rejections_url() -> str:
    return reverse("admin:operations_rejection_changelist")
