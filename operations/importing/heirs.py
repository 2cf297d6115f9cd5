"""Rows that outlive the record which wrote them: records of other systems were merged into them, and have them then.

Of several, the one of the system that stands first. Works on the batch in `pg_temp.undoing`.
"""

from __future__ import annotations

from collections.abc import Iterable

from operations.importing import sql
from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.contests import give_back
from operations.importing.going import GOES, INTACT, LandedEntity, record_is_going
from operations.importing.precedence import empty, standing
from operations.importing.session import Session
from operations.importing.target import LANDED

HELD = "u.outcome = 'loaded' AND h.row = u.row AND (h.entity_id <> %(own)s OR h.key <> u.key)"


class Heirs:
    """`entity` is that whose records go; `alike` are all entities, of all sources, that fill its model."""

    def __init__(self, entity: LandedEntity, alike: Iterable[LandedEntity], session: Session) -> None:
        self.entity = entity
        self.alike = list(alike)
        self.session = session

    def find(self) -> None:
        """Name the heirs of rows that are shared. Rows without one stay as they are, and so do their records."""
        stays = f"{HELD} AND NOT {record_is_going('h')}"
        others = [one for one in self.alike if self._may_follow(one) and self._is_able(one)]
        ranked = sorted(others, key=lambda one: (standing(one.source, one.name), one.id))
        parameters = {
            "own": self.entity.id,
            "same": [one.id for one in self.alike if not self._may_follow(one)],
            "ranked": [one.id for one in ranked],
        }
        self.session.execute(
            "UPDATE pg_temp.undoing u SET heir_entity = h.entity_id, heir = h.key FROM ("
            "SELECT DISTINCT ON (u.key) u.key AS of, h.entity_id, h.key FROM pg_temp.undoing u "
            f"JOIN pg_temp.holders h ON {stays} WHERE {GOES} AND h.outcome = 'merged' "
            "AND h.entity_id = ANY(%(ranked)s::smallint[]) AND NOT EXISTS (SELECT 1 FROM pg_temp.holders h "
            f"WHERE {stays} AND h.entity_id = ANY(%(same)s::smallint[])) "
            "ORDER BY u.key, array_position(%(ranked)s::smallint[], h.entity_id), h.key) h WHERE h.of = u.key",
            parameters,
        )
        for one in ranked:
            if one.compiler:
                self._leave_unreadable(one, one.compiler)
        self.session.execute(
            "UPDATE pg_temp.undoing u SET verdict = 'in_use', about = ARRAY['(merged record)'] "
            f"WHERE {GOES} AND u.heir IS NULL AND EXISTS (SELECT 1 FROM pg_temp.holders h WHERE {stays})",
            parameters,
        )

    def _may_follow(self, one: LandedEntity) -> bool:
        """Of the same system only what stands behind: what stands before would have had the row."""
        own = standing(self.entity.source, self.entity.name)
        return one.source != self.entity.source or own < standing(one.source, one.name)

    def _is_able(self, one: LandedEntity) -> bool:
        """Whether the entity's records can take a row: no value of theirs can be refused."""
        contested = {contest.of for contest in one.compiler.contests} if one.compiler else set()
        return one.compiler is not None and set(one.compiler.entity.unique) <= contested

    def _read(self, compiler: EntityCompiler) -> str:
        layers = Layers(
            f"pg_temp.undoing u JOIN {LANDED} s ON s.entity_id = u.heir_entity AND s.key = u.heir",
            f"u.heir_entity = %(heirs)s AND {GOES} AND {INTACT}",
        )
        return compiler.read(layers, extra="u.key AS going, u.row AS row_key", outer="going, row_key")

    def _leave_unreadable(self, one: LandedEntity, compiler: EntityCompiler) -> None:
        self.session.execute(
            "UPDATE pg_temp.undoing u SET heir_entity = NULL, heir = NULL WHERE u.heir_entity = %(heirs)s "
            f"AND NOT EXISTS (SELECT 1 FROM ({self._read(compiler)}) e WHERE e.going = u.key AND e.problems = '{{}}')",
            {"heirs": one.id},
        )

    def hand_over(self) -> None:
        """Let the heirs have the rows, with what their records say."""
        for one in self.alike:
            if one.compiler and self.entity.compiler and self._may_follow(one):
                self._hand_over(one, one.compiler, self.entity.compiler)

    def _hand_over(self, one: LandedEntity, compiler: EntityCompiler, before: EntityCompiler) -> None:
        rows = self.session.fetch(
            f"SELECT u.row FROM pg_temp.undoing u WHERE u.heir_entity = %(heirs)s AND {GOES}", {"heirs": one.id}
        )
        if not rows:
            return
        empty(before, compiler, self.session, [row for (row,) in rows])
        assigned = ", ".join(
            f"{compiler.column(rule)} = {self._value(compiler, rule.field)}"
            for rule in compiler.written
            if rule not in compiler.lasting
        )
        self.session.execute(
            f"UPDATE {compiler.table} t SET {assigned} FROM ({self._read(compiler)}) e "
            f"WHERE t.{compiler.pk} = {compiler.as_pk('e.row_key')}",
            {"heirs": one.id},
        )
        self.session.execute(
            f"UPDATE {LANDED} s SET outcome = 'loaded', target = nullif(u.row, u.heir) FROM pg_temp.undoing u "
            f"WHERE u.heir_entity = %(heirs)s AND {GOES} AND s.entity_id = u.heir_entity AND s.key = u.heir",
            {"heirs": one.id},
        )
        give_back(compiler, self.session)

    def _value(self, compiler: EntityCompiler, field: str) -> str:
        """What may be contested is so at first, and then given to whoever comes first."""
        for contest in compiler.contests:
            if field == contest.of:
                return "NULL"
            if field == contest.field:
                return f"e.{sql.name('f_' + contest.of)}"
        return f"e.{sql.name('f_' + field)}"
