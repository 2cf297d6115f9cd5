"""Imports of events outside of a test's transaction: killed ones go on, and the months are there first."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import Sum

from events.legacy.events import EVENT_STORE
from events.legacy.sample import write_sample
from events.models import Event
from events.months import Month
from events.partitions import events_outside, layout
from operations.importing.importer import Options, import_source
from operations.models import EntityProgress, LandedRecord
from operations.sandbox import Sandbox
from tests.events.test_partitions import months_as_migrated  # noqa: F401  made again after each test
from tests.operations.legacy_databases import LegacyDatabase, legacy_database
from tests.operations.test_import_crash import PROJECT, database_url

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


def records_read() -> int:
    return EntityProgress.objects.aggregate(total=Sum("read"))["total"] or 0


def test_an_import_that_is_killed_goes_on_and_loses_nothing(store: LegacyDatabase) -> None:
    sample = write_sample(store.session, generation="workflows", events=800, dirt=0.05)
    command = [sys.executable, "manage.py", "import_legacy", "events", "--from", store.url, "--batch-size", "20"]
    environment = {name: value for name, value in os.environ.items() if name != "READ_DATABASE_URL"}
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment | {"DATABASE_URL": database_url()}, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not records_read() and time.monotonic() < deadline and process.poll() is None:
        pass
    process.kill()
    process.wait()
    assert 0 < records_read() == LandedRecord.objects.count() < 800

    report = import_source(EVENT_STORE, store.url, Options(batch_size=20))

    assert report.ok
    (events,) = (one for one in report.entities if one.entity == "events")
    assert (events.read, events.loaded, events.rejected) == (800, sample.loaded, sample.fates["rejected"])
    assert Event.objects.count() == sample.loaded
