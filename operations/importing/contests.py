"""Values that several rows claim and one holds: for the others they are recorded, and given back when they are free.

They go to the person whom the first system knows; see `precedence`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import IntegrityError, transaction

from operations.importing import sql
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Contested
from operations.importing.giving_way import giving_way
from operations.importing.precedence import rank_of_row
from operations.importing.report import Contest
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import AliasColumns

NAMED = 100  # of each entity


def give_back(compiler: EntityCompiler, session: Session) -> int:
    """Let rows hold what was contested and nobody holds any more; of several, the one that the first system knows, and
    of those the one with the lowest key.
    """
    if not compiler.contests:
        return 0
    given = partial(_give_all_back, compiler, session)
    return given() if session.connection.in_atomic_block else giving_way(session, given)


def _give_all_back(compiler: EntityCompiler, session: Session) -> int:
    session.take_turns(compiler.table)  # as the batches do, which decide who holds what
    return sum(_give_back(compiler, rule, session) for rule in compiler.contests)


def _give_back(compiler: EntityCompiler, rule: Contested, session: Session) -> int:
    field, recorded = compiler.column_of(rule.of), compiler.column(rule)
    first = f"{rank_of_row(AliasColumns.of(compiler.entity), f'c.{compiler.pk}')}, " if compiler.entity.aliases else ""
    free = (
        f"SELECT DISTINCT ON (c.{recorded}) c.{compiler.pk} FROM {compiler.table} c WHERE c.{recorded} IS NOT NULL "
        f"AND c.{field} IS NULL AND NOT {compiler.holder(rule, f'c.{recorded}')} "
        f"ORDER BY c.{recorded}, {first}c.{compiler.pk}"
    )
    statement = (
        f"UPDATE {compiler.table} t SET {field} = t.{recorded}, {recorded} = NULL FROM ({free}) free "
        f"WHERE t.{compiler.pk} = free.{compiler.pk}"
    )
    try:
        with transaction.atomic(using=session.alias), session.past_history():
            return session.execute(statement)
    except IntegrityError:
        return 0  # somebody has just taken one of them; the next import looks again


def contests_of(plans: Iterable[Plan], session: Session, *, source: str) -> tuple[Contest, ...]:
    """The first of the values that two claim, as it stands now: of the source's people who hold one or do without."""
    compilers = [EntityCompiler(plan, entity_ids={}, alias=session.alias) for plan in plans if plan.entity]
    return tuple(one for each in compilers for rule in each.contests for one in _contests(each, rule, session, source))


def _contests(compiler: EntityCompiler, rule: Contested, session: Session, source: str) -> list[Contest]:
    field, recorded, known = compiler.column_of(rule.of), compiler.column(rule), ""
    if compiler.entity.aliases:
        alias = AliasColumns.of(compiler.entity)
        known = (
            f"AND EXISTS (SELECT FROM {alias.name} a WHERE a.{alias.owner} IN (t.{compiler.pk}, h.{compiler.pk}) "
            f"AND a.{alias.provider} = {sql.literal(source)})"
        )
    rows = session.fetch(
        f"SELECT t.{compiler.pk}::text, t.{recorded}::text, h.{compiler.pk}::text FROM {compiler.table} t "
        f"LEFT JOIN {compiler.table} h ON h.{field} = t.{recorded} WHERE t.{recorded} IS NOT NULL {known} "
        f"ORDER BY t.{compiler.pk} LIMIT %(named)s",
        {"named": NAMED},
    )
    return [Contest(compiler.entity.name, row, rule.of, value, holder) for row, value, holder in rows]
