"""A whole inspection: the source is read once, table by table, and what an import would make of it is worked out.

It needs no database: everything is said from the source and its declaration.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Contested, LegacySource, Reference
from operations.importing.inspection.columns import TableColumns, Use, example
from operations.importing.inspection.fates import PROOF, UNIQUE, ClaimRow, Fates
from operations.importing.inspection.readings import Reading, written
from operations.importing.inspection.report import (
    EntityFound,
    Inspection,
    Objection,
    Prediction,
    TableFound,
)
from operations.importing.inspection.spans import Spans
from operations.importing.inspection.values import numeric_id
from operations.importing.keyed import keying
from operations.importing.members import Widened
from operations.importing.planning import ImportPlan, fields_lacking, plan_import
from operations.importing.reader import Reader, open_source
from operations.importing.tables import Plan

BATCH = 5_000
OUT_OF_RANGE = "out_of_range"

Row = tuple[Any, ...]
Columns = list[tuple[Any, ...]]  # of a batch, by place; the first are the row numbers
Problem = tuple[str, str]  # reason, column


class Watcher(Protocol):
    """Sees an inspection go on."""

    def reading(self, done: int, total: int) -> None: ...
    def entity_started(self, name: str, done: int, total: int) -> None: ...
    def advanced(self, name: str, done: int) -> None: ...


def inspect_source(
    source: LegacySource, location: str, watcher: Watcher | None = None, zone: str = "UTC"
) -> Inspection:
    """Read the source and say what is in it; nothing is written.

    Raises LegacyError when the source cannot be read or is of no known schema.
    """
    with open_source(source, location, watcher.reading if watcher else None, zone) as reader, Fates() as fates:
        plan = plan_import(source, reader.tables(), zone)
        entities = tuple(_inspect_entity(one, plan, reader, fates, watcher) for one in plan.plans if one.entity)
        return Inspection(
            source=source.name,
            title=source.title,
            location=reader.location.shown,
            generation=plan.generation.name,
            size=reader.location.path.stat().st_size,
            tables=tuple(_table(one, source) for one in plan.plans),
            absent=_absent(plan),
            entities=entities,
        )


def _table(plan: Plan, source: LegacySource) -> TableFound:
    known = plan.entity is not None or plan.table.name.lower() in {name.lower() for name in source.kept}
    entity = plan.entity
    return TableFound(
        name=plan.table.name,
        rows=plan.table.rows,
        entity=entity.name if entity else None,
        model=entity.model if entity else None,
        known=known,
    )


def _absent(plan: ImportPlan) -> tuple[str, ...]:
    present = {one.name for one in plan.plans if one.entity}
    return tuple(entity.name for entity in plan.source.entities if entity.name not in present)


def _inspect_entity(
    plan: Plan, whole: ImportPlan, reader: Reader, fates: Fates, watcher: Watcher | None
) -> EntityFound:
    inspected = _EntityInspection(plan, reader, fates, is_referred_to=_is_referred_to(plan, whole))
    if watcher:
        watcher.entity_started(plan.name, 0, plan.table.rows)
    for batch in reader.batches(plan.table, size=BATCH):
        inspected.add(batch.rows)
        if watcher:
            watcher.advanced(plan.name, inspected.read)
    return inspected.found()


def _is_referred_to(plan: Plan, whole: ImportPlan) -> bool:
    rules = [rule for one in whole.plans if one.entity for rule in one.entity.rules]
    return any(isinstance(rule, Reference) and plan.name in rule.entities for rule in rules)


class _EntityInspection:
    """One entity's table, batch by batch."""

    def __init__(self, plan: Plan, reader: Reader, fates: Fates, *, is_referred_to: bool) -> None:
        assert plan.entity is not None
        self.plan = plan
        self.entity = plan.entity
        self.fates = fates
        self.is_referred_to = is_referred_to
        compiler = EntityCompiler(plan, entity_ids={}, alias="default")
        self.widened = Widened(plan, compiler.consumed, len(plan.table.columns) + 1)
        self.columns = TableColumns(plan, compiler.rules, compiler.legacy, self.widened)
        self.spans = Spans(self.columns)
        self.key_of = keying(plan, reader)
        self.read = 0
        self.reasons: Counter[str] = Counter()
        self.objections: Counter[Problem] = Counter()
        self.examples: dict[Problem, str] = {}

    def add(self, rows: list[Row]) -> None:
        columns: Columns = list(zip(*self.widened.rows(rows), strict=True))
        suspect = self.columns.tally(columns)
        problems: defaultdict[int, list[Problem]] = defaultdict(list)
        keys = self._keys(rows, problems)
        broken = self._broken_objects(columns, suspect, problems)
        for use in self.columns.uses:
            for index, problem, value in self._problems(use, columns, suspect):
                if index not in broken:
                    problems[index].append(problem)
                    self._object(problem, value)
            for index, value in self.spans.too_long(use, columns, spoiled=problems):
                problems[index].append((OUT_OF_RANGE, use.columns[0]))
                self._object((OUT_OF_RANGE, use.columns[0]), value)
        for index, problem, value in self._disagreements(columns):
            if index not in broken:
                problems[index].append(problem)
                self._object(problem, value)
        for found in problems.values():
            self.reasons[found[0][0]] += 1
        self._hand_on(keys, columns, problems)
        self.read += len(rows)

    # Problems

    def _object(self, problem: Problem, value: Any) -> None:
        self.objections[problem] += 1
        if problem not in self.examples:
            self.examples[problem] = example(value)

    def _keys(self, rows: list[Row], problems: defaultdict[int, list[Problem]]) -> list[str]:
        keys, column = [], self.columns.key[0]
        place = self.columns.places[column]
        for index, row in enumerate(rows):
            number = row[0] if self.plan.table.has_rowid else self.read + index + 1
            key, reason = self.key_of(row, number)
            if reason:
                problems[index].append((reason, column))
                self._object((reason, column), row[place])
            keys.append(key)
        return keys

    def _broken_objects(
        self, columns: Columns, suspect: dict[str, list[Reading]], problems: defaultdict[int, list[Problem]]
    ) -> set[int]:
        """Records of whose objects nothing can be read."""
        broken = set()
        for base in self.columns.bases:
            for index, reading in enumerate(suspect.get(base, [])):
                if reading.problem:
                    broken.add(index)
                    problems[index].append((reading.problem, base))
                    self._object((reading.problem, base), columns[self.columns.places[base]][index])
        return broken

    def _disagreements(self, columns: Columns) -> Iterator[tuple[int, Problem, Any]]:
        for one, other in self.plan.agreeing:
            pairs = zip(*(columns[self.columns.places[name]] for name in (one, other)), strict=True)
            for index, (first, second) in enumerate(pairs):
                if first not in (None, "") and second not in (None, "") and written(first) != written(second):
                    yield index, ("disagrees", one), first

    def _problems(
        self, use: Use, columns: Columns, suspect: dict[str, list[Reading]]
    ) -> Iterator[tuple[int, Problem, Any]]:
        """What an import objects to in the values that one rule or proof reads."""
        places = [self.columns.places[column] for column in use.columns]
        if len(places) > 1:
            yield from self._problems_of_several(use, list(zip(*(columns[place] for place in places), strict=True)))
            return
        column, values = use.columns[0], columns[places[0]]
        # A column may have been read as a key, or for another rule, which asks for other things.
        is_read = self.columns.readers[column] is use.read
        readings = suspect.get(column, []) if is_read else list(map(use.read, values))
        for index, reading in enumerate(readings):
            if reading.problem:
                yield index, (reading.problem, column), values[index]
        if use.references and not use.dangling:
            for index, reason in self._broken_references(use, values):
                yield index, (reason, column), values[index]

    def _problems_of_several(self, use: Use, records: list[Row]) -> Iterator[tuple[int, Problem, Any]]:
        values = [use.chosen(record) for record in records]
        for index, value in enumerate(values):
            if problem := use.read(value).problem:
                yield index, (problem, use.column_of(records[index])), value
        if use.references and not use.dangling:
            for index, reason in self._broken_references(use, values):
                yield index, (reason, use.column_of(records[index])), values[index]

    def _broken_references(self, use: Use, values: Iterable[Any]) -> Iterator[tuple[int, str]]:
        wanted = [None if use.is_empty(value) or use.read(value).problem else written(value) for value in values]
        loads: dict[str, bool] = {}
        for entity in use.references:
            for known, is_loaded in self.fates.loads(entity, {key for key in wanted if key is not None}).items():
                loads[known] = loads.get(known, False) or is_loaded
        for index, key in enumerate(wanted):
            if key is not None and not loads.get(key):
                yield index, "rejected_reference" if key in loads else "missing_reference"

    # What others need to know

    def _hand_on(self, keys: list[str], columns: Columns, problems: dict[int, list[Problem]]) -> None:
        if self.is_referred_to:
            self.fates.remember(self.plan.name, ((key, index not in problems) for index, key in enumerate(keys)))
        for use in self.columns.uses:
            kind = PROOF if use.kind == "proof" else UNIQUE if use.name in self.entity.unique else ""
            if kind:
                self.fates.claim(self._claims(use, kind, keys, columns, problems))

    def _claims(
        self, use: Use, kind: str, keys: list[str], columns: Columns, problems: dict[int, list[Problem]]
    ) -> Iterator[ClaimRow]:
        numeric = {proof.provider for proof in self.entity.proofs if proof.numeric}
        values = zip(*(columns[self.columns.places[column]] for column in use.columns), strict=True)
        for index, record in enumerate(values):
            if index in problems:
                continue
            value = use.chosen(record)
            if value is None or (use.is_empty(value) and not use.keeps_empty):
                continue
            text = written(value).strip(" ") if use.trims else written(value)
            if kind == PROOF and use.name in numeric:
                text = str(numeric_id(text))
            yield self.read + index, keys[index], kind, use.name, text

    # Report

    def found(self) -> EntityFound:
        settlement = self.fates.settle(
            self.plan.name,
            recorded=frozenset(rule.of for rule in self.entity.rules if isinstance(rule, Contested)),
            joined=frozenset(filter(None, (self.entity.joined_by,))),
        )
        columns = {use.name: use.columns[0] for use in self.columns.uses}
        for (reason, about), count in settlement.rejected.items():
            problem = (reason, columns.get(about, about))
            self.reasons[reason] += count
            self.objections[problem] += count
            self.examples[problem] = settlement.examples[reason, about]
        rejected = self.reasons.total()
        prediction = Prediction(
            loaded=self.read - rejected - settlement.merged,
            merged=settlement.merged,
            rejected=rejected,
            reasons=dict(sorted(self.reasons.items())),
        )
        return EntityFound(
            entity=self.plan.name,
            model=self.entity.model,
            table=self.plan.table.name,
            rows=self.read,
            columns=self.columns.found(),
            lacking=fields_lacking(self.plan),
            objections=tuple(
                Objection(column, reason, count, self.examples[reason, column])
                for (reason, column), count in self.objections.most_common()
            ),
            sharings=settlement.sharings,
            prediction=prediction,
        )
