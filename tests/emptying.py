"""Empties the test database after a test that committed, table by table where the test left something.

Django's own way cuts off every table there is, a new file for each and each of its indexes, and then makes content
types and permissions anew, which no test deletes: most of a second for each of some hundred tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

# What migrations made, and no test takes away.
LASTING = frozenset({"django_content_type", "auth_permission", "django_migrations"})
PAGES_OF_NOTHING = 10  # so many the planner takes a table for that nobody has counted yet, if it has fewer
djangos_own: Callable[[TransactionTestCase], None] = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

# Tables and indexes as they were made: how large, and what the planner knew of them.
REMEMBER = """
    CREATE SCHEMA tests;
    CREATE TABLE tests.as_made AS SELECT c.oid AS relation, coalesce(i.indrelid, c.oid) AS of_table, c.relname AS name,
        c.relkind AS kind, c.relpages AS pages, c.reltuples AS tuples, pg_relation_size(c.oid) AS size
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i', 'p')
"""
# Rows that are deleted leave their pages, until a vacuum for which the replica may let it wait.
OUTGROWN = """
    SELECT DISTINCT m.of_table::regclass::text FROM tests.as_made m WHERE CASE m.kind
        WHEN 'i' THEN pg_relation_size(m.relation) > m.size + current_setting('block_size')::int
        WHEN 'r' THEN pg_relation_size(m.relation) >= %(pages)s * current_setting('block_size')::int END
    AND m.of_table::regclass::text <> ALL(%(lasting)s)
"""
UNCOUNT = """
    SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', m.name::text, 'relpages', m.pages,
        'reltuples', m.tuples)
    FROM tests.as_made m JOIN pg_class c ON c.oid = m.relation
    WHERE (c.relpages, c.reltuples) <> (m.pages, m.tuples) AND m.of_table::regclass::text <> ALL(%(lasting)s)
"""


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
    lasting = [*LASTING]
    with connection.cursor() as cursor, transaction.atomic():
        # Neither history nor foreign keys: all that they lead to goes as well.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(OUTGROWN, {"pages": PAGES_OF_NOTHING, "lasting": lasting})
        if outgrown := _names(cursor):
            cursor.execute(f"TRUNCATE {', '.join(outgrown)} CASCADE")
        cursor.execute(_written())
        for table in _names(cursor):
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute(UNCOUNT, {"lasting": lasting})


def remember() -> None:
    """Look at the tables while they are as the migrations made them."""
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER)


def _names(cursor: Any) -> list[str]:
    return [name for (name,) in cursor.fetchall()]


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
