"""The columns of one table: what each is for, and the forms of the values that it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from operations.importing.declaration import Computed, Entity, Later, Lookup, Proof, Reference, Rest, Rule, Text
from operations.importing.inspection.readings import Read, Reading, stored_reading
from operations.importing.inspection.report import ColumnFound, Form
from operations.importing.inspection.values import (
    is_unknown,
    key_reading,
    object_reading,
    proof_reading_of,
    reading_of,
)
from operations.importing.legacy_columns import LegacyColumns
from operations.importing.members import Widened
from operations.importing.reasons import shown
from operations.importing.tables import Plan

EXAMPLE_SHOWN = 60


def example(value: Any) -> str:
    """A value as one line of people's text: bytes, line ends and control characters are written out."""
    if value is None:
        return ""
    text = value if isinstance(value, str) and value.isprintable() else repr(value)
    return shown(text if len(text) <= EXAMPLE_SHOWN else text[: EXAMPLE_SHOWN - 1] + "…")


@dataclass(frozen=True)
class Use:
    """A rule or a proof, with the columns of this table that it reads, first choice first, and how it reads them."""

    name: str
    kind: str
    columns: tuple[str, ...]
    read: Read
    read_one: Read  # one of the columns by itself
    references: tuple[str, ...] = ()  # the entities that may be referred to
    dangling: bool = False
    unknown: frozenset[str] = frozenset()
    trims: bool = True
    keeps_empty: bool = False

    @classmethod
    def of_rule(cls, rule: Rule, columns: tuple[str, ...]) -> Use:
        read = reading_of(rule)
        return cls(
            name=rule.field,
            kind=type(rule).__name__.lower(),
            columns=columns,
            read=read,
            # That one of several is empty says nothing yet.
            read_one=read if len(columns) == 1 else reading_of(replace(rule, required=False)),
            references=rule.entities if isinstance(rule, Reference) else (),
            dangling=isinstance(rule, Reference) and rule.dangling,
            unknown=frozenset(rule.unknown),
            trims=not isinstance(rule, (Text, Lookup, Reference, Computed)),
            keeps_empty=isinstance(rule, Computed) or (isinstance(rule, Text) and not rule.empty_is_null),
        )

    @classmethod
    def of_proof(cls, proof: Proof, columns: tuple[str, ...]) -> Use:
        read = proof_reading_of(proof)
        unknown = frozenset(proof.unknown)
        return cls(name=proof.provider, kind="proof", columns=columns, read=read, read_one=read, unknown=unknown)

    def is_empty(self, value: Any) -> bool:
        blank = value is None or value == "" or (self.trims and type(value) is str and not value.strip(" "))
        return blank or bool(self.unknown and is_unknown(value, self.unknown))

    def chosen(self, values: tuple[Any, ...]) -> Any:
        """The value that counts, of one record's values in `columns`: the first that holds something.

        One that cannot be stored counts wherever it stands, since the import looks at all of them.
        """
        spoiled = next((value for value in values if self.read_one(value).problem == "unstorable_text"), None)
        if spoiled is not None:
            return spoiled
        filled = next((value for value in values if not self.is_empty(value)), None)
        if filled is None and self.keeps_empty:
            return next((value for value in values if value is not None), None)
        return filled

    def column_of(self, values: tuple[Any, ...]) -> str:
        """The column that a problem is about."""
        pairs = zip(self.columns[:-1], values[:-1], strict=True)
        return next((column for column, value in pairs if value is not None and value != ""), self.columns[-1])

    @property
    def described(self) -> str:
        """What the columns fill, and how."""
        if self.kind == "proof":
            return f"{self.name} · proof"
        if self.references:
            return f"{self.name} → {' or '.join(self.references)}"
        return f"{self.name} · {self.kind}"


