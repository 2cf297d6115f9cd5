"""Imports from PostgreSQL that are killed: the next one goes on, and ends as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import Identity
from catalog.legacy.meals import MEAL_PLANNER
from catalog.legacy.sample_meals import write_meals_sample
from catalog.legacy.shop import VILLAGE_SHOP
from catalog.legacy.shop_sample import write_shop_sample
from events.legacy.events import EVENT_STORE
from events.legacy.sample import write_sample as write_events
from operations.importing.declaration import LegacySource
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.models import ImportRun, LandedRecord
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database
from tests.environment import leading_to
from tests.operations.legacy_files import TABLES
from tests.operations.test_import_crash import PROJECT, database_url, records_read, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = 15
ZONE = "Europe/Kyiv"
KILLED_AT = 0.5  # of all records
FEWEST = 250  # so that a kill hits an import that is under way

STORES: dict[str, tuple[LegacySource, Callable[[str], object]]] = {
    "shop": (VILLAGE_SHOP, lambda url: write_shop_sample(url, users=40, products=35, orders=40, dirt=0.1, seed=5)),
    "meals": (
        MEAL_PLANNER,
        lambda url: write_meals_sample(url, generation="clerk", users=6, days=8, dirt=0.05, seed=5),
    ),
    "events": (EVENT_STORE, lambda url: write_events(url, generation="workflows", events=300, dirt=0.05)),
}


def imported(source: LegacySource, url: str) -> ImportReport:
    return import_source(source, url, Options(batch_size=BATCH, zone=ZONE))


def start(source: LegacySource, url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "import_legacy", source.name, "--from", url, "--zone", ZONE]
    return subprocess.Popen(
        [*command, "--batch-size", str(BATCH)],
        cwd=PROJECT,
        env=leading_to(database_url()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def state(source: LegacySource) -> dict[str, list[object]]:
    """All rows, and what became of all records; identities without the keys that they are given anew."""
    labels = {entity.model for entity in source.entities} - {"accounts.Identity"}
    rows: dict[str, list[object]] = {
        label: list(apps.get_model(label).objects.order_by("pk").values_list()) for label in labels
    }
    rows["identities"] = sorted(Identity.objects.values_list("provider", "subject", "user"))
    records = LandedRecord.objects.order_by("entity__name", "key")
    rows["records"] = list(records.values_list("entity__name", "key", "sha256", "outcome", "target"))
    return rows


def take_back(source: LegacySource) -> None:
    tables = {apps.get_model(entity.model)._meta.db_table for entity in source.entities} | set(TABLES)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} CASCADE")


@pytest.mark.parametrize("store", STORES)
def test_an_import_that_is_killed_goes_on_and_ends_as_if_nothing_had_happened(sandbox: Sandbox, store: str) -> None:
    source, fill = STORES[store]
    with empty_database(sandbox) as url:
        fill(url)
        undisturbed = imported(source, url)
        expected = undisturbed.entities, state(source)
        total = records_read()
        assert undisturbed.ok
        assert total == LandedRecord.objects.count() >= FEWEST
        take_back(source)
        assert not any(state(source).values())

        process = start(source, url)
        reached = wait_until(lambda: records_read() >= total * KILLED_AT, process)
        process.kill()
        process.communicate()
        assert reached
        assert process.returncode == -signal.SIGKILL
        assert total > LandedRecord.objects.count() == records_read()
        report = imported(source, url)

    assert report.ok
    assert (report.entities, state(source)) == expected
    assert list(ImportRun.objects.values_list("id", "state")) == [(UUID(report.run), "finished")]
