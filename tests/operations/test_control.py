"""Imports that are paused, resumed and stopped from elsewhere while they go on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from catalog.legacy.sample import Sample
from operations.actions import Request, ask
from operations.models import ImportRun, LandedRecord, RunControl
from tests.operations.jobs import asked, clear_jobs, desk, sample_in, status_of, wait_for, worker
from tests.operations.legacy_files import row_counts, state
from tests.operations.test_import_crash import database_url, records_read, start, undisturbed

__all__ = ["start"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)
BY = "mira@example.org"


@pytest.fixture(autouse=True)
def no_jobs() -> Iterator[None]:
    clear_jobs()
    yield
    clear_jobs()


@pytest.fixture
def sample(tmp_path: Path, settings: Any) -> Sample:
    settings.LEGACY_FILES_DIR = tmp_path
    return sample_in(tmp_path)


def states() -> list[str]:
    return list(ImportRun.objects.values_list("state", flat=True))


def asked_of(process: subprocess.Popen[str], request: Request) -> float:
    """Ask what goes on in `process`; gives the time of asking."""
    run = wait_for(desk, process).run_id
    assert ask(run=run, request=request, asked_by=BY)
    return time.monotonic()


def test_a_pause_holds_an_import_between_two_batches_until_it_is_resumed(
    sample: Sample, start: Callable[..., subprocess.Popen[str]]
) -> None:
    _, expected = undisturbed(sample)
    process = start()

    asked_at = asked_of(process, Request.PAUSE)
    wait_for(lambda: states() == ["paused"], process)
    took = time.monotonic() - asked_at
    read = records_read()
    assert took < 5  # between two batches: before the import is over
    assert LandedRecord.objects.count() == read
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        assert cursor.fetchone() == (0,)

    assert ask(run=ImportRun.objects.get().pk, request=Request.NONE, asked_by=BY)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 0, err
    assert err.index(f"Paused by {BY} in the admin, to be resumed there.") < err.index(f"Resumed by {BY} in the admin.")
    assert records_read() > read
    assert (states(), state()) == (["finished"], expected)
    assert desk() is None


def test_a_stop_ends_an_import_in_a_terminal_as_ctrl_c_does(
    sample: Sample, start: Callable[..., subprocess.Popen[str]]
) -> None:
    _, expected = undisturbed(sample)
    process = start()

    asked_at = asked_of(process, Request.STOP)
    wait_for(lambda: states() == ["stopped"], process if process.poll() is None else None)
    took = time.monotonic() - asked_at
    _, err = process.communicate(timeout=60)

    assert took < 5  # between two batches: before the import is over
    assert process.returncode == 130
    assert err.endswith(
        f"Stopped by {BY} in the admin. Every finished batch is kept; run the same command again to go on.\n"
    )
    assert LandedRecord.objects.count() == records_read()
    assert desk() is None
    again = start()
    assert again.wait(timeout=60) == 0
    assert (states(), state()) == (["finished"], expected)


def test_a_paused_import_can_be_stopped(sample: Sample, start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    asked_of(process, Request.PAUSE)
    wait_for(lambda: states() == ["paused"], process)

    asked_of(process, Request.STOP)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"Stopped by {BY} in the admin." in err
    assert states() == ["stopped"]


def test_ctrl_c_ends_a_paused_import_and_the_next_one_is_not_paused(
    sample: Sample, start: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start()
    asked_of(process, Request.PAUSE)
    wait_for(lambda: states() == ["paused"], process)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert (process.returncode, states(), desk()) == (130, ["stopped"], None)
    assert start().wait(timeout=60) == 0


def test_an_import_in_a_worker_is_paused_resumed_and_stopped(sample: Sample) -> None:
    job = asked(sample)
    with worker(sample.path.parent) as process:
        asked_of(process, Request.PAUSE)
        wait_for(lambda: states() == ["paused"], process)
        asked_of(process, Request.NONE)
        wait_for(lambda: states() == ["running"], process)
        asked_of(process, Request.STOP)
        wait_for(lambda: status_of(job) == "succeeded", process)

    job.refresh_from_db()
    assert states() == ["stopped"]
    assert job.error == f"Stopped by {BY}. What was finished is kept."
    assert job.ended_at is not None


def test_a_stop_does_not_wait_for_a_long_statement(sample: Sample, start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    wait_for(lambda: records_read() > 0, process)

    with psycopg.connect(database_url()) as other:
        # What the import does next waits for this lock, and would for as long as it is held.
        other.execute("LOCK TABLE operations_landedrecord IN SHARE ROW EXCLUSIVE MODE")
        wait_for(waits_for_a_lock, process)
        asked_at = asked_of(process, Request.STOP)
        process.wait(timeout=60)
        took = time.monotonic() - asked_at

    assert process.returncode == 130
    assert took < 10  # the lock would be held for ever
    assert states() == ["stopped"]
    assert LandedRecord.objects.count() == records_read()


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return cursor.fetchone() is not None


def test_a_dry_run_is_stopped_but_not_paused(sample: Sample, start: Callable[..., subprocess.Popen[str]]) -> None:
    before = row_counts()
    process = start("--dry-run")
    run = wait_for(lambda: RunControl.objects.filter(live__pausable=False).first(), process).run_id

    assert not ask(run=run, request=Request.PAUSE, asked_by=BY)
    assert ask(run=run, request=Request.STOP, asked_by=BY)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"Stopped by {BY} in the admin. Nothing was written" in err
    assert (row_counts(), desk()) == (before, None)


def test_nothing_is_asked_of_an_import_that_does_not_go_on(sample: Sample) -> None:
    run = ImportRun.objects.create(source="normaldance", location="sqlite:////x.db")
    RunControl.objects.create(run=run, live={"pausable": True})
    RunControl.objects.update(seen_at="2026-01-01T00:00:00Z")

    assert [ask(run=run.pk, request=request, asked_by=BY) for request in Request] == [False] * 3
    assert RunControl.objects.get().requested == ""


def test_a_stop_cannot_be_taken_back(sample: Sample) -> None:
    run = ImportRun.objects.create(source="normaldance", location="sqlite:////x.db")
    RunControl.objects.create(run=run, live={"pausable": True})

    assert ask(run=run.pk, request=Request.STOP, asked_by=BY)
    assert not ask(run=run.pk, request=Request.PAUSE, asked_by=BY)
    assert not ask(run=run.pk, request=Request.NONE, asked_by=BY)
    assert RunControl.objects.get().requested == "stop"


def test_an_import_tells_how_far_it_came(sample: Sample, start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    asked_of(process, Request.PAUSE)
    wait_for(lambda: states() == ["paused"], process)

    live = wait_for(lambda: desk() and desk().live["held"] and desk().live, process)  # type: ignore[union-attr]

    steps = {(step["kind"], step["name"]): (step["done"], step["total"]) for step in live["steps"]}
    assert sum(done for done, _ in steps.values()) == records_read()
    assert {name: total for (_, name), (_, total) in steps.items()}["users"] == sample.rows["users"]
    os.kill(process.pid, signal.SIGKILL)
