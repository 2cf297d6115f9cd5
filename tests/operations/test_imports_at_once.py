"""Imports of several systems at the same time, and others at work meanwhile: nobody waits for ever, nothing differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection

from catalog.legacy.normaldance import NORMALDANCE
from operations.importing.importer import Options, import_source
from operations.importing.undo import find_run, undo_run
from operations.importing.watcher import Unwatched
from operations.sandbox.family import wait_until
from tests.operations.two_systems import ANN, BY_ANN, Systems, fates, shown

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def somebody_else() -> Iterator[psycopg.Connection[Any]]:
    """Another session, in a transaction, that does not wait for ever."""
    parameters = {name: value for name, value in connection.get_connection_params().items() if name != "cursor_factory"}
    with psycopg.connect(**parameters) as other:
        other.execute("SET lock_timeout = '30s'")
        yield other


def apart(work: Callable[[], Any]) -> Any:
    """Do the work with a connection of this thread's own."""
    try:
        return work()
    finally:
        connection.close()


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return bool(cursor.fetchall())


def refer_to(user: str, by: psycopg.Connection[Any]) -> None:
    """Hold the row as a foreign key does until its transaction ends."""
    by.execute("SELECT FROM accounts_user WHERE id = %s FOR KEY SHARE", [user])


MUSICIANS = (ANN, {"id": "u2", "name": "Bea", "telegramId": "8", "email": "bea@x.ru"})


def test_who_is_taken_over_can_be_referred_to_by_batches_that_wait_for_each_other(systems: Systems) -> None:
    """Two writers of one entity: the second has its rows and waits for the first; the database knows nothing of it."""
    systems.giveaways(7, 8)
    with somebody_else() as first, somebody_else() as second, ThreadPoolExecutor(1) as threads:
        refer_to("8", second)
        importing = threads.submit(apart, lambda: systems.music(*MUSICIANS))
        assert wait_until(waits_for_a_lock, timeout=60)

        refer_to("7", first)
        first.commit()
        second.commit()
        importing.result()

    assert fates() == {
        "normaldance u1": "loaded 7",
        "normaldance u2": "loaded 8",
        "giveaways 7": "merged 7",
        "giveaways 8": "merged 8",
    }


def test_an_undo_lets_go_of_rows_that_it_cannot_have_together(systems: Systems) -> None:
    report = systems.giveaways(7, 8)
    with somebody_else() as first, somebody_else() as second, ThreadPoolExecutor(1) as threads:
        refer_to("8", second)
        undoing = threads.submit(apart, lambda: undo_run(find_run(report.run), planned=False))
        assert wait_until(waits_for_a_lock, timeout=60)

        refer_to("7", first)
        first.commit()
        second.commit()
        undoing.result()

    assert fates() == {}


def test_people_who_come_while_an_import_goes_on_are_taken_over_as_well(systems: Systems) -> None:
    class Meanwhile(Unwatched):
        def advanced(self, name: str, done: int) -> None:
            if (name, done) == ("users", 1):
                with ThreadPoolExecutor(1) as threads:
                    threads.submit(apart, systems.giveaways).result()

    systems.music({"id": "u0"}, ANN, dry_run=True)  # writes the file
    report = import_source(NORMALDANCE, f"sqlite:///{systems.path}", Options(batch_size=1), Meanwhile())
    systems.seen.add("normaldance")

    assert report.ok
    assert systems.verify() == set()
    assert fates() == {"normaldance u0": "loaded", "normaldance u1": "loaded 7", "giveaways 7": "merged 7"}
    assert shown(giveaways="7") == BY_ANN
