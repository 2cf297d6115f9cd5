from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from events.keys import uuid7_of
from events.models import Event, EventArchive
from tests.factories.events import FIRST_EVENT, EventArchiveFactory, EventFactory

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


def refusal(make: Callable[[], Model]) -> str | None:
    """The name of the constraint that refuses the row."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make()
    cause: Any = refused.value.__cause__
    return cause.diag.constraint_name  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("events_event_key_is_v7", {"id": uuid.uuid4()}),
        ("events_event_key_is_v7", {"id": uuid.uuid1(), "created_at": None}),
        (
            "events_event_key_holds_time",
            {"id": uuid7_of(FIRST_EVENT, "x"), "created_at": FIRST_EVENT + timedelta(hours=1)},
        ),
        ("events_event_status_known", {"status": "lost"}),
        ("events_event_attempts_not_negative", {"attempts": -1}),
        ("events_event_done_has_result", {"status": "done"}),
        ("events_event_failed_has_failure", {"status": "failed"}),
    ],
)
def test_an_event_that_cannot_be_is_refused(constraint: str, values: dict[str, Any]) -> None:
    assert refusal(lambda: EventFactory(**values)) == constraint
    assert not Event.objects.exists()


def test_an_archive_that_cannot_be_is_refused() -> None:
    assert refusal(lambda: EventArchiveFactory(rows=-1)) == "events_archive_rows_not_negative"
    first = EventArchiveFactory()
    assert refusal(lambda: EventArchiveFactory(month=first.month)) == "events_archive_month_unique"
    assert EventArchive.objects.count() == 1


@pytest.mark.parametrize("status", Event.Status.values)
def test_every_state_of_an_event_can_be_stored(status: str) -> None:
    event = EventFactory(status=status, failure="why", task_context={"nodes": {}})

    event.refresh_from_db()
    assert event.status == status


def test_the_database_fills_in_what_raw_sql_leaves_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO events_event (data) VALUES ('{}')")

    event = Event.objects.get()
    assert event.pk.version == 7
    assert (event.status, event.workflow, event.attempts) == ("pending", "other", 0)
    assert event.created_at is not None
    assert event.updated_at is not None


def test_the_table_is_what_the_model_says() -> None:
    """The migration writes the table by hand; constraints and indexes are named in both places."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "events_event")
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'events_event'::regclass AND contype = 'c'")
        checks = {name for (name,) in cursor.fetchall()}

    assert checks == {constraint.name for constraint in Event._meta.constraints}
    indexes = {name for name, about in found.items() if about["index"] and not about["primary_key"]}
    assert indexes == {index.name for index in Event._meta.indexes}


def test_what_the_model_would_create_has_the_same_columns_and_indexes() -> None:
    def described(table: str) -> tuple[list[Any], set[str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) "
                "FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
                f"WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
            )
            columns = cursor.fetchall()
            cursor.execute(
                f"SELECT indexdef FROM pg_indexes WHERE tablename = '{table.split('.')[-1]}' AND schemaname = "
                f"'{table.split('.')[0]}'"
            )
            indexes = {row[0].split(" USING ")[1] for row in cursor.fetchall()}
        return columns, indexes

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA modelled")
        cursor.execute("SET LOCAL search_path = modelled")
        with connection.schema_editor() as editor:
            editor.create_model(Event)
            for statement in [*editor.deferred_sql]:
                editor.execute(statement)
            editor.deferred_sql.clear()
        cursor.execute("SET LOCAL search_path = public")

    assert described("modelled.events_event") == described("public.events_event")


def test_other_tables_can_refer_to_events() -> None:
    event = EventFactory()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE reply (event uuid NOT NULL REFERENCES events_event (id) ON DELETE CASCADE)")
        cursor.execute("INSERT INTO reply VALUES (%s)", [event.pk])
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("INSERT INTO reply VALUES (uuidv7())")

        event.delete()

        cursor.execute("SELECT count(*) FROM reply")
        assert cursor.fetchone() == (0,)


def test_the_latest_event_is_so_by_time_whatever_the_legacy_keys_say() -> None:
    """A uuid1 begins with the lowest bits of its time, and an event may be stored long after it came in."""
    middle = EventFactory(legacy=True, legacy_id=uuid.UUID("ffffffff-0000-1000-8000-000000000000"))
    latest = EventFactory(legacy=True, legacy_id=uuid.UUID("00000000-0001-1000-8000-000000000000"))
    unknown = EventFactory(id=uuid7_of(FIRST_EVENT - MICROSECOND, "x"), legacy=True, created_at=None)

    assert Event.objects.latest() == latest
    assert Event.objects.earliest() == unknown
    assert list(Event.objects.newest_first()) == [latest, middle, unknown]


def test_a_range_takes_its_start_and_leaves_its_end_to_the_microsecond() -> None:
    start, end = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
    moments = (start - MICROSECOND, start, end - MICROSECOND, end)
    _, first, last, _ = (EventFactory(created_at=moment) for moment in moments)

    assert list(Event.objects.received_between(start, end).newest_first()) == [last, first]


def test_events_are_found_by_what_they_say() -> None:
    other = EventFactory(workflow="helpdesk", data={"ticket_id": "t-2", "to_email": "HelpDesk@Example.org"})
    found = EventFactory(done=True, data={"ticket_id": "t-1", "to_email": "Support@example.org"})
    again = EventFactory(data=found.data)

    assert list(Event.objects.about_ticket("t-1").newest_first()) == [again, found]
    assert list(Event.objects.sent_to("helpdesk@example.ORG")) == [other]
    assert list(Event.objects.with_intent("billing/invoice")) == [found]
    assert list(Event.objects.of_workflow("helpdesk")) == [other]
    assert list(Event.objects.with_status("done")) == [found]
    assert Event.objects.with_status("done", "pending").count() == 3


def test_a_legacy_event_is_found_by_its_old_key() -> None:
    event = EventFactory(legacy=True)
    EventFactory()

    assert Event.objects.of_legacy_id(event.legacy_id).get() == event


def test_a_text_of_any_length_can_be_stored_and_found() -> None:
    long = uuid.uuid4().hex * 400
    event = EventFactory(
        data={"ticket_id": long, "to_email": long},
        task_context={"nodes": {"AnalyzeTicket": {"response_model": {"intent": long}}}},
    )

    assert list(Event.objects.about_ticket(long)) == [event]
    assert list(Event.objects.sent_to(long)) == [event]
    assert list(Event.objects.with_intent(long)) == [event]


def test_every_verb_of_a_store_is_there() -> None:
    event = Event.objects.create(data={"ticket_id": "t"})
    event.refresh_from_db()

    assert Event.objects.get(pk=event.pk) == event
    assert Event.objects.filter(pk=event.pk).update(failure="none") == 1
    assert Event.objects.count() == 1
    assert Event.objects.exists()
    assert list(Event.objects.all()) == [event]
    assert event.delete()[0] == 1
    assert not Event.objects.exists()


@pytest.mark.parametrize("context", [None, [], "text", {}, {"nodes": []}, {"nodes": {"AnalyzeTicket": None}}])
def test_an_event_without_an_analysis_has_an_empty_one(context: Any) -> None:
    assert Event(task_context=context).analysis == {}


def test_the_analysis_is_what_the_first_node_found() -> None:
    assert EventFactory.build(done=True).analysis["intent"] == "billing/invoice"
