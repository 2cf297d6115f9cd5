"""Imports of the meal planner that are killed: the next one goes on, and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import Identity
from catalog.legacy.meals import MEAL_PLANNER
from catalog.legacy.sample_meals import write_meals_sample
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.importing.undo import find_run, undo_run
from operations.models import ImportRun, LandedRecord
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database
from tests.operations.test_import_crash import database_url, records_read, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROJECT = Path(__file__).resolve().parents[2]
BATCH = 20
ZONE = "Europe/Kyiv"


def imported(url: str) -> ImportReport:
    return import_source(MEAL_PLANNER, url, Options(batch_size=BATCH, zone=ZONE))


def start(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "import_legacy", "meals", "--from", url, "--zone", ZONE]
    environment = {name: value for name, value in os.environ.items() if name != "READ_DATABASE_URL"}
    return subprocess.Popen(
        [*command, "--batch-size", str(BATCH)],
        cwd=PROJECT,
        env=environment | {"DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def state() -> dict[str, list[object]]:
    """All rows; identities without the keys that they are given anew."""
    labels = {entity.model for entity in MEAL_PLANNER.entities} - {"accounts.Identity"}
    rows: dict[str, list[object]] = {
        label: list(apps.get_model(label).objects.order_by("pk").values_list()) for label in labels
    }
    rows["identities"] = sorted(Identity.objects.values_list("provider", "subject", "user"))
    return rows


def test_an_import_that_is_killed_goes_on_and_ends_as_if_nothing_had_happened(sandbox: Sandbox) -> None:
    with empty_database(sandbox) as url:
        sample = write_meals_sample(url, generation="clerk", users=12, days=20, dirt=0.05, seed=5)
        assert sum(sample.rows.values()) > 1_500
        undisturbed = imported(url)
        expected = undisturbed.entities, state()
        undo_run(find_run(undisturbed.run), planned=False)
        assert not any(state().values())
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE operations_importrun CASCADE")
        killed = 0

        for goal in (50, 600, 1_200):
            process = start(url)
            if wait_until(lambda goal=goal: records_read() >= goal, process):  # type: ignore[misc]
                process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
            assert LandedRecord.objects.count() == records_read()
        report = imported(url)

    assert killed == 3
    assert report.ok
    assert (report.entities, state()) == expected
    assert list(ImportRun.objects.values_list("id", "state")) == [(UUID(report.run), "finished")]
