"""Worker processes, and waiting for what they do."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.legacy.sample import Sample, write_sample
from operations.actions import start_import
from operations.models import ImportJob, RunControl
from tests.environment import leading_to
from tests.operations.test_import_crash import database_url

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds
BATCH = 20


def wait_for(condition: Callable[[], Any], process: subprocess.Popen[str] | None = None) -> Any:
    """The first true answer; fails when none comes in time, or the process is gone."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert process is None or process.poll() is None, process and process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return answer


def clear_jobs() -> None:
    """What procrastinate keeps is in tables that no test empties by itself."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@contextmanager
def worker(files: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A worker on the tests' own database, quick to notice that another one is dead."""
    environment = leading_to(database_url()) | {"LEGACY_FILES_DIR": str(files), **variables}
    command = [sys.executable, "manage.py", "worker", "--heartbeat", "0.5", "--silence", "2", *arguments]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def sample_in(folder: Path, *, users: int = 200, tracks: int = 500) -> Sample:
    return write_sample(folder / "production.db", generation="B", users=users, tracks=tracks, seed=3, dirt=0.1)


def asked(sample: Sample, **options: Any) -> ImportJob:
    chosen = {"dry_run": False, "only": [], "batch_size": BATCH, **options}
    return start_import(source="normaldance", address=sample.path.name, asked_by="mira@example.org", **chosen)


def status_of(job: Any) -> str:
    return str(ProcrastinateJob.objects.values_list("status", flat=True).get(pk=job.job_id))


def attempts_of(job: Any) -> int:
    return int(ProcrastinateJob.objects.values_list("attempts", flat=True).get(pk=job.job_id))


def desk() -> RunControl | None:
    return RunControl.objects.first()
