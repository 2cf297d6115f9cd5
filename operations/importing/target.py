"""An entity's fields as columns: of its model's table, of its aliases' and of what its records leave there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connections, models

from operations.importing import sql
from operations.importing.declaration import (
    Boolean,
    Contested,
    Entity,
    Integer,
    Lookup,
    Reference,
    Rule,
    Text,
    Time,
)
from operations.importing.legacy_columns import LegacyColumns
from operations.importing.tables import Plan

LANDED = '"operations_landedrecord"'


@dataclass(frozen=True)
class AliasColumns:
    """An entity's alias table as SQL names."""

    name: str
    owner: str
    provider: str
    subject: str

    @classmethod
    def of(cls, entity: Entity) -> AliasColumns:
        assert entity.aliases is not None
        meta = apps.get_model(entity.aliases.model)._meta
        names = (entity.aliases.owner, entity.aliases.provider, entity.aliases.subject)
        owner, provider, subject = (sql.name(str(meta.get_field(name).column)) for name in names)
        return cls(sql.name(meta.db_table), owner, provider, subject)


class TargetColumns:
    """The columns of one entity's rows, `t` where a row is meant, as SQL."""

    def __init__(self, plan: Plan, *, entity_ids: Mapping[str, int], alias: str) -> None:
        assert plan.entity is not None
        self.plan = plan
        self.entity: Entity = plan.entity
        self.entity_ids = entity_ids
        self.model: type[models.Model] = apps.get_model(self.entity.model)
        self.connection = connections[alias]
        self.legacy = LegacyColumns(plan)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The entity's rules, with the limits of the model's columns."""
        return tuple(self._limited(rule) for rule in self.entity.rules)

    def _limited(self, rule: Rule) -> Rule:
        limit = self.model._meta.get_field(rule.field).max_length  # type: ignore[union-attr]
        if isinstance(rule, (Text, Lookup)) and rule.max_length is None and limit:
            return replace(rule, max_length=limit)
        if isinstance(rule, Integer):
            low, high = self.connection.ops.integer_field_range(self.field(rule).get_internal_type())
            return replace(rule, low=max(rule.low, low), high=min(rule.high, high))
        if isinstance(rule, Time) and rule.zoned:
            return replace(rule, zone=self.plan.zone)
        return rule

    @property
    def table(self) -> str:
        return sql.name(self.model._meta.db_table)

    @cached_property
    def pk_field(self) -> models.Field[Any, Any]:
        pk = self.model._meta.pk
        assert pk is not None
        return pk

    @property
    def pk(self) -> str:
        return sql.name(str(self.pk_field.column))

    @cached_property
    def _pk_type(self) -> str:
        return str(self.pk_field.db_type(self.connection))

    @property
    def keys_are_text(self) -> bool:
        return self._pk_type != "uuid"

    def as_pk(self, key: str) -> str:
        """A row's key, a text, as the type of the key's column; NULL for what cannot be one."""
        return key if self.keys_are_text else sql.as_type(key, "uuid")

    @cached_property
    def lasting(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Boolean) and rule.lasting)

    @cached_property
    def contests(self) -> tuple[Contested, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Contested))

    def holder(self, contest: Contested, value: str) -> str:
        """True if a row holds a contested value."""
        return f"EXISTS (SELECT FROM {self.table} h WHERE h.{self.column_of(contest.of)} = {value})"

    def held(self, rule: Rule) -> str:
        """What a row, `t`, has for a rule, in the terms of its record, `e`: where a value is recorded as contested, the
        field itself is rightly empty.
        """
        column = f"t.{self.column(rule)}"
        if isinstance(rule, Contested):
            twice = f"{column} = t.{self.column_of(rule.of)}"
            return f"CASE WHEN {twice} THEN {column} ELSE nullif({column}, e.{sql.name('f_' + rule.of)}) END"
        contest = next((one for one in self.contests if one.of == rule.field), None)
        if not contest:
            return column
        is_recorded = f"{column} IS NULL AND t.{self.column(contest)} IS NOT NULL"
        return f"CASE WHEN {is_recorded} THEN e.{sql.name('f_' + rule.field)} ELSE {column} END"

    def is_processed(self, rule: Rule) -> str:
        """True for a row, `t`, in which the rule's field is what was made of it here since; '' if that cannot be."""
        processing = self.entity.processing
        if processing is None or rule.field not in processing.fields:
            return ""
        attempts: models.Field[Any, Any] = self.model._meta.get_field(processing.attempts)  # type: ignore[assignment]
        return f"t.{sql.name(str(attempts.column))} > 0"

    def is_shared(self, row: str, key: str, source: str) -> str:
        """True if another legacy record was merged into the row, or the row is another record's."""
        alias = AliasColumns.of(self.entity)
        own = [proof.provider for proof in self.entity.proofs]
        return (
            f"EXISTS (SELECT 1 FROM {alias.name} a WHERE a.{alias.owner} = {row} "
            f"AND NOT (a.{alias.provider} = {sql.literal(source)} AND a.{alias.subject} = {key}) "
            f"AND a.{alias.provider} NOT IN ({', '.join(map(sql.literal, own)) or 'NULL'}))"
        )

    def has_owner(self, landed: str, entities: list[int], rival: str = "o.outcome = 'loaded'") -> str:
        """True if another record than that of `landed`, a table name of landed records, has the row of that one.

        `entities` are those that fill the model, `o` the other record and `n` its entity.
        """
        alias, row = AliasColumns.of(self.entity), f"coalesce({landed}.target, {landed}.key)"
        return (
            f"EXISTS (SELECT 1 FROM {alias.name} a JOIN operations_legacyentity n ON n.source = a.{alias.provider} "
            f"AND n.id = ANY({sql.literal(entities)}::smallint[]) JOIN {LANDED} o ON o.entity_id = n.id "
            f"AND o.key = a.{alias.subject} WHERE a.{alias.owner} = {row} AND coalesce(o.target, o.key) = {row} "
            f"AND (o.entity_id, o.key) <> ({landed}.entity_id, {landed}.key) AND ({rival}))"
        )

    @cached_property
    def written(self) -> tuple[Rule, ...]:
        """The rules whose fields are written beside the key."""
        return tuple(rule for rule in self.rules if self.field(rule) is not self.pk_field)

    def row(self) -> str:
        """The key, as text, of the row that a record without problems becomes; `key` is its legacy key."""
        own = next((rule for rule in self.rules if self.field(rule) is self.pk_field), None)
        if own:
            return f"{sql.name('f_' + own.field)}::text"
        if self.entity.derived_key:
            return f"md5({sql.literal(self.entity.name + ':')} || key)::uuid::text"
        return "key" if self.keys_are_text else f"({self.as_pk('key')})::text"

    def column(self, rule: Rule) -> str:
        return sql.name(str(self.field(rule).column))

    def column_of(self, field: str) -> str:
        return self.column(self._rule(field))

    def field(self, rule: Rule) -> models.Field[Any, Any]:
        found: models.Field[Any, Any] = self.model._meta.get_field(rule.field)  # type: ignore[assignment]
        return found

    def db_type(self, rule: Rule) -> str:
        return str(self.field(rule).db_type(self.connection))

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Reference) and self.plan.actual(rule.names))

    @property
    def consumed(self) -> tuple[str, ...]:
        return self.legacy.consumed

    def _rule(self, field: str) -> Rule:
        return next(rule for rule in self.rules if rule.field == field)
