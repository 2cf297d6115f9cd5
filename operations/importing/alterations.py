"""What a row holds beside what it would hold if nobody had touched it since its record was loaded, as SQL.

`e` is the record as `EntityCompiler.read` gives it, with its row as `row_key`, and `t` the row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from operations.importing import sql
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Rule

Compared = tuple[str, str, str]  # a field, what it must be and what it is


def recorded(compiler: EntityCompiler, source: str) -> list[Compared]:
    """The columns that the record filled."""
    return [(rule.field, f"e.{sql.name('f_' + rule.field)}", _held(compiler, rule, source)) for rule in compiler.rules]


def untouched(
    compiler: EntityCompiler, source: str, fields: Iterable[models.Field[Any, Any]], lasting: frozenset[str]
) -> list[Compared]:
    """Those of `fields` that the record does not fill: they hold what a new row has, unless somebody wrote them since.

    What records of other systems make true in the same row, the fields in `lasting`, is no change.
    """
    written = {rule.field for rule in compiler.rules}
    found = []
    for field in fields:
        if field.primary_key or field.name in written or (not field.has_db_default() and not field.null):
            continue
        default = field.db_default if field.has_db_default() else None
        if hasattr(default, "resolve_expression"):
            continue  # every row has a value of its own
        expected = f"{sql.literal(default)}::{field.db_type(compiler.connection)}"
        held = f"t.{sql.name(str(field.column))}"
        if field.name in lasting and compiler.entity.aliases:
            held = _unless_shared(compiler, held, expected, source)
        found.append((field.name, expected, held))
    return found


def _held(compiler: EntityCompiler, rule: Rule, source: str) -> str:
    held, expected = compiler.held(rule), f"e.{sql.name('f_' + rule.field)}"
    return _unless_shared(compiler, held, expected, source) if rule in compiler.lasting else held


def _unless_shared(compiler: EntityCompiler, held: str, expected: str, source: str) -> str:
    """What another record of the same person made true is no change."""
    shared = compiler.is_shared("e.row_key", "e.key", source)
    return f"CASE WHEN {held} AND {shared} THEN {expected} ELSE {held} END"
