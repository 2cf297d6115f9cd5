"""Import runs: how far they came, what they found, and whether the proofs hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from operations.actions import Request, ask
from operations.admin.filters import IndexedValuesFilter
from operations.admin.live import work_of_run
from operations.admin.records import WitnessAdmin
from operations.admin.starting import RUN_IMPORT, ImportForm, InspectForm, require_run_import, start_view
from operations.admin.summary import summary
from operations.admin.work import FRAGMENT, live_context
from operations.models import EntityProgress, ImportJob, ImportRun
from operations.overview import OverviewCard

SOURCES_SHOWN = 12
ASKED_SHOWN = 10
REQUESTS = {"pause": Request.PAUSE, "resume": Request.NONE, "stop": Request.STOP}


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

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "operations_importrun"
        return [
            path("import/", wrap(self.import_view), name=f"{name}_import"),
            path("inspect/", wrap(self.inspect_view), name=f"{name}_inspect"),
            path("<uuid:run>/live/", wrap(self.live_view), name=f"{name}_live"),
            path("<uuid:run>/ask/", wrap(require_POST(self.ask_view)), name=f"{name}_ask"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_control = request.user.has_perm(RUN_IMPORT)
        return super().changelist_view(request, {"may_control": may_control, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if self.has_view_permission(request) else None
        context = self.page_context(request, run) if run else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def page_context(self, request: HttpRequest, run: ImportRun) -> dict[str, Any]:
        asked = LogEntry.objects.filter(content_type=_content_type(), object_id=str(run.pk)).select_related("user")
        return {
            **live_context(request, work_of_run(run)),
            "live_url": reverse("admin:operations_importrun_live", args=(run.pk,)),
            "asked": asked.order_by("-pk")[:ASKED_SHOWN],
        }

    def import_view(self, request: HttpRequest) -> HttpResponse:
        return start_view(request, ImportForm, "Import a legacy system")

    def inspect_view(self, request: HttpRequest) -> HttpResponse:
        return start_view(request, InspectForm, "Inspect a legacy system")

    def live_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        """The part of a run's page that changes while it goes on."""
        found = self.get_object(request, str(run)) if self.has_view_permission(request) else None
        if found is None:
            raise Http404
        return render(request, FRAGMENT, live_context(request, work_of_run(found)))

    def ask_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        """Pause, resume or stop: obeyed by the import wherever it runs."""
        require_run_import(request)
        word = request.POST.get("request", "")
        if word not in REQUESTS:
            return HttpResponseBadRequest("There is no such request.")
        if ask(run=run, request=REQUESTS[word], asked_by=str(request.user)[:255]):
            self._log(request, run, word)
        else:
            self.message_user(request, f"Nothing to {word}: the import does not go on, or stops.", messages.WARNING)
        back = request.POST.get("back", "")
        is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return HttpResponseRedirect(back if is_ours else reverse("admin:operations_importrun_changelist"))

    def _log(self, request: HttpRequest, run: UUID, word: str) -> None:
        """Who asked for what; of a dry run there is no run to see, so it is put down under its job."""
        found: ImportRun | ImportJob | None = ImportRun.objects.filter(pk=run).first()
        found = found or ImportJob.objects.filter(controls__run=run).first()
        if found:
            self.log_change(request, found, f"Asked to {word}.")

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


def _content_type() -> ContentType:
    return ContentType.objects.get_for_model(ImportRun)


def rejections_url() -> str:
    return reverse("admin:operations_rejection_changelist")
