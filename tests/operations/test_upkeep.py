"""After a load the planner knows the tables, and large ones are looked after more often."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from operations.importing import upkeep
from tests.operations.legacy_files import imported, legacy_file

pytestmark = pytest.mark.django_db


def options() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL")
        return dict(cursor.fetchall())


def test_large_tables_are_tuned_once_and_small_ones_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "LARGE", 30)
    path = legacy_file(tmp_path / "p.db", users=[{"id": f"u{n}"} for n in range(40)], tracks=[{"artistId": "u1"}])

    assert imported(path).ok

    tuned = options()
    wanted = [f"{name}={value}" for name, value in upkeep.TUNED.items()]
    assert tuned["accounts_user"] == tuned["operations_landedrecord"] == wanted
    assert "catalog_track" not in tuned


def test_what_somebody_has_tuned_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "LARGE", 30)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_user SET (autovacuum_vacuum_scale_factor = 0.5)")

    assert imported(legacy_file(tmp_path / "p.db", users=[{"id": f"u{n}"} for n in range(40)])).ok

    assert options()["accounts_user"] == ["autovacuum_vacuum_scale_factor=0.5"]
