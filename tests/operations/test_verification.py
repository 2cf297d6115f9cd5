"""Verifications that are stopped and killed: the next one goes on, and says what it has not looked at again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from catalog.legacy.normaldance import NORMALDANCE
from catalog.legacy.sample import write_sample
from operations.importing import proof_source, proof_sql
from operations.importing.errors import ImportStopped
from operations.importing.report import Proofs
from operations.importing.verifying import verify_source
from operations.importing.watcher import Unwatched
from operations.models import Verification, VerifiedPart
from tests.environment import leading_to
from tests.operations.legacy_files import imported, legacy_file
from tests.operations.test_import_crash import database_url, wait_until

PROJECT = Path(__file__).resolve().parents[2]
USERS, TRACKS = 7, 20


class Stopping(Unwatched):
    """Asks to stop when so many parts have been proven."""

    def __init__(self, after: int) -> None:
        self.left = after

    def proving(self, proof: str, name: str, done: int, total: int) -> None:
        self.left -= 1

    def stop_requested(self) -> bool:
        return self.left <= 0


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(proof_source, "BATCH", 2)
    monkeypatch.setattr(proof_sql, "SLICE", 3)
    return written(tmp_path / "p.db")


def written(path: Path, users: int = USERS, title: str = "Title") -> Path:
    path.unlink(missing_ok=True)
    people = [{"id": f"u{n}"} for n in range(users)]
    return legacy_file(path, users=people, tracks=[{"id": f"t{n:02}", "title": title} for n in range(TRACKS)])


def verified(path: Path, *, stop_after: int = 0, restart: bool = False) -> tuple[Proofs, list[str]]:
    notes: list[str] = []
    watcher = Stopping(stop_after) if stop_after else Unwatched()
    proofs = verify_source(NORMALDANCE, f"sqlite:///{path}", watcher=watcher, restart=restart, note=notes.append)
    return proofs, notes


def stopped(path: Path, after: int) -> None:
    with pytest.raises(ImportStopped):
        verified(path, stop_after=after)


@pytest.mark.django_db
@pytest.mark.parametrize("after", [1, 3, 9, 10, 12, 20, 24])
def test_a_stopped_verification_goes_on_and_proves_the_rest(path: Path, after: int) -> None:
    imported(path)
    undisturbed, _ = verified(path)
    stopped(path, after)
    began = Verification.objects.get(finished_at=None)

    proofs, notes = verified(path)

    assert notes == [
        f"Goes on with the verification of {began.started_at:%Y-%m-%d %H:%M:%S} UTC; --restart begins anew."
    ]
    assert (proofs.sql, proofs.source) == (undisturbed.sql, undisturbed.source)
    assert proofs.sql.rows == proofs.source.rows == USERS + TRACKS
    earlier = {(one.proof, one.entity): one.rows for one in proofs.earlier}
    assert earlier[("sql", "users")] == min(3 * after, USERS)
    assert undisturbed.earlier == ()
    assert not Verification.objects.filter(finished_at=None).exists()
    assert not VerifiedPart.objects.exists()


@pytest.mark.django_db
def test_each_verification_that_was_finished_looks_at_everything(path: Path) -> None:
    imported(path)

    assert [verified(path)[0].earlier for _ in range(2)] == [(), ()]


@pytest.mark.django_db
def test_what_was_found_before_the_stop_is_in_the_report(path: Path) -> None:
    imported(path)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE accounts_user SET bio = 'x' WHERE id IN ('u0', 'u6')")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    stopped(path, 1)

    proofs, _ = verified(path)

    for proof in (proofs.sql, proofs.source):
        assert [(one.key, one.column, one.found) for one in proof.named] == [("u0", "bio", "x"), ("u6", "bio", "x")]


@pytest.mark.django_db
def test_restart_begins_anew(path: Path) -> None:
    imported(path)
    stopped(path, 5)

    proofs, notes = verified(path, restart=True)

    assert (proofs.earlier, notes, proofs.sql.rows) == ((), [], USERS + TRACKS)
    assert Verification.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["the source", "an import"])
def test_after_a_change_it_begins_anew_and_says_so(path: Path, what: str) -> None:
    imported(path)
    stopped(path, 5)
    if what == "the source":
        written(path, users=USERS + 1)
    else:
        imported(written(path, title="Another"))

    proofs, notes = verified(path)

    assert notes == [note for note in notes if note.startswith("Begins anew: the source, or what was imported")]
    assert (len(notes), proofs.earlier) == (1, ())
    assert proofs.source.differences == (what == "the source")


@pytest.mark.django_db
def test_other_questions_do_not_go_on_with_it(path: Path) -> None:
    imported(path)
    stopped(path, 5)
    notes: list[str] = []

    proofs = verify_source(NORMALDANCE, f"sqlite:///{path}", ["users"], note=notes.append)

    assert (proofs.earlier, proofs.sql.rows, notes) == ((), USERS, [])


@pytest.mark.django_db
def test_the_command_says_what_it_has_not_looked_at_again(path: Path) -> None:
    imported(path)
    stopped(path, 5)
    out, err = StringIO(), StringIO()

    call_command("verify_legacy", "normaldance", location=str(path), stdout=out, stderr=err)

    assert "Goes on with the verification of" in err.getvalue()
    assert f"{USERS} users were proven in SQL until" in out.getvalue()
    assert "--restart proves everything anew." in out.getvalue()
    out = StringIO()
    stopped(path, 5)
    call_command("verify_legacy", "normaldance", location=str(path), restart=True, stdout=out, stderr=StringIO())
    assert "not looked at again" not in out.getvalue()


def start(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "verify_legacy", "normaldance", "--from", str(path)],
        cwd=PROJECT,
        env=leading_to(database_url()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def compared(entity: str) -> int:
    part = VerifiedPart.objects.filter(proof="source", entity=entity).first()
    return part.result["rows"] if part else 0


@pytest.mark.django_db(transaction=True)
def test_a_verification_that_is_stopped_and_killed_goes_on(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "p.db", generation="B", users=100, tracks=40_000, seed=3)
    assert imported(sample.path).ok
    proven = 0

    for ends_it, status in ((signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)):
        enough: Callable[[], bool] = lambda: compared("tracks") >= proven + 2_000  # noqa: B023,E731
        process = start(sample.path)
        assert wait_until(enough, process)
        process.send_signal(ends_it)
        said = process.communicate()[1]

        assert process.returncode == status, said
        assert ("Goes on with" in said) == (proven > 0)
        assert proven + 2_000 <= compared("tracks") < sample.rows["tracks"]
        proven = compared("tracks")

    proofs, notes = verified(sample.path)
    assert proofs.ok
    assert notes[0].startswith("Goes on with")
    assert {(one.proof, one.entity): one.rows for one in proofs.earlier}["source", "tracks"] == proven
    assert proofs.source.rows == proofs.sql.rows == sum(sample.rows.values())
