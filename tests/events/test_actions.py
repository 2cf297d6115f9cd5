from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from events import actions
from events.models import Event
from events.payload import MOST_BYTES, MOST_LEVELS
from tests.factories.events import EventFactory

pytestmark = pytest.mark.django_db
TICKET = {"ticket_id": "t-1", "to_email": "support@example.org", "body": "Тапсырыс, ©, 😀, \\u0000 as text"}


def test_what_comes_in_waits_for_a_worker() -> None:
    event = actions.receive(data=TICKET)

    stored = Event.objects.get()
    assert stored == event
    assert (stored.data, stored.status, stored.workflow, stored.attempts) == (TICKET, "pending", "support", 0)
    assert stored.created_at is not None


@pytest.mark.parametrize(
    ("address", "workflow"),
    [
        ("support@example.org", "support"),
        ("SUPPORT@Example.org", "support"),
        ("helpdesk@example.org", "helpdesk"),
        ("hr@example.org", "other"),
        ("support", "support"),
        ("", "other"),
        (None, "other"),
        (["support@example.org"], "other"),
    ],
)
def test_the_address_tells_the_workflow(address: Any, workflow: str) -> None:
    assert actions.receive(data={"to_email": address}).workflow == workflow


def test_a_sender_may_say_the_workflow() -> None:
    assert actions.receive(data=TICKET, workflow="TRANSLATION").workflow == "TRANSLATION"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "type"),
        ([TICKET], "type"),
        ("{}", "type"),
        ({"at": uuid.uuid4()}, "type"),
        ({"body": "a\0b"}, "text"),
        ({"a\0b": 1}, "text"),
        ({"body": "half \ud83d"}, "text"),
        ({"value": float("nan")}, "number"),
        ({"value": [float("inf")]}, "number"),
        ({"body": "ә" * (MOST_BYTES // 2)}, "size"),
    ],
)
def test_unfit_data_is_refused_and_not_stored(data: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.receive(data=data)

    assert refused.value.code == code
    assert not Event.objects.exists()


def test_data_may_be_so_deep_and_no_deeper() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    for data in ({"in": deep}, levels_of_objects(MOST_LEVELS + 1)):
        with pytest.raises(ValidationError) as refused:
            actions.receive(data=data)
        assert refused.value.code == "depth"

    assert actions.receive(data=levels_of_objects(MOST_LEVELS)).pk


def levels_of_objects(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels - 1):
        data = {"in": data}
    return data


def test_a_worker_takes_an_event_and_records_what_it_made_of_it() -> None:
    event = EventFactory()

    begun = actions.begin(event_id=event.pk)
    assert (begun.status, begun.attempts) == ("running", 1)
    actions.record_result(event_id=event.pk, task_context={"nodes": {}})

    event.refresh_from_db()
    assert (event.status, event.task_context, event.failure) == ("done", {"nodes": {}}, None)
    assert event.updated_at > event.created_at


def test_failures_and_retries_stay_visible_until_one_succeeds() -> None:
    event = EventFactory()
    for retry in (True, False):
        actions.begin(event_id=event.pk)
        actions.record_failure(event_id=event.pk, failure="TimeoutError\0", retry=retry)
        event.refresh_from_db()
        assert (event.status, event.failure) == ("pending" if retry else "failed", "TimeoutError\ufffd")
    actions.begin(event_id=event.pk)
    actions.record_result(event_id=event.pk, task_context={"nodes": {}})

    event.refresh_from_db()
    assert (event.status, event.attempts, event.failure) == ("done", 3, None)


@pytest.mark.parametrize("status", ["running", "done"])
def test_an_event_that_another_worker_has_or_had_is_not_taken(status: str) -> None:
    event = EventFactory(status=status, task_context={"nodes": {}})

    with pytest.raises(actions.WrongState):
        actions.begin(event_id=event.pk)

    event.refresh_from_db()
    assert (event.status, event.attempts) == (status, 0)


@pytest.mark.parametrize("status", ["pending", "done", "failed", "unprocessed"])
def test_only_a_running_event_gets_a_result_or_a_failure(status: str) -> None:
    event = EventFactory(status=status, task_context={"nodes": {"old": 1}}, failure="before")

    with pytest.raises(actions.WrongState):
        actions.record_result(event_id=event.pk, task_context={"nodes": {}})
    with pytest.raises(actions.WrongState):
        actions.record_failure(event_id=event.pk, failure="now", retry=False)

    event.refresh_from_db()
    assert (event.status, event.task_context, event.failure) == (status, {"nodes": {"old": 1}}, "before")


def test_an_event_that_is_not_there_is_told() -> None:
    with pytest.raises(actions.WrongState):
        actions.begin(event_id=uuid.uuid4())


def test_an_unfit_result_is_refused() -> None:
    event = EventFactory(status="running")

    with pytest.raises(ValidationError):
        actions.record_result(event_id=event.pk, task_context={"text": "\0"})

    event.refresh_from_db()
    assert event.status == "running"
