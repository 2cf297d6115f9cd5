"""Imports of events outside of a test's transaction: the months are there first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from events.legacy.events import EVENT_STORE
from events.legacy.sample import write_sample
from events.months import Month
from events.partitions import events_outside, layout
from operations.importing.importer import Options, import_source
from operations.sandbox import Sandbox
from tests.events.test_partitions import months_as_migrated  # noqa: F401  made again after each test
from tests.operations.legacy_databases import LegacyDatabase, legacy_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(sandbox: Sandbox) -> Iterator[LegacyDatabase]:
    with legacy_database(sandbox) as store:
        yield store


def months_filled() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM events_event")
        return Counter(name for (name,) in cursor.fetchall())


def test_months_that_are_missing_are_made_first_and_a_dry_run_makes_none(store: LegacyDatabase) -> None:
    sample = write_sample(
        store.session, generation="first", events=200, dirt=0, now=datetime(2019, 3, 5, tzinfo=UTC), zone="Asia/Almaty"
    )
    before = layout().months

    import_source(EVENT_STORE, store.url, Options(zone="Asia/Almaty", dry_run=True))
    assert layout().months == before

    assert import_source(EVENT_STORE, store.url, Options(zone="Asia/Almaty")).ok
    assert layout().months[0] == Month.parsed(min(sample.months))
    assert events_outside() == []
    assert months_filled() == {Month.parsed(month).table: count for month, count in sample.months.items()}


def test_a_wrong_clock_makes_no_months(store: LegacyDatabase) -> None:
    write_sample(store.session, generation="first", events=20, dirt=0)
    store.run("UPDATE events SET created_at = '1983-01-01' WHERE id = (SELECT min(id::text)::uuid FROM events)")
    before = layout().months

    assert import_source(EVENT_STORE, store.url, Options()).ok

    assert layout().months == before
    assert [outside.edge for outside in events_outside()] == ["events_event_before"]
