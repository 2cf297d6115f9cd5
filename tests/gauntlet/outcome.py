"""What an import leaves in a database, in a form that is equal for equal results."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from operations.importing.planning import legacy_source
from tests.gauntlet.arena import Arena

# What differs from run to run: keys, times and runs of the import's own.
OWN = {
    "accounts_identity": ("id", "created_at"),
    "operations_landedrecord": ("run_id",),
    "operations_rejection": ("id", "run_id"),
    "operations_legacyentity": (),
}
Outcome = dict[str, list[str]]


def tables_of(source: str) -> list[str]:
    """The tables that an import of the source writes."""
    models = {model for entity in legacy_source(source).entities for model in entity.models}
    return sorted({str(apps.get_model(model)._meta.db_table) for model in models} | set(OWN))


def outcome(arena: Arena, database: str, source: str) -> Outcome:
    """Every row of every table, as text, in order: a row that is lost, doubled or different shows."""
    return {table: _rows(arena, database, table) for table in tables_of(source)}


def _rows(arena: Arena, database: str, table: str) -> list[str]:
    own = list(OWN.get(table, ()))
    rows = arena.fetch(database, f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t ORDER BY 1", own)
    return [row for (row,) in rows]


def reports(arena: Arena, database: str) -> list[dict[str, Any]]:
    """The reports of the imports that came to their end, the first one first."""
    rows = arena.fetch(database, "SELECT report FROM operations_importrun WHERE state = 'finished' ORDER BY id")
    return [report for (report,) in rows]


def runs(arena: Arena, database: str) -> list[str]:
    rows = arena.fetch(database, "SELECT state FROM operations_importrun ORDER BY id")
    return [state for (state,) in rows]
