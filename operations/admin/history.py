"""A row's history: who changed which column from what to what, newest first, however it was changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from operations import history
from operations.history import BEFORE, DELETE, INSERT, HistoryEvent

EVENTS_SHOWN = 60  # of one page; a change of a row is two of them
VALUE_SHOWN = 500
OLDER_THAN = "before"
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class ColumnChange:
    column: str
    was: str | None
    became: str | None


@dataclass(frozen=True)
class Entry:
    """`what` is added, changed, deleted, or past history: a change between two events that the history did not see."""

    what: str
    at: datetime | None = None
    by: str = ""
    by_way_of: str = ""
    columns: tuple[ColumnChange, ...] = ()


class HistoryAdmin(admin.ModelAdmin):
    """Shows the history of tracked models in the place of the admin's own log, which knows the admin's changes only."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        events = history.event_model(self.model)
        if events is None:
            return super().history_view(request, object_id, extra_context)
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        found = self._events(events, unquote(object_id), request.GET.get(OLDER_THAN, ""))
        if row is None and not found:
            return cast("HttpResponse", self._get_obj_does_not_exist_redirect(request, self.opts, object_id))  # type: ignore[attr-defined]
        newest = row if OLDER_THAN not in request.GET else None
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row if row is not None else unquote(object_id)}",
            "subtitle": None,
            "module_name": capfirst(str(self.opts.verbose_name_plural)),
            "object": row,
            "opts": self.opts,
            "entries": list(entries(found, newest)),
            "is_first": OLDER_THAN not in request.GET,
            "older": f"?{OLDER_THAN}={found[EVENTS_SHOWN - 1].pk}" if len(found) > EVENTS_SHOWN else None,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/operations/history.html", context)

    def _events(self, events: type[HistoryEvent], key: str, older_than: str) -> list[HistoryEvent]:
        """A page of the row's events, newest first, and one more to compare the oldest with."""
        try:
            row_key = self.opts.pk.to_python(key)
        except ValidationError:
            return []
        limit = int(older_than) if older_than.isdecimal() and len(older_than) < 19 else LARGEST_KEY
        objects: Any = events.objects
        own = objects.filter(pgh_obj_id=row_key, pgh_id__lt=limit).select_related("pgh_context")
        return list(own.order_by("-pgh_id")[: EVENTS_SHOWN + 1])


def entries(events: list[HistoryEvent], row: Model | None = None) -> Iterator[Entry]:
    """What the events of one row say, newest first; the last one is only compared with if the page is full.

    `row` is the row as it stands, for the newest page.
    """
    names = _names(events)
    if events and row is not None and events[0].pgh_label != DELETE:
        yield from _unseen(events[0], row)
    for place, event in enumerate(events[:EVENTS_SHOWN]):
        earlier = events[place + 1] if place + 1 < len(events) else None
        if event.pgh_label in (BEFORE, DELETE) and earlier is not None:
            yield from (_deletion(event, names) if event.pgh_label == DELETE else ())
            yield from _unseen(earlier, event)
        elif event.pgh_label == DELETE:
            yield from _deletion(event, names)
        elif event.pgh_label == INSERT:
            yield _entry("added", event, names, _differing(None, event))
        elif event.pgh_label != BEFORE:
            yield _entry("changed", event, names, _differing(earlier, event))


def _deletion(event: HistoryEvent, names: Mapping[str, str]) -> Iterator[Entry]:
    yield _entry("deleted", event, names, _differing(event, None))


def _unseen(earlier: HistoryEvent, later: Model) -> Iterator[Entry]:
    """An import between two events, or somebody who went around the triggers."""
    columns = tuple(_differing(earlier, later))
    if columns:
        yield Entry("past history", columns=columns)


def _entry(what: str, event: HistoryEvent, names: Mapping[str, str], columns: Iterable[ColumnChange]) -> Entry:
    metadata = _metadata(event)
    user = metadata.get("user")
    by = names.get(str(user), str(user)) if user is not None else history.author(metadata)
    return Entry(what, event.pgh_created_at, by, str(metadata.get("url") or ""), tuple(columns))


def _metadata(event: HistoryEvent) -> Mapping[str, Any]:
    context = getattr(event, "pgh_context", None)
    return context.metadata if context else {}


def _names(events: Iterable[HistoryEvent]) -> dict[str, str]:
    keys = {user for event in events if (user := _metadata(event).get("user")) is not None}
    return {str(user.pk): str(user) for user in get_user_model()._base_manager.filter(pk__in=keys)} if keys else {}


def _differing(earlier: Model | None, later: Model | None) -> Iterator[ColumnChange]:
    event = later if isinstance(later, HistoryEvent) else earlier
    assert isinstance(event, HistoryEvent)
    for field in history.past_columns(type(event)):
        was, became = (_value(one, field) for one in (earlier, later))
        if was != became:
            yield ColumnChange(str(field.verbose_name), _shown(was), _shown(became))


def _value(row: Model | None, field: Field[Any, Any]) -> Any:
    return None if row is None else getattr(row, field.attname)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else str(value)
    return text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + "…"
