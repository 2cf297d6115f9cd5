"""Imports that are killed, cut off and stopped: the next one goes on, and ends as if nothing had happened."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Sum

from catalog.legacy.sample import Generation, Sample, write_sample
from operations.models import EntityProgress, ImportRun, LandedRecord
from tests.environment import leading_to
from tests.operations.legacy_files import TABLES, imported, state

pytestmark = pytest.mark.django_db(transaction=True)

PROJECT = Path(__file__).resolve().parents[2]
BATCH = 20
PATIENCE = 60  # seconds


def database_url() -> str:
    """The tests' own database, as another process reaches it."""
    given = connection.get_connection_params()
    user = quote(str(given.get("user") or ""), safe="")
    password = quote(str(given.get("password") or ""), safe="")
    port = f"&port={given['port']}" if given.get("port") else ""
    return f"postgresql://{user}:{password}@/{given['dbname']}?host={quote(str(given['host']), safe='')}{port}"


@pytest.fixture
def start(sample: Sample) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts an import of the sample as an operator does, in small batches."""
    processes = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "import_legacy", "normaldance", "--from", str(sample.path)]
        process = subprocess.Popen(
            [*command, "--batch-size", str(BATCH), *arguments],
            cwd=PROJECT,
            env=leading_to(database_url()),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return made(tmp_path, "B", seed=3)


def made(folder: Path, generation: Generation, *, seed: int) -> Sample:
    return write_sample(folder / "production.db", generation=generation, users=200, tracks=500, seed=seed, dirt=0.1)


def undisturbed(sample: Sample) -> tuple[object, object]:
    """What an import ends with that nobody disturbs; it is taken back."""
    report = imported(sample.path, batch_size=BATCH)
    assert report.ok
    expected = report.entities, state()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    return expected


def sessions() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}


def records_read() -> int:
    return EntityProgress.objects.aggregate(total=Sum("read"))["total"] or 0


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> bool:
    """True once the condition holds; false if the process has come to a good end before."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None:
            assert process.returncode == 0, process.communicate()[1]
            return False
        assert time.monotonic() < deadline
    return True


def check(expected: tuple[object, object], sample: Sample) -> None:
    """The next import goes on with the same run and ends with what an undisturbed one ends with."""
    report = imported(sample.path, batch_size=BATCH)

    assert report.ok
    assert (report.entities, state()) == expected
    assert list(ImportRun.objects.values_list("id", "state")) == [(UUID(report.run), "finished")]


def test_an_import_goes_on_however_it_ended(sample: Sample, start: Callable[..., subprocess.Popen[str]]) -> None:
    """One import, that is cut off from the database, killed, and stopped by either signal."""
    expected = undisturbed(sample)

    cut_off(start)
    assert killed(start, 250, random.Random(11)) == -signal.SIGKILL
    for signum, goal in ((signal.SIGTERM, 350), (signal.SIGINT, 500)):
        stopped(start, signum, goal)
        assert goal <= records_read() < sum(sample.rows.values())
    check(expected, sample)


def cut_off(start: Callable[..., subprocess.Popen[str]]) -> None:
    own = sessions()
    process = start()
    assert wait_until(lambda: records_read() >= 150, process)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [list(sessions() - own)])
        assert cursor.fetchall()
    _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert "CommandError: The database failed: " in err
    assert err.endswith("What was finished is kept; run the same command again to go on.\n")
    assert "Traceback" not in err
    assert LandedRecord.objects.count() == records_read()


def killed(start: Callable[..., subprocess.Popen[str]], goal: int, seeded: random.Random) -> int | None:
    """The status of an import that was killed when it had read so much; None if it came to a good end before."""
    process = start()
    before = records_read()
    if not wait_until(lambda: records_read() >= goal, process):
        return None
    time.sleep(seeded.random() * 0.02)  # anywhere in a batch
    process.kill()
    process.communicate()
    assert records_read() >= before
    assert LandedRecord.objects.count() == records_read()
    return process.returncode


def stopped(start: Callable[..., subprocess.Popen[str]], signum: signal.Signals, goal: int) -> None:
    process = start()
    assert wait_until(lambda: records_read() >= goal, process)
    process.send_signal(signum)
    _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert "Stopping after this batch. Once more Ctrl-C stops at once." in err
    assert err.endswith("Stopped. Every finished batch is kept; run the same command again to go on.\n")
    assert ImportRun.objects.get().state == "stopped"
    assert LandedRecord.objects.count() == records_read()


@pytest.mark.gauntlet
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("generation", ["A", "B", "C", "D"])
def test_many_kills_lose_and_double_nothing(
    tmp_path: Path, generation: Generation, seed: int, start: Callable[..., subprocess.Popen[str]]
) -> None:
    (tmp_path / "production.db").unlink()
    sample = made(tmp_path, generation, seed=seed)
    expected = undisturbed(sample)
    seeded = random.Random(seed)
    statuses: list[int | None] = []

    for goal in sorted(seeded.sample(range(sum(sample.rows.values())), 10)):
        statuses.append(killed(start, goal, seeded))
        if statuses[-1] is None:
            break
    assert statuses.count(-signal.SIGKILL) >= 5
    check(expected, sample)


def test_a_second_import_is_refused_while_the_first_goes_on(
    sample: Sample, start: Callable[..., subprocess.Popen[str]]
) -> None:
    first = start()
    assert wait_until(lambda: records_read() > 0, first)
    first.send_signal(signal.SIGSTOP)
    try:
        second = start()
        _, err = second.communicate(timeout=PATIENCE)
    finally:
        first.send_signal(signal.SIGCONT)

    run = ImportRun.objects.get()
    assert second.returncode == 1
    assert f"run {run.pk}, started {run.started_at:%Y-%m-%d %H:%M:%S} UTC of normaldance is going on." in err
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert (ImportRun.objects.count(), ImportRun.objects.get().state) == (1, "finished")
