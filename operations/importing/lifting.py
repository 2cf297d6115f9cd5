"""What the records that go had made true in rows that stay, and nobody else says: a ban of what is taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from operations.importing import sql
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Rule
from operations.importing.explained import Tracked
from operations.importing.going import LandedEntity, of_batch, of_rows
from operations.importing.session import Session


@dataclass(frozen=True)
class Lasting:
    """A field that the records that go made true in these rows."""

    field: str
    rows: tuple[str, ...]


def made_true(entity: LandedEntity, session: Session) -> list[Lasting]:
    """What the records of the batch that go made true in rows that stay."""
    compiler = entity.compiler
    if not compiler or not compiler.lasting:
        return []
    layers = of_batch("loaded", "merged")
    read = compiler.read(layers, extra="u.row AS row_key, u.outcome, u.heir", outer="row_key, outcome, heir")
    found = []
    for rule in compiler.lasting:
        rows = session.fetch(
            f"SELECT DISTINCT e.row_key FROM ({read}) e WHERE {_says(rule)} "
            "AND (e.outcome = 'merged' OR e.heir IS NOT NULL)",
            {"entity": entity.id},
        )
        found.append(Lasting(rule.field, tuple(row for (row,) in rows)))
    return [one for one in found if one.rows]


def lift(entity: LandedEntity, alike: Iterable[LandedEntity], lasting: list[Lasting], session: Session) -> None:
    """Take it back where no record that is left says so, and where the history has not seen it either."""
    compiler = entity.compiler
    for one in lasting if compiler else ():
        assert compiler
        rows = set(one.rows)
        for other in alike:
            rows -= _said(other, one.field, rows, session)
        column = compiler.column_of(one.field)
        tracked = Tracked.of(compiler.entity.model, session)
        seen = (
            f"SELECT 1 FROM {tracked.events} v WHERE v.pgh_obj_id = t.{compiler.pk} AND v.{column}" if tracked else ""
        )
        session.execute(
            f"UPDATE {compiler.table} t SET {column} = false WHERE t.{compiler.pk} = ANY(%(rows)s) "
            f"AND t.{column}{f' AND NOT EXISTS ({seen})' if seen else ''}",
            {"rows": sorted(rows)},
        )


def _says(rule: Rule) -> str:
    return f"e.problems = '{{}}' AND e.{sql.name('f_' + rule.field)}"


def _said(other: LandedEntity, field: str, rows: set[str], session: Session) -> set[str]:
    """Those of the rows of which a record of the entity says so."""
    compiler: EntityCompiler | None = other.compiler
    rule = next((one for one in compiler.lasting if one.field == field), None) if compiler else None
    if not compiler or not rule:
        return set()
    read = compiler.read(of_rows(other, "loaded", "merged"), extra="asked.row_key", outer="row_key")
    found = session.fetch(
        f"SELECT e.row_key FROM ({read}) e WHERE {_says(rule)}", {"rows": sorted(rows), "entity": other.id}
    )
    return {row for (row,) in found}
