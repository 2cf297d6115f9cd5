"""What an undo takes out of one entity, batch by batch, and why it leaves the rest.

Every batch is read into `pg_temp.undoing` and judged there; `verdict` is NULL for what goes. `pg_temp.going` remembers
all that goes, so that a plan, which deletes nothing, judges as the undo itself will: what has gone refers to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.db import models

from operations.importing import sql
from operations.importing.alterations import recorded, untouched
from operations.importing.brought import Brought
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Reference
from operations.importing.going import GOES, INTACT, LandedEntity, is_going, of_batch, record_is_going
from operations.importing.heirs import Heirs
from operations.importing.lifting import lift, made_true
from operations.importing.session import Session
from operations.importing.target import LANDED, AliasColumns

TEMPORARY = (
    (
        'undoing (key text COLLATE "C" PRIMARY KEY, outcome text, row text COLLATE "C", verdict text, about text[], '
        'heir_entity smallint, heir text COLLATE "C")'
    ),
    'going (place text COLLATE "C", key text COLLATE "C", PRIMARY KEY (place, key))',
    # Aliases that the records of the batch brought.
    'brought (pk text COLLATE "C" PRIMARY KEY, key text COLLATE "C", provider text, subject text)',
    # Keys that landed records which stay refer to.
    'referred (key text COLLATE "C" PRIMARY KEY, by text)',
    # Landed records that share another record's row.
    (
        'holders (row text COLLATE "C", entity_id smallint, key text COLLATE "C", outcome text, '
        "PRIMARY KEY (row, entity_id, key))"
    ),
)
OF_RUN = "run_id = %(run)s"
HANDED_OVER = "handed_over"
# Records without a row of their own go first: a row goes when nobody else is part of it any more.
PASSES = (("kept", "rejected", "merged"), ("loaded",))


@dataclass(frozen=True)
class Stay:
    """A record that stays: `verdict` is changed (`about`: columns), in_use (`about`: what refers to it) or earlier.

    Or a row that stays while its record goes: `verdict` is handed_over (`about`: the record that has it then).
    """

    table: str
    key: str
    verdict: str
    about: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """One batch: records that go by outcome, and those that stay."""

    last: str
    gone: dict[str, int]
    stays: tuple[Stay, ...]


def referrers(model: type[models.Model]) -> Iterator[models.ForeignKey[models.Model, models.Model]]:
    """Every foreign key of every table that leads to the model's rows, hidden ones (groups and the like) included."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or not isinstance(relation.field, models.ForeignKey):
            continue
        # What the database does not hold to (events of the history name rows that are gone) keeps nothing in place.
        if not getattr(relation.field, "db_constraint", True):
            continue
        if relation.field.model._meta.managed and not relation.field.model._meta.proxy:
            yield relation.field


