"""The forms that have a worker import a legacy system, or look at one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from operations.actions import start_import, start_inspection
from operations.importing.addresses import files, variable
from operations.importing.errors import LegacyError
from operations.importing.importer import BATCH_SIZE

RUN_IMPORT = "operations.run_import"
LARGEST_BATCH = 100_000


class InspectForm(forms.Form):
    source = forms.ChoiceField()
    address = forms.CharField(required=False, max_length=1_000, widget=AdminTextInputWidget(attrs={"list": "files"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = files()
        self.fields["source"].choices = [(name, name) for name in sorted(settings.LEGACY_SOURCES)]  # type: ignore[attr-defined]
        known = [name for name, address in settings.LEGACY_ADDRESSES.items() if address]
        configured = ", ".join(f"{name} ({variable(name)})" for name in sorted(known)) or "none"
        self.fields["address"].help_text = (
            f"Empty for the address in the server's settings; set there: {configured}. Otherwise a file in "
            "LEGACY_FILES_DIR, or an address without a password: redis://host:6379/0, postgresql://user@host/database."
        )

    def start(self, asked_by: str) -> str:
        """The address of the page that shows what comes of it. Raises LegacyError."""
        inspection = start_inspection(**self.cleaned_data, asked_by=asked_by)
        return reverse("admin:operations_inspection_change", args=(inspection.pk,))


class ImportForm(InspectForm):
    dry_run = forms.BooleanField(
        required=False, label="Dry run", help_text="Really import and prove, then roll everything back."
    )
    only = forms.CharField(
        required=False, widget=AdminTextInputWidget, help_text="Entities or tables, separated by commas; empty for all."
    )
    batch_size = forms.IntegerField(
        initial=BATCH_SIZE,
        min_value=1,
        max_value=LARGEST_BATCH,
        help_text="Records of one transaction. A pause comes between two.",
    )

    def clean_only(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["only"].split(",") if name.strip()]

    def start(self, asked_by: str) -> str:
        job = start_import(**self.cleaned_data, asked_by=asked_by)
        return reverse("admin:operations_importjob_change", args=(job.pk,))


def require_run_import(request: HttpRequest) -> None:
    if not request.user.has_perm(RUN_IMPORT):
        raise PermissionDenied


def start_view(request: HttpRequest, form_class: type[InspectForm], title: str) -> HttpResponse:
    require_run_import(request)
    initial = {name: request.GET[name] for name in ("source", "address") if name in request.GET}
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(form.start(str(request.user)[:255]))
        except LegacyError as error:
            form.add_error("address", str(error))
    context = {**admin.site.each_context(request), "title": title, "form": form}
    return TemplateResponse(request, "admin/operations/start.html", context)
