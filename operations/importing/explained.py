"""Differences that the history explains: later changes by people and programs, and no corruption.

What a proof finds different is a later change if the history saw that very value being put there after the run that
wrote the row. What stands there now is compared with what the history saw last: a row that was edited and then spoiled
is still different.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from django.apps import apps

from operations import history
from operations.importing import sql
from operations.importing.declaration import Contested, Entity, Rule
from operations.importing.report import Change, ProofResult
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED, AliasColumns

ROWS = ("(row)", "(merged row)")
IDENTITY = "identity "
SEEN = "a.key, last.pgh_created_at, c.metadata::text"
CONTEXT = "LEFT JOIN pghistory_context c ON c.id = last.pgh_context_id"
# The records that are asked about, each with its row and the time since when the row is as the record says.
ASKED = (
    f"(SELECT l.key, coalesce(l.target, l.key) AS row, r.started_at AS since FROM {LANDED} l "
    "JOIN operations_importrun r ON r.id = l.run_id WHERE l.entity_id = %(entity)s AND l.key = ANY(%(keys)s)) a"
)
Seen = dict[str, tuple[datetime, str | None]]  # when, and the JSON of the context


@dataclass(frozen=True)
class Tracked:
    """A table and its history as SQL names; `kind` is the type of its key."""

    table: str
    pk: str
    kind: str
    events: str
    columns: dict[str, str]

    @property
    def asked_row(self) -> str:
        """The row of an asked record; what is no key of the table, because it was spoiled, is that of none."""
        return "a.row" if self.kind == "text" else sql.as_type("a.row", self.kind)

    @classmethod
    def of(cls, label: str, session: Session) -> Tracked | None:
        model = apps.get_model(label)
        events, pk = history.event_model(model), model._meta.pk
        if events is None or pk is None:
            return None
        columns = {field.name: sql.name(str(field.column)) for field in history.past_columns(events)}
        kind = pk.db_type(session.connection) or "text"
        return cls(
            sql.name(model._meta.db_table), sql.name(str(pk.column)), kind, sql.name(events._meta.db_table), columns
        )


def sorted_out(part: ProofResult, plan: Plan, session: Session, entity_ids: dict[str, int]) -> ProofResult:
    """A part of a proof with the differences that the history explains among its changes."""
    entity = plan.entity
    if not part.named or entity is None:
        return part
    keys: dict[str, list[str]] = defaultdict(list)
    for one in part.named:
        keys[one.column].append(one.key)
    seen: dict[str, Seen] = {
        column: _seen(entity, column, {"entity": entity_ids[plan.name], "keys": asked}, session)
        for column, asked in keys.items()
    }
    changes = [
        Change.of(one, *_when_and_who(seen[one.column][one.key])) for one in part.named if one.key in seen[one.column]
    ]
    return ProofResult(
        rows=part.rows,
        differences=part.differences - len(changes),
        named=[one for one in part.named if one.key not in seen[one.column]],
        changed=len(changes),
        changes=changes,
    )


def _when_and_who(event: tuple[datetime, str | None]) -> tuple[datetime, str]:
    at, context = event
    return at, history.author(json.loads(context) if context else None)


def _seen(entity: Entity, column: str, asked: dict[str, Any], session: Session) -> Seen:
    """The events in which the history saw the differences being made, by the keys of their records."""
    statements: list[str] = []
    if column.startswith(IDENTITY) and entity.aliases:
        asked["provider"] = column.removeprefix(IDENTITY)
        tracked = Tracked.of(entity.aliases.model, session)
        names = AliasColumns.of(entity)
        statements = [_alias_taken(tracked, names), _alias_given(tracked, names)] if tracked else []
    elif tracked := Tracked.of(entity.model, session):
        if column in ROWS:
            statements = [_deletion(tracked)]
        elif column in tracked.columns:
            statements = [_value(tracked, tracked.columns[column])]
            statements += [_let_go(tracked, rule) for rule in entity.rules if _is_contest_of(rule, column)]
    return {key: (at, context) for statement in statements for key, at, context in session.fetch(statement, asked)}


def _value(tracked: Tracked, column: str) -> str:
    """Rows in which the last change of the column that the history saw left what stands there now.

    Values are compared as text: PostgreSQL holds some for equal that do not read alike, such as 1.0 and 1.00 in JSON.
    """
    return (
        f"SELECT {SEEN} FROM {ASKED} JOIN {tracked.table} t ON t.{tracked.pk} = {tracked.asked_row} "
        "JOIN LATERAL (SELECT * FROM (SELECT e.pgh_id, e.pgh_label, e.pgh_created_at, e.pgh_context_id, "
        f"e.{column}::text AS value, lag(e.{column}::text) OVER (ORDER BY e.pgh_id) AS was FROM {tracked.events} e "
        f"WHERE e.pgh_obj_id = t.{tracked.pk} AND e.pgh_created_at >= a.since) e "
        f"WHERE e.pgh_label = '{history.INSERT}' "
        f"OR e.pgh_label = '{history.UPDATE}' AND e.value IS DISTINCT FROM e.was "
        f"ORDER BY e.pgh_id DESC LIMIT 1) last ON last.value IS NOT DISTINCT FROM t.{column}::text {CONTEXT}"
    )


def _is_contest_of(rule: Rule, column: str) -> TypeGuard[Contested]:
    return isinstance(rule, Contested) and rule.of == column


def _let_go(tracked: Tracked, contest: Contested) -> str:
    """Rows that do without a value which another row held, until the history saw that one let it go."""
    held, recorded = tracked.columns[contest.of], tracked.columns[contest.field]
    return (
        f"SELECT {SEEN} FROM {ASKED} JOIN {tracked.table} t ON t.{tracked.pk} = {tracked.asked_row} "
        f"AND t.{held} IS NULL JOIN LATERAL (SELECT * FROM {tracked.events} e "
        f"WHERE e.{held} = t.{recorded} AND e.pgh_obj_id <> t.{tracked.pk} AND e.pgh_created_at >= a.since "
        f"ORDER BY e.pgh_id DESC LIMIT 1) last ON true {CONTEXT}"
    )


def _deletion(tracked: Tracked) -> str:
    """Rows whose end the history saw."""
    return (
        f"SELECT {SEEN} FROM {ASKED} JOIN LATERAL (SELECT * FROM {tracked.events} e "
        f"WHERE e.pgh_obj_id = {tracked.asked_row} AND e.pgh_created_at >= a.since "
        f"ORDER BY e.pgh_id DESC LIMIT 1) last ON last.pgh_label = '{history.DELETE}' {CONTEXT}"
    )


def _alias_taken(tracked: Tracked, alias: AliasColumns) -> str:
    """Rows that had a name elsewhere until the history saw it go to another row, change or end."""
    last = f"SELECT * FROM {tracked.events} e WHERE e.pgh_obj_id = gone.pgh_obj_id ORDER BY e.pgh_id DESC LIMIT 1"
    return (
        f"SELECT {SEEN} FROM {ASKED} JOIN LATERAL (SELECT e.pgh_obj_id FROM {tracked.events} e "
        f"WHERE e.{alias.owner} = a.row AND e.{alias.provider} = %(provider)s AND e.pgh_created_at >= a.since "
        f"AND e.pgh_label IN ('{history.BEFORE}', '{history.DELETE}') ORDER BY e.pgh_id DESC LIMIT 1) gone ON true "
        f"JOIN LATERAL ({last}) last ON true LEFT JOIN {tracked.table} t ON t.{tracked.pk} = last.pgh_obj_id "
        f"{CONTEXT} WHERE CASE WHEN t.{tracked.pk} IS NULL THEN last.pgh_label = '{history.DELETE}' "
        f"ELSE {_stands(alias)} END"
    )


def _alias_given(tracked: Tracked, alias: AliasColumns) -> str:
    """Names elsewhere that no record has, and that the history saw being given."""
    last = f"SELECT * FROM {tracked.events} e WHERE e.pgh_obj_id = t.{tracked.pk} ORDER BY e.pgh_id DESC LIMIT 1"
    return (
        f"SELECT {SEEN} FROM unnest(%(keys)s::text[]) a (key) JOIN {tracked.table} t "
        f"ON t.{alias.provider} = %(provider)s AND t.{alias.subject} = a.key "
        f"JOIN LATERAL ({last}) last ON {_stands(alias)} {CONTEXT} WHERE NOT EXISTS "
        f"(SELECT FROM {LANDED} l WHERE l.entity_id = %(entity)s AND l.key = a.key)"
    )


def _stands(alias: AliasColumns) -> str:
    columns = (alias.owner, alias.provider, alias.subject)
    return " AND ".join(f"t.{column} = last.{column}" for column in columns)
