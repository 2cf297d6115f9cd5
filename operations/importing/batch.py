"""One batch, in one transaction: its landed records, its rows, its rejections and its checkpoint.

Killed at any instant, either all of it is there or nothing. A batch that the database refuses as a whole is halved
until the refused record is alone: one bad record never costs its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from django.db import DatabaseError, transaction

from operations.importing import sql
from operations.importing.claims import Claims
from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.declaration import Rule
from operations.importing.giving_way import giving_way
from operations.importing.landing import COPY_OPTIONS, Landed
from operations.importing.legacy_columns import RAW
from operations.importing.precedence import Later
from operations.importing.rejections import rejection_of
from operations.importing.returning import Returning
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.tally import Range, Tally
from operations.importing.target import LANDED, AliasColumns
from operations.models import EntityProgress, Rejection

# What a record can do to a statement: bad data, broken constraints, limits of an index or of the parser. Anything else
# (a lost connection, a full disk) is not the record's fault and ends the import.
RECORD_FAULTS = ("22", "23", "54")
STAGED = (
    'CREATE TEMP TABLE staged (seq bigint PRIMARY KEY, key text COLLATE "C", sha256 bytea, unstorable text, '
    "problem text, raw text, mended text, own text, was text, row text, owned boolean NOT NULL DEFAULT false)"
)
PARSED = (
    'CREATE TEMP TABLE parsed (seq bigint PRIMARY KEY, key text COLLATE "C", was text, owned boolean, problems text[], '
    'outcome text, row text COLLATE "C", {columns})'
)
IN_RANGE = "seq BETWEEN %(first)s AND %(last)s"


def _is_records_fault(error: DatabaseError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state[:2] in RECORD_FAULTS


class BatchWriter:
    """Writes the batches of one entity. `returning` says that records of the entity may have been landed before."""

    def __init__(
        self, plan: Plan, session: Session, *, source: str, run: UUID, entity_ids: dict[str, int], returning: bool
    ) -> None:
        self.plan = plan
        self.session = session
        self.source = source
        self.run = run
        self.entity_id = entity_ids[plan.name]
        self.returning = returning
        self.entity_ids = entity_ids
        self.compiler = EntityCompiler(plan, entity_ids=entity_ids, alias=session.alias) if plan.entity else None
        self.again: Returning | None = None
        self.later: Later | None = None
        self.claims: Claims | None = None
        self.takes_over = False

    def prepare(self) -> None:
        """Make the session's own tables for this entity's batches."""
        self.session.execute("DROP TABLE IF EXISTS pg_temp.staged, pg_temp.parsed")
        self.session.execute(STAGED)
        if self.compiler:
            self.session.execute(PARSED.format(columns=self.compiler.parsed_columns()))
            self.later = Later(self.compiler, self.session, source=self.source)
        if self.returning:
            self.again = Returning(
                self.compiler,
                self.session,
                source=self.source,
                entity_id=self.entity_id,
                entity_ids=self.entity_ids,
            )

    def write(
        self, landed: Landed, progress: EntityProgress, before_checkpoint: Callable[[], None] | None = None
    ) -> None:
        """Write a batch and its checkpoint, or nothing. `before_checkpoint` is called when only that is left to do."""
        tally = Tally()
        with self.session.past_history():
            # A row that somebody has deleted is found missing at once, by its record, and not by the batch at its end.
            self.session.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if self.compiler and self.compiler.entity.proofs:  # one writer at a time: they decide about each other
                self.session.take_turns(self.compiler.table)
            staged = self._unrecognised(landed, tally)
            if staged.block:
                self._stage(staged)
                if self.again:
                    tally.unchanged += self.again.leave_unchanged()
                self._place(Range(landed.first, landed.first + landed.count - 1), tally)
            if before_checkpoint:
                before_checkpoint()
            self._checkpoint(progress, landed, tally)

    # Landing

    def _unrecognised(self, landed: Landed, tally: Tally) -> Landed:
        if not (self.again and landed.records):
            return landed
        records = self.again.unrecognised(landed.records)
        tally.unchanged += landed.count - len(records)
        return landed.only(records)

    def _stage(self, landed: Landed) -> None:
        self.session.execute("TRUNCATE pg_temp.staged")
        self.session.copy_in(f"COPY pg_temp.staged ({landed.columns}) FROM STDIN ({COPY_OPTIONS})", landed.block)

    # Placing

    def _place(self, chosen: Range, tally: Tally) -> None:
        if not self.compiler:
            tally.outcomes["kept"] += self._land(chosen)
            return
        found = self._attempt(chosen, careful=False) or self._attempt(chosen, careful=True)
        if found:
            tally.add(found)
        elif chosen.first == chosen.last:
            tally.add(self._refuse(chosen))
        else:
            for half in chosen.halves():
                self._place(half, tally)

    def _attempt(self, chosen: Range, *, careful: bool) -> Tally | None:
        """Place the records; None if the database refuses them together. `careful` looks for keys that are taken."""
        try:
            return giving_way(self.session, lambda: self._placed(chosen, careful=careful))
        except DatabaseError as error:
            if not _is_records_fault(error):
                raise
            self._last_refusal = str(error).strip().splitlines()[0]
            return None

    def _placed(self, chosen: Range, *, careful: bool) -> Tally:
        self._parse(chosen)
        self._claims(careful=careful)
        return self._write_parsed(chosen)

    def _refuse(self, chosen: Range) -> Tally:
        """Reject the one record that the database does not take, with the database's own words."""
        with transaction.atomic(using=self.session.alias):
            self.takes_over, self.claims = False, None
            self.session.execute("TRUNCATE pg_temp.parsed")
            self.session.execute(
                "INSERT INTO pg_temp.parsed (seq, key, was, owned, problems, outcome, row) SELECT seq, key, was, "
                "owned, ARRAY['refused_by_database:'], 'rejected', coalesce(row, key) "
                f"FROM pg_temp.staged WHERE {IN_RANGE}",
                chosen.bounds,
            )
            return self._write_parsed(chosen, refusal=self._last_refusal)

    def _parse(self, chosen: Range) -> None:
        assert self.compiler
        self.session.execute("TRUNCATE pg_temp.parsed")
        read = self.compiler.read(
            Layers("pg_temp.staged s", f"s.{IN_RANGE}", by_index=True),
            extra="s.seq, s.was, s.row, s.owned, s.problem, s.own",
            outer="seq, was, row, owned, problem, own",
        )
        columns = ", ".join(self.compiler.parsed_names())
        self.session.execute(
            f"INSERT INTO pg_temp.parsed (seq, key, was, owned, problems, outcome, row, {columns}) "
            "SELECT seq, key, was, owned, "
            "CASE WHEN problem IS NULL THEN problems ELSE array_prepend(problem || ':', problems) END, "
            "CASE WHEN problem IS NULL AND problems = '{}' THEN 'loaded' ELSE 'rejected' END, "
            "CASE WHEN owned THEN row WHEN problem IS NULL AND problems = '{}' "
            f"THEN {self._row(self.compiler)} ELSE key END, {columns} FROM ({read}) read",
            chosen.bounds,
        )
        if not self.compiler.keys_are_text:
            self.session.execute(
                "UPDATE pg_temp.parsed SET outcome = 'rejected', problems = ARRAY['not_a_uuid:'], row = key "
                "WHERE outcome = 'loaded' AND row IS NULL"
            )

    def _row(self, compiler: EntityCompiler) -> str:
        """A record whose key was mended has another row than its legacy key says."""
        return f"(SELECT {compiler.row()} FROM (SELECT coalesce(own, read.key) AS key) mended)"

    def _claims(self, *, careful: bool) -> None:
        assert self.compiler
        assert self.later
        claims = Claims(self.compiler, self.session, source=self.source, later=self.later)
        self.claims = claims
        self.takes_over = claims.settle(careful=careful, returning=self.returning)

    def _write_parsed(self, chosen: Range, refusal: str = "") -> Tally:
        tally = Tally(unchanged=self.again.drop_settled() if self.again else 0)
        self._insert_rows()
        self._insert_aliases()
        self._land(chosen)
        if self.claims:
            self.claims.finish()
        self._reject(tally, refusal)
        counts = self.session.fetch("SELECT outcome, count(*) FROM pg_temp.parsed GROUP BY outcome")
        tally.outcomes.update(dict(counts))
        return tally

    # Writing

    def _insert_rows(self) -> None:
        assert self.compiler
        compiler = self.compiler
        row = compiler.as_pk("p.row")
        columns = ", ".join([compiler.pk, *(compiler.column(rule) for rule in compiler.written)])
        values = ", ".join([row, *(f"p.{sql.name('f_' + rule.field)}" for rule in compiler.written)])
        self.session.execute(
            f"INSERT INTO {compiler.table} ({columns}) SELECT {values} FROM pg_temp.parsed p "
            "WHERE p.outcome = 'loaded' AND NOT p.owned"
        )
        if self.returning or self.takes_over:
            assigned = ", ".join(f"{compiler.column(rule)} = {self._assigned(rule)}" for rule in compiler.written)
            self.session.execute(
                f"UPDATE {compiler.table} t SET {assigned} FROM pg_temp.parsed p "
                f"WHERE t.{compiler.pk} = {row} AND p.outcome = 'loaded' AND p.owned"
            )
        for rule in compiler.lasting:
            column, value = compiler.column(rule), f"p.{sql.name('f_' + rule.field)}"
            self.session.execute(
                f"UPDATE {compiler.table} t SET {column} = true FROM pg_temp.parsed p "
                f"WHERE t.{compiler.pk} = {row} AND p.outcome = 'merged' AND {value} AND NOT t.{column}"
            )

    def _assigned(self, rule: Rule) -> str:
        assert self.compiler
        value = f"p.{sql.name('f_' + rule.field)}"
        if rule in self.compiler.lasting:
            shared = self.compiler.is_shared("p.row", "p.key", self.source)
            return f"{value} OR (t.{self.compiler.column(rule)} AND {shared})"
        return value

    def _insert_aliases(self) -> None:
        assert self.compiler
        if not self.compiler.entity.aliases:
            return
        table = AliasColumns.of(self.compiler.entity)
        subjects = [(self.source, "p.key", f"UPDATE SET {table.owner} = excluded.{table.owner}")]
        subjects += [
            (proof.provider, f"p.{sql.name('p_' + proof.provider)}", "NOTHING") for proof in self.compiler.entity.proofs
        ]
        for provider, subject, on_conflict in subjects:
            self.session.execute(
                f"INSERT INTO {table.name} ({table.owner}, {table.provider}, {table.subject}) "
                f"SELECT p.row, {sql.literal(provider)}, {subject} FROM pg_temp.parsed p "
                f"WHERE p.outcome IN ('loaded', 'merged') AND {subject} IS NOT NULL ORDER BY p.seq "
                f"ON CONFLICT ({table.provider}, {table.subject}) DO {on_conflict}"
            )

    def _land(self, chosen: Range) -> int:
        joined, outcome, target = "", "'kept'", "NULL"
        if self.compiler:
            joined, outcome = "JOIN pg_temp.parsed p USING (seq)", "p.outcome"
            # A record that changed for the worse keeps the row that it had.
            target = (
                "CASE WHEN p.outcome = 'rejected' THEN s.row WHEN p.outcome = 'merged' OR p.row <> p.key THEN p.row END"
            )
        on_conflict = (
            "ON CONFLICT (entity_id, key) DO UPDATE SET sha256 = excluded.sha256, outcome = excluded.outcome, "
            "target = excluded.target, run_id = excluded.run_id, unstorable = excluded.unstorable, raw = excluded.raw, "
            "mended = excluded.mended"
        )
        return self.session.execute(
            f"INSERT INTO {LANDED} (entity_id, key, sha256, outcome, target, run_id, unstorable, raw, mended) "
            f"SELECT %(entity)s, s.key, s.sha256, {outcome}, {target}, %(run)s, s.unstorable, s.raw, s.mended "
            f"FROM pg_temp.staged s {joined} WHERE s.{IN_RANGE} ORDER BY s.seq {on_conflict if self.returning else ''}",
            {"entity": self.entity_id, "run": self.run, **chosen.bounds},
        )

    def _reject(self, tally: Tally, refusal: str) -> None:
        if self.returning:
            self.session.execute(
                "DELETE FROM operations_rejection r USING pg_temp.parsed p "
                "WHERE r.entity_id = %(entity)s AND r.key = p.key",
                {"entity": self.entity_id},
            )
        rows = self.session.fetch(
            f"SELECT p.key, p.problems, {RAW.format('s')} FROM pg_temp.parsed p JOIN pg_temp.staged s USING (seq) "
            "WHERE p.outcome = 'rejected' ORDER BY seq"
        )
        rejections = [
            rejection_of(key, problems, raw, refusal, run=self.run, entity_id=self.entity_id)
            for key, problems, raw in rows
        ]
        Rejection.objects.using(self.session.alias).bulk_create(rejections, batch_size=2_000)
        tally.reasons.update(rejection.reason for rejection in rejections)

    def _checkpoint(self, progress: EntityProgress, landed: Landed, tally: Tally) -> None:
        progress.read += landed.count
        progress.position = landed.position
        progress.loaded += tally.outcomes["loaded"]
        progress.merged += tally.outcomes["merged"]
        progress.kept += tally.outcomes["kept"]
        progress.rejected += tally.outcomes["rejected"]
        progress.unchanged += tally.unchanged
        progress.reasons = dict(Counter(progress.reasons) + tally.reasons)
        progress.save(using=self.session.alias)
