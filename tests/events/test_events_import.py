"""The event store, imported: every event ends as the sample states, whatever its generation and its zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from events.actions import begin, record_result
from events.keys import time_of
from events.legacy.events import EVENT_STORE
from events.legacy.sample import GENERATIONS, Generation, Sample, write_sample
from events.models import Event
from operations.admin.legacy import legacy_records
from operations.importing.errors import SchemaUnknown
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.report import ImportReport
from operations.importing.undo import find_run, undo_run
from operations.importing.verifying import verify_source
from operations.models import LandedRecord, Rejection
from operations.sandbox import Sandbox
from tests.factories.events import EventFactory
from tests.operations.legacy_databases import LegacyDatabase, legacy_database

pytestmark = pytest.mark.django_db

EVENTS = 600
ZONES = ("UTC", "Asia/Almaty")
REASONS = {
    "nested_too_deep": "too_deep",
    "number_beyond_numeric": "unstorable_number",
    "time_infinite": "not_a_time",
}


@pytest.fixture
def store(sandbox: Sandbox) -> Iterator[LegacyDatabase]:
    with legacy_database(sandbox) as store:
        yield store


def filled(store: LegacyDatabase, generation: Generation = "first", zone: str = "UTC", **options: Any) -> Sample:
    with store.session.transaction():
        return write_sample(store.session, generation=generation, events=EVENTS, zone=zone, **{"dirt": 0.05, **options})


def imported(store: LegacyDatabase, zone: str | None = None, **options: Any) -> ImportReport:
    return import_source(EVENT_STORE, store.url, Options(zone=zone, **options))


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int, int]]:
    return {one.entity: (one.read, one.loaded, one.kept, one.rejected, one.unchanged) for one in report.entities}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_event_of_a_sample_ends_as_it_states(store: LegacyDatabase, generation: Generation, zone: str) -> None:
    sample = filled(store, generation, zone)

    report = imported(store, zone)

    assert report.ok, report.proofs
    assert report.generation == generation
    assert counts(report) == {
        "events": (EVENTS, sample.loaded, 0, sample.fates["rejected"], 0),
        "alembic_version": (1, 0, 1, 0, 0),
    }
    events = list(Event.objects.newest_first())
    assert Counter(event.status for event in events) == sample.statuses
    assert Counter(event.workflow for event in events) == sample.workflows
    assert Counter(f"{time_of(event.pk):%Y-%m}" for event in events) == sample.months
    assert sum(event.created_at is None for event in events) == sample.untimed
    exact = {str(one.legacy_id) for one in events if one.raw_data is not None or one.raw_task_context is not None}
    assert exact == {record.key for record in sample.dirty if record.fate == "loaded_with_raw"}
    assert rejected() == {
        record.key: REASONS.get(record.kind) or "out_of_range" for record in sample.dirty if record.fate == "rejected"
    } | dict.fromkeys(before_christ(store), "not_a_time")


def rejected() -> dict[str, str]:
    return dict(Rejection.objects.filter(entity__name="events").values_list("key", "reason"))


def before_christ(store: LegacyDatabase) -> list[str]:
    return [key for (key,) in store.fetch("SELECT id::text FROM events WHERE created_at::text LIKE '% BC'")]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_second_import_writes_nothing_and_an_undo_leaves_nothing(
    store: LegacyDatabase, generation: Generation
) -> None:
    sample = filled(store, generation)
    first = imported(store)

    second = imported(store)

    assert counts(second)["events"] == (EVENTS, 0, 0, 0, EVENTS)
    assert Event.objects.count() == sample.loaded
    undone = undo_run(find_run(first.run), planned=False)
    assert undone.staying == 0
    assert not Event.objects.exists()
    assert not LandedRecord.objects.exists()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_dry_run_and_the_inspection_foresee_every_count(
    store: LegacyDatabase, generation: Generation, zone: str
) -> None:
    filled(store, generation, zone)
    (foreseen,) = inspect_source(EVENT_STORE, store.url, zone=zone).entities

    rehearsed = imported(store, zone, dry_run=True)

    assert not LandedRecord.objects.exists()
    assert not Event.objects.exists()
    real = imported(store, zone)
    assert counts(rehearsed) == counts(real)
    (events,) = (one for one in real.entities if one.entity == "events")
    assert [one.reasons for one in rehearsed.entities] == [one.reasons for one in real.entities]
    assert (foreseen.prediction.loaded, foreseen.prediction.rejected) == (events.loaded, events.rejected)
    assert foreseen.prediction.reasons == events.reasons


@pytest.mark.parametrize(
    ("spoiling", "column"),
    [
        ("data = jsonb_set(data, '{subject}', '\"bent\"')", "data"),
        ("status = 'unprocessed'", "status"),
        ("created_at = created_at + interval '1 microsecond'", "created_at"),
        ("task_context = task_context || '{\"bent\": 1}'", "task_context"),
        ("raw_data = 'bent'", "raw_data"),
        ("workflow = 'bent'", "workflow"),
        ("legacy_id = uuidv4()", "legacy_id"),
    ],
)
def test_both_proofs_name_an_event_that_was_spoiled(store: LegacyDatabase, spoiling: str, column: str) -> None:
    filled(store)
    imported(store)
    event = Event.objects.filter(status="done", created_at__isnull=False, raw_data=None).latest()
    spoil(event, spoiling)

    proofs = verify_source(EVENT_STORE, store.url)

    for proof in (proofs.sql, proofs.source):
        assert [(one.key, one.column) for one in proof.named] == [(str(event.legacy_id), column)]


def spoil(event: Event, spoiling: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE events_event SET {spoiling} WHERE id = %s", [event.pk])
        assert cursor.rowcount == 1


def test_what_a_worker_makes_of_an_imported_event_is_no_difference(store: LegacyDatabase) -> None:
    filled(store)
    report = imported(store)
    event = Event.objects.filter(status="unprocessed", raw_data=None).latest()
    begin(event_id=event.pk)

    record_result(event_id=event.pk, task_context={"event": {}, "nodes": {"AnalyzeTicket": {}}})

    proofs = verify_source(EVENT_STORE, store.url)
    assert proofs.sql.differences == proofs.source.differences == 0
    assert counts(imported(store))["events"] == (EVENTS, 0, 0, 0, EVENTS)
    assert Event.objects.get(pk=event.pk).status == "done"
    spoil(event, "data = '{}'")
    proofs = verify_source(EVENT_STORE, store.url)
    assert [one.column for one in proofs.sql.named + proofs.source.named] == ["data", "data"]
    undone = undo_run(find_run(report.run), planned=False)
    assert [stay.key for one in undone.entities for stay in one.stays] == [str(event.pk)]


def test_the_record_of_an_event_is_found_by_the_key_that_it_had(store: LegacyDatabase) -> None:
    filled(store)
    imported(store)
    event = Event.objects.exclude(legacy_id=None).latest()

    (record,) = legacy_records(event)

    assert (record.entity, record.key, record.outcome) == ("events.events", str(event.legacy_id), "Loaded")
    assert legacy_records(EventFactory()) == []


def test_a_table_of_another_shape_is_refused(store: LegacyDatabase) -> None:
    store.run("CREATE TABLE events (id uuid PRIMARY KEY, data json, created_at timestamp)")

    with pytest.raises(SchemaUnknown, match="not a database of the event store"):
        imported(store)

    assert not LandedRecord.objects.exists()
