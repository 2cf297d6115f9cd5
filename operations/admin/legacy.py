"""The legacy records of a row: what a user, a track or a memorial was before it came here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from operations.admin.raw import shown
from operations.importing.declaration import AliasTable, Entity, LegacySource
from operations.models import LandedRecord, Outcome

RECORDS_SHOWN = 20


@dataclass(frozen=True)
class LegacyRecord:
    entity: str
    key: str
    outcome: str
    sha256: str
    raw: str


def entities_filling(model: type[Model]) -> Iterator[tuple[str, Entity]]:
    """The legacy entities whose records become rows of `model`, each with the name of its source."""
    for path in settings.LEGACY_SOURCES.values():
        source: LegacySource = import_string(path)
        for entity in source.entities:
            if entity.model.lower() == model._meta.label_lower:
                yield source.name, entity


def declared_entities(source: str) -> frozenset[str]:
    """The entities of a source that have a destination; its other tables are kept raw."""
    path = settings.LEGACY_SOURCES.get(source)
    return frozenset(entity.name for entity in import_string(path).entities) if path else frozenset()


def _names_of(row: Model, aliases: set[AliasTable], fields: set[str]) -> QuerySet[Any, Any]:
    """The row's own key and its other names: what the legacy keys of its records can be."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    own: Any = rows.values_list(Cast("pk", TextField()))
    others: list[Any] = [rows.values_list(Cast(field, TextField())) for field in fields]
    others += [
        apps.get_model(alias.model)._default_manager.filter(**{alias.owner: row.pk}).values_list(alias.subject)
        for alias in aliases
    ]
    return own.union(*others) if others else own  # type: ignore[no-any-return]


def legacy_records(row: Model) -> list[LegacyRecord]:
    """The landed records that became `row` or were merged into it, in one query by the landing table's key.

    A loaded record has the key of its row, and then no target; or another, which stands in a field of the row, and the
    row is its target. A merged one has a key of its own, which stands among the row's aliases.
    """
    filling = list(entities_filling(type(row)))
    if not filling:
        return []
    entities = Q(*(Q(entity__source=source, entity__name=entity.name) for source, entity in filling), _connector=Q.OR)
    aliases = {entity.aliases for _, entity in filling if entity.aliases}
    names = _names_of(row, aliases, {entity.legacy_key for _, entity in filling if entity.legacy_key})
    of_this_row = Q(target=row.pk) | Q(target__isnull=True, outcome=Outcome.LOADED, key=row.pk)
    records = LandedRecord.objects.filter(entities, of_this_row, key__in=names).select_related("entity")
    return [_described(record) for record in records.order_by("entity_id", "key")[:RECORDS_SHOWN]]


def _described(record: LandedRecord) -> LegacyRecord:
    return LegacyRecord(
        entity=str(record.entity),
        key=record.key,
        outcome=Outcome(record.outcome).label,
        sha256=bytes(record.sha256).hex(),
        raw=shown(record.raw),
    )


class LegacyRecordsAdmin(admin.ModelAdmin):
    """Shows a row's legacy records on its change page, to those who may view landed records."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row is not None and request.user.has_perm("operations.view_landedrecord"):
            context["legacy_records"] = legacy_records(row)
        return super().render_change_form(request, context, *args, **kwargs)
