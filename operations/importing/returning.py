"""Records that were landed before: which of them are the same, and which have to be looked at again all the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from operations.importing import sql
from operations.importing.compiler import EntityCompiler
from operations.importing.declaration import Reference
from operations.importing.landed import entities_filling
from operations.importing.landing import Record
from operations.importing.precedence import rank, rank_as_sql
from operations.importing.session import Session
from operations.importing.target import LANDED

# Of an entity of which the planner has not counted any records it would read all, for each record: what stands before
# this is not joined, but looked up for one record at a time.
BY_INDEX = "OFFSET 0"


class Returning:
    """The staged records of an entity that was landed before."""

    def __init__(
        self,
        compiler: EntityCompiler | None,
        session: Session,
        *,
        source: str,
        entity_id: int,
        entity_ids: dict[str, int],
    ) -> None:
        self.compiler = compiler
        self.session = session
        self.source = source
        self.entity_id = entity_id
        self.entity_ids = entity_ids
        self.outdated = self._outdating()

    def unrecognised(self, records: Sequence[Record]) -> list[Record]:
        """Those that have to be looked at by `leave_unchanged`, or are new: what is the same as it was landed needs
        neither to be copied nor to be read.
        """
        landed = (
            f"SELECT FROM {LANDED} l WHERE l.entity_id = %(entity)s AND l.key = n.key "
            "AND l.sha256 = substring(%(hashes)s::bytea FROM (32 * n.place - 31)::int FOR 32) "
            f"AND l.outcome <> 'rejected'{self._is_current()} {BY_INDEX}"
        )
        found = self.session.fetch(
            "SELECT n.place FROM json_array_elements_text(%(keys)s::json) WITH ORDINALITY AS n(key, place) "
            f"WHERE NOT EXISTS ({landed}) ORDER BY n.place",
            {
                "entity": self.entity_id,
                "keys": msgspec.json.encode([record[1] for record in records]).decode(),
                "hashes": b"".join([record[2] for record in records]),
            },
        )
        return [records[place - 1] for (place,) in found]

    def _is_current(self) -> str:
        """True unless what the landed record refers to was written since. Only of intact text it can be told."""
        if not self.outdated:
            return ""
        raw = "(SELECT l.raw, NULL::text AS mended, l.unstorable)"
        current = " AND ".join(f"NOT {self._is_outdated(rule, raw)}" for rule in self.outdated)
        return f" AND CASE WHEN sha256(convert_to(l.raw, 'UTF8')) = l.sha256 THEN {current} ELSE false END"

    def leave_unchanged(self) -> int:
        """Take out what was landed before and is the same. What was rejected is tried again, and so is what refers to a
        record that was written since.

        Of those, `was` says that the record itself is the same: LOADED, or the problem for which it was rejected. `row`
        is the row that the record had or was merged into, `owned` that it is its own.
        """
        same = f"{LANDED} l WHERE l.entity_id = %(entity)s AND l.key = s.key"
        parameters = {"entity": self.entity_id, "spare": f"{self.source}:"}
        staged = "(SELECT s.raw, s.mended, s.unstorable)"
        current = "".join(f" AND NOT {self._is_outdated(rule, staged)}" for rule in self.outdated)
        self.session.execute("ANALYZE pg_temp.staged")
        unchanged = self.session.execute(
            f"DELETE FROM pg_temp.staged s WHERE EXISTS (SELECT FROM {same} AND l.sha256 = s.sha256 "
            f"AND l.outcome <> 'rejected'{current} {BY_INDEX})",
            parameters,
        )
        problem = (
            "SELECT r.reason || ':' || r.\"column\" FROM operations_rejection r "
            "WHERE r.entity_id = l.entity_id AND r.key = l.key"
        )
        own = f"l.outcome = 'loaded' OR l.outcome = 'rejected' AND {self._was_its_own()}"
        before = (
            f"SELECT CASE WHEN l.sha256 <> s.sha256 THEN NULL WHEN l.outcome = 'rejected' THEN ({problem}) "
            "ELSE l.outcome END AS was, "
            "coalesce(s.mended, CASE WHEN l.sha256 = s.sha256 THEN l.mended END) AS mended, "
            "CASE WHEN l.outcome IN ('loaded', 'merged') THEN coalesce(l.target, l.key) ELSE l.target END AS row, "
            f"{own} AS owned FROM {same} AND l.outcome <> 'kept' {BY_INDEX}"
        )
        self.session.execute(
            "UPDATE pg_temp.staged u SET was = b.was, mended = b.mended, row = b.row, owned = b.owned "
            f"FROM pg_temp.staged s CROSS JOIN LATERAL ({before}) b WHERE u.seq = s.seq",
            parameters,
        )
        return unchanged

    def _was_its_own(self) -> str:
        """Whether a record that changed for the worse owns its row: most records are never merged into others' rows.

        The row is that of another record which is loaded into it; with none, of the system that stands first, and of
        its records of the one whose key the row has.
        """
        entity = self.compiler.entity if self.compiler else None
        if not self.compiler or not entity or not (entity.aliases or entity.joined_by):
            return "l.target IS NOT NULL"
        if not entity.aliases:
            return "coalesce(l.target IN (l.key, %(spare)s || l.key), false)"
        first = f"({rank_as_sql('n.source')}, o.target NOT IN (o.key, n.source || ':' || o.key), o.key)"
        own = f"({rank(self.source)}, l.target NOT IN (l.key, %(spare)s || l.key), l.key)"
        rival = f"o.outcome = 'loaded' OR o.outcome = 'rejected' AND o.target IS NOT NULL AND {first} < {own}"
        entities = entities_filling(self.compiler.model, self.session)
        return f"l.target IS NOT NULL AND NOT {self.compiler.has_owner('l', entities, rival)}"

    def _outdating(self) -> list[Reference]:
        """The references to records of which some were written after those that refer to them."""
        if not self.compiler:
            return []
        rules = []
        for rule in self.compiler.references:
            written = f"SELECT run_id FROM {LANDED} WHERE entity_id ="
            newer = self.session.fetch(
                f"SELECT ({written} ANY(%(others)s) ORDER BY run_id DESC LIMIT 1) > "
                f"({written} %(entity)s ORDER BY run_id LIMIT 1)",
                {"entity": self.entity_id, "others": [self.entity_ids[name] for name in rule.entities]},
            )
            if newer[0][0]:
                rules.append(rule)
        return rules

    def _is_outdated(self, rule: Reference, record: str) -> str:
        """True if what a record, landed as `l`, refers to was written after it. Members of broken JSON are not looked
        for.
        """
        assert self.compiler
        others = ", ".join(str(self.entity_ids[name]) for name in rule.entities)
        referred = f"(SELECT {self.compiler.value(rule)} FROM {record} s {self.compiler.legacy.joins()})"
        return (
            f"EXISTS (SELECT 1 FROM {LANDED} o WHERE o.entity_id IN ({others}) AND o.key = {referred} "
            "AND o.run_id > l.run_id)"
        )

    def drop_settled(self) -> int:
        """Take out records that are the same and come to the same end as before: there is nothing to write."""
        settled = self.session.execute("DELETE FROM pg_temp.parsed WHERE outcome = 'rejected' AND was = problems[1]")
        if self.outdated and self.compiler:
            held = ", ".join(f"t.{self.compiler.column(rule)}" for rule in self.compiler.rules)
            read = ", ".join(f"p.{sql.name('f_' + rule.field)}" for rule in self.compiler.rules)
            settled += self.session.execute(
                f"DELETE FROM pg_temp.parsed p USING {self.compiler.table} t WHERE p.was = 'loaded' "
                f"AND p.outcome = 'loaded' AND t.{self.compiler.pk} = {self.compiler.as_pk('p.row')} "
                f"AND ROW({held}) IS NOT DISTINCT FROM ROW({read})"
            )
        return settled
