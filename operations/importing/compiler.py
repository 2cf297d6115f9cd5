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
from operations.importing.declaration import Entity, Lookup, Plan, Proof, Reference, Rest, Rule, Text

LANDED = '"operations_landedrecord"'
PROOF_ID = r"^\+?[0-9]{1,30}$"


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

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The entity's rules, with the limits of the model's columns."""
        return tuple(self._limited(rule) for rule in self.entity.rules)

    def _limited(self, rule: Rule) -> Rule:
        limit = self.model._meta.get_field(rule.field).max_length  # type: ignore[union-attr]
        if isinstance(rule, (Text, Lookup)) and rule.max_length is None and limit:
            return replace(rule, max_length=limit)
        return rule

    @property
    def table(self) -> str:
        return sql.name(self.model._meta.db_table)

    @property
    def pk(self) -> str:
        pk = self.model._meta.pk
        assert pk is not None
        return sql.name(str(pk.column))

    def column(self, rule: Rule) -> str:
        return sql.name(str(self._field(rule).column))

    def _field(self, rule: Rule) -> models.Field[Any, Any]:
        found: models.Field[Any, Any] = self.model._meta.get_field(rule.field)  # type: ignore[assignment]
        return found

    def db_type(self, rule: Rule) -> str:
        return str(self._field(rule).db_type(self.connection))

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Reference) and self.plan.actual(rule.names))

    # Legacy columns

    @cached_property
    def consumed(self) -> tuple[str, ...]:
        """Legacy columns that a rule, a proof or the key reads."""
        names = [name for rule in self.rules for name in rule.names]
        names += [name for proof in self.entity.proofs for name in proof.names]
        return tuple(dict.fromkeys(self.plan.actual((*self.entity.key, *names))))

    def _read(self, names: tuple[str, ...], *, trim: bool, keep_empty: bool = False) -> str:
        actual = [f"r.{sql.name(name)}" for name in self.plan.actual(names)]
        if not actual:
            return "NULL::text"
        if keep_empty and len(actual) == 1:
            return actual[0]
        filled = [f"nullif({f'btrim({one})' if trim else one}, '')" for one in actual]
        return f"coalesce({', '.join([*filled, *(actual if keep_empty else [])])})"

    def _column_shown(self, names: tuple[str, ...]) -> str:
        """Which legacy column a problem is about: the one that the value came from."""
        actual = self.plan.actual(names)
        if len(actual) == 1:
            return sql.literal(actual[0])
        cases = " ".join(
            f"WHEN nullif(r.{sql.name(one)}, '') IS NOT NULL THEN {sql.literal(one)}" for one in actual[:-1]
        )
        return f"CASE {cases} ELSE {sql.literal(actual[-1])} END" if actual else sql.literal(names[0] if names else "")

    def value(self, rule: Rule) -> str:
        if isinstance(rule, Lookup):
            return f"coalesce({self._read(rule.names, trim=False)}, {self._looked_up(rule)})"
        if isinstance(rule, Text):
            return self._read(rule.names, trim=False, keep_empty=not rule.empty_is_null)
        return self._read(rule.names, trim=not isinstance(rule, Reference))

    def _looked_up(self, rule: Lookup) -> str:
        table = self.plan.lookups.get(rule.via)
        spelled = {column.lower(): column for column in table.columns} if table else {}
        raw = f"{self._ref(rule.via)}.raw::json"
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

    def _record(self) -> str:
        columns = ", ".join(f"{sql.name(column)} text" for column in self.consumed)
        return f"CROSS JOIN LATERAL json_to_record(s.raw::json) AS r({columns})"

    def _joins(self) -> str:
        return " ".join(
            f"LEFT JOIN {LANDED} {self._ref(rule.field)} ON {self._ref(rule.field)}.entity_id = "
            f"{self.entity_ids[rule.entity]} AND {self._ref(rule.field)}.key = {self.value(rule)}"
            for rule in self.references
        )

    def _texts(self, layers: Layers, extra: str) -> str:
        """The innermost layer: every value as text, and what only this layer can know of problems."""
        selected = [f"{self.value(rule)} AS {self._v(rule.field)}" for rule in self.rules if not isinstance(rule, Rest)]
        selected += [f"{self._rest()} AS {self._v(rule.field)}" for rule in self.rules if isinstance(rule, Rest)]
        selected += [f"{self._column_shown(rule.names)} AS {self._c(rule.field)}" for rule in self._named()]
        for rule in self.references:
            ref = self._ref(rule.field)
            # A record that changed for the worse is rejected, but keeps the row that it had.
            outcome = (
                f"CASE WHEN {ref}.target IS NULL OR {ref}.outcome <> 'rejected' THEN {ref}.outcome ELSE 'loaded' END"
            )
            selected.append(f"{outcome} AS {sql.name('o_' + rule.field)}")
            selected.append(f"coalesce({ref}.target, {ref}.key) AS {sql.name('t_' + rule.field)}")
        for proof in self.entity.proofs:
            selected.append(f"{self._read(proof.names, trim=True)} AS {self._v(proof.provider)}")
            selected.append(f"{self._column_shown(proof.names)} AS {self._c(proof.provider)}")
        listed = ", ".join([extra, "s.key", "string_to_array(s.unstorable, E'\\n') AS unstorable", *selected])
        return f"SELECT {listed} FROM {layers.source} {self._record()} {self._joins()} WHERE {layers.where} OFFSET 0"

    def _named(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if not isinstance(rule, Rest))

    def _rest(self) -> str:
        consumed = ", ".join(sql.literal(column) for column in self.consumed)
        return f"s.raw::jsonb - ARRAY[{consumed}]::text[]"

    def _v(self, field: str) -> str:
        return sql.name(f"v_{field}")

    def _c(self, field: str) -> str:
        return sql.name(f"c_{field}")

    def _problem(self, rule: Rule) -> str:
        value = self._v(rule.field)
        cases = [self._unstorable(rule.names)]
        if rule.required:
            cases.append(f"WHEN {value} IS NULL THEN 'missing'")
        if isinstance(rule, Reference):
            if rule in self.references:
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

    def _unstorable(self, names: tuple[str, ...]) -> str:
        actual = self.plan.actual(names)
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
        tagged = [f"{problem} || ':' || {column}" for problem, column in found if problem != "NULL"]
        return f"array_remove(ARRAY[{', '.join(tagged)}]::text[], NULL)" if tagged else "ARRAY[]::text[]"

    def typed(self, rule: Rule) -> str:
        """The typed value of a record without problems; the rule's default where there is none."""
        value = self._v(rule.field)
        if isinstance(rule, Reference):
            return sql.name("t_" + rule.field) if rule in self.references else "NULL"
        if isinstance(rule, Rest):
            return value
        typed = sql.typed(rule, value)
        if not self.plan.actual(rule.names) and not isinstance(rule, Lookup):
            return f"{sql.literal(rule.default)}::{self.db_type(rule)}"
        return typed if rule.default is None else f"coalesce({typed}, {sql.literal(rule.default)})"

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
