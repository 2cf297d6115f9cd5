"""The sample is what every import is measured against, so what it says of itself is checked against the table."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from events.keys import time_of
from events.legacy.sample import FULL_EVENTS, GENERATIONS, KINDS, Generation, Sample, write_sample
from events.models import Event
from operations.sandbox import Sandbox

EVENTS = 1_500

# What an import does, in one statement: of naive times in a zone, with the key of their time, and with the exact text
# where jsonb keeps less than all of it.
IMPORT = """
WITH timed AS (
    SELECT *, created_at AT TIME ZONE %(zone)s AS created, updated_at AT TIME ZONE %(zone)s AS updated,
           jsonb_near(data::text) AS said, jsonb_near(task_context::text) AS made,
           {workflow_type} AS typed
    FROM events
), keyed AS (
    SELECT *, uuid7_of(coalesce(created, uuid_extract_timestamp(id), 'epoch'), id::text) AS key FROM timed
)
INSERT INTO events_event (id, legacy_id, workflow, status, data, task_context, raw_data, raw_task_context,
                          created_at, updated_at)
SELECT key, id,
       coalesce(typed, CASE lower(trim(split_part(said ->> 'to_email', '@', 1)))
                       WHEN 'support' THEN 'support' WHEN 'helpdesk' THEN 'helpdesk' ELSE 'other' END),
       CASE WHEN jsonb_typeof(made) = 'object' AND made <> '{{}}' THEN 'done' ELSE 'unprocessed' END,
       said, made,
       CASE WHEN NOT jsonb_keeps(data::text) THEN data::text END,
       CASE WHEN NOT jsonb_keeps(task_context::text) THEN task_context::text END,
       created, updated
FROM keyed
WHERE key IS NOT NULL
    AND (data IS NULL OR said IS NOT NULL) AND (task_context IS NULL OR made IS NOT NULL)
    AND coalesce(strpos(data::text, repeat('[', 500)) = 0, true)
