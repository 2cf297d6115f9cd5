"""What cannot be imported is refused in words that name the remedy, and leaves nothing behind."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from operations.importing import exclusive, sqlite
from operations.importing.errors import DatabaseFailed, ImportBusy, ImportStopped, LegacyError
from operations.importing.importer import Options, import_source
from operations.importing.planning import legacy_source
from operations.importing.watcher import Unwatched
from operations.models import ImportRun
from tests.operations.legacy_files import imported, legacy_file, outcomes, row_counts, scripted

pytestmark = pytest.mark.django_db


def missing(path: Path) -> None:
    """Only a journal was copied."""
    path.with_name(path.name + "-journal").write_bytes(b"\xd9\xd5\x05\xf9")


def without_rows(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("id,email\n1,ann@x.ru\n" * 50)


def encrypted(path: Path) -> None:
    path.write_bytes(bytes(reversed(range(256))) * 16)


def cut_short(path: Path) -> None:
    whole = legacy_file(path, users=[{"id": f"u{n}", "bio": "x" * 200} for n in range(200)]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])


def folder(path: Path) -> None:
    path.mkdir()


def other_schema(path: Path) -> None:
    scripted(path, "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)")


def no_schema(path: Path) -> None:
    scripted(path, "VACUUM")


SOURCES: dict[Callable[[Path], None], str] = {
    missing: r"Only its -journal file is there.* Check the path",
    without_rows: r"is empty. Was the copy interrupted\?",
    text: "is not a SQLite database, or it is encrypted. .* make a plain copy first",
    encrypted: "is not a SQLite database, or it is encrypted. .* make a plain copy first",
    cut_short: r"is damaged.*Restore it from a backup, or recover what is left with `sqlite3 damaged.db .recover",
    folder: "is not a file. Give the path of the SQLite file itself",
    other_schema: r"Found: posts \(id, body\). Expected one of: .* Check that --from names the right file",
    no_schema: "Found: no table at all. Expected one of: .* Check that --from names the right file",
}


@pytest.mark.parametrize("make", SOURCES, ids=lambda make: make.__name__)
def test_a_source_that_cannot_be_read_is_refused_with_the_remedy(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "production.db"
    make(path)
    before = sorted(file.name for file in tmp_path.iterdir())

    for command in ("import_legacy", "verify_legacy"):
        with pytest.raises(CommandError, match=f"(?s){SOURCES[make]}") as failure:
            call_command(command, "normaldance", "--from", f"sqlite:///{path}")
        assert failure.value.returncode == 1
    assert set(row_counts().values()) == {0}
    assert sorted(file.name for file in tmp_path.iterdir()) == before


def test_a_locked_source_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    path = legacy_file(tmp_path / "p.db", users=[{}])
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LegacyError, match="is locked by another program"):
        imported(path)

    holder.close()
    assert set(row_counts().values()) == {0}
    assert imported(path).ok


def test_a_journal_for_which_there_is_no_room_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{}])
    path.with_name("p.db-wal").write_bytes(b"x" * 100)

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(
        LegacyError, match=r"could not be copied with its journal: .*No space left on device. Make room"
    ):
        imported(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["elsewhere"], "There is no legacy source 'elsewhere'. Known: "),
        (["normaldance", "--only", "songs"], "There is no entity 'songs' in this source. It has: users, tracks"),
        (["normaldance", "--batch-size", "0"], "--batch-size must be 1 or more."),
    ],
)
def test_what_was_mistyped_is_named(tmp_path: Path, arguments: list[str], message: str) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{}])

    with pytest.raises(CommandError, match=message):
        call_command("import_legacy", *arguments, "--from", str(path))

    assert set(row_counts().values()) == {0}


@contextmanager
def another_import() -> Iterator[psycopg.Connection[Any]]:
    """Another session holds what an import of the source holds while it runs."""
    given = connection.get_connection_params()
    wanted = {name: given[name] for name in ("host", "port", "user", "password", "dbname") if given.get(name)}
    with psycopg.connect(**wanted) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('slipway import normaldance', 0))")
        yield other
        if not other.closed:
            other.execute("SELECT pg_advisory_unlock_all()")  # a session that ends holds it for a moment more


def test_a_second_import_of_a_source_is_refused_and_names_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "LOCK_SECONDS", 0)
    path = legacy_file(tmp_path / "p.db", users=[{}])
    finished = ImportRun.objects.create(source="normaldance", location="x", state=ImportRun.State.FINISHED)
    first = ImportRun.objects.create(source="normaldance", location="x")
    first.refresh_from_db()
    started = f"{first.started_at:%Y-%m-%d %H:%M:%S}"

    with another_import():
        for options in ({}, {"dry_run": True}):
            with pytest.raises(ImportBusy, match=f"^run {first.pk}, started {started} UTC of normaldance is going on"):
                imported(path, **options)
    assert set(ImportRun.objects.values_list("pk", flat=True)) == {finished.pk, first.pk}
    assert (outcomes("users"), imported(path).ok) == ({}, True)


def test_the_lock_of_an_import_that_has_just_died_is_waited_for(tmp_path: Path) -> None:
    with another_import() as other:
        dies = threading.Timer(0.3, other.close)
        dies.start()
        assert imported(legacy_file(tmp_path / "p.db", users=[{}])).ok
        dies.join()


def test_a_run_that_was_killed_is_no_longer_said_to_be_running(tmp_path: Path) -> None:
    killed = ImportRun.objects.create(source="normaldance", location="elsewhere")
    other = ImportRun.objects.create(source="giveaways", location="elsewhere")

    assert imported(legacy_file(tmp_path / "p.db", users=[{}])).ok

    killed.refresh_from_db()
    other.refresh_from_db()
    assert (killed.state, killed.error) == ("failed", "It was killed, and another run has taken its place.")
    assert other.state == "running"


def test_a_database_without_tables_is_explained(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE operations_legacyentity RENAME TO gone")

    with pytest.raises(DatabaseFailed, match=r"Run `manage\.py migrate` first"):
        imported(legacy_file(tmp_path / "p.db", users=[{}]))


class StopsAt(Unwatched):
    """An operator who asks to stop when the import has come to a step."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.asked = False

    def advanced(self, name: str, done: int) -> None:
        self.asked |= self.step == f"{name} {done}"

    def proving(self, proof: str, name: str, done: int, total: int) -> None:
        self.asked |= self.step == f"proof of {name}"

    def stop_requested(self) -> bool:
        return self.asked


