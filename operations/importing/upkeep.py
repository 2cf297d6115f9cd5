"""What PostgreSQL must know of tables that have just been filled."""

from __future__ import annotations

from django.apps import apps

from operations.importing import sql
from operations.importing.session import Session
from operations.importing.tables import Plan

LARGE = 100_000  # rows
# The server's own share of a table, a fifth, is too many rows of a large one to wait for.
TUNED = {
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_insert_scale_factor": "0.02",
    "autovacuum_analyze_scale_factor": "0.01",
}


def analyze(plans: tuple[Plan, ...], session: Session) -> None:
    """Count what was loaded anew, and have large tables looked after more often from now on."""
    filled = {model for plan in plans if plan.entity for model in plan.entity.models}
    tables = sorted(apps.get_model(model)._meta.db_table for model in filled | {"operations.LandedRecord"})
    for table in tables:
        session.execute(f"ANALYZE {sql.name(table)}")
    for table in _untuned(tables, session):
        settings = ", ".join(f"{name} = {value}" for name, value in TUNED.items())
        session.execute(f"ALTER TABLE {sql.name(table)} SET ({settings})")


def _untuned(tables: list[str], session: Session) -> list[str]:
    """Large tables for which nobody has said how often they are to be looked after. Partitions have their own sizes."""
    found = session.fetch(
        "SELECT relname FROM pg_class WHERE oid = ANY(%(tables)s::regclass[]) AND relkind = 'r' "
        "AND reltuples >= %(large)s AND NOT EXISTS (SELECT FROM unnest(reloptions) o WHERE o LIKE 'autovacuum%%') "
        "AND pg_has_role(relowner, 'USAGE') ORDER BY relname",
        {"tables": [sql.name(table) for table in tables], "large": LARGE},
    )
    return [name for (name,) in found]
