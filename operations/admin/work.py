"""Imports and inspections that staff had a worker do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from operations.admin.live import Work, work_of_job, works_going_on
from operations.admin.records import WitnessAdmin
from operations.admin.reports import InspectionReport
from operations.admin.starting import RUN_IMPORT
from operations.admin.summary import summary
from operations.models import ImportJob, ImportRun, Inspection
from operations.overview import OverviewCard

FRAGMENT = "admin/operations/live/fragment.html"


def live_context(request: HttpRequest, work: Work) -> dict[str, Any]:
    """What the live part of a page is drawn from."""
    run = ImportRun.objects.filter(pk=work.run.pk).prefetch_related("entities__entity").first() if work.run else None
    return {
        "work": work,
        "summary": summary(run) if run else None,
        "may_control": request.user.has_perm(RUN_IMPORT),
        "rejections_url": reverse("admin:operations_rejection_changelist"),
    }


class BackgroundWorkAdmin(WitnessAdmin):
    list_display: Any = ("source", "state_badge", "asked_by", "asked_at")
    list_display_links = ("source", "asked_at")
    list_filter = ("source",)
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_live"
        return [
            path("<path:object_id>/live/", self.admin_site.admin_view(self.live_view), name=name),
            *super().get_urls(),
        ]

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that changes while the work goes on."""
        job = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if job is None:
            raise Http404
        return render(request, FRAGMENT, live_context(request, work_of_job(job)))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id) if self.has_view_permission(request) else None
        context = {**live_context(request, work_of_job(job)), **self.page_context(job)} if job else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def page_context(self, job: Any) -> dict[str, Any]:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_live"
        return {"live_url": reverse(name, args=(job.pk,))}

    @admin.display(description="state")
    def state_badge(self, job: ImportJob | Inspection) -> SafeString:
        work = work_of_job(job)
        return format_html('<span class="badge state-{}">{}</span>', work.state, work.label)

    @admin.display(description="job")
    def job_link(self, job: ImportJob | Inspection) -> SafeString | str:
        if not job.job_id:
            return ""
        url = reverse("admin:procrastinate_procrastinatejob_change", args=(job.job_id,))
        queued = work_of_job(job).queued
        said = f"{queued.status}, {queued.attempts} attempts ended" if queued else "deleted"
        return format_html('<a href="{}">{}</a>: {}', url, job.job_id, said)

    @admin.display(description="address")
    def where(self, job: ImportJob | Inspection) -> str:
        return job.address or "as the server's settings say"


@admin.register(ImportJob)
class ImportJobAdmin(BackgroundWorkAdmin):
    list_display: Any = ("source", "state_badge", "dry_run", "asked_by", "asked_at", "ended_at")
    fields = ("source", "where", "dry_run", "only", "batch_size", "asked_by", "asked_at", "ended_at", "job_link")
    change_form_template = "admin/operations/importjob/change_form.html"
    overview_place = 5

    def overview_card(self, request: HttpRequest) -> OverviewCard | None:
        works = works_going_on()
        return OverviewCard("What goes on", "admin/operations/live/overview.html", {"works": works}) if works else None


@admin.register(Inspection)
class InspectionAdmin(BackgroundWorkAdmin):
    list_display: Any = ("source", "state_badge", "generation", "records", "asked_by", "asked_at")
    fields = ("source", "where", "location", "asked_by", "asked_at", "ended_at", "job_link")
    change_form_template = "admin/operations/inspection/change_form.html"

    def page_context(self, job: Any) -> dict[str, Any]:
        return {**super().page_context(job), "report": InspectionReport(job.report) if job.report else None}

    @admin.display(description="generation")
    def generation(self, inspection: Inspection) -> str:
        return str(inspection.report.get("generation", ""))

    @admin.display(description="records")
    def records(self, inspection: Inspection) -> str:
        return f"{inspection.report['rows']:,}" if inspection.report else ""
