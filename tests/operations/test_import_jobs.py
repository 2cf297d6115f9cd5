"""Imports as background jobs: real workers, which are stopped and killed in the middle."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.legacy.sample import Sample
from operations.actions import ask, start_import, start_inspection
from operations.importing.errors import ImportBusy
from operations.models import ImportJob, ImportRun, Inspection, LandedRecord, RunControl
from tests.operations.jobs import (
    BATCH,
    asked,
    attempts_of,
    clear_jobs,
    desk,
    sample_in,
    status_of,
    wait_for,
    worker,
)
from tests.operations.legacy_files import TABLES, imported, row_counts, state, undone
from tests.operations.test_import_crash import records_read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_jobs() -> Iterator[None]:
    clear_jobs()
    yield
    clear_jobs()


@pytest.fixture
def sample(tmp_path: Path, settings: Any) -> Sample:
    settings.LEGACY_FILES_DIR = tmp_path
    return sample_in(tmp_path)


def undisturbed(sample: Sample) -> Any:
    """What an import ends with that nobody disturbs; it is taken back."""
    assert imported(sample.path, batch_size=BATCH).ok
    expected = state()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    return expected


def test_a_worker_imports_what_was_asked_for(sample: Sample) -> None:
    expected = undisturbed(sample)
    job = asked(sample)
    assert (status_of(job), ImportRun.objects.count()) == ("todo", 0)

    with worker(sample.path.parent, "--no-wait") as process:
        _, err = process.communicate(timeout=60)

    assert process.returncode == 0, err
    job.refresh_from_db()
    run = ImportRun.objects.get()
    assert (status_of(job), job.error, job.run_id) == ("succeeded", "", run.pk)
    assert (run.state, run.report["ok"]) == ("finished", True)
    assert job.ended_at is not None
    assert state() == expected
    assert desk() is None


def test_a_job_is_enqueued_with_the_row_that_it_is_about_or_not_at_all(sample: Sample) -> None:
    with undone():
        asked(sample)

    assert (ImportJob.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)
    job = asked(sample)
    stored = ProcrastinateJob.objects.get()
    assert (stored.pk, stored.args) == (job.job_id, {"key": str(job.pk)})


def test_one_source_has_one_import_at_a_time(sample: Sample) -> None:
    asked(sample)

    with pytest.raises(ImportBusy, match="An import of normaldance is waiting or running already"):
        asked(sample)

    assert ImportJob.objects.count() == 1
    with worker(sample.path.parent) as process:
        wait_for(desk, process)
        with pytest.raises(ImportBusy):
            asked(sample)
    assert ImportJob.objects.count() == 1


def test_the_job_of_a_killed_worker_is_taken_up_and_goes_on_after_its_checkpoint(sample: Sample) -> None:
    expected = undisturbed(sample)
    job = asked(sample)
    with worker(sample.path.parent) as first:
        wait_for(lambda: records_read() >= 300, first)
        first.kill()
        first.communicate()
    kept = records_read()
    assert (status_of(job), ImportRun.objects.get().state) == ("doing", "running")
    assert LandedRecord.objects.count() == kept

    with worker(sample.path.parent) as second:
        wait_for(lambda: status_of(job) == "succeeded", second)

    run = ImportRun.objects.get()
    assert (run.state, run.report["ok"]) == ("finished", True)
    assert attempts_of(job) == 2
    assert state() == expected
    assert desk() is None


def test_a_job_that_kills_its_workers_is_given_up(sample: Sample) -> None:
    job = asked(sample)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = 10")

    with worker(sample.path.parent) as process:
        wait_for(lambda: status_of(job) == "failed", process)

    assert ImportRun.objects.count() == 0


def test_a_worker_that_is_told_to_stop_leaves_the_import_to_the_next_one(sample: Sample) -> None:
    expected = undisturbed(sample)
    job = asked(sample)
    with worker(sample.path.parent) as first:
        wait_for(lambda: records_read() >= 100, first)
        first.send_signal(signal.SIGTERM)
        _, err = first.communicate(timeout=30)
    assert first.returncode == 0, err
    assert (status_of(job), ImportRun.objects.get().state) == ("todo", "stopped")
    job.refresh_from_db()
    assert job.ended_at is None

    with worker(sample.path.parent, "--no-wait") as second:
        second.communicate(timeout=60)

    assert (status_of(job), ImportRun.objects.get().state) == ("succeeded", "finished")
    assert state() == expected


def test_a_pause_outlives_the_worker(sample: Sample) -> None:
    job = asked(sample)
    with worker(sample.path.parent) as first:
        run = wait_for(desk, first).run_id
        assert ask(run=run, request=RunControl.Request.PAUSE, asked_by="Mira")
        wait_for(lambda: ImportRun.objects.filter(state="paused"), first)
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=30) == 0
    assert (status_of(job), ImportRun.objects.get().state) == ("todo", "stopped")

    with worker(sample.path.parent) as second:
        wait_for(lambda: ImportRun.objects.filter(state="paused"), second)
        assert ask(run=run, request=RunControl.Request.NONE, asked_by="Mira")
        wait_for(lambda: status_of(job) == "succeeded", second)


def test_an_import_that_meets_another_one_is_tried_again(sample: Sample) -> None:
    job = asked(sample)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('slipway import normaldance', 0))")
    try:
        with worker(sample.path.parent) as process:
            wait_for(lambda: attempts_of(job) == 1, process)
            job.refresh_from_db()
            assert "another import of normaldance is going on" in job.error
            assert (status_of(job), job.ended_at) == ("todo", None)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")


def test_a_dry_run_leaves_its_report_and_nothing_else(sample: Sample) -> None:
    before = row_counts()
    job = asked(sample, dry_run=True, only=["users"])

    with worker(sample.path.parent, "--no-wait") as process:
        process.communicate(timeout=60)

    job.refresh_from_db()
    assert (status_of(job), job.error, job.run) == ("succeeded", "", None)
    assert (job.report["dry_run"], job.report["ok"]) == (True, True)
    assert [entity["entity"] for entity in job.report["entities"]] == ["users"]
    assert row_counts() == before
    assert desk() is None


def test_a_source_that_cannot_be_read_fails_the_job_with_the_remedy(sample: Sample) -> None:
    job = asked(sample)
    os.truncate(sample.path, 4_000)

    with worker(sample.path.parent, "--no-wait") as process:
        process.communicate(timeout=60)

    job.refresh_from_db()
    assert (status_of(job), attempts_of(job)) == ("failed", 1)
    assert job.ended_at is not None
    assert job.error.endswith("production.db is cut off in the middle of a page. Was the copy interrupted?")


def test_a_password_in_the_settings_is_nowhere_to_be_read(sample: Sample, settings: Any) -> None:
    address = "redis://reader:s3cr3t%2Fword@127.0.0.1:1/0"
    settings.LEGACY_ADDRESSES = {"normaldance": address}
    options: Any = {"source": "normaldance", "address": "", "asked_by": "Mira"}
    job = start_import(**options, dry_run=False, only=[], batch_size=BATCH)
    inspection = start_inspection(**options)

    with worker(sample.path.parent, "--no-wait", LEGACY_NORMALDANCE_URL=address, LOG_LEVEL="DEBUG") as process:
        out, err = process.communicate(timeout=60)

    assert status_of(job) == status_of(inspection) == "failed"
    assert "operations.import_legacy" in out + err
    assert "s3cr3t" not in out + err
    dump = dumped()
    assert str(job.pk) in dump
    assert "s3cr3t" not in dump


def dumped() -> str:
    """Every row of every table, as text."""
    rows: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")
            rows += [text for (text,) in cursor.fetchall()]
    return "\n".join(rows)


def test_an_inspection_is_kept(sample: Sample) -> None:
    inspection = start_inspection(source="normaldance", address=sample.path.name, asked_by="Mira")

    with worker(sample.path.parent, "--no-wait") as process:
        process.communicate(timeout=60)

    found = Inspection.objects.get()
    assert (status_of(inspection), found.error) == ("succeeded", "")
    assert found.location == f"sqlite:///{sample.path}"
    assert found.report == printed(sample)


def printed(sample: Sample) -> Any:
    out = StringIO()
    call_command("inspect_legacy", "normaldance", "--from", str(sample.path), "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_a_worker_refuses_what_would_declare_the_living_dead(sample: Sample) -> None:
    with worker(sample.path.parent, "--heartbeat", "5", "--silence", "6") as process:
        _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert err.endswith("--silence must be twice --heartbeat or more: a slow sign of life is no death.\n")
