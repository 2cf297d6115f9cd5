"""Whose record a row shows that several systems know: that of the system that stands first in settings.LEGACY_SOURCES.

Within a system it is that of the entity declared first: what was met in passing gives way to what has a record.
A record that is the person of a row behind it takes the row over; what it claims and such a row holds it gets.
Rows that somebody has changed since, and rows that no record made, are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from operations.importing import sql
from operations.importing.alterations import recorded, untouched
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Contested, Entity
from operations.importing.going import LandedEntity, of_rows
from operations.importing.landed import fills, landed_of
from operations.importing.planning import legacy_source
from operations.importing.session import Session
from operations.importing.target import LANDED, AliasColumns


def rank(source: str) -> int:
    """The place of a system in the order of precedence; the first is 0."""
    order = list(settings.LEGACY_SOURCES)
    return order.index(source) if source in order else len(order)


def standing(source: str, entity: str) -> tuple[int, int]:
    """What puts entities in order: the lesser shows what its records say. What is not declared any more comes last."""
    names = [one.name for one in legacy_source(source).entities]
    return rank(source), names.index(entity) if entity in names else len(names)


def rank_as_sql(name: str) -> str:
    """The rank of the system that an SQL expression names; NULL for what is none."""
    places = " ".join(f"WHEN {sql.literal(source)} THEN {rank(source)}" for source in settings.LEGACY_SOURCES)
    return f"CASE {name} {places} END"


def rank_of_row(alias: AliasColumns, row: str) -> str:
    """The rank of the first of the systems that know a row's person; NULL if none does."""
    rank_of_name = rank_as_sql(f"a.{alias.provider}")
    return f"(SELECT min({rank_of_name}) FROM {alias.name} a WHERE a.{alias.owner} = {row})"


@dataclass(frozen=True)
class Owner:
    """The record whose row it is."""

    entity: LandedEntity
    key: str


