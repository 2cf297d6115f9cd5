"""Rows of the tables that imports fill which neither a landed record nor the history explains, such as doubled ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings

from operations.history import INSERT
from operations.importing import sql
from operations.importing.declaration import Entity
from operations.importing.explained import Tracked
from operations.importing.landed import entities_filling
from operations.importing.planning import legacy_source
from operations.importing.report import Difference, ProofResult
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED, AliasColumns


def strays(plans: Iterable[Plan], session: Session) -> ProofResult:
    """One query for each table, which reads its keys and those of its records once."""
    result = ProofResult()
    declared = _declared()
    for label in dict.fromkeys(plan.entity.model for plan in plans if plan.entity):
        tracked = Tracked.of(label, session)
        if tracked is None:
            continue
        statement = _statement(tracked, _names_elsewhere(label, declared))
        filling = entities_filling(apps.get_model(label), session)
        for (key,) in session.fetch(statement, {"entities": filling}):
            result.differ(Difference(tracked.table.strip('"'), key, "(row)", "none", "a row"))
    return result


def _declared() -> dict[tuple[str, str], Entity]:
    return {(name, entity.name): entity for name in settings.LEGACY_SOURCES for entity in legacy_source(name).entities}


def _names_elsewhere(label: str, declared: dict[tuple[str, str], Entity]) -> str:
    """Which rows of the model are no records of their own but names of other entities' rows, as SQL."""
    providers: dict[str, set[str]] = defaultdict(set)
    for (source, _), entity in declared.items():
        if entity.aliases and entity.aliases.model == label:
            providers[AliasColumns.of(entity).provider] |= {source, *(proof.provider for proof in entity.proofs)}
    named = (f"t.{column} IN ({', '.join(map(sql.literal, sorted(of)))})" for column, of in providers.items())
    return " OR ".join(named) or "false"


def _statement(tracked: Tracked, elsewhere: str) -> str:
    # A rejected record keeps the row that an earlier version of it was loaded into.
    return (
        f"SELECT t.{tracked.pk}::text FROM {tracked.table} t WHERE NOT EXISTS (SELECT FROM {LANDED} l "
        "WHERE l.entity_id = ANY(%(entities)s) AND l.outcome IN ('loaded', 'rejected') "
        f"AND coalesce(l.target, l.key) = t.{tracked.pk}::text) "
        f"AND NOT EXISTS (SELECT FROM {tracked.events} e WHERE e.pgh_obj_id = t.{tracked.pk} "
        f"AND e.pgh_label = '{INSERT}') AND NOT ({elsewhere}) ORDER BY 1"
    )
