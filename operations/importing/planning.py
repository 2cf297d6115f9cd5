"""From what a source holds to what an import will do with each of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.module_loading import import_string

from operations.importing.declaration import Entity, Generation, LegacySource, Lookup, Reference, Rest
from operations.importing.errors import LegacyError, SchemaUnknown
from operations.importing.tables import FieldLacking, Plan, Table, Unmatched


def legacy_source(name: str) -> LegacySource:
    """The declaration that settings.LEGACY_SOURCES names."""
    if name not in settings.LEGACY_SOURCES:
        known = ", ".join(sorted(settings.LEGACY_SOURCES))
        raise LegacyError(f"There is no legacy source {name!r}. Known: {known}.")
    source: LegacySource = import_string(settings.LEGACY_SOURCES[name])
    return source


STORED_IN = {"sqlite": "file", "redis": "database", "postgresql": "database and schema"}


@dataclass(frozen=True)
class ImportPlan:
    source: LegacySource
    generation: Generation
    plans: tuple[Plan, ...]

    def only(self, names: list[str]) -> tuple[Plan, ...]:
        """The plans of the named entities (or tables), in order. Raises LegacyError for a name that fits none."""
        if not names:
            return self.plans
        for name in names:
            if not any(name in {plan.name, plan.table.name} for plan in self.plans):
                known = ", ".join(plan.name for plan in self.plans)
                raise LegacyError(f"There is no entity {name!r} in this source. It has: {known}.")
        return tuple(plan for plan in self.plans if {plan.name, plan.table.name} & set(names))


def plan_import(source: LegacySource, tables: list[Table], zone: str = "UTC") -> ImportPlan:
    """Recognise the generation and assign every table. Raises SchemaUnknown with what is missing.

    `zone` is that of moments which name none.
    """
    by_name = {table.name.lower(): table for table in tables}
    if source.families and not any(by_name[family.name].rows for family in source.families):
        raise SchemaUnknown(
            f"This Redis holds no key of {source.title}. Check the address, and the number of the database at its end."
        )
    generation = recognised(source, tables)
    chosen = {entity.name: _table_of(entity, by_name, generation) for entity in source.entities}
    plans = [
        _entity_plan(generation.reads(entity), table, chosen)
        for entity in source.entities
        if (table := chosen[entity.name]) is not None
    ]
    taken = {plan.table.name for plan in plans}
    names = {plan.name for plan in plans}
    # A table may bear the name of an entity that another table fills.
    plans += [
        Plan(name=table.name if table.name not in names else f"{table.name} (table)", table=table)
        for table in tables
        if table.name not in taken
    ]
    return ImportPlan(source=source, generation=generation, plans=tuple(replace(plan, zone=zone) for plan in plans))


def of_all_generations(plan: Plan) -> Plan:
    """The plan for records that were landed from another generation too: with every column that any of them has."""
    assert plan.entity is not None
    entity = plan.entity
    names = [name for rule in entity.rules for name in rule.names]
    names += [name for proof in entity.proofs for name in proof.names]
    lookups = dict(plan.lookups)
    for rule in entity.rules:
        if isinstance(rule, Lookup):
            other = lookups.get(rule.via, Table(name=rule.via, columns=(), key=(), rows=0))
            lookups[rule.via] = _with_columns(other, rule.of)
    table = _with_columns(plan.table, names)
    return replace(plan, table=table, lookups=lookups, lacking=frozenset(table.columns) - {*plan.table.columns})


def _with_columns(table: Table, names: Iterable[str]) -> Table:
    there = {column.lower() for column in table.columns}
    # Of a path into a column, the column.
    columns = (name.partition(".")[0] for name in names if name.lower() not in there)
    lacking = dict.fromkeys(name for name in columns if name.lower() not in there)
    return replace(table, columns=(*table.columns, *lacking))


def recognised(source: LegacySource, found: Sequence[Table]) -> Generation:
    """The generation that these tables are of. Raises SchemaUnknown with what is missing."""
    tables = {table.name.lower(): table for table in found}
    for generation in source.generations:
        has_columns = all(_has(tables.get(table.lower()), columns) for table, columns in generation.columns.items())
        if has_columns and all(_is_of_type(tables, name, type_) for name, type_ in generation.types.items()):
            return generation
    there = ", ".join(f"{table.name} ({', '.join(table.columns)})" for table in found) or "no table at all"
    expected = "; ".join(
        f"generation {generation.name}: "
        + ", ".join(f"{table} with {', '.join(columns)}" for table, columns in generation.columns.items())
        for generation in source.generations
    )
    raise SchemaUnknown(
        f"This is not a database of {source.title}, or one of a generation that is not known. Found: {there}. "
        f"Expected one of: {expected}. Check that --from names the right {STORED_IN[source.store]}."
    )


def _has(table: Table | None, columns: tuple[str, ...]) -> bool:
    return table is not None and {column.lower() for column in columns} <= {name.lower() for name in table.columns}


def _is_of_type(tables: dict[str, Table], name: str, type_: str) -> bool:
    name, _, column = name.lower().partition(".")
    table = tables.get(name)
    types = dict(zip(map(str.lower, table.columns), table.types, strict=False)) if table else {}
    return types.get(column, "").lower() == type_


def _has_any(table: Table, names: tuple[str, ...]) -> bool:
    return bool({name.lower() for name in names} & {column.lower() for column in table.columns})


def _table_of(entity: Entity, tables: dict[str, Table], generation: Generation) -> Table | None:
    """The table that holds the entity: of several, the one that the generation is known by or prefers."""
    first = {*generation.columns, *generation.prefers}
    for name in sorted(entity.tables, key=lambda name: name not in first):
        if name.lower() in tables:
            return tables[name.lower()]
    if entity.optional:
        return None
    raise SchemaUnknown(f"The source has no table for {entity.name}: looked for {' or '.join(entity.tables)}.")


def _entity_plan(entity: Entity, table: Table, chosen: dict[str, Table | None]) -> Plan:
    lookups = {}
    for rule in entity.rules:
        if isinstance(rule, Lookup):
            via = next(one for one in entity.rules if one.field == rule.via)
            assert isinstance(via, Reference)
            other = chosen[via.entities[0]]
            if other is not None and _has_any(table, via.names):
                lookups[rule.via] = other
    plan = Plan(name=entity.name, table=table, entity=entity, unknown=unknown_columns(entity, table), lookups=lookups)
    if not plan.actual(entity.key):
        raise SchemaUnknown(f"The table {table.name} has no key column {' or '.join(entity.key)}.")
    for rule in entity.rules:
        if rule.required and rule.names and not plan.actual(rule.names):
            raise SchemaUnknown(
                f"The table {table.name} has no column for {rule.field}: looked for {' or '.join(rule.names)}. "
                "Add the name that it has to the declaration of the source, or the column to a copy of the file."
            )
    return plan


def unknown_columns(entity: Entity, table: Table) -> tuple[str, ...]:
    """Columns that the declaration does not mention; they stay in the raw record."""
    if any(isinstance(rule, Rest) and not rule.of for rule in entity.rules):
        return ()  # one field takes all that no other does
    names = [*entity.key, *entity.raw_only]
    for rule in entity.rules:
        names += rule.names
        if isinstance(rule, Rest):
            names.append(rule.of)
    names += [name for proof in entity.proofs for name in proof.names]
    names += [name for pair in entity.agreeing for name in pair]
    known = {name.lower() for name in names} | {name.lower().partition(".")[0] for name in names if "." in name}
    return tuple(column for column in table.columns if column.lower() not in known)


def fields_lacking(plan: Plan) -> tuple[FieldLacking, ...]:
    """Fields and proofs for which the table has no column; a lookup finds its value elsewhere."""
    if plan.entity is None:
        return ()
    wanted: list[tuple[str, tuple[str, ...], str | bool | int | None]] = [
        (rule.field, rule.names, rule.default)
        for rule in plan.entity.rules
        if rule.names and not (isinstance(rule, Lookup) and rule.via in plan.lookups)
    ]
    wanted += [(f"identity {proof.provider}", proof.names, None) for proof in plan.entity.proofs]
    return tuple(FieldLacking(*one) for one in wanted if not plan.actual(one[1]))


def unmatched(plans: Iterable[Plan]) -> tuple[Unmatched, ...]:
    """Where the tables and the declarations of their entities differ, for the report."""
    pairs = ((plan, fields_lacking(plan)) for plan in plans)
    return tuple(
        Unmatched(plan.name, plan.table.name, plan.unknown, lacking)
        for plan, lacking in pairs
        if plan.unknown or lacking
    )
