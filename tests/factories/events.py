"""Events for tests."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory

from events.keys import uuid7_of
from events.models import Event, EventArchive

FIRST_EVENT = datetime(2025, 3, 13, 5, 20, 26, 561319, tzinfo=UTC)


class EventFactory(DjangoModelFactory[Event]):
    """An event that waits for a worker; each came in an hour after the one before."""

    class Meta:
        model = Event

    id = factory.LazyAttribute(lambda event: uuid7_of(event.created_at, event.data["ticket_id"]))
    workflow = Event.Workflow.SUPPORT
    data = factory.LazyFunction(
        lambda: {
            "ticket_id": str(uuid.uuid4()),
            "from_email": "aigerim@example.com",
            "to_email": "support@example.org",
            "sender": "Айгерім",
            "subject": "Төлем",
            "body": "Тапсырыс жеткізілмеді",
        }
    )
    created_at = factory.Sequence(lambda n: FIRST_EVENT + timedelta(hours=n))

    class Params:
        done = factory.Trait(
            status=Event.Status.DONE,
            attempts=1,
            task_context={
                "nodes": {
                    "AnalyzeTicket": {"response_model": {"intent": "billing/invoice", "confidence": 0.9}},
                    "TicketRouter": {"next_node": "GenerateResponse"},
                }
            },
        )
        failed = factory.Trait(status=Event.Status.FAILED, attempts=3, failure="TimeoutError: the model did not answer")
        legacy = factory.Trait(status=Event.Status.UNPROCESSED, legacy_id=factory.LazyFunction(uuid.uuid1))


class EventArchiveFactory(DjangoModelFactory[EventArchive]):
    class Meta:
        model = EventArchive

    month = factory.Sequence(lambda n: datetime(2000 + n, 1, 1, tzinfo=UTC).date())
    path = factory.LazyAttribute(lambda archive: f"/var/archive/events_event_{archive.month:%Y_%m}.csv.gz")
    rows = 10
    sha256 = b"\0" * 32
