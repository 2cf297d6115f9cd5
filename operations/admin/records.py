"""The two kinds of records that staff see: those they look after, and those that only machines write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from operations.admin.editing import CarefulEditing
from operations.admin.history import HistoryAdmin
from operations.admin.legacy import LegacyRecordsAdmin
from operations.admin.listing import BigListAdmin
from operations.invalidation import rows_changed


@dataclass(frozen=True)
class RelatedList:
    """A link to the rows of another model that refer to a row."""

    label: str
    url: str


class RecordAdmin(BigListAdmin, CarefulEditing, LegacyRecordsAdmin, HistoryAdmin):
    """Rows that staff look after: quick lists, careful edits, and on each row's page what refers to it, what it was in
    a legacy system and how it has changed.
    """

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # the last that is written when a row is saved
        rows_changed([self.opts.label])

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        rows_changed(self._labels())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        rows_changed(self._labels())

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        response = super().response_action(request, queryset, *args)
        rows_changed(self._labels())
        return response

    def _labels(self) -> list[str]:
        """The model's, and of those whose rows go, or lose their reference, with one of its rows."""
        return [self.opts.label, *(relation.related_model._meta.label for relation in self.opts.related_objects)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row is not None:
            context["related_lists"] = self.related_lists(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def related_lists(self, request: HttpRequest, row: Model) -> list[RelatedList]:
        """Of every model that refers to this one and has an admin whose list the person may see."""
        found = []
        for relation in self.opts.related_objects:
            model: Any = relation.related_model
            related_admin = self.admin_site._registry.get(model)
            if relation.one_to_many and related_admin and related_admin.has_view_permission(request):
                url = reverse(f"{self.admin_site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist")
                lookup = f"{relation.field.name}__{self.opts.pk.name}__exact"
                label = capfirst(str(model._meta.verbose_name_plural))
                found.append(RelatedList(label, f"{url}?{urlencode({lookup: row.pk})}"))
        return found


class WitnessAdmin(BigListAdmin):
    """Rows that bear witness of what a machine did: nobody adds, changes or deletes them by hand."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