class Later:
    """The rows of an entity's model that belong to records of entities and systems that stand behind it."""

    def __init__(self, compiler: EntityCompiler, session: Session, *, source: str) -> None:
        self.compiler = compiler
        self.session = session
        self.itself = LandedEntity(compiler.entity_ids[compiler.entity.name], source, compiler.entity.name, compiler)
        self.behind = self._behind() if compiler.entity.aliases else {}
        self.entities: list[tuple[LandedEntity, EntityCompiler]] = []

    def look(self) -> None:
        """Find out what has been landed of these systems by now: their imports may go on at the same time."""
        landed = landed_of(self.behind, self.session)
        self.entities = [(one, one.compiler) for one in landed if one.compiler]

    def _behind(self) -> dict[str, list[Entity]]:
        """What fills the same rows and stands behind, by its source."""
        own, found = standing(self.itself.source, self.itself.name), {}
        for source in settings.LEGACY_SOURCES:
            alike = [one for one in legacy_source(source).entities if one.aliases and fills(one, self.compiler.model)]
            if behind := [one for one in alike if standing(source, one.name) > own]:
                found[source] = behind
        return found

    def lock(self, rows: Iterable[str]) -> None:
        """Whoever is about to change one of the rows comes before the judgement or after what follows from it."""
        compiler = self.compiler
        self.session.fetch(
            f"SELECT 1 FROM {compiler.table} t WHERE t.{compiler.pk} = ANY(%(rows)s) ORDER BY t.{compiler.pk} "
            "FOR UPDATE",
            {"rows": list(rows)},
        )

    def takeable(self, rows: Iterable[str]) -> dict[str, Owner]:
        """Those of the rows that may be taken over, with their owners: nobody has changed what would be written."""
        fields = [self.compiler.field(rule) for rule in self.compiler.written]
        own_lasting = frozenset(rule.field for rule in self.compiler.lasting)
        found = {}
        for one, compiler in self.entities:
            compared = recorded(compiler, one.source)
            compared += untouched(compiler, one.source, (f for f in fields if f.name not in own_lasting), frozenset())
            lasting = {rule.field for rule in compiler.lasting}
            # What somebody made true is true afterwards.
            pairs = [
                (expected, f"({held} AND {expected})" if field in lasting else held)
                for field, expected, held in compared
            ]
            found.update(self._owners(one, compiler, rows, pairs))
        return found

    def own(self, rows: Iterable[str]) -> set[str]:
        """Those of the rows that belong to records of the entity itself."""
        return set(self._owners(self.itself, self.compiler, rows, [("true", "true")]))

    def pristine(self, rows: Iterable[str]) -> set[str]:
        """Those of the rows, its own or later ones, in which nobody has changed anything."""
        found: set[str] = set()
        for one, compiler in [(self.itself, self.compiler), *self.entities]:
            compared = recorded(compiler, one.source)
            lasting = frozenset(rule.field for _, other in self.entities for rule in other.lasting)
            compared += untouched(compiler, one.source, compiler.model._meta.concrete_fields, lasting)
            found |= self._owners(one, compiler, rows, [pair[1:] for pair in compared]).keys()
        return found

    def yielding(self, contest: Contested, rows: Iterable[str]) -> set[str]:
        """Those of the rows that hold their record's value for a field which is contested."""
        found: set[str] = set()
        column = f"t.{self.compiler.column_of(contest.of)}"
        for one, compiler in self.entities:
            if any(other.of == contest.of and other.field == contest.field for other in compiler.contests):
                compared = [(f"e.{sql.name('f_' + contest.of)}", column)]
                found |= self._owners(one, compiler, rows, compared).keys()
        return found

    def _owners(
        self, one: LandedEntity, compiler: EntityCompiler, rows: Iterable[str], compared: Iterable[tuple[str, ...]]
    ) -> dict[str, Owner]:
        """The owners among the records of one entity whose rows hold what is compared."""
        read = compiler.read(of_rows(one, "loaded"), extra="asked.row_key", outer="row_key")
        different = " OR ".join(f"{expected} IS DISTINCT FROM {found}" for expected, found in compared)
        row = compiler.as_pk("e.row_key")
        owners = self.session.fetch(
            f"SELECT e.row_key, e.key FROM ({read}) e JOIN {compiler.table} t ON t.{compiler.pk} = {row} "
            f"WHERE cardinality(e.problems) = 0 AND NOT ({different})",
            {"rows": list(rows), "entity": one.id},
        )
        return {row: Owner(one, key) for row, key in owners}


def hand_over(compiler: EntityCompiler, session: Session, owners: Mapping[str, Owner]) -> None:
    """Make the owners of rows those who were merged into them: records of `compiler`'s entity write these rows now."""
    by_entity: dict[int, list[tuple[str, Owner]]] = {}
    for row, owner in owners.items():
        by_entity.setdefault(owner.entity.id, []).append((row, owner))
    for entity, owned in by_entity.items():
        before = owned[0][1].entity.compiler
        assert before
        rows = [row for row, _ in owned]
        empty(before, compiler, session, rows)
        session.execute(
            f"UPDATE {LANDED} s SET outcome = 'merged', target = o.row_key "
            "FROM unnest(%(keys)s::text[], %(rows)s::text[]) AS o (key, row_key) "
            "WHERE s.entity_id = %(entity)s AND s.key = o.key AND s.outcome = 'loaded'",
            {"entity": entity, "keys": [owner.key for _, owner in owned], "rows": rows},
        )


def empty(before: EntityCompiler, after: EntityCompiler, session: Session, rows: list[str]) -> None:
    """What the records of `before` fill and those of `after` do not is as in a new row; what lasts stays."""
    written = {rule.field for rule in after.written} | {rule.field for rule in before.lasting}
    columns = [before.column(rule) for rule in before.written if rule.field not in written]
    if columns:
        session.execute(
            f"UPDATE {before.table} t SET {', '.join(f'{column} = DEFAULT' for column in columns)} "
            f"WHERE t.{before.pk} = ANY(%(rows)s)",
            {"rows": rows},
        )
