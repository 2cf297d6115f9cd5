"""Editing single rows with care: only what was changed is written, and nothing big is deleted along the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from operations.estimates import bounded_count


class StoredTextField(forms.CharField):
    """Text that counts as changed only if a person changed it.

    A browser changes line ends and takes them out of one-line fields; a form cuts blanks off. What is stored is
    compared as it would come back, and left alone if it did.
    """

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text

    def has_changed(self, initial: Any, data: Any) -> bool:
        stored = self.to_python(initial)
        if isinstance(stored, str) and isinstance(self.widget, forms.TextInput):
            stored = stored.replace("\n", "")
        return not self.disabled and bool(stored != self.to_python(data))


class StoredJSONField(forms.JSONField):
    """JSON laid out for people."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, forms.fields.InvalidJSONInput):
            return str(value)
        return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


class StoredFields(BaseModelAdmin):
    """Form fields that show and give back what is stored. `one_line_fields` are long text columns shown in one line."""

    one_line_fields: tuple[str, ...] = ()

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if type(db_field) in (models.CharField, models.TextField) and not db_field.choices:
            # NULL means "the source does not know": leaving a field empty must not turn it into "known to be empty".
            kwargs.update(form_class=StoredTextField, **({"empty_value": None} if db_field.null else {}))
            if db_field.name in self.one_line_fields:
                kwargs["widget"] = AdminTextInputWidget
        elif isinstance(db_field, models.JSONField):
            kwargs["form_class"] = StoredJSONField
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class CarefulEditing(StoredFields, admin.ModelAdmin):
    """Writes what was edited and nothing else; deletes nothing that its confirmation page could not show."""

    delete_limit = 1_000

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        # What was edited is told by what the form showed, not by what has become of the row since.
        return super().formfield_for_dbfield(db_field, request, **{"show_hidden_initial": True, **kwargs})

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Writes the edited columns alone: what somebody else changed meanwhile stays."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        concrete = {field.name for field in self.opts.concrete_fields}
        edited = concrete.intersection(form.changed_data)
        if edited:
            stamped = {field.name for field in self.opts.concrete_fields if getattr(field, "auto_now", False)}
            obj.save(update_fields=sorted(edited | stamped))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What goes with `objs`, for the confirmation page. What is too much to be shown there is not deleted here."""
        rows = list(objs)
        too_many = [
            f"{count} {relation.related_model._meta.verbose_name_plural}"
            for relation in self._cascading()
            if (count := self._related_count(relation, rows)).at_least
        ]
        if too_many:
            return [], {}, set(), too_many
        return super().get_deleted_objects(rows, request)

    def _cascading(self) -> Iterable[Any]:
        return (found for found in self.opts.related_objects if getattr(found, "on_delete", None) is models.CASCADE)

    def _related_count(self, relation: Any, rows: list[Any]) -> Any:
        related: QuerySet[Any] = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows})
        return bounded_count(related, self.delete_limit)