"""


@pytest.fixture
def database(sandbox: Sandbox) -> Iterator[psycopg.Connection[Any]]:
    """An empty database of its own."""
    name = f"legacy_{secrets.token_hex(4)}"
    with sandbox.primary.connect("postgres") as primary:
        primary.execute(f"CREATE DATABASE {name}")
        with sandbox.primary.connect(name) as legacy:
            yield legacy
        primary.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows(database: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return database.execute(
        "SELECT id::text, data::text, task_context::text, created_at::text, updated_at::text FROM events ORDER BY id"
    ).fetchall()


def one(database: psycopg.Connection[Any], query: str) -> Any:
    found = database.execute(query).fetchone()
    assert found
    return found[0]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_same_seed_gives_the_same_rows_and_another_gives_others(
    database: psycopg.Connection[Any], generation: Generation
) -> None:
    written = []
    for seed in (7, 7, 8):
        sample = write_sample(database, generation=generation, events=600, seed=seed, dirt=0.05)
        written.append((replace(sample, seed=0), rows(database)))
        database.execute("DROP TABLE events, alembic_version")

    assert written[0] == written[1]
    assert not {row[0] for row in written[0][1]} & {row[0] for row in written[2][1]}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_table_has_its_legacy_shape(database: psycopg.Connection[Any], generation: Generation) -> None:
    sample = write_sample(database, generation=generation, events=600)

    columns = database.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        "WHERE attrelid = 'events'::regclass AND attnum > 0 ORDER BY attname"
    ).fetchall()
    kind = "jsonb" if generation == "jsonb" else "json"
    naive = "timestamp without time zone"
    workflow = [] if generation == "first" else [("workflow_type", "character varying(150)", True)]
    assert columns == [
        ("created_at", naive, False),
        ("data", kind, False),
        ("id", "uuid", True),
        ("task_context", kind, False),
        ("updated_at", naive, False),
        *workflow,
    ]
    counts = {table: one(database, f"SELECT count(*) FROM {table}") for table in sample.rows}
    assert counts == sample.rows == {"events": 600, "alembic_version": 1}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_kind_of_dirt_that_the_generation_can_have_occurs(
    database: psycopg.Connection[Any], generation: Generation
) -> None:
    sample = write_sample(database, generation=generation, events=FULL_EVENTS)

    possible = {kind.slug for kind in KINDS if generation != "jsonb" or not kind.json_only}
    assert {record.kind for record in sample.dirty} == possible
    keys = {row[0] for row in rows(database)}
    assert {record.key for record in sample.dirty} <= keys
    assert len({record.key for record in sample.dirty}) == len(sample.dirty)


def test_a_clean_sample_has_no_dirt(database: psycopg.Connection[Any]) -> None:
    sample = write_sample(database, generation="first", events=EVENTS, dirt=0)

    assert (sample.dirty, sample.loaded) == ((), EVENTS)
    assert sum(sample.statuses.values()) == sum(sample.workflows.values()) == sum(sample.months.values()) == EVENTS


@pytest.mark.django_db
@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Almaty"])
def test_an_import_comes_to_what_the_sample_says(generation: Generation, zone: str) -> None:
    with connection.cursor() as cursor:
        sample = write_sample(connection.connection, generation=generation, events=EVENTS, dirt=0.1, zone=zone)
        workflow_type = "NULL" if generation == "first" else "workflow_type"
        cursor.execute(IMPORT.format(workflow_type=workflow_type), {"zone": zone})

    events = list(Event.objects.newest_first())
    assert len(events) == sample.loaded
    assert Counter(event.status for event in events) == sample.statuses
    assert Counter(event.workflow for event in events) == sample.workflows
    assert Counter(f"{time_of(event.pk):%Y-%m}" for event in events) == sample.months
    assert sum(event.created_at is None for event in events) == sample.untimed
    assert_dirt_ends_as_said(sample, {str(event.legacy_id): event for event in events})
    times = [event.created_at or time_of(event.pk) for event in events]
    assert times == sorted(times, reverse=True)


def assert_dirt_ends_as_said(sample: Sample, events: dict[str, Event]) -> None:
    fates = {record.key: record.fate for record in sample.dirty}
    assert {key for key, fate in fates.items() if fate == "rejected"}.isdisjoint(events)
    exact = {key for key, event in events.items() if event.raw_data is not None or event.raw_task_context is not None}
    assert exact == {key for key, fate in fates.items() if fate == "loaded_with_raw"}


def test_the_traps_of_the_legacy_store_are_there(database: psycopg.Connection[Any]) -> None:
    write_sample(database, generation="first", events=EVENTS, dirt=0)

    def count(where: str) -> int:
        return int(one(database, f"SELECT count(*) FROM events WHERE {where}"))

    assert count("created_at IS NULL") > 5
    assert count("task_context IS NULL") > 100
    assert count("task_context::text = 'null'") > 5
    assert count("task_context::text = '{}'") > 5
    assert count("uuid_extract_version(id) = 4") > 5
    assert count("data::text LIKE '%\\\\u0441%'") > 100  # Cyrillic is escaped
    assert count("octet_length(data::text) <> length(data::text)") == 0
    assert count("data -> 'ticket_id' IS NULL") >= 3  # does not fit the schema
    assert count("data ->> 'to_email' LIKE 'hr@%'") > 5
    assert count("data -> 'order' IS NOT NULL") >= 3
    assert count("updated_at < created_at") == 0
    assert one(database, "SELECT max(n) FROM (SELECT count(*) n FROM events GROUP BY data::text) AS same") >= 3
    by_key = [row[3] for row in rows(database) if row[3] and row[3].startswith("202")]
    assert by_key != sorted(by_key)


def test_uuid1_keys_hold_the_time_that_was_recorded(database: psycopg.Connection[Any]) -> None:
    write_sample(database, generation="first", events=EVENTS, dirt=0)

    apart = database.execute(
        "SELECT created_at AT TIME ZONE 'UTC' - uuid_extract_timestamp(id) FROM events "
        "WHERE uuid_extract_version(id) = 1 AND created_at IS NOT NULL"
    ).fetchall()
    assert len(apart) > EVENTS * 0.9
    assert all(timedelta() <= each < timedelta(milliseconds=1) for (each,) in apart)


def test_a_result_repeats_the_event_and_names_what_its_nodes_said(database: psycopg.Connection[Any]) -> None:
    write_sample(database, generation="workflows", events=EVENTS, dirt=0)

    done = [(json.loads(row[1]), json.loads(row[2])) for row in rows(database) if len(row[2] or "") > 4]
    assert len(done) > EVENTS / 2
    for data, context in done:
        assert context["event"] == data
        assert list(context) == ["event", "nodes", "metadata", "should_stop"]
        assert {"AnalyzeTicket", "TicketRouter"} <= context["nodes"].keys()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"events": 0}, "at least one event"),
        ({"dirt": 0.6}, "dirt is a share"),
        ({"now": datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)}, "needs a time zone"),
    ],
)
def test_impossible_numbers_are_refused(database: psycopg.Connection[Any], wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_sample(database, **{"generation": "first", "events": 10, **wrong})

    assert one(database, "SELECT to_regclass('events') IS NULL")


def test_a_database_that_has_events_is_refused(database: psycopg.Connection[Any]) -> None:
    write_sample(database, generation="first", events=10)
    before = rows(database)

    with pytest.raises(ValueError, match="has a table events already"):
        write_sample(database, generation="first", events=10)

    assert rows(database) == before
