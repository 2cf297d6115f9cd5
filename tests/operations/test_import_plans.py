"""Statements of a batch find landed records by their keys, though the planner has never counted such records."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.legacy.normaldance import NORMALDANCE
from operations.importing.errors import ImportStopped
from operations.importing.importer import Options, import_source
from operations.importing.watcher import Unwatched
from tests.operations.legacy_files import imported, legacy_file

pytestmark = pytest.mark.django_db

MANY = 60
READING = ("INSERT INTO pg_temp.parsed", "DELETE FROM pg_temp.staged", "UPDATE pg_temp.staged", "SELECT n.place")
ALL_OF_AN_ENTITY = re.compile(r"\(entity_id = '?\d+'?(::\w+)?\)$", re.MULTILINE)


class Plans:
    """The plans of statements that look at landed records, as they are when these are run."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {start: [] for start in READING}

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        start = next((one for one in READING if sql.startswith(one)), None)
        if start and "operations_landedrecord" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                self.found[start].append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)


class StopsInMemorials(Unwatched):
    is_asked = False

    def advanced(self, name: str, done: int) -> None:
        self.is_asked = name == "memorials"

    def stop_requested(self) -> bool:
        return self.is_asked


def test_no_batch_reads_all_records_of_an_entity_that_was_never_counted(tmp_path: Path) -> None:
    tracks = [{"id": f"t{number}"} for number in range(MANY)]
    nfts = [{"id": f"n{number}", "trackId": f"t{number}"} for number in range(MANY)]
    users = [{"id": "u1"}, *({"id": f"v{number}"} for number in range(4 * MANY))]
    path = legacy_file(tmp_path / "m.db", users=users, tracks=tracks, nfts=nfts)
    imported(path, only=["users"])  # there are no others when records are counted at its end
    plans = Plans()

    with connection.execute_wrapper(plans):
        with pytest.raises(ImportStopped):
            import_source(NORMALDANCE, f"sqlite:///{path}", Options(batch_size=MANY // 2), StopsInMemorials())
        report = imported(path, batch_size=MANY // 2)

    assert report.ok
    assert [start for start, found in plans.found.items() if not found] == []
    assert [plan for found in plans.found.values() for plan in found if ALL_OF_AN_ENTITY.search(plan)] == []
