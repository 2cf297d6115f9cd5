"""History: every change of a tracked model's rows, whoever made it and by whatever way.

Triggers of the database write it, one for each statement and not for each row, so that bulk writes, COPY and raw SQL
are seen as well. A changed row is recorded twice, as it was (`before`) and as it became (`update`): imports go around
the triggers, so the row as it was need not be in the history yet. Along one row's events the keys of the events rise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import pghistory
import pgtrigger
from django.db import models
from pghistory.models import Event

INSERT, BEFORE, UPDATE, DELETE = "insert", "before", "update", "delete"
Model = TypeVar("Model", bound=type[models.Model])


class HistoryEvent(Event):
    """A row as it was at one moment. `pgh_label` says which: INSERT, BEFORE, UPDATE or DELETE."""

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_label = models.CharField(max_length=8)

    class Meta:
        abstract = True


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[Model], Model]:
    """Record the changes of a model's rows, but for the columns of the fields in `exclude`."""

    def track(model: Model) -> Model:
        options = model._meta
        decorate = pghistory.track(
            pghistory.InsertEvent(INSERT),
            pghistory.UpdateEvent(BEFORE, row=pghistory.Old),
            pghistory.UpdateEvent(UPDATE, row=pghistory.New),
            pghistory.DeleteEvent(DELETE),
            exclude=[options.pk.name, *exclude],  # pgh_obj is the key
            model_name=f"{model.__name__}Event",
            base_model=HistoryEvent,
            append_only=True,
            level=pgtrigger.Statement,
            meta={
                # The events of one row in their order: its page of history, and proofs that ask what explains a value.
                "indexes": (models.Index(fields=("pgh_obj", "pgh_id"), name=f"{options.model_name}_history"),),
                "default_permissions": (),  # who may view the row may view its history
            },
        )
        return cast("Model", decorate(model))

    return track


def event_model(model: type[models.Model]) -> type[HistoryEvent] | None:
    """Where the history of a model's rows is; None if it is not tracked."""
    found = pghistory.core.event_models(tracks_model=model)
    return cast("type[HistoryEvent]", found[0]) if found else None


def past_columns(events: type[HistoryEvent]) -> list[models.Field[Any, Any]]:
    """The fields that events hold of the row itself."""
    tracked_model: Any = events.pgh_tracked_model
    own = {field.name for field in tracked_model._meta.concrete_fields}
    return [field for field in events._meta.concrete_fields if field.name in own]


def triggers() -> list[str]:
    """The names of all triggers that write history, as the database knows them."""
    writing = [
        (model, trigger) for model, trigger in pgtrigger.registered() if isinstance(trigger, pghistory.trigger.Event)
    ]
    return sorted(trigger.get_pgid(model) for model, trigger in writing)


def author(metadata: Mapping[str, Any] | None) -> str:
    """Who made a change, by what the context of its event says. Nobody says it for SQL that comes from elsewhere."""
    said = metadata or {}
    if said.get("user") is not None:
        return f"user {said['user']}"
    for kind in ("job", "command", "url"):
        if said.get(kind):
            return f"{kind} {said[kind]}"
    return "not known"
