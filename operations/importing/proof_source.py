"""The second proof: the source, read again, against the target, in Python.

Every record of the source must have been landed. One that was loaded must stand in the target as `expectation` says,
column by column; of one that was merged, kept or rejected, the landed record must be the record itself, by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from operations.importing.compiler import LANDED, EntityCompiler
from operations.importing.declaration import Json, Lookup, Plan, Reference, Rest, Rule, Text, Time
from operations.importing.expectation import Unexpected, as_text, expectation, is_empty, same_json
from operations.importing.landing import keys_of, raw_record, wrapped
from operations.importing.reasons import shown
from operations.importing.report import Difference, ProofResult
from operations.importing.session import Session
from operations.importing.sqlite import SQLiteReader

BATCH = 5_000
Row = tuple[Any, ...]
Getter = Callable[[Row], Any]


def prove_plan(
    plan: Plan, reader: SQLiteReader, session: Session, *, entity_ids: dict[str, int]
) -> Iterator[ProofResult]:
    """Compare all records of one table, batch by batch in the order of the source."""
    proof = _Proof(plan, session, entity_ids)
    key = plan.actual(plan.entity.key) if plan.entity else plan.table.key
    key_of = keys_of(plan.table, key)
    repeated = reader.repeated_keys(plan.table, key[0]) if len(key) == 1 else set()
    sequence = 0
    for batch in reader.batches(plan.table, size=BATCH, joined=joined_columns(plan)):
        keyed = []
        for row in batch.rows:
            sequence += 1
            number = row[0] if plan.table.has_rowid else sequence
            keyed.append((f"rowid:{number}" if number in repeated else key_of(row, number)[0], row))
        yield proof.compare(keyed)


def joined_columns(plan: Plan) -> dict[str, tuple[str, str, Any]]:
    """What lookups need of other tables: {field.column: (own column, other column, other table)}."""
    joined = {}
    for rule in plan.entity.rules if plan.entity else ():
        if isinstance(rule, Lookup) and rule.via in plan.lookups:
            via = next(one for one in plan.entity.rules if one.field == rule.via)  # type: ignore[union-attr]
            own, other = plan.actual(via.names), plan.lookups[rule.via]
            spelled = {column.lower(): column for column in other.columns}
            for name in rule.of if own else ():
                if name.lower() in spelled:
                    joined[f"{rule.field}.{name}"] = (own[0], spelled[name.lower()], other)
    return joined


class _Proof:
    def __init__(self, plan: Plan, session: Session, entity_ids: dict[str, int]) -> None:
        self.plan = plan
        self.session = session
        self.entity_ids = entity_ids
        self.width = len(plan.table.columns) + 1
        self.compiler = EntityCompiler(plan, entity_ids=entity_ids, alias=session.alias) if plan.entity else None
        self.rules: tuple[Rule, ...] = self.compiler.rules if self.compiler else ()
        self.getters = [self._getter(rule) for rule in self.rules]
        self.json_places = frozenset(place for place, rule in enumerate(self.rules) if isinstance(rule, (Json, Rest)))
        self.statement = self._statement()

    def _statement(self) -> str:
        landed = f"FROM {LANDED} l"
        where = "WHERE l.entity_id = %(entity)s AND l.key = ANY(%(keys)s)"
        if not self.compiler:
            return f"SELECT l.key, l.outcome, encode(l.sha256, 'hex') {landed} {where}"
        columns = ", ".join(_as_read(rule, f"t.{self.compiler.column(rule)}") for rule in self.rules)
        return (
            f"SELECT l.key, l.outcome, encode(l.sha256, 'hex'), t.{self.compiler.pk}, {columns} {landed} "
            f"LEFT JOIN {self.compiler.table} t ON l.outcome = 'loaded' "
            f"AND t.{self.compiler.pk} = coalesce(l.target, l.key) {where}"
        )

    # Expectations

    def _getter(self, rule: Rule) -> Getter:
        """A function from a source row to what the target must hold for the rule."""
        places = [self.plan.table.columns.index(column) + 1 for column in self.plan.actual(rule.names)]
        if isinstance(rule, Rest):
            return self._rest()
        if isinstance(rule, Reference):
            return self._reference(rule, places)
        if isinstance(rule, Lookup):
            names = list(joined_columns(self.plan))
            own = [self.width + place for place, name in enumerate(names) if name.startswith(f"{rule.field}.")]
            return _lookup_getter([*places, *own])
        default = _default(rule)
        if not places:
            return lambda row: default
        convert = expectation(rule)
        if isinstance(rule, Text) and not rule.empty_is_null:
            return _text_getter(places)
        return _value_getter(places, convert, default, trim=not isinstance(rule, Text))

    def _reference(self, rule: Reference, places: list[int]) -> Getter:
        moved = dict(
            self.session.fetch(
                f"SELECT key, target FROM {LANDED} WHERE entity_id = %(entity)s AND target IS NOT NULL",
                {"entity": self.entity_ids[rule.entity]},
            )
        )
        if not places:
            return lambda row: None

        def referred(value: Any) -> Any:
            key = as_text(value)
            return moved.get(key, key)

        return _value_getter(places, referred, None, trim=False)

    def _rest(self) -> Getter:
        assert self.compiler
        consumed = set(self.compiler.consumed)
        kept = [(name, place) for place, name in enumerate(self.plan.table.columns, 1) if name not in consumed]
        encode = msgspec.json.Encoder().encode
        return lambda row: encode({name: wrapped(row[place]) for name, place in kept}).decode()

    # Comparison

    def compare(self, keyed: list[tuple[str, Row]]) -> ProofResult:
        result = ProofResult(rows=len(keyed))
        rows = self.session.fetch(
            self.statement, {"entity": self.entity_ids[self.plan.name], "keys": [key for key, _ in keyed]}
        )
        found = {row[0]: row for row in rows}
        for key, source in keyed:
            landed = found.get(key)
            if landed is None:
                result.differ(self._difference(key, "(landed record)", "a landed record", "none"))
            elif landed[1] == "loaded":
                self._compare_row(key, source, landed, result)
            else:
                self._compare_hash(key, source, landed[2], result)
        return result

    def _compare_row(self, key: str, source: Row, landed: Row, result: ProofResult) -> None:
        if landed[3] is None:
            result.differ(self._difference(key, "(row)", "a row", "none"))
            return
        for place, getter in enumerate(self.getters):
            held = landed[place + 4]
            try:
                expected = getter(source)
            except (Unexpected, ValueError, ArithmeticError) as error:
                result.differ(self._difference(key, self.rules[place].field, f"a rejection: {error}", held))
                continue
            if expected != held and not (place in self.json_places and _same(expected, held)):
                result.differ(self._difference(key, self.rules[place].field, expected, held))

    def _compare_hash(self, key: str, source: Row, sha256: str, result: ProofResult) -> None:
        raw, _ = raw_record(self.plan.table.columns, source[1 : self.width])
        expected = hashlib.sha256(raw).hexdigest()
        if expected != sha256:
            result.differ(self._difference(key, "(landed record)", expected, sha256))

    def _difference(self, key: str, column: str, expected: Any, found: Any) -> Difference:
        table = self.compiler.model._meta.db_table if self.compiler else self.plan.table.name
        return Difference(table, key, column, shown(expected), shown(found))


def _same(expected: Any, held: Any) -> bool:
    try:
        return expected is not None and held is not None and same_json(expected, held)
    except Unexpected:
        return False


def _as_read(rule: Rule, column: str) -> str:
    """The column in the form that `expectation` speaks."""
    if isinstance(rule, Time):
        # Exact for these years in double precision, which costs a tenth of numeric.
        quick = f"(date_part('epoch', {column}) * 1000000)::bigint"
        exact = f"(extract(epoch FROM {column}) * 1000000)::bigint"
        return f"CASE WHEN {column} BETWEEN '1900-01-01' AND '2100-01-01' THEN {quick} ELSE {exact} END"
    return column if isinstance(rule, (Text, Lookup, Reference)) else f"{column}::text"


def _default(rule: Rule) -> Any:
    if isinstance(rule.default, bool):
        return "true" if rule.default else "false"
    return None if rule.default is None else str(rule.default)


def _text_getter(places: list[int]) -> Getter:
    """The first text that is not empty; else an empty one, if any column holds one; else None."""
    if len(places) == 1:
        place = places[0]
        return lambda row: as_text(row[place])

    def get(row: Row) -> Any:
        values = [row[place] for place in places]
        chosen = next((value for value in values if not is_empty(value)), None)
        return as_text(chosen) if chosen is not None else next((value for value in values if value is not None), None)

    return get


def _lookup_getter(places: list[int]) -> Getter:
    """The first value that is neither empty nor beyond what text can hold."""

    def get(row: Row) -> Any:
        values = (row[place] for place in places)
        return as_text(next((one for one in values if not (is_empty(one) or isinstance(wrapped(one), dict))), None))

    return get


def _value_getter(places: list[int], convert: Callable[[Any], Any], default: Any, *, trim: bool) -> Getter:
    """The first value that is not empty, converted; else the default. Blanks are empty where `trim` is set."""
    first = places[0]
    others = places[1:]

    def get(row: Row) -> Any:
        value = row[first]
        if value is None or value == "" or (trim and type(value) is str and not value.strip(" ")):
            for place in others:
                value = row[place]
                if not is_empty(value.strip(" ") if trim and type(value) is str else value):
                    return convert(value)
            return default
        return convert(value)

    return get
