"""Finds the records of a batch that claim what others have, and writes down what `resolution` decides of them."""

from __future__ import annotations

from dataclasses import replace

from operations.importing import sql
from operations.importing.compiler import EntityCompiler
from operations.importing.contests import give_back
from operations.importing.precedence import Later, Owner, hand_over
from operations.importing.resolution import NOTHING_BEHIND, Behind, Claim, Union, Value, Verdict, resolve
from operations.importing.session import Session
from operations.importing.target import AliasColumns
from operations.importing.uniting import unite, unreferred

VALID = "p.outcome = 'loaded'"


class Claims:
    """The contested records of the batch in `pg_temp.parsed`."""

    def __init__(self, compiler: EntityCompiler, session: Session, *, source: str, later: Later) -> None:
        self.compiler = compiler
        self.entity = compiler.entity
        self.session = session
        self.spare_row = f"{source}:" if self.entity.aliases else None
        self.owners: dict[Value, str] = {}
        self.leaving: dict[Value, int] = {}
        self.later = later
        self.takeable: dict[str, Owner] = {}
        self.unites: list[Union] = []
        self.before: list[EntityCompiler] = []  # of owners who had what this entity's records know nothing of

    def settle(self, *, careful: bool, returning: bool) -> bool:
        """Decide all contested records. `careful` also looks for rows that have a record's key already, `returning`
        for values that rows of earlier runs have and are about to lose.

        True if records took over rows of other systems.
        """
        contested: set[int] = set()
        for field in self.entity.unique:
            contested |= self._sharing_field(field)
            contested |= self._leaving_field(field) if returning else set()
        for proof in self.entity.proofs:
            contested |= self._sharing_proof(proof.provider)
        taken = self._taken_keys() if careful else set()
        claims = self._read(contested | taken, taken)
        takes_over = False
        if claims:
            behind = self._behind(claims)
            verdicts = resolve(
                claims,
                self.owners,
                self.spare_row,
                recorded=frozenset(contest.of for contest in self.compiler.contests),
                joined=frozenset(filter(None, (self.entity.joined_by,))),
                leaving=self.leaving,
                behind=behind,
            )
            self._write(verdicts)
            self._record(verdicts)
            self._let_go(claims, verdicts, behind.yielding)
            self.unites = [one.unites for one in verdicts if one.unites]
            taken_over = {one.row: self.takeable[one.row] for one in verdicts if one.takes_over}
            hand_over(self.compiler, self.session, taken_over)
            owners = {owner.entity.id: owner.entity.compiler for owner in taken_over.values()}
            own = {contest.field for contest in self.compiler.contests}
            self.before = [one for one in owners.values() if one and {c.field for c in one.contests} - own]
            takes_over = bool(taken_over)
        self._release()
        return takes_over

    def finish(self) -> None:
        """What the records of the batch, which are written by now, have for a consequence: rows that they have proven
        to be one are made one, and what rows let go that were taken over is given to those who wait for it.
        """
        went: dict[str, str] = {}
        for union in self.unites:
            kept = went.get(union.kept, union.kept)
            unite(self.compiler, self.session, replace(union, kept=kept), self.takeable[union.later])
            went[union.gone] = kept
        for before in self.before:
            give_back(before, self.session)

    def _behind(self, claims: list[Claim]) -> Behind:
        """Of the rows that hold what is claimed, what gives way to a record that claims it."""
        if not self.owners:
            return NOTHING_BEHIND
        self.later.look()
        if not self.later.entities:
            return NOTHING_BEHIND
        providers = {proof.provider for proof in self.entity.proofs}
        people = {row for (kind, _), row in self.owners.items() if kind in providers}
        holders = {
            contest: {value: row for value, row in self.owners.items() if value[0] == contest.of}
            for contest in self.compiler.contests
        }
        self.later.lock(people | {row for held in holders.values() for row in held.values()})
        yielding: set[Value] = set()
        for contest, held in holders.items():
            rows = self.later.yielding(contest, set(held.values())) if held else set()
            yielding |= {value for value, row in held.items() if row in rows}
        self.takeable = self.later.takeable(people) if people else {}
        if not self.takeable:
            return Behind(yielding=frozenset(yielding))
        own = self.later.own({*people, *(claim.row for claim in claims if claim.owned)} - self.takeable.keys())
        loose = unreferred(self.compiler, self.session, self.later.pristine(own | self.takeable.keys()))
        return Behind(frozenset(self.takeable), frozenset(yielding), frozenset(own), frozenset(loose))

    def _sharing_field(self, field: str) -> set[int]:
        column = self.compiler.column_of(field)
        own = f"p.{sql.name('f_' + field)}"
        held = f"SELECT {own}::text, t.{self.compiler.pk}::text FROM {self.compiler.table} t WHERE t.{column} = {own}"
        return self._sharing(field, own, held)

    def _leaving_field(self, field: str) -> set[int]:
        """Records whose rows hold a value that they do not have any more, and that others of the batch ask for."""
        if not self.owners:
            return set()
        column, own = self.compiler.column_of(field), f"p.{sql.name('f_' + field)}"
        rows = self.session.fetch(
            f"SELECT p.seq, t.{column}::text FROM pg_temp.parsed p "
            f"JOIN {self.compiler.table} t ON t.{self.compiler.pk} = {self.compiler.as_pk('p.row')} "
            f"WHERE {VALID} AND p.owned AND {own} IS DISTINCT FROM t.{column} AND t.{column} IS NOT NULL"
        )
        found = {(field, value): seq for seq, value in rows if (field, value) in self.owners}
        self.leaving |= found
        return set(found.values())

    def _sharing_proof(self, provider: str) -> set[int]:
        table = AliasColumns.of(self.entity)
        own = f"p.{sql.name('p_' + provider)}"
        held = (
            f"SELECT {own}, t.{table.owner} FROM {table.name} t "
            f"WHERE t.{table.provider} = {sql.literal(provider)} AND t.{table.subject} = {own}"
        )
        return self._sharing(provider, own, held)

    def _sharing(self, kind: str, own: str, held: str) -> set[int]:
        """Valid records whose value a row holds or another record has as well; remembers the rows that hold them."""
        existing = self.session.fetch(
            f"SELECT DISTINCT h.value, h.owner FROM pg_temp.parsed p "
            f"CROSS JOIN LATERAL ({held} OFFSET 0) AS h(value, owner) WHERE {VALID}"
        )
        self.owners.update({(kind, value): owner for value, owner in existing})
        repeated = (
            f"SELECT {own} FROM pg_temp.parsed p WHERE {VALID} AND {own} IS NOT NULL GROUP BY {own} HAVING count(*) > 1"
        )
        rows = self.session.fetch(
            f"SELECT p.seq FROM pg_temp.parsed p WHERE {VALID} "
            f"AND ({own} IN ({repeated}) OR {own}::text = ANY(%(held)s))",
            {"held": [value for value, _ in existing]},
        )
        return {seq for (seq,) in rows}

    def _taken_keys(self) -> set[int]:
        rows = self.session.fetch(
            f"SELECT p.seq FROM pg_temp.parsed p JOIN {self.compiler.table} t "
            f"ON t.{self.compiler.pk} = {self.compiler.as_pk('p.row')} WHERE {VALID} AND NOT p.owned UNION ALL "
            f"SELECT seq FROM (SELECT p.seq, count(*) OVER (PARTITION BY p.row ORDER BY p.seq) AS nth "
            f"FROM pg_temp.parsed p WHERE {VALID}) repeated WHERE nth > 1"
        )
        return {seq for (seq,) in rows}

    def _read(self, seqs: set[int], taken: set[int]) -> list[Claim]:
        if not seqs:
            return []
        fields = list(self.entity.unique)
        proofs = [proof.provider for proof in self.entity.proofs]
        columns = [f", p.{sql.name('f_' + field)}::text" for field in fields]
        columns += [f", p.{sql.name('p_' + provider)}" for provider in proofs]
        rows = self.session.fetch(
            f"SELECT p.seq, p.row, p.owned, p.was{''.join(columns)} FROM pg_temp.parsed p WHERE p.seq = ANY(%(seqs)s)",
            {"seqs": list(seqs)},
        )
        return [
            Claim(
                seq=seq,
                row=row,
                unique=_known(fields, values[: len(fields)]),
                proofs=_known(proofs, values[len(fields) :]),
                row_is_taken=seq in taken,
                owned=owned,
                was=(was or "").partition(":")[0],
            )
            for seq, row, owned, was, *values in rows
        ]

    def _write(self, verdicts: list[Verdict]) -> None:
        self.session.execute(
            "UPDATE pg_temp.parsed p SET outcome = v.outcome, row = v.row, owned = p.owned OR v.takes_over, "
            "problems = CASE WHEN v.problem IS NULL THEN p.problems ELSE ARRAY[v.problem] END "
            "FROM unnest(%(seq)s::bigint[], %(outcome)s::text[], %(row)s::text[], %(problem)s::text[], "
            "%(takes_over)s::boolean[]) AS v(seq, outcome, row, problem, takes_over) WHERE v.seq = p.seq",
            {
                "seq": [verdict.seq for verdict in verdicts],
                "outcome": [verdict.outcome for verdict in verdicts],
                "row": [verdict.row for verdict in verdicts],
                "problem": [self._problem(verdict) for verdict in verdicts],
                "takes_over": [verdict.takes_over for verdict in verdicts],
            },
        )

    def _record(self, verdicts: list[Verdict]) -> None:
        """What somebody else holds is recorded beside it."""
        for contest in self.compiler.contests:
            seqs = [verdict.seq for verdict in verdicts if contest.of in verdict.contested]
            if seqs:
                field, recorded = sql.name(f"f_{contest.of}"), sql.name(f"f_{contest.field}")
                self.session.execute(
                    f"UPDATE pg_temp.parsed SET {recorded} = {field}, {field} = NULL WHERE seq = ANY(%(seqs)s)",
                    {"seqs": seqs},
                )

    def _let_go(self, claims: list[Claim], verdicts: list[Verdict], yielding: frozenset[Value]) -> None:
        """Rows of systems that stand behind do without what a record of this one has from now on."""
        claimed = {claim.seq: claim.unique for claim in claims}
        for contest in self.compiler.contests:
            rows = set()
            for verdict in verdicts:
                value = (contest.of, claimed[verdict.seq].get(contest.of, ""))
                is_given = verdict.outcome == "loaded" and contest.of not in verdict.contested and value in yielding
                if is_given and self.owners[value] != verdict.row:
                    rows.add(self.owners[value])
            if rows:
                held, recorded = self.compiler.column_of(contest.of), self.compiler.column(contest)
                self.session.execute(
                    f"UPDATE {self.compiler.table} t SET {recorded} = {held}, {held} = NULL "
                    f"WHERE t.{self.compiler.pk} = ANY(%(rows)s)",
                    {"rows": list(rows)},
                )

    def _release(self) -> None:
        """Rows let go of what other records of the batch are about to have: no order of writing them would do else."""
        for field in {field for field, _ in self.leaving}:
            column, own = self.compiler.column_of(field), f"p.{sql.name('f_' + field)}"
            nothing = "NULL" if self.compiler.model._meta.get_field(field).null else "gen_random_uuid()::text"
            self.session.execute(
                f"UPDATE {self.compiler.table} t SET {column} = {nothing} FROM pg_temp.parsed p "
                f"WHERE p.seq = ANY(%(seqs)s) AND {VALID} AND p.owned AND {own} IS DISTINCT FROM t.{column} "
                f"AND t.{self.compiler.pk} = {self.compiler.as_pk('p.row')}",
                {"seqs": [seq for (name, _), seq in self.leaving.items() if name == field]},
            )

    def _problem(self, verdict: Verdict) -> str | None:
        if not verdict.reason:
            return None
        names = {rule.field: rule.names for rule in self.compiler.rules}
        names |= {proof.provider: proof.names for proof in self.entity.proofs}
        own = self.compiler.plan.own(names.get(verdict.about, ()))
        return f"{verdict.reason}:{own[0] if own else verdict.about}"


def _known(names: list[str], values: list[str | None]) -> dict[str, str]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
