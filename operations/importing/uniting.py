"""Rows that a record proves to be one person's: the one to which nothing refers goes into the other.

What is shown is what the record of the system that stands first says, as when its records had come first.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps

from operations.importing import sql
from operations.importing.compiler import EntityCompiler
from operations.importing.landed import entities_filling
from operations.importing.precedence import Owner, hand_over
from operations.importing.removal import referrers
from operations.importing.resolution import Union
from operations.importing.session import Session
from operations.importing.target import LANDED, AliasColumns


def unreferred(compiler: EntityCompiler, session: Session, rows: Iterable[str]) -> set[str]:
    """Those of the rows to which nothing refers but their names elsewhere."""
    aliases = compiler.entity.aliases
    assert aliases
    named = apps.get_model(aliases.model)
    conditions = [
        f"NOT EXISTS (SELECT 1 FROM {sql.name(key.model._meta.db_table)} r "
        f"WHERE r.{sql.name(str(key.column))} = t.{sql.name(str(key.target_field.column))})"
        for key in referrers(compiler.model)
        if key.model is not named
    ]
    found = session.fetch(
        f"SELECT t.{compiler.pk} FROM {compiler.table} t WHERE {' AND '.join(['true', *conditions])} "
        f"AND t.{compiler.pk} = ANY(%(rows)s)",
        {"rows": list(rows)},
    )
    return {row for (row,) in found}


def unite(compiler: EntityCompiler, session: Session, union: Union, owner: Owner) -> None:
    """Make two rows one. The values are not those of `owner`, the later system's record."""
    before = owner.entity.compiler
    assert before
    hand_over(compiler, session, {union.later: owner})
    alias = AliasColumns.of(compiler.entity)
    rows = {"gone": union.gone, "kept": union.kept}
    session.execute(f"UPDATE {alias.name} SET {alias.owner} = %(kept)s WHERE {alias.owner} = %(gone)s", rows)
    lasting = {before.column(rule) for rule in before.lasting} | {compiler.column(rule) for rule in compiler.lasting}
    taken = set() if union.later == union.gone else {compiler.column(rule) for rule in compiler.written} - lasting
    assigned = [f"{column} = g.{column}" for column in sorted(taken)]
    assigned += [f"{column} = t.{column} OR g.{column}" for column in sorted(lasting)]
    assigned = assigned or [f"{compiler.pk} = t.{compiler.pk}"]
    session.execute(
        f"WITH g AS (DELETE FROM {compiler.table} WHERE {compiler.pk} = %(gone)s RETURNING *) "
        f"UPDATE {compiler.table} t SET {', '.join(assigned)} FROM g WHERE t.{compiler.pk} = %(kept)s",
        rows,
    )
    session.execute(
        f"UPDATE {LANDED} s SET target = %(kept)s FROM {alias.name} a JOIN operations_legacyentity n "
        f"ON n.source = a.{alias.provider} AND n.id = ANY(%(entities)s) WHERE a.{alias.owner} = %(kept)s "
        f"AND s.entity_id = n.id AND s.key = a.{alias.subject} AND coalesce(s.target, s.key) = %(gone)s "
        "AND (s.target IS NOT NULL OR s.outcome IN ('loaded', 'merged'))",
        {**rows, "entities": entities_filling(compiler.model, session)},
    )