@pytest.mark.parametrize("step", ["users 2", "users 6", "tracks 3", "proof of users", "proof of tracks"])
def test_a_stopped_import_goes_on_where_it_was(tmp_path: Path, step: str) -> None:
    path = legacy_file(
        tmp_path / "p.db",
        users=[{"id": f"u{n}"} for n in range(6)],
        tracks=[{"id": f"t{n}", "artistId": f"u{n}"} for n in range(5)],
    )

    with pytest.raises(ImportStopped):
        import_source(legacy_source("normaldance"), str(path), Options(batch_size=1), StopsAt(step))

    run = ImportRun.objects.get()
    assert (run.state, run.error, run.finished_at) == ("stopped", "", None)
    if not step.startswith("proof"):
        entity, done = step.split()
        assert run.entities.get(entity__name=entity).read == int(done)
    report = imported(path, batch_size=4)
    assert (report.ok, report.run, ImportRun.objects.get().state) == (True, str(run.pk), "finished")
    assert [(one.entity, one.read, one.loaded, one.unchanged) for one in report.entities] == [
        ("users", 6, 6, 0), ("tracks", 5, 5, 0)
    ]  # fmt: skip


def test_a_run_over_a_source_that_has_changed_since_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    users = [{"id": f"u{n}"} for n in range(4)]
    legacy_file(path, users=users)
    with pytest.raises(ImportStopped):
        import_source(legacy_source("normaldance"), str(path), Options(batch_size=1), StopsAt("users 3"))
    path.unlink()
    legacy_file(path, users=[{"id": "new"}, *users])

    report = imported(path)

    assert report.ok
    users_counted = report.entities[0]
    assert (users_counted.read, users_counted.loaded, users_counted.unchanged) == (5, 2, 3)
    assert ImportRun.objects.count() == 2
