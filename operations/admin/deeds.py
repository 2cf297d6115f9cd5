"""What staff can do to a row beside editing it: each thing on a page of its own that warns, asks why, and logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from operations.invalidation import rows_changed
from operations.refusals import Refused

SHOWN = 10


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text="Why; it is kept for those who come after you.",
    )


@dataclass(frozen=True)
class Deed:
    """`perform(user, row, cleaned data)` does it and says what was done; it raises Refused where it cannot be done."""

    name: str
    label: str
    warning: str
    perform: Callable[[Any, Any, Mapping[str, Any]], str]
    form: type[forms.Form] = ReasonForm


@dataclass(frozen=True)
class DeedLink:
    label: str
    url: str


class DeedsAdmin(ModelAdmin):
    """`deeds(request, row)` says what can be done to a row as it is now. Who may change the row may do it, unless
    `has_deed_permission` says otherwise.
    """

    def deeds(self, request: HttpRequest, row: Any) -> Sequence[Deed]:
        return ()

    def has_deed_permission(self, request: HttpRequest, row: Any) -> bool:
        return self.has_change_permission(request, row)

    @property
    def _deed_url(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_deed"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.deed_view)
        return [path("<path:object_id>/do/<slug:name>/", view, name=self._deed_url), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {"deeds": self._links(request, row), "deeds_done": self._done_so_far(row)} if row else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _links(self, request: HttpRequest, row: Any) -> list[DeedLink]:
        if not self.has_deed_permission(request, row):
            return []
        name = f"{self.admin_site.name}:{self._deed_url}"
        return [DeedLink(deed.label, reverse(name, args=(row.pk, deed.name))) for deed in self.deeds(request, row)]

    def _done_so_far(self, row: Any) -> QuerySet[LogEntry]:
        """The last deeds. What the admin itself logs of an edit is a JSON list."""
        log = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(self.model), object_id=str(row.pk), action_flag=CHANGE
        )
        return log.exclude(change_message__startswith="[").select_related("user").order_by("-pk")[:SHOWN]

    def deed_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """GET warns and asks; POST does it."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_deed_permission(request, row):
            raise PermissionDenied
        back = HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change", args=(row.pk,))
        )
        deed = next((deed for deed in self.deeds(request, row) if deed.name == name), None)
        if deed is None:
            messages.warning(request, "This cannot be done (any more).")
            return back
        form = deed.form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid() and self._done(request, row, deed, form):
            return back
        context = {
            **self.admin_site.each_context(request),
            "title": deed.label,
            "original": row,
            "opts": self.opts,
            "deed": deed,
            "form": form,
            "back": back.url,
            "list": reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/operations/deed.html", context)

    def _done(self, request: HttpRequest, row: Any, deed: Deed, form: forms.Form) -> bool:
        try:
            said = deed.perform(request.user, row, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, "; ".join([str(refusal), *(f"{name}: {why}" for name, why in refusal.fields.items())]))
            return False
        why = form.cleaned_data.get("reason")
        self.log_change(request, row, f"{deed.label}: {said}" + (f" Reason: {why}" if why else ""))
        messages.success(request, said)
        rows_changed([self.opts.label])
        return True
