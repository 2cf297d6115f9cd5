"""What has been landed so far, described without its source: for undo, replay and removal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.apps import apps
from django.conf import settings
from django.db import models

from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Entity, Generation, LegacySource, Lookup, Reference
from operations.importing.going import LandedEntity
from operations.importing.planning import legacy_source, of_all_generations
from operations.importing.session import Session
from operations.importing.tables import Plan, Table
from operations.importing.zones import zone_of
from operations.models import ImportRun, LegacyEntity

SAMPLED = 1_000  # landed records that tell which columns a table had


def landed_entities(session: Session) -> tuple[LandedEntity, ...]:
    """All entities of all sources that were ever landed, with the rules of those that have a destination."""
    found: list[LandedEntity] = []
    for name, ids in _numbers(LegacyEntity.objects.all()).items():
        plans = landed_plans(legacy_source(name), ids, session)
        for entity, number in ids.items():
            plan = plans.get(entity)
            compiler = EntityCompiler(plan, entity_ids=ids, alias=session.alias) if plan else None
            found.append(LandedEntity(number, name, entity, compiler))
    return tuple(found)


def landed_of(entities: Mapping[str, Iterable[Entity]], session: Session) -> tuple[LandedEntity, ...]:
    """Those of the entities, by their sources, that were ever landed."""
    landed = LegacyEntity.objects.using(session.alias).filter(source__in=list(entities))
    found: list[LandedEntity] = []
    for name, ids in _numbers(landed).items():
        chosen = {one.name: ids[one.name] for one in entities[name] if one.name in ids}
        for entity, plan in landed_plans(legacy_source(name), chosen, session).items():
            compiler = EntityCompiler(plan, entity_ids=ids, alias=session.alias)
            found.append(LandedEntity(ids[entity], name, entity, compiler))
    return tuple(found)


def entities_filling(model: type[models.Model], session: Session) -> list[int]:
    """The numbers of all landed entities, of all sources, that fill one model."""
    declared = {
        (name, entity.name)
        for name in settings.LEGACY_SOURCES
        for entity in legacy_source(name).entities
        if fills(entity, model)
    }
    landed = LegacyEntity.objects.using(session.alias).values_list("id", "source", "name")
    return sorted(number for number, *names in landed if tuple(names) in declared)


def fills(entity: Entity, model: type[models.Model]) -> bool:
    return apps.get_model(entity.model) is model


def _numbers(entities: models.QuerySet[LegacyEntity]) -> dict[str, dict[str, int]]:
    """The numbers of entities by source and name."""
    known: dict[str, dict[str, int]] = {}
    for one in entities.order_by("id"):
        known.setdefault(one.source, {})[one.name] = one.id
    return known


def landed_plans(source: LegacySource, ids: dict[str, int], session: Session) -> dict[str, Plan]:
    """Plans for what was landed, whichever generations it came from; the source itself is not needed."""
    tables = {
        entity.name: _table(entity.name, ids[entity.name], session) for entity in source.entities if entity.name in ids
    }
    plans = {}
    zone, generation = zone_of(source.name) or "UTC", _generation_of(source)
    for entity in source.entities:
        if entity.name not in tables:
            continue
        via = {rule.field: rule.entities[0] for rule in entity.rules if isinstance(rule, Reference)}
        looked_up = [rule.via for rule in entity.rules if isinstance(rule, Lookup)]
        lookups = {name: tables[via[name]] for name in looked_up if via[name] in tables}
        plan = Plan(
            name=entity.name, table=tables[entity.name], entity=generation.reads(entity), lookups=lookups, zone=zone
        )
        plans[entity.name] = of_all_generations(plan)
    return plans


def _generation_of(source: LegacySource) -> Generation:
    """That of the import before; its names come first in what is there."""
    runs = ImportRun.objects.filter(source=source.name).exclude(generation="").order_by("-id")
    name = runs.values_list("generation", flat=True).first()
    return next((one for one in source.generations if one.name == name), source.generations[0])


def _table(name: str, entity_id: int, session: Session) -> Table:
    """A table with the columns that its landed records show, as they spell them."""
    columns = session.fetch(
        "SELECT DISTINCT json_object_keys(s.raw::json) FROM (SELECT raw FROM operations_landedrecord "
        "WHERE entity_id = %(entity)s ORDER BY key LIMIT %(sampled)s) s",
        {"entity": entity_id, "sampled": SAMPLED},
    )
    return Table(name=name, columns=tuple(sorted(column for (column,) in columns)), key=(), rows=0)
