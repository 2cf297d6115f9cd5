"""The declaration that docs/importing.md shows is one: by it, a legacy file is imported, proven and taken out again."""

from __future__ import annotations

import re
import sqlite3
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Identity, User
from catalog.models import Track
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.planning import legacy_source
from operations.importing.verifying import verify_source
from operations.models import LandedRecord
from tests.operations.legacy_files import counts, reasons

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "importing.md"
MODULE = "catalog.legacy.radio"
FIRST = """
    CREATE TABLE bands (id TEXT PRIMARY KEY, artistName TEXT, joined TEXT);
    INSERT INTO bands VALUES ('b1', 'Dawn', '2019-04-01 10:00:00');
"""
SECOND = """
    CREATE TABLE artists (id TEXT PRIMARY KEY, name TEXT, joined INTEGER, mood TEXT);
    INSERT INTO artists VALUES ('b1', 'Dawn', 1700000000000, 'blue'), ('b2', '', NULL, NULL);
    CREATE TABLE plays (song TEXT, at TEXT);
    INSERT INTO plays VALUES ('s1', 'morning'), ('s1', 'noon');
"""
SONGS = """
    CREATE TABLE songs (id TEXT PRIMARY KEY, title TEXT, artist_id TEXT, seconds REAL, added TEXT);
    INSERT INTO songs VALUES ('s1', 'Rise', 'b1', 201.5, '2020-01-01'), ('s2', 'Set', 'b2', NULL, '2020-01-02');
"""


def blocks() -> list[str]:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## Adding a legacy system")[2]
    return re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def radio(monkeypatch: pytest.MonkeyPatch) -> None:
    declaration, setting = blocks()
    module = ModuleType(MODULE)
    exec(compile(declaration, str(DOCUMENT), "exec"), module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, MODULE, module)
    sources: dict[str, Any] = dict(settings.LEGACY_SOURCES)
    exec(compile(setting, str(DOCUMENT), "exec"), {"LEGACY_SOURCES": sources})  # noqa: S102
    monkeypatch.setattr(settings, "LEGACY_SOURCES", sources)


def written(path: Path, script: str) -> str:
    with closing(sqlite3.connect(path)) as file, file:
        file.executescript(script + SONGS)
    return f"sqlite:///{path}"


def test_a_file_is_imported_and_proven_by_the_documented_declaration(tmp_path: Path) -> None:
    location = written(tmp_path / "radio.db", SECOND)
    predicted = {one.entity: one.prediction for one in inspect_source(legacy_source("radio"), location).entities}

    report = import_source(legacy_source("radio"), location, Options())

    assert (report.ok, report.generation) == (True, "second")
    assert counts(report) == {
        "artists": (2, 1, 0, 0, 1, 0),
        "songs": (2, 1, 0, 0, 1, 0),
        "plays": (2, 0, 0, 2, 0, 0),
    }
    assert {name: (one.loaded, one.rejected) for name, one in predicted.items()} == {"artists": (1, 1), "songs": (1, 1)}
    assert reasons("artists") == {"b2": ("missing", "name")}
    assert reasons("songs") == {"s2": ("rejected_reference", "artist_id")}
    artist = User.objects.known_as("radio", "b1").get()
    assert (artist.display_name, artist.is_artist, artist.updated_at) == ("Dawn", True, None)
    assert Track.objects.values_list("title", "artist", "duration").get() == ("Rise", artist.pk, 201.5)
    assert verify_source(legacy_source("radio"), location).ok
    assert counts(import_source(legacy_source("radio"), location, Options()))["artists"] == (2, 0, 0, 0, 0, 2)


def test_its_first_generation_has_other_names(tmp_path: Path) -> None:
    report = import_source(legacy_source("radio"), written(tmp_path / "radio.db", FIRST), Options())

    assert (report.ok, report.generation) == (True, "first")
    assert User.objects.get().display_name == "Dawn"


def test_the_commands_know_it_and_take_it_out_again(tmp_path: Path) -> None:
    location = written(tmp_path / "radio.db", SECOND)

    call_command("import_legacy", "radio", "--from", location, stdout=StringIO(), stderr=StringIO())
    assert (User.objects.count(), Track.objects.count()) == (1, 1)
    call_command("undo_import", "latest", "--yes", stdout=StringIO(), stderr=StringIO())

    assert not User.objects.exists()
    assert not Identity.objects.exists()
    assert not Track.objects.exists()
    assert not LandedRecord.objects.exists()
