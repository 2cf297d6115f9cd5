"""Background jobs, as procrastinate shows them, under this site's rules: no inline styles, no counting of the table."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from operations.admin.listing import BigListAdmin

ARGUMENTS_SHOWN = 2_000
PAGES = {
    "operations.import_legacy": "admin:operations_importjob_change",
    "operations.inspect_legacy": "admin:operations_inspection_change",
}

# Its admin registers itself when it is imported, here first; this site's takes its place.
admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(BigListAdmin, ProcrastinateJobAdmin):
    """Nobody adds, changes or deletes a job by hand; the actions retry, cancel and abort."""

    list_display: Any = ("id", "short_task_name", "about", "pretty_args", "pretty_status", "attempts", "summary")
    list_filter: ClassVar[Any] = ("status",)
    ordering = ("-id",)

    @admin.display(description="arguments")
    def pretty_args(self, instance: ProcrastinateJob) -> SafeString:
        text = json.dumps(instance.args, indent=2, ensure_ascii=False)
        cut = text if len(text) <= ARGUMENTS_SHOWN else f"{text[:ARGUMENTS_SHOWN]}…"
        return format_html('<pre class="raw">{}</pre>', cut)

    @admin.display(description="about")
    def about(self, instance: ProcrastinateJob) -> SafeString | str:
        """A link to the row that the job is about: how it failed is said there."""
        page = PAGES.get(instance.task_name)
        key = instance.args.get("key")
        return format_html('<a href="{}">{}</a>', reverse(page, args=(key,)), instance.lock or "open") if page else ""

    @admin.display(description="last event")
    def summary(self, instance: ProcrastinateJob) -> str:
        events: list[Any] = list(instance.procrastinateevent_set.all())  # the newest first, fetched with the list
        return f"{events[0].type} {events[0].at:%Y-%m-%d %H:%M:%S}" if events else ""
