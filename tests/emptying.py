"""Empties the test database after a test that committed, table by table where the test left something.

Django's own way cuts off every table there is, a new file for each and each of its indexes, and then makes content
types and permissions anew, which no test deletes: most of a second for each of some hundred tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

# What migrations made, and no test takes away.
LASTING = frozenset({"django_content_type", "auth_permission"})
djangos_own: Callable[[TransactionTestCase], None] = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


@contextmanager
def by_table() -> Iterator[None]:
    """Tests of the block are followed by `empty_tables` instead of Django's own way."""
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = djangos_own  # type: ignore[attr-defined]


def empty_tables(case: TransactionTestCase) -> None:
    """Every table is as it was made, to the planner as well. Sequences stay where they are, as Django leaves them."""
    if not _may_do_without_triggers():
        djangos_own(case)
        return
    with connection.cursor() as cursor:
        cursor.execute(_written())
        tables = [table for (table,) in cursor.fetchall()]
        with transaction.atomic():
            # Neither history nor foreign keys: all that they lead to goes as well.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in tables:
                cursor.execute(f'DELETE FROM "{table}"')
        if tables:
            cursor.execute("VACUUM " + ", ".join(f'"{table}"' for table in tables))
        cursor.execute(
            "SELECT pg_clear_relation_stats('public', relname) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND reltuples <> -1 "
            "AND relname <> ALL(%s)",
            [[*LASTING]],
        )


@cache
def _may_do_without_triggers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone() == (True,))


@cache
def _written() -> str:
    """Asks which tables hold a row."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - LASTING
    looks = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in sorted(tables)]
    return " UNION ALL ".join(looks)
