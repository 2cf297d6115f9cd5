"""Reading SQLite files as they are found, without changing them or anything beside them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from operations.importing import sqlite
from operations.importing.errors import SourceUnreadable
from operations.importing.sqlite import SQLiteReader, locate
from tests.operations.legacy_files import scripted

PEOPLE = "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT); INSERT INTO people VALUES ('a', 'Ann'), ('b', 'Ben');"
ROWS = [(1, "a", "Ann"), (2, "b", "Ben")]
# Leaves a database behind as a program that was killed does, at the point that `sys.argv[2]` names.
KILLED = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.executescript(sys.argv[2])
if len(sys.argv) > 3:
    print("ready", flush=True)
    sys.stdin.read()
os._exit(0)
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def left_behind(path: Path, script: str) -> dict[str, bytes]:
    subprocess.run([sys.executable, "-c", KILLED, path, script], check=True)
    return contents(path.parent)


@contextmanager
def held_open(path: Path, script: str) -> Iterator[None]:
    """Another process has run the script and keeps its connection."""
    holder = subprocess.Popen(
        [sys.executable, "-c", KILLED, path, script, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"ready\n"
        yield
    finally:
        holder.communicate()


def opened(path: Path) -> SQLiteReader:
    return SQLiteReader(locate(str(path)))


def read(path: Path, table: str = "people", **options: Any) -> list[tuple[Any, ...]]:
    with opened(path) as reader:
        [found] = [one for one in reader.tables() if one.name == table]
        return [row for batch in reader.batches(found, size=options.pop("size", 2), **options) for row in batch.rows]


def refusal(path: Path | str) -> str:
    with pytest.raises(SourceUnreadable) as failure, SQLiteReader(locate(str(path))):
        pass
    return str(failure.value)


def test_a_location_is_a_url_or_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spaced = scripted(tmp_path / "two words.db", PEOPLE)

    for url in (f"sqlite:///{spaced}", f"sqlite://{spaced}", "sqlite:///two words.db", "two words.db", str(spaced)):
        assert locate(url).path == spaced
    assert locate("sqlite:///two%20words.db").path == spaced
    assert locate(f"sqlite:///{spaced}").shown == f"sqlite:///{spaced}"


def test_a_path_may_be_any_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 100%?#.db")
    scripted(path, PEOPLE)

    assert read(path) == ROWS
    assert locate(str(path)).shown == f"sqlite:///{tmp_path}/caf\ufffd 100%?#.db"


@pytest.mark.parametrize("url", ["mysql://root:secret@host/db", "redis://host", "postgresql://host/db"])
def test_another_kind_of_address_is_refused_without_its_password(url: str) -> None:
    assert refusal(url) == f"{url.split(':')[0]}:// is not a SQLite address: give sqlite:///path/to/file.db"


def test_files_that_are_no_databases_are_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "production.db"

    assert refusal(path) == f"There is no file {path}. Check the path after sqlite:///."
    (tmp_path / "production.db-journal").write_bytes(b"x" * 600)
    assert "Only its -journal file is there, which holds no records by itself." in refusal(path)
    assert refusal(tmp_path) == f"{tmp_path} is not a file. Give the path of the SQLite file itself."
    path.write_bytes(b"")
    assert refusal(path) == f"{path} is empty. Was the copy interrupted?"
    for content in (b"id,name\n1,Ann\n" * 100, bytes(range(256)) * 16, b"SQLite format 2\0" * 10):
        path.write_bytes(content)
        assert "is not a SQLite database, or it is encrypted. If it is encrypted, make a plain copy" in refusal(path)
    assert "cannot be read: File name too long" in refusal(tmp_path / ("x" * 300))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["production.db", "production.db-journal"]


def test_damaged_files_are_refused_with_a_remedy(tmp_path: Path) -> None:
    rows = "".join(f"INSERT INTO people VALUES ('{n}', '{'x' * 100}');" for n in range(500))
    whole = scripted(tmp_path / "whole.db", "BEGIN;" + PEOPLE + rows + "COMMIT;").read_bytes()
    path = tmp_path / "damaged.db"
    damage = {
        "pages are lost": whole[: len(whole) // 2 // 4096 * 4096],
        "one page": whole[:4096],
        "a page is overwritten": whole[:8192] + b"\xa5" * 4096 + whole[12288:],
        "the schema is overwritten": whole[:3500] + b"\xff" * 500 + whole[4000:],
        "only a header": whole[:16],
        "noise behind the header": whole[:16] + b"\xa5\x5a" * 2040,
    }

    for name, content in damage.items():
        path.write_bytes(content)
        assert ".recover" in refusal(path), name
    for missing in (1, 100, 4095):
        path.write_bytes(whole[:-missing])
        assert refusal(path) == f"{path} is cut off in the middle of a page. Was the copy interrupted?"


def test_a_locked_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    path = scripted(tmp_path / "p.db", PEOPLE)

    for change in ("", "UPDATE people SET name = 'x';"):
        with held_open(path, f"BEGIN EXCLUSIVE; {change}"):
            assert refusal(path) == f"{path} is locked by another program. Stop that program, or import a copy."


def test_a_file_that_somebody_is_about_to_change_is_read_as_it_was(tmp_path: Path) -> None:
    path = scripted(tmp_path / "p.db", PEOPLE)

    with held_open(path, "BEGIN IMMEDIATE; UPDATE people SET name = 'x';"):
        before = contents(tmp_path)
        assert "p.db-journal" in before
        assert read(path) == ROWS
        assert contents(tmp_path) == before


def test_what_a_killed_program_had_not_committed_is_not_read(tmp_path: Path) -> None:
    path = scripted(tmp_path / "p.db", PEOPLE)
    before = left_behind(path, "PRAGMA cache_size = 1; BEGIN; UPDATE people SET name = hex(zeroblob(20000)) || id;")
    assert before["p.db-journal"][:8] == bytes.fromhex("d9d505f920a163d7")

    assert read(path) == ROWS
    assert contents(tmp_path) == before


def test_a_finished_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    before = left_behind(path, "PRAGMA journal_mode = PERSIST;" + PEOPLE)
    assert before.keys() == {"p.db", "p.db-journal"}

    assert read(path) == ROWS
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "copied", [("-wal", "-shm"), ("-wal",), ("-shm",), ()], ids=lambda names: "".join(names) or "alone"
)
def test_a_write_ahead_log_is_read_with_its_file_and_not_brought_in(tmp_path: Path, copied: tuple[str, ...]) -> None:
    left_behind(tmp_path / "p.db", PEOPLE + "PRAGMA journal_mode = WAL; INSERT INTO people VALUES ('c', 'Cy');")
    folder = tmp_path / "copy"
    folder.mkdir()
    for suffix in ("", *copied):
        shutil.copy(tmp_path / f"p.db{suffix}", folder / f"p.db{suffix}")
    before = contents(folder)

    assert read(folder / "p.db") == ([*ROWS, (3, "c", "Cy")] if "-wal" in copied else ROWS)
    assert contents(folder) == before


def test_a_database_in_use_with_a_write_ahead_log_is_one_snapshot(tmp_path: Path) -> None:
    path = scripted(tmp_path / "p.db", PEOPLE + "PRAGMA journal_mode = WAL;")

    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("SELECT count(*) FROM people").fetchone()
        with opened(path) as reader:
            [people] = reader.tables()
            database.execute("INSERT INTO people VALUES ('c', 'Cy')")
            rows = [row for batch in reader.batches(people, size=1) for row in batch.rows]
    with held_open(path, "INSERT INTO people VALUES ('d', 'Di');"):
        before = contents(tmp_path)
        assert before.keys() == {"p.db", "p.db-wal", "p.db-shm"}
        assert [row[1] for row in read(path)] == ["a", "b", "c", "d"]
        assert contents(tmp_path) == before
    assert rows == ROWS


def test_journals_are_looked_for_beside_the_file_and_not_beside_a_link_to_it(tmp_path: Path) -> None:
    left_behind(tmp_path / "p.db", PEOPLE + "PRAGMA journal_mode = WAL; INSERT INTO people VALUES ('c', 'Cy');")
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "p.db")

    assert len(read(link)) == 3
    assert list(link.parent.iterdir()) == [link]
