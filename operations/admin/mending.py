"""Mending a rejected record: its raw record in a form, the verdict before anything is written, then the replay."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from operations.admin.raw import indented
from operations.importing.errors import LegacyError
from operations.importing.mending import LONGEST, Verdict, checked, foresee, mend_and_replay
from operations.models import LandedRecord, Mend, Rejection

PERMISSION = "operations.mend_rejection"
MENDS_SHOWN = 20


class MendForm(forms.Form):
    record = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 24, "cols": 100, "class": "raw", "spellcheck": "false"}),
        max_length=LONGEST,
        strip=False,
        help_text="The record as it should have been. Its columns stay; a value is a text, a number or null.",
    )
    note = forms.CharField(required=False, max_length=1_000, help_text="Why, for those who come after you.")

    def __init__(self, landed: LandedRecord, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.landed = landed

    def clean_record(self) -> str:
        text = str(self.cleaned_data["record"])
        try:
            checked(text, self.landed)
        except LegacyError as error:
            raise forms.ValidationError(str(error)) from error
        return text


def mend_view(request: HttpRequest, rejection: Rejection | None, context: dict[str, Any]) -> HttpResponse:
    """The page of one rejection's mend. GET shows the record; POST foresees (`foresee`) or mends and replays it."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if rejection is None:
        raise Http404("This record is not rejected (any more).")
    landed = LandedRecord.objects.select_related("entity").get(entity=rejection.entity_id, key=rejection.key)
    form = MendForm(landed, request.POST or None, initial={"record": indented(landed.mended or landed.raw)})
    verdict: Verdict | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "foresee" in request.POST:
                verdict = foresee(landed, form.cleaned_data["record"])
            else:
                return _mended(request, landed, form.cleaned_data)
        except LegacyError as error:
            form.add_error(None, str(error))
    mends = Mend.objects.filter(entity=landed.entity_id, key=landed.key).select_related("made_by")[:MENDS_SHOWN]
    page = {
        **context,
        "title": f"Mend {landed.entity} {landed.key}",
        "original": rejection,
        "form": form,
        "verdict": verdict,
        "mends": mends,
        "landed": indented(landed.raw),
    }
    return TemplateResponse(request, "admin/operations/rejection/mend.html", page)


def _mended(request: HttpRequest, landed: LandedRecord, data: dict[str, Any]) -> HttpResponse:
    report = mend_and_replay(landed, data["record"], by=request.user, note=data["note"])
    if report.loaded:
        messages.success(request, f"{landed.entity} {landed.key} is loaded.")
        return HttpResponseRedirect(reverse("admin:operations_rejection_changelist"))
    messages.warning(request, "The mend is kept, but the record is still rejected: see below.")
    rejection = Rejection.objects.get(entity=landed.entity_id, key=landed.key)
    return HttpResponseRedirect(reverse("admin:operations_rejection_mend", args=(rejection.pk,)))
