"""Declarations become SQL: one statement that reads a batch, others that place, compare and count it.

Reading goes in three layers, each fenced from the planner's flattening so that nothing is computed twice: the values as
text, their problems, the typed values of records without problems. The same layers read a batch (`staged`) and, for the
proof, landed records.
"""

from __future__ import annotations

from dataclasses import dataclass

from operations.importing import sql
from operations.importing.declaration import (
    Computed,
    Later,
    Lookup,
    Proof,
    Reference,
    Rest,
    Rule,
    Text,
)
from operations.importing.legacy_columns import RAW, UNSTORABLE
from operations.importing.target import LANDED, TargetColumns

PROOF_ID = r"^\+?[0-9]{1,30}(\.0{1,9})?$"  # a number that went through a REAL column is written with .0


@dataclass(frozen=True)
class Layers:
    """Where records are read from: a FROM clause that gives key, raw and unstorable as alias `s`."""

    source: str
    where: str = "true"
    # Each reference is found by its index, however few records the planner believes there are: of an entity of which
    # it has not counted any it would read all, for each record.
    by_index: bool = False


class EntityCompiler(TargetColumns):
    """The SQL of one entity for the table in which this source keeps it."""

    # Values

    def value(self, rule: Rule) -> str:
        if isinstance(rule, Lookup):
            own = self.legacy.read(rule.names, trim=False, unknown=rule.unknown)
            return f"coalesce({own}, {self._looked_up(rule)})"
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
        for value in rule.unknown:
            parts = [f"nullif({part}, {sql.literal(value)})" for part in parts]
        return f"coalesce({', '.join(parts)})" if parts else "NULL::text"

    def _ref(self, field: str) -> str:
        return sql.name(f"ref_{field}")

    # Layers

    def _joins(self, *, by_index: bool) -> str:
        return " ".join(self._join(rule, by_index=by_index) for rule in self.references)

    def _join(self, rule: Reference, *, by_index: bool) -> str:
        ref, value = self._ref(rule.field), self.value(rule)
        ids = [self.entity_ids[name] for name in rule.entities]
        if len(ids) == 1 and not by_index:
            return f"LEFT JOIN {LANDED} {ref} ON {ref}.entity_id = {ids[0]} AND {ref}.key = {value}"
        # The first entity that loaded such a record; else the first that has it.
        places = " ".join(f"WHEN {number} THEN {place}" for place, number in enumerate(ids))
        order = f"o.outcome NOT IN ('loaded', 'merged') AND o.target IS NULL, CASE o.entity_id {places} END"
        listed = ", ".join(map(str, ids))
        return (
            f"LEFT JOIN LATERAL (SELECT o.key, o.target, o.outcome, o.raw, o.mended FROM {LANDED} o "
            f"WHERE o.entity_id IN ({listed}) AND o.key = {value} {f'ORDER BY {order}' if len(ids) > 1 else ''} "
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
        selected += [
            f"{self._disagreement(*pair)} AS {sql.name(f'd_{n}')}" for n, pair in enumerate(self.plan.agreeing)
        ]
        listed = ", ".join([extra, "s.key", f"{UNSTORABLE} AS unstorable", *selected])
        joins = self._joins(by_index=layers.by_index)
        return f"SELECT {listed} FROM {layers.source} {legacy.joins()} {joins} WHERE {layers.where} OFFSET 0"

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
            found += [("'disagrees'", sql.name(f"d_{number}")) for number, _ in enumerate(self.plan.agreeing)]
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
        # A landed record that was spoiled may name what is no key.
        return sql.as_type(target, "uuid") if self.db_type(rule) == "uuid" else target

    def proof_value(self, proof: Proof) -> str:
        value = self._v(proof.provider)
        return f"trim_scale({value}::numeric)::text" if proof.numeric else value

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
