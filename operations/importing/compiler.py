"""Declarations become SQL: one statement that reads a batch, others that place, compare and count it.

Reading goes in three layers, each fenced from the planner's flattening so that nothing is computed twice: the values as
text, their problems, the typed values of records without problems. The same layers read a batch (`staged`) and, for the
proof, landed records.
"""

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
    Computed,
    Contested,
    Entity,
    Integer,
    Later,
    Lookup,
    Plan,
    Proof,
    Reference,
    Rest,
    Rule,
    Text,
    Time,
)
from operations.importing.legacy_columns import RAW, UNSTORABLE, LegacyColumns

LANDED = '"operations_landedrecord"'
PROOF_ID = r"^\+?[0-9]{1,30}$"


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


@dataclass(frozen=True)
class Layers:
    """Where records are read from: a FROM clause that gives key, raw and unstorable as alias `s`."""

    source: str
    where: str = "true"


class EntityCompiler:
    """The SQL of one entity for the table in which this source keeps it."""

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
            low, high = self.connection.ops.integer_field_range(self._field(rule).get_internal_type())
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
        return key if self.keys_are_text else f"CASE WHEN pg_input_is_valid({key}, 'uuid') THEN {key}::uuid END"

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

    @cached_property
    def written(self) -> tuple[Rule, ...]:
        """The rules whose fields are written beside the key."""
        return tuple(rule for rule in self.rules if self._field(rule) is not self.pk_field)

    def row(self) -> str:
        """The key, as text, of the row that a record without problems becomes; `key` is its legacy key."""
        own = next((rule for rule in self.rules if self._field(rule) is self.pk_field), None)
        if own:
            return f"{sql.name('f_' + own.field)}::text"
        if self.entity.derived_key:
            return f"md5({sql.literal(self.entity.name + ':')} || key)::uuid::text"
        return "key" if self.keys_are_text else "CASE WHEN pg_input_is_valid(key, 'uuid') THEN key::uuid::text END"

    def column(self, rule: Rule) -> str:
        return sql.name(str(self._field(rule).column))

    def column_of(self, field: str) -> str:
        return self.column(self._rule(field))

    def _field(self, rule: Rule) -> models.Field[Any, Any]:
        found: models.Field[Any, Any] = self.model._meta.get_field(rule.field)  # type: ignore[assignment]
        return found

    def db_type(self, rule: Rule) -> str:
        return str(self._field(rule).db_type(self.connection))

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Reference) and self.plan.actual(rule.names))

    @property
    def consumed(self) -> tuple[str, ...]:
        return self.legacy.consumed

    # Values

    def value(self, rule: Rule) -> str:
        if isinstance(rule, Lookup):
            return f"coalesce({self.legacy.read(rule.names, trim=False)}, {self._looked_up(rule)})"
        if isinstance(rule, (Text, Computed)):
            kept = isinstance(rule, Computed) or not rule.empty_is_null
            return self.legacy.read(rule.names, trim=False, keep_empty=kept, unknown=rule.unknown)
        return self.legacy.read(rule.names, trim=not isinstance(rule, Reference), unknown=rule.unknown)

    def _looked_up(self, rule: Lookup) -> str:
        table = self.plan.lookups.get(rule.via)
        spelled = {column.lower(): column for column in table.columns} if table else {}
        held = RAW.format(self._ref(rule.via))
        # A landed record that was damaged is named by the proof, and must not end it.
        raw = f"(CASE WHEN pg_input_is_valid({held}, 'json') THEN {held}::json END)"
        found = [sql.literal(spelled[name.lower()]) for name in rule.of if name.lower() in spelled]
        # What text cannot hold was wrapped into an object, and is no value.
        parts = [
            f"CASE WHEN json_typeof({raw} -> {column}) <> 'object' THEN nullif({raw} ->> {column}, '') END"
            for column in found
        ]
        return f"coalesce({', '.join(parts)})" if parts else "NULL::text"

    def _ref(self, field: str) -> str:
        return sql.name(f"ref_{field}")

    # Layers

    def _joins(self) -> str:
        return " ".join(self._join(rule) for rule in self.references)

    def _join(self, rule: Reference) -> str:
        ref, value = self._ref(rule.field), self.value(rule)
        ids = [self.entity_ids[name] for name in rule.entities]
        if len(ids) == 1:
            return f"LEFT JOIN {LANDED} {ref} ON {ref}.entity_id = {ids[0]} AND {ref}.key = {value}"
        # The first entity that loaded such a record; else the first that has it.
        order = " ".join(f"WHEN {number} THEN {place}" for place, number in enumerate(ids))
        listed = ", ".join(map(str, ids))
        return (
            f"LEFT JOIN LATERAL (SELECT o.key, o.target, o.outcome, o.raw, o.mended FROM {LANDED} o "
            f"WHERE o.entity_id IN ({listed}) AND o.key = {value} "
            f"ORDER BY o.outcome NOT IN ('loaded', 'merged') AND o.target IS NULL, CASE o.entity_id {order} END "
            f"LIMIT 1) {ref} ON true"
        )

    def _texts(self, layers: Layers, extra: str) -> str:
        """The innermost layer: every value as text, and what only this layer can know of problems."""
        legacy = self.legacy
        selected = [
            f"{legacy.rest(rule) if isinstance(rule, Rest) else self.value(rule)} AS {self._v(rule.field)}"
            for rule in self.rules
        ]
        selected += [f"{legacy.shown(self._names(rule))} AS {self._c(rule.field)}" for rule in self._named()]
        for rule in self.references:
            ref = self._ref(rule.field)
            # A record that changed for the worse is rejected, but keeps the row that it had.
            outcome = (
                f"CASE WHEN {ref}.target IS NULL OR {ref}.outcome <> 'rejected' THEN {ref}.outcome ELSE 'loaded' END"
            )
            selected.append(f"{outcome} AS {sql.name('o_' + rule.field)}")
            selected.append(f"coalesce({ref}.target, {ref}.key) AS {sql.name('t_' + rule.field)}")
        for proof in self.entity.proofs:
            value = legacy.read(proof.names, trim=True, unknown=proof.unknown)
            selected.append(f"{value} AS {self._v(proof.provider)}")
            selected.append(f"{legacy.shown(proof.names)} AS {self._c(proof.provider)}")
        selected += [f"{sql.name('b_' + base)}.problem AS {sql.name('b_' + base)}" for base in legacy.bases]
        selected += [f"{self._disagreement(*pair)} AS {sql.name(f'd_{n}')}" for n, pair in enumerate(self._agreeing())]
        listed = ", ".join([extra, "s.key", f"{UNSTORABLE} AS unstorable", *selected])
        return f"SELECT {listed} FROM {layers.source} {legacy.joins()} {self._joins()} WHERE {layers.where} OFFSET 0"

    def _agreeing(self) -> list[tuple[str, str]]:
        pairs = (self.plan.actual(pair) for pair in self.entity.agreeing)
        return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]

    def _disagreement(self, one: str, other: str) -> str:
        """The column whose value is another than that of its counterpart; NULL where one of them says nothing."""
        first, second = (f"nullif({self.legacy.one(name)}, '')" for name in (one, other))
        return f"CASE WHEN {first} <> {second} THEN {sql.literal(one)} END"

    def _names(self, rule: Rule) -> tuple[str, ...]:
        """The legacy columns that a problem of the rule is about."""
        return self._rule(rule.seconds).names if isinstance(rule, Later) else rule.names

    def _named(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if not isinstance(rule, Rest))

    def _v(self, field: str) -> str:
        return sql.name(f"v_{field}")

    def _c(self, field: str) -> str:
        return sql.name(f"c_{field}")

    def _problem(self, rule: Rule) -> str:
        value = self._v(rule.field)
        cases = [self._unstorable(rule.names)]
        if rule.required:
            cases.append(f"WHEN {value} IS NULL THEN 'missing'")
        if isinstance(rule, Computed):
            cases.append(f"WHEN true THEN {self._computed(rule, rule.problem)}" if rule.problem else "")
        elif isinstance(rule, Later):
            cases.append(self._too_late(rule))
        elif isinstance(rule, Reference):
            if rule in self.references and not rule.dangling:
                outcome = sql.name("o_" + rule.field)
                cases.append(
                    f"WHEN {value} IS NOT NULL AND {outcome} IS NULL THEN 'missing_reference' "
                    f"WHEN {outcome} NOT IN ('loaded', 'merged') THEN 'rejected_reference'"
                )
        else:
            found = sql.problem(rule, value)
            if found != "NULL":
                cases.append(f"WHEN {value} IS NOT NULL THEN {found}")
        cases = [case for case in cases if case]
        return f"CASE {' '.join(cases)} END" if cases else "NULL"

    def _too_late(self, rule: Later) -> str:
        """Both values are read only where neither has a problem of its own."""
        start, seconds = (self._rule(field) for field in (rule.start, rule.seconds))
        clean = " AND ".join(
            f"({self._problem(one)}) IS NULL AND {self._v(one.field)} IS NOT NULL" for one in (start, seconds)
        )
        typed_start, typed_seconds = (sql.typed(one, self._v(one.field)) for one in (start, seconds))
        return (
            f"WHEN {clean} THEN CASE WHEN {typed_seconds} NOT BETWEEN 0 AND {sql.LONGEST_SECONDS} "
            f"OR {typed_start} + {typed_seconds} * interval '1 second' >= '{sql.LATER}' THEN 'out_of_range' END"
        )

    def _rule(self, field: str) -> Rule:
        return next(rule for rule in self.rules if rule.field == field)

    def _unstorable(self, names: tuple[str, ...]) -> str:
        # What stands in a column of members is looked at as a whole.
        actual = [name for name in self.plan.actual(names) if not self.plan.is_member(name)]
        if not actual:
            return ""
        listed = ", ".join(sql.literal(column) for column in actual)
        return f"WHEN unstorable IS NOT NULL AND unstorable && ARRAY[{listed}] THEN 'unstorable_text'"

    def _proof_problem(self, proof: Proof) -> str:
        value = self._v(proof.provider)
        cases = [self._unstorable(proof.names)]
        if proof.numeric:
            cases.append(
                f"WHEN {value} !~ '{PROOF_ID}' THEN 'not_an_id' "
                f"WHEN {value}::numeric NOT BETWEEN 1 AND {2**63 - 1} THEN 'out_of_range'"
            )
        cases.append(f"WHEN length({value}) > 255 THEN 'too_long'")
        return f"CASE {' '.join(case for case in cases if case)} END"

    def _problems(self, *, trusted: bool) -> str:
        rules = self.references if trusted else self._named()
        found = [(self._problem(rule), self._c(rule.field)) for rule in rules]
        if not trusted:
            found += [(self._proof_problem(proof), self._c(proof.provider)) for proof in self.entity.proofs]
            found += [("'disagrees'", sql.name(f"d_{number}")) for number, _ in enumerate(self._agreeing())]
        tagged = [f"{problem} || ':' || {column}" for problem, column in found if problem != "NULL"]
        problems = f"array_remove(ARRAY[{', '.join(tagged)}]::text[], NULL)" if tagged else "ARRAY[]::text[]"
        for base in () if trusted else self.legacy.bases:
            problem = sql.name(f"b_{base}")
            alone = f"ARRAY[{problem} || ':' || {sql.literal(base)}]"
            problems = f"CASE WHEN {problem} IS NOT NULL THEN {alone} ELSE {problems} END"
        return problems

    def typed(self, rule: Rule) -> str:
        """The typed value of a record without problems; the rule's default where there is none."""
        value = self._v(rule.field)
        if isinstance(rule, Reference):
            return self._referred(rule) if rule in self.references else "NULL"
        if isinstance(rule, Rest):
            return value
        if isinstance(rule, Computed):
            return self._computed(rule, rule.sql)
        if isinstance(rule, Later):
            start, seconds = (self._rule(field) for field in (rule.start, rule.seconds))
            return f"{self.typed(start)} + {self.typed(seconds)} * interval '1 second'"
        typed = sql.typed(rule, value)
        if not self.plan.actual(rule.names) and not isinstance(rule, Lookup):
            return f"{sql.literal(rule.default)}::{self.db_type(rule)}"
        return typed if rule.default is None else f"coalesce({typed}, {sql.literal(rule.default)})"

    def _computed(self, rule: Computed, template: str) -> str:
        fields = {name: f"({self.typed(self._rule(name))})" for name in rule.fields}
        return f"({template.replace('%', '%%').format(value=self._v(rule.field), key='key', **fields)})"

    def _referred(self, rule: Reference) -> str:
        target = sql.name("t_" + rule.field)
        if rule.dangling:
            target = f"CASE WHEN {sql.name('o_' + rule.field)} IN ('loaded', 'merged') THEN {target} END"
        return f"({target})::uuid" if self.db_type(rule) == "uuid" else target

    def proof_value(self, proof: Proof) -> str:
        value = self._v(proof.provider)
        return f"{value}::numeric::text" if proof.numeric else value

    def read(self, layers: Layers, *, extra: str, outer: str, trusted: bool = False) -> str:
        """The three layers. `extra` are columns of the source, `outer` their names on the way out.

        `trusted` records were found without problems before: only their references are looked at again.
        """
        clean = "problems = '{}'"
        columns = [
            f"CASE WHEN {clean} THEN {self.typed(rule)} END AS {sql.name('f_' + rule.field)}" for rule in self.rules
        ]
        columns += [
            f"CASE WHEN {clean} THEN {self.proof_value(proof)} END AS {sql.name('p_' + proof.provider)}"
            for proof in self.entity.proofs
        ]
        texts = self._texts(layers, extra)
        problems = f"SELECT *, {self._problems(trusted=trusted)} AS problems FROM ({texts}) texts OFFSET 0"
        return f"SELECT {outer}, key, problems, {', '.join(columns)} FROM ({problems}) problems"

    def parsed_names(self) -> list[str]:
        names = [sql.name("f_" + rule.field) for rule in self.rules]
        return names + [sql.name("p_" + proof.provider) for proof in self.entity.proofs]

    def parsed_columns(self) -> str:
        """Column definitions of the table that a batch is read into."""
        types = [self.db_type(rule) for rule in self.rules] + ["text"] * len(self.entity.proofs)
        return ", ".join(f"{name} {kind}" for name, kind in zip(self.parsed_names(), types, strict=True))
