"""Every change of an event's state. Each is one conditional statement: of two who try, one succeeds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from events.models import Event
from events.payload import refuse_unfit, workflow_of

FAILURE_LENGTH = 10_000
OPEN = (Event.Status.PENDING, Event.Status.FAILED, Event.Status.UNPROCESSED)


class WrongState(Exception):
    """The event is not in a state in which this can happen, or is not there."""


@transaction.atomic
def receive(*, data: dict[str, Any], workflow: str = "") -> Event:
    """Stores what came in, to be processed. Without a workflow the address tells it. ValidationError for unfit data."""
    refuse_unfit(data)
    event = Event(data=data, workflow=workflow or workflow_of(data))
    event.save(force_insert=True)
    event.refresh_from_db()
    return event


@transaction.atomic
def begin(*, event_id: UUID) -> Event:
    """A worker takes the event: it waits, or its last attempt failed. Raises WrongState if another has it, or had."""
    taken = Event.objects.filter(pk=event_id, status__in=OPEN)
    _expect_one(
        taken.update(status=Event.Status.RUNNING, attempts=F("attempts") + 1, updated_at=timezone.now()), event_id
    )
    return Event.objects.get(pk=event_id)


@transaction.atomic
def record_result(*, event_id: UUID, task_context: dict[str, Any]) -> None:
    """What processing made of the event that this worker has begun. The failure of an earlier attempt is over."""
    refuse_unfit(task_context)
    running = Event.objects.filter(pk=event_id, status=Event.Status.RUNNING)
    changed = running.update(
        status=Event.Status.DONE, task_context=task_context, failure=None, updated_at=timezone.now()
    )
    _expect_one(changed, event_id)


@transaction.atomic
def record_failure(*, event_id: UUID, failure: str, retry: bool) -> None:
    """Why the attempt failed; with `retry` the event waits for the next one."""
    text = (failure.replace("\0", "\ufffd") or "unknown")[:FAILURE_LENGTH]
    status = Event.Status.PENDING if retry else Event.Status.FAILED
    running = Event.objects.filter(pk=event_id, status=Event.Status.RUNNING)
    _expect_one(running.update(status=status, failure=text, updated_at=timezone.now()), event_id)


def _expect_one(changed: int, event_id: UUID) -> None:
    if not changed:
        raise WrongState(f"Event {event_id} is not there, or in another state.")