@dataclass
class Tally:
    """The forms seen of one column so far. There are few of them, however many values there are."""

    counts: Counter[Reading] = field(default_factory=Counter)
    examples: dict[Reading, str] = field(default_factory=dict)

    def add(self, values: Sequence[Any], readings: list[Reading]) -> Counter[Reading]:
        seen = Counter(readings)
        self.counts.update(seen)
        for reading in seen.keys() - self.examples.keys():
            self.examples[reading] = example(values[readings.index(reading)])
        return seen

    def forms(self, *, judged: bool) -> tuple[Form, ...]:
        """What is taken first, frequent forms before rare ones. Without `judged`, nothing of it is rejected."""
        forms = [
            Form(reading.form, count, self.examples[reading], reading.problem if judged else "")
            for reading, count in self.counts.items()
        ]
        return tuple(sorted(forms, key=lambda form: (form.problem != "", -form.count, form.form)))


class TableColumns:
    """What the columns of a plan's table are for, and the members of objects in them.

    `rules` are the entity's, with the limits of the model.
    """

    def __init__(self, plan: Plan, rules: tuple[Rule, ...], legacy: LegacyColumns, widened: Widened) -> None:
        assert plan.entity is not None
        self.plan = plan
        self.entity: Entity = plan.entity
        self.rules = rules
        self.bases = legacy.bases
        self.members = widened.names
        self.places = {name: widened.place(name) for name in (*plan.table.columns, *widened.names)}
        self.tallies = {name: Tally() for name in self.places}

    @cached_property
    def key(self) -> tuple[str, ...]:
        return self.plan.actual(self.entity.key)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """In the order in which an import objects."""
        found = [
            Use.of_rule(rule, columns)
            for rule in self.rules
            if not isinstance(rule, (Rest, Later)) and (columns := self.plan.actual(rule.names))
        ]
        proofs = [(proof, self.plan.actual(proof.names)) for proof in self.entity.proofs]
        return (*found, *(Use.of_proof(proof, columns) for proof, columns in proofs if columns))

    @cached_property
    def readers(self) -> dict[str, Read]:
        """For each column, how its values read by themselves: by the key, or the first rule that wants them."""
        found: dict[str, Read] = dict.fromkeys(self.places, stored_reading)
        found |= dict.fromkeys(self.bases, object_reading)
        found |= {column: use.read_one for use in reversed(self.uses) for column in use.columns}
        return found | dict.fromkeys(self.key, key_reading)

    def tally(self, columns: list[tuple[Any, ...]]) -> dict[str, list[Reading]]:
        """Count the values of a batch, given column by column. Gives the readings of columns that hold a problem."""
        suspect = {}
        for name, read in self.readers.items():
            values = columns[self.places[name]]
            readings = list(map(read, values))
            seen = self.tallies[name].add(values, readings)
            if any(reading.problem for reading in seen):
                suspect[name] = readings
        return suspect

    # Report

    def found(self) -> tuple[ColumnFound, ...]:
        return tuple(self._found(name, declared) for name, declared in zip(*self._declared(), strict=True))

    def _declared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        table = self.plan.table
        types = table.types or ("",) * len(table.columns)
        return (*table.columns, *self.members), (*types, *("member",) * len(self.members))

    def _found(self, name: str, declared: str) -> ColumnFound:
        use, fills = ("members", self._rest_of(name)) if name in self.bases else self._purpose(name)
        judged = use not in {"raw only", "unknown"}  # others are kept as they are
        return ColumnFound(name, declared, use, fills, self.tallies[name].forms(judged=judged))

    def _rest_of(self, base: str) -> tuple[str, ...]:
        return tuple(f"{rule.field} · rest" for rule in self.rules if isinstance(rule, Rest) and rule.of == base)

    def _purpose(self, name: str) -> tuple[str, tuple[str, ...]]:
        uses = [use for use in self.uses if name in use.columns]
        fills = tuple(use.described for use in uses)
        if name in self.key:
            return "key", ("primary key", *fills)
        if other := dict(self.plan.agreeing).get(name):
            return "key", (f"must equal {other}", *fills)
        if fills:
            return ("proof" if all(use.kind == "proof" for use in uses) else "field"), fills
        rest = tuple(f"{rule.field} · rest" for rule in self.rules if isinstance(rule, Rest) and not rule.of)
        if rest:
            return "field", rest
        known = {column.lower() for column in self.entity.raw_only}
        return ("raw only" if name.lower() in known else "unknown"), ()