class Removal:
    """The removal of one entity's records: those of one run, or those that the condition `chosen` names.

    `others` are all landed entities, of all sources.
    """

    def __init__(
        self,
        entity: LandedEntity,
        others: tuple[LandedEntity, ...],
        session: Session,
        *,
        run: UUID,
        planned: bool,
        chosen: str = OF_RUN,
    ) -> None:
        self.chosen = chosen
        self.entity = entity
        self.others = others
        self.session = session
        self.planned = planned
        self.bounds = {"entity": entity.id, "run": run}
        self.brought = Brought(entity, self._same_model(), session)
        self.heirs = Heirs(entity, self._same_model(), session)

    @staticmethod
    def prepare(session: Session) -> None:
        Removal.clear(session)
        for table in TEMPORARY:
            session.execute(f"CREATE TEMP TABLE {table}")

    @staticmethod
    def clear(session: Session) -> None:
        session.execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{one.split()[0]}" for one in TEMPORARY))

    def begin(self) -> None:
        """Look at what stays of other entities: what that refers to has to stay as well."""
        self._collect_referred()
        self._collect_holders()

    def batch(self, outcomes: tuple[str, ...], after: str, size: int) -> Judged | None:
        """Judge the next records and, unless this is a plan, delete those that go. None when there are no more."""
        self.session.execute("TRUNCATE pg_temp.undoing, pg_temp.brought")
        if self.entity.compiler and self.entity.compiler.entity.aliases and not self.planned:
            self.session.take_turns(self.entity.compiler.table)
        found = self.session.execute(
            "INSERT INTO pg_temp.undoing (key, outcome, row) "
            "SELECT key, outcome, CASE WHEN outcome IN ('loaded', 'merged') THEN coalesce(target, key) ELSE target END "
            f"FROM {LANDED} WHERE entity_id = %(entity)s AND {self.chosen} AND key > %(after)s "
            "AND outcome = ANY(%(outcomes)s) ORDER BY key LIMIT %(size)s",
            {**self.bounds, "after": after, "outcomes": list(outcomes), "size": size},
        )
        if not found:
            return None
        self.session.execute("ANALYZE pg_temp.undoing")
        if self.entity.compiler:
            self._judge(self.entity.compiler)
        judged = self._judged()
        self._remember()
        if not self.planned:
            self._delete()
        return judged

    # What stays elsewhere

    def _collect_referred(self) -> None:
        self.session.execute("TRUNCATE pg_temp.referred")
        for other in self.others:
            if other.source != self.entity.source or other.id == self.entity.id or not other.compiler:
                continue
            for rule in other.compiler.references:
                if self.entity.name in rule.entities:
                    self._collect_references(other, other.compiler, rule)

    def _collect_references(self, other: LandedEntity, compiler: EntityCompiler, rule: Reference) -> None:
        """A reference that leads to a record of another entity as well does without this one's."""
        instead = [one.id for one in self.others if one.source == other.source and one.name in rule.entities]
        instead.remove(self.entity.id)
        self.session.execute(
            "INSERT INTO pg_temp.referred (key, by) "
            f"SELECT DISTINCT {compiler.value(rule)}, {sql.literal(f'{other.table}.{rule.field}')} "
            f"FROM (SELECT s.raw, s.mended, s.unstorable FROM {LANDED} s WHERE s.entity_id = %(other)s AND {INTACT} "
            "AND (s.outcome IN ('loaded', 'merged') OR s.target IS NOT NULL) "
            f"AND NOT {is_going(sql.literal(other.place), 's.key')} OFFSET 0) s "
            f"{compiler.legacy.joins()} WHERE {compiler.value(rule)} IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM {LANDED} o WHERE o.entity_id = ANY(%(instead)s) "
            f"AND o.key = {compiler.value(rule)} AND o.outcome IN ('loaded', 'merged') "
            f"AND NOT {record_is_going('o')}) ON CONFLICT DO NOTHING",
            {"other": other.id, "instead": instead},
        )

    def _collect_holders(self) -> None:
        """Records of other systems too: one person may have been known to several."""
        self.session.execute("TRUNCATE pg_temp.holders")
        self.session.execute(
            "INSERT INTO pg_temp.holders (row, entity_id, key, outcome) "
            f"SELECT coalesce(target, key), entity_id, key, outcome FROM {LANDED} "
            "WHERE (target IS NOT NULL OR outcome = 'merged') AND entity_id = ANY(%(entities)s)",
            {"entities": [other.id for other in self._same_model()]},
        )

    def _same_model(self) -> list[LandedEntity]:
        if not self.entity.compiler:
            return []
        model = self.entity.compiler.model
        return [other for other in self.others if other.compiler and other.compiler.model is model]

    def _lasting(self) -> frozenset[str]:
        """Fields that records of any source make true for good."""
        compilers = [one.compiler for one in self._same_model() if one.compiler]
        return frozenset(rule.field for compiler in compilers for rule in compiler.lasting)

    # Judging

    def _judge(self, compiler: EntityCompiler) -> None:
        if not self.planned:
            self._lock(compiler)
        self._mark_earlier(compiler)
        self._mark_changed(compiler)
        self._mark_referred()
        self.heirs.find()
        self.brought.collect(compiler)
        for foreign_key in referrers(compiler.model):
            self._mark_used(compiler, foreign_key)
        self.session.execute("UPDATE pg_temp.undoing SET verdict = 'in_use' WHERE verdict = 'used'")

    def _lock(self, compiler: EntityCompiler) -> None:
        """Whoever is about to refer to a row, or to change it, comes before the judgement or after the deletion."""
        self.session.fetch(
            f"SELECT 1 FROM {compiler.table} t JOIN pg_temp.undoing u ON t.{compiler.pk} = {compiler.as_pk('u.row')} "
            f"WHERE u.outcome = 'loaded' ORDER BY t.{compiler.pk} FOR UPDATE OF t"
        )

    def _mark_earlier(self, compiler: EntityCompiler) -> None:
        """A record that changed for the worse was rejected, and an earlier run's row is still there."""
        self.session.execute(
            "UPDATE pg_temp.undoing u SET verdict = 'earlier' WHERE u.outcome = 'rejected' AND EXISTS "
            f"(SELECT 1 FROM {compiler.table} t WHERE t.{compiler.pk} = {compiler.as_pk('u.row')})"
        )

    def _mark_changed(self, compiler: EntityCompiler) -> None:
        self.session.execute(
            "UPDATE pg_temp.undoing u SET verdict = 'changed', about = ARRAY['(landed record)'] "
            f"FROM {LANDED} s WHERE s.entity_id = %(entity)s AND s.key = u.key AND u.outcome = 'loaded' "
            f"AND NOT {INTACT}",
            self.bounds,
        )
        read = compiler.read(of_batch("loaded"), extra="u.row AS row_key", outer="row_key")
        compared = recorded(compiler, self.entity.source)
        fields = compiler.model._meta.concrete_fields
        compared += untouched(compiler, self.entity.source, fields, self._lasting())
        named = ", ".join(
            f"CASE WHEN {expected} IS DISTINCT FROM {found} THEN {sql.literal(field)} END"
            for field, expected, found in compared
        )
        row = compiler.as_pk("e.row_key")
        self.session.execute(
            "UPDATE pg_temp.undoing u SET verdict = 'changed', about = d.about FROM (SELECT e.key, "
            "CASE WHEN cardinality(e.problems) > 0 THEN ARRAY['(problem)'] "
            f"ELSE array_remove(ARRAY[{named}]::text[], NULL) END AS about "
            f"FROM ({read}) e JOIN {compiler.table} t ON t.{compiler.pk} = {row}) d "
            "WHERE d.key = u.key AND cardinality(d.about) > 0",
            self.bounds,
        )

    def _mark_referred(self) -> None:
        self.session.execute(
            "UPDATE pg_temp.undoing u SET verdict = 'in_use', about = ARRAY[r.by] FROM pg_temp.referred r "
            f"WHERE r.key = u.key AND {GOES} AND u.outcome IN ('loaded', 'merged')"
        )

    def _mark_used(self, compiler: EntityCompiler, foreign_key: models.ForeignKey[models.Model, models.Model]) -> None:
        referring = foreign_key.model._meta
        pk = getattr(referring.pk, "column", None)
        column, leads_to = sql.name(str(foreign_key.column)), sql.name(str(foreign_key.target_field.column))
        foreign = f"r.{column} = t.{leads_to}"
        if pk:
            own = f"r.{sql.name(pk)}::text"
            foreign += f" AND NOT {is_going(sql.literal(referring.db_table), own)}"
            if self.brought.holds(foreign_key.model):
                foreign += f" AND NOT EXISTS (SELECT 1 FROM pg_temp.brought b WHERE b.pk = {own})"
            if foreign_key.model is compiler.model:
                foreign += f" AND r.{sql.name(pk)} <> t.{compiler.pk}"
        self.session.execute(
            "UPDATE pg_temp.undoing u SET verdict = 'used', "
            f"about = u.about || {sql.literal(f'{referring.db_table}.{foreign_key.column}')}::text "
            f"FROM {compiler.table} t WHERE u.outcome = 'loaded' AND coalesce(u.verdict, 'used') = 'used' "
            "AND u.heir IS NULL "
            f"AND t.{compiler.pk} = {compiler.as_pk('u.row')} "
            f"AND EXISTS (SELECT 1 FROM {sql.name(referring.db_table)} r WHERE {foreign})"
        )

    # The end of a batch

    def _judged(self) -> Judged:
        last = self.session.fetch("SELECT max(key) FROM pg_temp.undoing")[0][0]
        gone = self.session.fetch(f"SELECT outcome, count(*) FROM pg_temp.undoing u WHERE {GOES} GROUP BY outcome")
        stays = self.session.fetch(
            "SELECT CASE WHEN outcome = 'loaded' THEN row ELSE key END, coalesce(verdict, %(handed)s), "
            "coalesce(about, '{}'), heir_entity, heir FROM pg_temp.undoing "
            "WHERE verdict IS NOT NULL OR heir IS NOT NULL ORDER BY key",
            {"handed": HANDED_OVER},
        )
        names = {one.id: f"{one.source}.{one.name}" for one in self.others}
        named = tuple(
            Stay(self.entity.table, key, verdict, tuple(about if heir is None else [f"{names[entity]} {heir}"]))
            for key, verdict, about, entity, heir in stays
        )
        return Judged(last, dict(gone), named)

    def _remember(self) -> None:
        into = "INSERT INTO pg_temp.going (place, key)"
        self.session.execute(
            f"{into} SELECT {sql.literal(self.entity.place)}, u.key FROM pg_temp.undoing u WHERE {GOES}"
        )
        compiler = self.entity.compiler
        if not compiler:
            return
        self.session.execute(
            f"{into} SELECT {sql.literal(self.entity.table)}, u.row FROM pg_temp.undoing u "
            f"WHERE {GOES} AND u.outcome = 'loaded' AND u.heir IS NULL"
        )
        if compiler.entity.aliases:
            self.session.execute(
                "DELETE FROM pg_temp.brought b USING pg_temp.undoing u WHERE u.key = b.key AND u.verdict IS NOT NULL"
            )
            table = apps.get_model(compiler.entity.aliases.model)._meta.db_table
            self.session.execute(f"{into} SELECT {sql.literal(table)}, b.pk FROM pg_temp.brought b")

    def _delete(self) -> None:
        compiler = self.entity.compiler
        lasting = made_true(self.entity, self.session)
        if compiler and compiler.entity.aliases:
            pk, kind = self.brought.pk(compiler)
            table = AliasColumns.of(compiler.entity).name
            self.session.execute(f"DELETE FROM {table} a USING pg_temp.brought b WHERE a.{pk} = b.pk::{kind}")
        if compiler:
            self.session.execute(
                f"DELETE FROM {compiler.table} t USING pg_temp.undoing u "
                f"WHERE t.{compiler.pk} = {compiler.as_pk('u.row')} AND {GOES} "
                "AND u.outcome = 'loaded' AND u.heir IS NULL"
            )
        for table in ("operations_rejection", LANDED):
            self.session.execute(
                f"DELETE FROM {table} s USING pg_temp.undoing u "
                f"WHERE s.entity_id = %(entity)s AND s.key = u.key AND {GOES}",
                self.bounds,
            )
        lift(self.entity, self._same_model(), lasting, self.session)
        self.heirs.hand_over()
