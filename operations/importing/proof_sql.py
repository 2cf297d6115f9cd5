"""The first proof: landed records against the target, in SQL.

The landed text is read again by the rules and compared with the rows, column by column. It finds what was lost,
doubled, bent or mixed up after landing; that landing itself was faithful is the business of the other proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import DataError, transaction

from operations.importing import sql
from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.declaration import LegacySource, Rule
from operations.importing.landed import entities_filling
from operations.importing.planning import of_all_generations
from operations.importing.reasons import shown
from operations.importing.report import Difference, ProofResult
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED, AliasColumns

# Rows of one statement: long enough to be fast, short enough to show progress and to be stopped.
SLICE = 100_000
INTACT = "sha256(convert_to(s.raw, 'UTF8')) = s.sha256"
LOADED = "'loaded'"
FOUND = "'loaded', 'merged'"
NOT_REJECTED = "'loaded', 'merged', 'kept'"
ANY = f"{NOT_REJECTED}, 'rejected'"
# A statement of the proof; True asks for the quick form, which trusts that loaded records had no problem.
Check = Callable[[bool], str]


def prove_plan(
    plan: Plan, session: Session, *, source: LegacySource, entity_ids: dict[str, int], after: str | None = None
) -> Iterator[tuple[ProofResult, str]]:
    """Compare all landed records of one entity, slice by slice in the order of their keys, or those `after` a key.

    With each result goes the key after which to go on.
    """
    if plan.entity and _count(session, entity_ids[plan.name]) > plan.table.rows:
        # Some came from a source that was imported earlier, maybe of another generation.
        plan = of_all_generations(plan)
    # Entities whose records are known by the same other names.
    same_aliases = [
        entity_ids[one.name] for one in source.entities if plan.entity and one.aliases == plan.entity.aliases
    ]
    proof = _Proof(plan, session, source=source.name, entity_ids=entity_ids, alike=same_aliases)
    after = after or ""
    while True:
        last, rows = proof.slice(after)
        if not rows:
            yield proof.strays(), after
            return
        yield proof.compare(after, last, rows), last
        after = last


def _count(session: Session, entity_id: int) -> int:
    counted = session.fetch(f"SELECT count(*) FROM {LANDED} WHERE entity_id = %(entity)s", {"entity": entity_id})
    return int(counted[0][0])


class _Proof:
    def __init__(
        self, plan: Plan, session: Session, *, source: str, entity_ids: dict[str, int], alike: list[int]
    ) -> None:
        self.plan = plan
        self.session = session
        self.source = source
        self.entity_id = entity_ids[plan.name]
        self.compiler = EntityCompiler(plan, entity_ids=entity_ids, alias=session.alias) if plan.entity else None
        self.alike = alike
        self.intact = INTACT

    def slice(self, after: str) -> tuple[str, int]:
        """The last key and the number of the landed records that follow `after`."""
        rows = self.session.fetch(
            f"SELECT max(key), count(*) FROM (SELECT key FROM {LANDED} WHERE entity_id = %(entity)s "
            "AND key > %(after)s ORDER BY key LIMIT %(size)s) sliced",
            {"entity": self.entity_id, "after": after, "size": SLICE},
        )
        last, count = rows[0]
        return last or "", count

    def compare(self, after: str, last: str, rows: int) -> ProofResult:
        result = ProofResult(rows=rows)
        bounds = {"entity": self.entity_id, "after": after, "last": last}
        # Hashes cost as much as reading the records: where none of these is damaged, no other check asks for it.
        self.intact = INTACT if self._differing(lambda trusted: self._damaged(), bounds, result) else "true"
        checks: list[Check] = [lambda trusted: self._unexplained(), lambda trusted: self._outcomes()]
        checks.append(lambda trusted: self._explained_away())
        if self.compiler:
            checks += [partial(self._columns, self.compiler), partial(self._merged, self.compiler)]
            checks += [partial(self._alias, self.compiler, *one) for one in self._subjects(self.compiler)]
            if self.compiler.lasting:
                checks.append(partial(self._lasting, self.compiler))
        for check in checks:
            self._differing(check, bounds, result)
        return result

    def _differing(self, check: Check, bounds: dict[str, object], result: ProofResult) -> bool:
        """Whether the check has found differences, which are added to the result."""
        differences = self._found(check, bounds)
        for key, column, expected, found in differences:
            result.differ(Difference(self._table(), key, column, shown(expected), shown(found)))
        return bool(differences)

    def strays(self) -> ProofResult:
        """Legacy keys that lead to somebody, though no record has them."""
        result = ProofResult()
        if self.compiler and self.compiler.entity.aliases:
            table = AliasColumns.of(self.compiler.entity)
            found = self.session.fetch(
                f"SELECT a.{table.subject}, a.{table.owner} FROM {table.name} a WHERE a.{table.provider} = %(source)s "
                f"AND NOT EXISTS (SELECT 1 FROM {LANDED} l "
                f"WHERE l.entity_id = ANY(%(entities)s) AND l.key = a.{table.subject})",
                {"source": self.source, "entities": self.alike},
            )
            for key, owner in found:
                result.differ(Difference(self._table(), key, f"identity {self.source}", "none", shown(owner)))
        return result

    def _found(self, check: Check, bounds: dict[str, object]) -> list[tuple[Any, ...]]:
        try:
            with transaction.atomic(using=self.session.alias):
                return self.session.fetch(check(True), bounds)
        except DataError:
            # What was without problems has one now: the declaration has changed since the import.
            self.intact = INTACT
            return self.session.fetch(check(False), bounds)

    def _table(self) -> str:
        return self.compiler.model._meta.db_table if self.compiler else self.plan.name

    def _landed(self, outcome: str) -> str:
        return f"s.entity_id = %(entity)s AND s.key > %(after)s AND s.key <= %(last)s AND s.outcome IN ({outcome})"

    def _damaged(self) -> str:
        return (
            f"SELECT s.key, '(landed record)', encode(s.sha256, 'hex'), "
            f"encode(sha256(convert_to(s.raw, 'UTF8')), 'hex') FROM {LANDED} s "
            f"WHERE {self._landed(ANY)} AND NOT {INTACT}"
        )

    def _unexplained(self) -> str:
        """Rejected records without a reason: staff would never hear of them."""
        return (
            f"SELECT s.key, '(rejection)', 'a rejection', 'none' FROM {LANDED} s "
            f"WHERE {self._landed(sql.literal('rejected'))} AND NOT EXISTS "
            "(SELECT 1 FROM operations_rejection r WHERE r.entity_id = s.entity_id AND r.key = s.key)"
        )

    def _explained_away(self) -> str:
        """Records with a reason for a rejection, which were not rejected."""
        return (
            f"SELECT s.key, '(rejection)', 'none', r.reason FROM operations_rejection r JOIN {LANDED} s "
            "ON s.entity_id = r.entity_id AND s.key = r.key WHERE r.entity_id = %(entity)s "
            f"AND {self._landed(NOT_REJECTED)}"
        )

    def _outcomes(self) -> str:
        """Records that cannot have come to the end that stands there."""
        expected = "'kept'"
        impossible = "s.outcome <> 'kept'"
        if self.compiler:
            expected, impossible = "'loaded, merged or rejected'", "s.outcome = 'kept'"
            entity = self.compiler.entity
            if entity.aliases or entity.joined_by:
                # A row of another key was taken over or is somebody else's, unless the key was mended.
                spare = f"{sql.literal(self.source + ':')} || s.key"
                foreign = f"s.target NOT IN (s.key, {spare}) AND {self._is_unmended()}"
                if entity.aliases:
                    entities = entities_filling(self.compiler.model, self.session)
                    foreign = f"s.target IS NOT NULL AND {self.compiler.has_owner('s', entities)}"
                foreign = f"s.outcome = 'loaded' AND {foreign}"
                expected = f"CASE s.outcome WHEN 'loaded' THEN 'merged' ELSE {expected} END"
                impossible = f"({impossible} OR {foreign})"
            else:
                impossible = "s.outcome IN ('kept', 'merged')"
        return (
            f"SELECT s.key, '(outcome)', {expected}, s.outcome FROM {LANDED} s "
            f"WHERE {self._landed(ANY)} AND {impossible}"
        )

    def _is_unmended(self) -> str:
        mends = "SELECT FROM operations_mend m WHERE m.entity_id = s.entity_id AND m.key = s.key"
        return f"s.mended IS NULL AND NOT EXISTS ({mends})"

    def _columns(self, compiler: EntityCompiler, trusted: bool) -> str:
        read = compiler.read(
            Layers(f"{LANDED} s", f"{self._landed(LOADED)} AND {self.intact}"),
            extra="coalesce(s.target, s.key) AS row_key",
            outer="row_key",
            trusted=trusted,
        )
        compared = [self._compared(compiler, rule) for rule in compiler.rules]
        different = " OR ".join(differs for *_, differs in compared)
        named = ", ".join(
            f"({sql.literal(field)}, {expected}::text, {found}::text, {differs})"
            for field, expected, found, differs in compared
        )
        row = compiler.as_pk("e.row_key")
        return (
            f"SELECT e.key, d.field, d.expected, d.found FROM (SELECT e.*, t.{compiler.pk} IS NULL AS is_missing "
            f"FROM ({read}) e LEFT JOIN {compiler.table} t ON t.{compiler.pk} = {row} "
            f"WHERE t.{compiler.pk} IS NULL OR cardinality(e.problems) > 0 OR {different}) e "
            f"LEFT JOIN {compiler.table} t ON t.{compiler.pk} = {row} "
            f"CROSS JOIN LATERAL (SELECT '(row)', 'a row', 'none' WHERE e.is_missing "
            "UNION ALL SELECT '(problem)', 'none', e.problems::text WHERE cardinality(e.problems) > 0 "
            f"UNION ALL SELECT n.field, n.expected, n.found FROM (VALUES {named}) "
            "AS n(field, expected, found, differs) WHERE n.differs AND NOT e.is_missing "
            "AND cardinality(e.problems) = 0) AS d(field, expected, found)"
        )

    def _compared(self, compiler: EntityCompiler, rule: Rule) -> tuple[str, str, str, str]:
        """A field, what it must be, what it is, and whether these differ."""
        expected, found = f"e.{sql.name('f_' + rule.field)}", f"t.{compiler.column(rule)}"
        differs = f"{expected} IS DISTINCT FROM {compiler.held(rule)}"
        if contest := next((one for one in compiler.contests if one.of == rule.field), None):
            # What another row does not hold is not contested.
            unheld = f"{found} IS NULL AND {expected} IS NOT NULL AND NOT {compiler.holder(contest, expected)}"
            differs = f"({differs} OR {unheld})"
        if rule in compiler.lasting:  # another record of the same person may have made it true
            differs = f"({differs} AND NOT ({found} AND {compiler.is_shared('e.row_key', 'e.key', self.source)}))"
        if processed := compiler.is_processed(rule):
            differs = f"({differs} AND NOT {processed})"
        return rule.field, expected, found, differs

    def _lasting(self, compiler: EntityCompiler, trusted: bool) -> str:
        """What a merged record makes true must be true in the row that it was merged into."""
        read = compiler.read(
            Layers(f"{LANDED} s", f"{self._landed(sql.literal('merged'))} AND {self.intact}"),
            extra="coalesce(s.target, s.key) AS row_key",
            outer="row_key",
            trusted=trusted,
        )
        checks = [
            f"SELECT e.key, {sql.literal(rule.field)}, 'true', 'false' FROM ({read}) e JOIN {compiler.table} t "
            f"ON t.{compiler.pk} = e.row_key WHERE e.{sql.name('f_' + rule.field)} AND NOT t.{compiler.column(rule)}"
            for rule in compiler.lasting
        ]
        return " UNION ALL ".join(checks)

    def _merged(self, compiler: EntityCompiler, trusted: bool) -> str:
        return (
            f"SELECT s.key, '(merged row)', s.target, 'none' FROM {LANDED} s "
            f"WHERE {self._landed(sql.literal('merged'))} AND NOT EXISTS "
            f"(SELECT 1 FROM {compiler.table} t "
            f"WHERE t.{compiler.pk} = {compiler.as_pk('coalesce(s.target, s.key)')})"
        )

    def _subjects(self, compiler: EntityCompiler) -> list[tuple[str, str]]:
        """Every person must be found under the legacy key and under every proof that the record gave."""
        if not compiler.entity.aliases:
            return []
        proofs = [(proof.provider, f"e.{sql.name('p_' + proof.provider)}") for proof in compiler.entity.proofs]
        return [(self.source, "e.key"), *proofs]

    def _alias(self, compiler: EntityCompiler, provider: str, subject: str, trusted: bool) -> str:
        table = AliasColumns.of(compiler.entity)
        read = compiler.read(
            Layers(f"{LANDED} s", f"{self._landed(FOUND)} AND {self.intact}"),
            extra="coalesce(s.target, s.key) AS row_key",
            outer="row_key",
            trusted=trusted,
        )
        return (
            f"SELECT e.key, {sql.literal('identity ' + provider)}, e.row_key, a.{table.owner} FROM ({read}) e "
            f"LEFT JOIN {table.name} a ON a.{table.provider} = {sql.literal(provider)} "
            f"AND a.{table.subject} = {subject} WHERE {subject} IS NOT NULL "
            f"AND a.{table.owner} IS DISTINCT FROM e.row_key"
        )
