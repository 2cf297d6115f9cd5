"""The second proof: the source, read again, against the target, in Python.

Every record of the source must have been landed. One that was loaded must stand in the target as `expectation` says,
column by column; of one that was merged, kept or rejected, the landed record must be the record itself, by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import models

from operations.importing.as_it_is import HELD, AsItIs
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import (
    Computed,
    Contested,
    Json,
    Later,
    Lookup,
    Reference,
    Rest,
    Rule,
    Text,
)
from operations.importing.expectation import Unexpected, expectation, json_of, parsed_json, same_json
from operations.importing.getters import Getter, Row, knowing, lookup_getter, text_getter, value_getter
from operations.importing.keyed import keyed_batches
from operations.importing.landing import raw_record, wrapped
from operations.importing.members import Widened
from operations.importing.proof_references import References
from operations.importing.reader import Reader
from operations.importing.reasons import shown
from operations.importing.report import Difference, ProofResult
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED

BATCH = 5_000
EITHER = "either"  # a truth that nobody can be held to
CONTESTED, TWICE = "contested", "held and contested"


def prove_plan(
    plan: Plan,
    reader: Reader,
    session: Session,
    *,
    source: str,
    entity_ids: dict[str, int],
    after: Any = None,
    compared: int = 0,
) -> Iterator[tuple[ProofResult, Any]]:
    """Compare all records of one table, batch by batch in the order of the source, or those after a batch's position.

    With each result goes the position at which to go on; `compared` is how many records came before the first.
    """
    proof = _Proof(plan, session, source=source, entity_ids=entity_ids)
    batches = keyed_batches(plan, reader, size=BATCH, joined=joined_columns(plan), after=after, read=compared)
    for batch in batches:
        yield proof.compare(batch.records), batch.position


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
    def __init__(self, plan: Plan, session: Session, *, source: str, entity_ids: dict[str, int]) -> None:
        self.plan = plan
        self.session = session
        self.source = source
        self.entity_ids = entity_ids
        self.width = len(plan.table.columns) + 1
        self.compiler = EntityCompiler(plan, entity_ids=entity_ids, alias=session.alias) if plan.entity else None
        self.rules: tuple[Rule, ...] = self.compiler.rules if self.compiler else ()
        consumed = self.compiler.consumed if self.compiler else ()
        self.widened = Widened(plan, consumed, self.width + len(joined_columns(plan)))
        self.references = References(session, entity_ids)
        self.getters = [self._getter(rule) for rule in self.rules]
        self.as_it_is = self._as_it_is()
        self.reads_key = any(isinstance(rule, Computed) for rule in self.rules)
        self.json_places = frozenset(place for place, rule in enumerate(self.rules) if _is_json(rule))
        lasting = self.compiler.lasting if self.compiler else ()
        self.lasting_places = frozenset(place for place, rule in enumerate(self.rules) if rule in lasting)
        processing = self.plan.entity.processing if self.plan.entity else None
        fields = processing.fields if processing else ()
        self.processed_places = frozenset(place for place, rule in enumerate(self.rules) if rule.field in fields)
        self.statement = self._statement()

    def _statement(self) -> str:
        landed = f"FROM {LANDED} l"
        where = "WHERE l.entity_id = %(entity)s AND l.key = ANY(%(keys)s)"
        if not self.compiler:
            return f"SELECT l.key, l.outcome, encode(l.sha256, 'hex'), l.mended {landed} {where}"
        columns = ", ".join(self._as_read(self.compiler, rule) for rule in self.rules)
        processed = next((one for rule in self.rules if (one := self.compiler.is_processed(rule))), "false")
        columns = f"{columns}, {processed}"
        return (
            f"SELECT l.key, l.outcome, encode(l.sha256, 'hex'), l.mended, t.{self.compiler.pk}, {columns} {landed} "
            f"LEFT JOIN {self.compiler.table} t ON l.outcome = 'loaded' "
            f"AND t.{self.compiler.pk} = {self.compiler.as_pk('coalesce(l.target, l.key)')} {where}"
        )

    def _as_read(self, compiler: EntityCompiler, rule: Rule) -> str:
        """A field's column in the form that `expectation` speaks."""
        column = f"t.{compiler.column(rule)}"
        if rule in compiler.lasting:
            # Another record of the same person may have made it true.
            shared = compiler.is_shared(f"t.{compiler.pk}", "l.key", self.source)
            return f"CASE WHEN {column} AND {shared} THEN '{EITHER}' ELSE {column}::text END"
        if isinstance(rule, Contested):
            own = f"t.{compiler.column_of(rule.of)}"
            return f"CASE WHEN {column} = {own} THEN '{TWICE}' ELSE {column} END"
        if contest := next((one for one in compiler.contests if one.of == rule.field), None):
            recorded = f"t.{compiler.column(contest)}"
            return f"CASE WHEN {column} IS NULL AND {recorded} IS NOT NULL THEN '{CONTESTED}' ELSE {column} END"
        if isinstance(compiler.model._meta.get_field(rule.field), models.DateTimeField):
            # Exact for these years in double precision, which costs a tenth of numeric.
            quick = f"(date_part('epoch', {column}) * 1000000)::bigint"
            exact = f"(extract(epoch FROM {column}) * 1000000)::bigint"
            return f"CASE WHEN {column} BETWEEN '1900-01-01' AND '2100-01-01' THEN {quick} ELSE {exact} END"
        return column if isinstance(rule, (Text, Lookup)) else f"{column}::text"

    # Expectations

    def _getter(self, rule: Rule) -> Getter:
        """A function from a widened source row to what the target must hold for the rule."""
        places = [self.widened.place(name) for name in self.plan.actual(rule.names)]
        if isinstance(rule, Lookup):
            names = enumerate(joined_columns(self.plan))
            places += [self.width + place for place, name in names if name.startswith(f"{rule.field}.")]
        getter = self._getter_of(rule, places)
        return knowing(getter, places, frozenset(rule.unknown)) if rule.unknown else getter

    def _getter_of(self, rule: Rule, places: list[int]) -> Getter:
        if isinstance(rule, Rest):
            return self._rest_of(rule.of) if rule.of else self._rest()
        if isinstance(rule, Reference):
            return self.references.getter(rule, places)
        if isinstance(rule, Later):
            return self._later(rule)
        if isinstance(rule, Contested):
            return self._getter(next(one for one in self.rules if one.field == rule.of))
        if isinstance(rule, Computed):
            return self._computed(rule, places)
        if isinstance(rule, Lookup):
            return lookup_getter(places)
        default = _default(rule)
        if not places:
            return lambda row: default
        convert = expectation(rule)
        if isinstance(rule, Text) and not rule.empty_is_null:
            return text_getter(places, default)
        return value_getter(places, convert, default, trim=not isinstance(rule, Text))

    def _as_it_is(self) -> AsItIs:
        """What is compared without a look at single values: most texts, and what this source knows nothing of."""
        same, fixed = {}, {}
        for place, rule in enumerate(self.rules):
            named = [] if rule.unknown else [self.widened.place(name) for name in self.plan.actual(rule.names)]
            if isinstance(rule, Text) and len(named) == 1 and not rule.empty_is_null and _default(rule) is None:
                same[place] = named[0]
            elif not self.plan.actual(rule.names) and not isinstance(rule, (Rest, Later, Contested, Computed, Lookup)):
                fixed[place] = self.getters[place](())
        others = [(place, get) for place, get in enumerate(self.getters) if place not in same and place not in fixed]
        return AsItIs(same, fixed, others)

    def _computed(self, rule: Computed, places: list[int]) -> Getter:
        """Compared rows end with their key, where something is computed."""
        value = text_getter(places, None) if places else (lambda row: None)
        rules = {one.field: one for one in self.rules}
        fields = {name: self._getter(rules[name]) for name in rule.fields}
        return lambda row: rule.expect(value(row), {name: get(row) for name, get in fields.items()}, row[-1])

    def _later(self, rule: Later) -> Getter:
        start, seconds = (
            self._getter(next(one for one in self.rules if one.field == field)) for field in (rule.start, rule.seconds)
        )

        def get(row: Row) -> Any:
            begun, length = start(row), seconds(row)
            return None if begun is None or length is None else begun + int(length) * 1_000_000

        return get

    def _rest(self) -> Getter:
        assert self.compiler
        consumed = set(self.compiler.legacy.physical)
        kept = [(name, place) for place, name in enumerate(self.plan.table.columns, 1) if name not in consumed]
        encode = msgspec.json.Encoder().encode
        return lambda row: encode({name: wrapped(row[place]) for name, place in kept}).decode()

    def _rest_of(self, column: str) -> Getter:
        """The members of an object that no rule reads."""
        place = self.widened.place(column)
        read = {name.partition(".")[2] for name in self.widened.names if name.partition(".")[0] == column}

        def get(row: Row) -> Any:
            if row[place] is None:
                return "{}"
            members = parsed_json(row[place])
            return json_of({name: member for name, member in members.items() if name not in read})

        return get

    # Comparison

    def compare(self, keyed: list[tuple[str, Row]]) -> ProofResult:
        result = ProofResult(rows=len(keyed))
        rows = self.session.fetch(
            self.statement, {"entity": self.entity_ids[self.plan.name], "keys": [key for key, _ in keyed]}
        )
        found = {row[0]: row for row in rows}
        mended = {row[0]: row[3] for row in rows if row[3] is not None}
        for key, source in keyed if mended else ():
            if key in mended and found[key][1] == "loaded":  # that it is still this record that was mended
                self._compare_hash(key, source, found[key][2], result)
        counted = [self._as_mended(mended[key], row) if key in mended else row for key, row in keyed]
        counted = self.widened.rows(counted)
        if self.reads_key:
            counted = [(*row, key) for (key, _), row in zip(keyed, counted, strict=True)]
        self.references.look_up(counted)
        for (key, _), source in zip(keyed, counted, strict=True):
            landed = found.get(key)
            if landed is None:
                result.differ(self._difference(key, "(landed record)", "a landed record", "none"))
            elif self._has_row(landed):
                self._compare_row(key, source, landed, result)
        for key, source in keyed:
            if key in found and not self._has_row(found[key]):
                self._compare_hash(key, source, found[key][2], result)
        return result

    def _has_row(self, landed: Row) -> bool:
        return self.compiler is not None and bool(landed[1] == "loaded")

    def _as_mended(self, mended: str, source: Row) -> Row:
        """The record as somebody mended it, in the place of the source's."""
        values = msgspec.json.decode(mended)
        return (source[0], *(values.get(column) for column in self.plan.table.columns), *source[self.width :])

    def _compare_row(self, key: str, source: Row, landed: Row, result: ProofResult) -> None:
        if landed[4] is None:
            result.differ(self._difference(key, "(row)", "a row", "none"))
            return
        for place, getter in self.as_it_is.others(source, landed) or enumerate(self.getters):
            held = landed[HELD + place]
            if landed[-1] and place in self.processed_places:
                continue
            try:
                expected = getter(source)
            except (Unexpected, ValueError, ArithmeticError) as error:
                result.differ(self._difference(key, self.rules[place].field, f"a rejection: {error}", held))
                continue
            if expected != held and not self._is_the_same(place, expected, held, source):
                result.differ(self._difference(key, self.rules[place].field, expected, held))

    def _is_the_same(self, place: int, expected: Any, held: Any, source: Row) -> bool:
        """Whether two values mean the same that are not written alike."""
        if place in self.lasting_places:
            return bool(held == EITHER)
        rule = self.rules[place]
        if isinstance(rule, Contested):
            return held is None
        if held == CONTESTED and self.compiler:
            contests = [contest for contest in self.compiler.contests if contest.of == rule.field]
            return expected is None or any(self._is_held(self.compiler, one, expected) for one in contests)
        if isinstance(rule, Lookup):
            return self._is_of_mended(rule, source)
        return place in self.json_places and _same(expected, held)

    def _is_held(self, compiler: EntityCompiler, contest: Contested, value: str) -> bool:
        """Whether some row has the value: what nobody has is not contested."""
        return bool(self.session.fetch(f"SELECT 1 WHERE {compiler.holder(contest, '%(value)s')}", {"value": value}))

    def _is_of_mended(self, rule: Lookup, source: Row) -> bool:
        """Whether the value comes from a record that somebody mended: the proof in SQL alone can tell what it is."""
        via = next(one for one in self.rules if one.field == rule.via)
        assert isinstance(via, Reference)
        places = [self.widened.place(name) for name in self.plan.actual(via.names)]
        found = self.session.fetch(
            f"SELECT 1 FROM {LANDED} WHERE entity_id = ANY(%(entities)s) AND key = ANY(%(keys)s) "
            "AND mended IS NOT NULL",
            {
                "entities": [self.entity_ids[name] for name in via.entities],
                "keys": [str(source[place]) for place in places if source[place] is not None],
            },
        )
        return bool(found)

    def _compare_hash(self, key: str, source: Row, sha256: str, result: ProofResult) -> None:
        raw, _ = raw_record(self.plan.table.columns, source[1 : self.width])
        expected = hashlib.sha256(raw).hexdigest()
        if expected != sha256:
            result.differ(self._difference(key, "(landed record)", expected, sha256))

    def _difference(self, key: str, column: str, expected: Any, found: Any) -> Difference:
        table = self.compiler.model._meta.db_table if self.compiler else self.plan.table.name
        return Difference(table, key, column, shown(expected), shown(found))


def _is_json(rule: Rule) -> bool:
    return isinstance(rule, (Json, Rest)) or (isinstance(rule, Computed) and rule.json)


def _same(expected: Any, held: Any) -> bool:
    try:
        return expected is not None and held is not None and same_json(expected, held)
    except Unexpected:
        return False


def _default(rule: Rule) -> Any:
    if isinstance(rule.default, bool):
        return "true" if rule.default else "false"
    return None if rule.default is None else str(rule.default)
