"""A dump is imported like the database that it was made of: of each PostgreSQL source, plain and custom."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.legacy.sample_meals import write_meals_sample
from catalog.legacy.shop_sample import write_shop_sample
from events.legacy.sample import write_sample as write_events
from operations.importing import postgres_dump
from operations.models import ImportRun
from operations.sandbox import Sandbox
from operations.sandbox.binaries import find_binaries
from tests.catalog.shop_databases import empty_database
from tests.operations.legacy_files import undone

pytestmark = pytest.mark.django_db

SAMPLES: dict[str, Callable[[str], Any]] = {
    "shop": lambda url: write_shop_sample(url, users=25, products=10, orders=10, dirt=0.1),
    "meals": lambda url: write_meals_sample(url, generation="clerk", users=4, days=3, dirt=0.05),
    "events": lambda url: write_events(url, generation="jsonb", events=30, dirt=0.1),
}


@pytest.fixture
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The servers that were started for dumps are gone afterwards."""
    started: list[Sandbox] = []

    class Watched(Sandbox):
        def open(self) -> None:
            super().open()
            started.append(self)

    monkeypatch.setattr(postgres_dump, "Sandbox", Watched)
    yield
    assert started
    assert not any(one.running or one.directory.exists() for one in started)


def dumped(url: str, path: Path, form: str) -> str:
    program = find_binaries().postgres_program("pg_dump")
    command = [program, f"--dbname={url}", f"--file={path}", f"--format={form}"]
    subprocess.run(command, check=True, capture_output=True)
    return f"pgdump:///{path.relative_to('/')}"


def imported(source: str, location: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("import_legacy", source, "--from", location, "--json", stdout=out, stderr=StringIO())
    report = json.loads(out.getvalue())
    assert report["ok"]
    entities: list[dict[str, Any]] = report["entities"]
    return entities


@pytest.mark.parametrize("source", SAMPLES)
@pytest.mark.usefixtures("nothing_left")
def test_a_dump_is_imported_like_its_database(source: str, sandbox: Sandbox, tmp_path: Path) -> None:
    found = {}
    with empty_database(sandbox) as url:
        SAMPLES[source](url)
        dumps = {form: dumped(url, tmp_path / f"{source}.{form}", form) for form in ("plain", "custom")}
        with undone():
            expected = imported(source, url)

    for form, location in dumps.items():
        with undone():
            found[form] = imported(source, location)
            assert ImportRun.objects.get().location == f"pgdump:///{location.removeprefix('pgdump://')}"

    assert sum(entity["loaded"] for entity in expected) > 0
    assert found == {"plain": expected, "custom": expected}
