"""What every test shares."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import override_settings

from config.routing.probe import PROBE
from operations.sandbox.family import wait_until
from tests import emptying, migrated
from tests.query_log import QUERIES
from tests.sandbox_plugin import SANDBOX

HERE = Path(__file__).parent
# Handed out first, the longest of them before all others, or one process would have them to do when the rest are done.
LONG = [
    "operations/test_migrations",
    "gauntlet/test_kills",
    "operations/test_undo_import",
    "operations/test_import_jobs",
    "operations/test_import_crash",
    "operations/test_import_resume",
    "operations/test_control",
    "catalog/test_shop_import",
    "operations/test_postgres_dump",
    "catalog/test_meals_import",
    "giveaways/test_giveaways_import",
    "operations/test_health",
    "operations/test_verification",
    "operations/test_any_order",
    "operations/test_import_dumps",
    "gauntlet/test_joins",
    "gauntlet/test_corruptions",
]
PROBES = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'slipway-probe'"


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hundreds of tests make a person who signs in; a hash that is slow on purpose would be most of their time."""
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[quick, *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    with emptying.by_table():
        yield


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """What one test kept is not what the next one finds, in Redis and at hand; nor is an outage that one test made."""
    cache.clear()
    breaker = getattr(cache, "breaker", None)
    if breaker:
        breaker.returned_at = float("-inf")


@pytest.fixture
def no_jobs(db: None) -> None:
    """Django's flush leaves procrastinate's tables alone: what tests with workers enqueued may still be there."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(scope="session", autouse=True)
def query_log() -> Iterator[None]:
    with QUERIES.listening():
        yield


@pytest.fixture(autouse=True)
def nothing_is_decided_by_a_replica(query_log: None) -> Iterator[None]:
    """Over all tests, each in its own words: see `tests.query_log`."""
    QUERIES.found.clear()
    yield
    assert QUERIES.found == []


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, request: pytest.FixtureRequest) -> None:
    """Where another process has migrated a database already, the test database is made from that."""
    if migrated.PLACE in os.environ and SANDBOX in request.config.stash:
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template(request.config.stash[SANDBOX].primary)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Ends the probe before the test database is dropped: it is connected to that."""
    with django_db_blocker.unblock():
        emptying.remember()
    yield
    PROBE.stop()
    with django_db_blocker.unblock(), connection.cursor() as cursor:

        def gone() -> bool:
            cursor.execute(PROBES)
            return bool(cursor.fetchone() == (0,))

        wait_until(gone, 5)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A request of a test without a transaction around it may read from the replica, as any other request."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            marker.kwargs.setdefault("databases", ["default", "replica"])
    places = {HERE / f"{name}.py": place for place, name in enumerate(LONG)}
    assert all(path.is_file() for path in places), "LONG names a file that is not there"
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


def pytest_collection_finish() -> None:
    """The garbage collector would walk over all that is loaded by now many hundred times."""
    gc.collect()
    gc.freeze()
