"""Rejected records, with the raw record and everything that is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from operations.admin.filters import IndexedValuesFilter
from operations.admin.mending import PERMISSION, mend_view
from operations.admin.raw import shown
from operations.admin.records import WitnessAdmin
from operations.charts import Part, StackedBar, stacked_bar
from operations.estimates import BOUND, RowCount
from operations.importing.errors import LegacyError
from operations.importing.replaying import replay
from operations.models import LandedRecord, LegacyEntity, Rejection
from operations.overview import OverviewCard

REASONS_SHOWN = 8
EMPTY = "–"


@dataclass(frozen=True)
class ReasonCount:
    """How many rejected records wait for one reason."""

    reason: str
    count: RowCount
    bar: StackedBar
    url: str


def waiting_by_reason() -> list[tuple[str, RowCount]]:
    """Each reason with its rejections, counted up to a bound; most first. One index probe per reason finds them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE found AS (
                (SELECT reason FROM operations_rejection ORDER BY reason LIMIT 1)
                UNION ALL
                SELECT (SELECT reason FROM operations_rejection WHERE reason > found.reason ORDER BY reason LIMIT 1)
                FROM found WHERE found.reason IS NOT NULL
            )
            SELECT reason, (
                SELECT count(*)
                FROM (SELECT FROM operations_rejection r WHERE r.reason = found.reason LIMIT %s) AS counted
            ) FROM found WHERE reason IS NOT NULL ORDER BY 2 DESC, 1
            """,
            [BOUND + 1],
        )
        return [(reason, RowCount(min(count, BOUND), at_least=count > BOUND)) for reason, count in cursor.fetchall()]


class ReasonFilter(IndexedValuesFilter):
    title = "reason"
    parameter_name = "reason"


class EntityFilter(IndexedValuesFilter):
    """Entities that have rejections; most tables of a source have none."""

    title = "entity"
    parameter_name = "entity_id"

    def labelled(self, values: list[int]) -> list[tuple[str, str]]:
        return [(str(entity.pk), str(entity)) for entity in LegacyEntity.objects.filter(pk__in=values).order_by("pk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(entity=int(value)) if value.isdecimal() else queryset.none()


@admin.register(Rejection)
class RejectionAdmin(WitnessAdmin):
    list_display = ("key", "entity", "reason", "sentence")
    list_filter = (ReasonFilter, EntityFilter)
    list_select_related = ("entity",)
    list_defer = ("problems",)
    search_fields = ("key__exact",)
    search_help_text = "The key of the legacy record."
    ordering = ("-id",)
    overview_place = 20
    actions = ("replay_selected",)
    change_form_template = "admin/operations/rejection/change_form.html"
    fields = ("sentence", "reason", "column", "value", "problem_list", "entity", "key", "run_link", "raw_record")

    def overview_card(self, request: HttpRequest) -> OverviewCard | None:
        waiting = waiting_by_reason()[:REASONS_SHOWN]
        if not waiting:
            return None
        most = waiting[0][1].value
        url = reverse("admin:operations_rejection_changelist")
        reasons = [
            ReasonCount(
                reason=reason,
                count=count,
                bar=stacked_bar(reason, [Part("rejected", "waiting", count.value)], most),
                url=f"{url}?reason={reason}",
            )
            for reason, count in waiting
        ]
        return OverviewCard("Rejected records", "admin/operations/rejection/overview.html", {"reasons": reasons})

    def get_urls(self) -> list[URLPattern]:
        mend = path("<path:object_id>/mend/", self.admin_site.admin_view(self.mend), name="operations_rejection_mend")
        return [mend, *super().get_urls()]

    def mend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rejection = self.get_object(request, object_id) if self.has_view_permission(request) else None
        return mend_view(request, rejection, self.admin_site.each_context(request) | {"opts": self.opts})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_mend": self.has_mend_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def has_mend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description="Try again (replay)", permissions=["mend"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[Rejection]) -> None:
        """Those that were mended, and those that waited for others."""
        chosen: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for rejection in queryset.select_related("entity"):
            chosen[rejection.entity.source, rejection.entity.name].append(rejection.key)
        try:
            reports = [replay(source, only=[entity], keys=keys) for (source, entity), keys in sorted(chosen.items())]
        except LegacyError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        loaded, rejected = (sum(getattr(one, name) for one in reports) for name in ("loaded", "rejected"))
        level = messages.SUCCESS if loaded else messages.WARNING
        self.message_user(request, f"{loaded:,} loaded or merged, {rejected:,} still rejected.", level)

    @admin.display(description="all problems")
    def problem_list(self, rejection: Rejection) -> SafeString | str:
        sentences = ((problem.get("sentence", ""), problem.get("reason", "")) for problem in rejection.problems)
        items = format_html_join("", "<li>{} <code>{}</code></li>", sentences)
        return format_html('<ul class="problems">{}</ul>', items) if rejection.problems else EMPTY

    @admin.display(description="found by")
    def run_link(self, rejection: Rejection) -> SafeString:
        url = reverse("admin:operations_importrun_change", args=(rejection.run_id,))
        return format_html('<a href="{}">{}</a>', url, rejection.run)

    @admin.display(description="raw record")
    def raw_record(self, rejection: Rejection) -> SafeString | str:
        record = LandedRecord.objects.filter(entity=rejection.entity_id, key=rejection.key).first()
        return format_html('<pre class="raw">{}</pre>', shown(record.raw)) if record else EMPTY
