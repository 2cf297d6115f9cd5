"""What can go wrong with a target after an import, and which proof must name it where.

Values (`bends`), swapped values and rows are seen by both proofs. The rest is seen by one, or by each in part:

- An identity, by the proof in SQL alone: the other one compares rows and landed records.
- A landed record without its hash, by the proof in SQL, which holds the two against each other. Bent together with its
  hash, by the proof from the source, for records that were kept or rejected. Of what was loaded neither looks at parts
  of the landed record that no column is made of: the row itself is what is proven.
- A landed record that is gone, by the proof from the source: the one in SQL starts from what was landed.
- A rejection that is gone, by the proof in SQL.
- A second row under a new key is seen by neither: to them it is one that staff have made. Only history can tell.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DataError, IntegrityError, connection

from operations.importing.declaration import Contested, Rule
from operations.importing.session import Session
from tests.gauntlet.bends import BENDS, HARMLESS, INVENTED, form_of
from tests.gauntlet.ruins import RUINS, rekeyed
from tests.gauntlet.spoiled import Spoiled, Step
from tests.gauntlet.target import Filled, Target, fetch

TRIES = 40  # rows that are looked at for one to which a bend applies
SOME = 8  # rows to refer to, of which the database takes one
ROW = "(row)"


@dataclass
class Spoiler:
    """Spoils one thing after the other, the kinds that were least used first."""

    target: Target
    seeded: random.Random
    used: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    columns: set[tuple[str, str]] = field(default_factory=set)

    def columns_of_target(self) -> list[tuple[Filled, Rule]]:
        return [(filled, rule) for filled in self.target.filled for rule in filled.compiler.rules if filled.rows()]

    def places(self) -> set[tuple[str, str]]:
        """Table and column of all that must have been named in the end; what is no longer there is named as a row."""
        keys = {id(filled.compiler.pk_field) for filled in self.target.filled}
        found = set()
        for filled, rule in self.columns_of_target():
            is_key = id(filled.compiler.model._meta.get_field(rule.field)) in keys
            found.add((filled.table, ROW if is_key else rule.field))
        return found

    def plans(self) -> Iterator[Callable[[], Iterator[Spoiled]]]:
        """Each column once, each ruin once, then columns and ruins as they come, for ever."""
        columns = self.columns_of_target()
        chosen = [lambda one=one: self._values(*one) for one in columns]
        chosen += [lambda ruin=ruin: ruin(self.target, self.seeded) for ruin in RUINS]
        self.seeded.shuffle(chosen)
        yield from chosen
        while True:
            yield self.seeded.choice(chosen)

    def _values(self, filled: Filled, rule: Rule) -> Iterator[Spoiled]:
        """Ways to spoil a column: the kind that was least used first, what harms nobody once the column was named."""
        model_field = filled.compiler.model._meta.get_field(rule.field)
        if model_field is filled.compiler.pk_field:
            key, row, _ = self.seeded.choice(filled.rows())
            yield rekeyed(filled, key, row)
            return
        form = form_of(model_field)  # type: ignore[arg-type]
        rows = filled.rows(f"t.{filled.compiler.column(rule)}::text")
        self.seeded.shuffle(rows)
        ways = [self._bent(filled, rule, rows, name, bend) for name, bend in BENDS[form].items()]
        ways += [self._bent(filled, rule, rows, name, bend, False) for name, bend in HARMLESS.items() if form == "json"]
        ways += [self._none(filled, rule, rows), self._invented(filled, rule, rows, form), _swapped(filled, rule, rows)]
        if form == "reference":
            ways.append(self._repointed(filled, rule, rows))
        made = [spoiled for way in ways for spoiled in way]
        self.seeded.shuffle(made)
        is_new = (filled.table, rule.field) not in self.columns
        yield from sorted(made, key=lambda one: (is_new and not one.in_sql, self.used[one.kind]))

    def _bent(
        self, filled: Filled, rule: Rule, rows: list[Any], name: str, bend: Any, harm: bool = True
    ) -> Iterator[Spoiled]:
        for key, row, value in rows[:TRIES]:
            new = None if value is None else bend(self.seeded, value)
            if new is not None and new != value:
                yield _updated(filled, rule, key, row, new, name, harm)
                return

    def _none(self, filled: Filled, rule: Rule, rows: list[Any]) -> Iterator[Spoiled]:
        key, row, _ = next((one for one in rows if one[2] is not None), (None, None, None))
        if key is not None:
            # Where a contested value was recorded, its own field is found empty then.
            missed = rule.of if isinstance(rule, Contested) else rule.field
            yield _updated(filled, rule, key, row, None, "none for a value", missed=missed)

    def _invented(self, filled: Filled, rule: Rule, rows: list[Any], form: str) -> Iterator[Spoiled]:
        key, row, _ = next((one for one in rows if one[2] is None), (None, None, None))
        if key is not None and form in INVENTED:
            yield _updated(filled, rule, key, row, INVENTED[form], "a value for none")

    def _repointed(self, filled: Filled, rule: Rule, rows: list[Any]) -> Iterator[Spoiled]:
        remote = filled.compiler.model._meta.get_field(rule.field).related_model._meta  # type: ignore[union-attr]
        key, row, value = rows[0]
        others = [one for (one,) in fetch(f"SELECT {remote.pk.column}::text FROM {remote.db_table} ORDER BY 1")]
        for other in self.seeded.sample(others, min(len(others), SOME)):
            if other != value:
                yield _updated(filled, rule, key, row, other, "another row referred to")

    def applied(self, spoiled: Spoiled) -> bool:
        """Spoil it; False if the database itself does not take it, not even without its triggers.

        Foreign keys are triggers: what they refuse is done around them, and of the rest one half.
        """
        plainly = self.seeded.random() < 0.5
        if not (plainly and _taken(spoiled, bypassed=False)) and not _taken(spoiled, bypassed=True):
            self.refused[spoiled.kind] += 1
            return False
        self.used[spoiled.kind] += 1
        self.columns |= {(table, column) for table, _, column in spoiled.in_sql}
        return True


def _taken(spoiled: Spoiled, *, bypassed: bool) -> bool:
    try:
        # The history would explain what it saw, and not call it a corruption.
        with Session("default").past_history(), connection.cursor() as cursor:
            if bypassed:
                cursor.execute("SET LOCAL session_replication_role = replica")
            for step in spoiled.steps:
                cursor.execute(step.statement, step.parameters)
                if cursor.rowcount != 1:
                    raise IntegrityError("nothing was changed")
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    except (IntegrityError, DataError):
        return False
    return True


def _updated(
    filled: Filled, rule: Rule, key: str, row: str, new: str | None, kind: str, harm: bool = True, *, missed: str = ""
) -> Spoiled:
    compiler = filled.compiler
    column = compiler.column(rule)
    # A text that is cut to its column's length on the way in is no change, and the proofs are right to say nothing.
    statement = (
        f"UPDATE {compiler.table} t SET {column} = %s WHERE t.{compiler.pk}::text = %s "
        f"AND ({column}::text IS DISTINCT FROM %s)"
    )
    named = frozenset({filled.named(key, missed or rule.field)}) if harm else frozenset()
    return Spoiled(kind, (Step(statement, (new, row, new)),), named, named)


def _swapped(filled: Filled, rule: Rule, rows: list[Any]) -> Iterator[Spoiled]:
    """Two rows with each other's values."""
    other = next((one for one in rows if one[2] != rows[0][2]), None)
    if other is None or isinstance(rule, Contested):
        return
    column, compiler = filled.compiler.column(rule), filled.compiler
    statement = f"UPDATE {compiler.table} t SET {column} = %s WHERE t.{compiler.pk}::text = %s"
    (key, row, value), (other_key, other_row, other_value) = rows[0], other
    named = frozenset({filled.named(key, rule.field), filled.named(other_key, rule.field)})
    steps = (Step(statement, (other_value, row)), Step(statement, (value, other_row)))
    yield Spoiled("values swapped", steps, named, named)
