"""What an inspection found, in one shape for the terminal and `--json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from operations.importing.reasons import sentence
from operations.importing.tables import FieldLacking

# How fast a whole import is, both proofs included: 69,000 records of `make_sample` on two cores, with PostgreSQL on the
# same machine, took 5.3 s; rounded down. `make bench` measures larger ones.
RECORDS_PER_SECOND = 10_000
ESTIMATE_BASIS = "an estimate, from imports on two cores with both proofs; other machines and data differ"

ASSUMED = "an import of everything into an empty database; rows that are there already are not looked at."
# By reason: of which records an import may give it without having been predicted here.
NOT_PREDICTED = {
    "refused_by_database": "records that pass every rule and that PostgreSQL refuses all the same.",
    "too_long": "values that are looked up in another table and are too long for their column.",
}


@dataclass(frozen=True)
class MeasuredRate:
    """How fast an import goes, and where that is known from."""

    records_per_second: int = RECORDS_PER_SECOND
    basis: str = ESTIMATE_BASIS


@dataclass(frozen=True)
class Form:
    """A form in which values of a column are written, NULL and empty among them. `problem` is the reason for which such
    values are rejected, '' for none.
    """

    form: str
    count: int
    example: str
    problem: str = ""


@dataclass(frozen=True)
class ColumnFound:
    """`use` is key, field, proof, raw only or unknown; `fills` says which fields, by which kind of rule."""

    name: str
    declared: str
    use: str
    fills: tuple[str, ...]
    forms: tuple[Form, ...]

    def count_of(self, form: str) -> int:
        return sum(one.count for one in self.forms if one.form == form)

    def as_json(self, rows: int) -> dict[str, Any]:
        shares = {name: _share(self.count_of(form), rows) for name, form in (("nulls", "NULL"), ("empty", "empty"))}
        return asdict(self) | {"shares": shares}


@dataclass(frozen=True)
class Objection:
    """A reason to reject records, and the column that it is about. A record with two of them is counted twice."""

    column: str
    reason: str
    records: int
    example: str

    @property
    def sentence(self) -> str:
        return sentence(self.reason, self.column, self.example)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"sentence": self.sentence}


@dataclass(frozen=True)
class Sharing:
    """`values` that several records have, among those that could be loaded: `what` is a proof that two records are one
    person, a unique value, or values that differ by case only, which are left apart.
    """

    what: str
    name: str
    values: int
    records: int
    example: str


@dataclass(frozen=True)
class Prediction:
    """What an import would do: loaded + merged + rejected are all records, the reasons add up to the rejected."""

    loaded: int = 0
    merged: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class EntityFound:
    entity: str
    model: str
    table: str
    rows: int
    columns: tuple[ColumnFound, ...]
    lacking: tuple[FieldLacking, ...]
    objections: tuple[Objection, ...]
    sharings: tuple[Sharing, ...]
    prediction: Prediction

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.use == "unknown")

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "columns": [column.as_json(self.rows) for column in self.columns],
            "unknown": self.unknown,
            "objections": [objection.as_json() for objection in self.objections],
        }


@dataclass(frozen=True)
class TableFound:
    """`entity` and `model` are None for a table that is kept raw; `known` says that the declaration names it."""

    name: str
    rows: int
    entity: str | None
    model: str | None
    known: bool


@dataclass(frozen=True)
class Inspection:
    source: str
    title: str
    location: str
    generation: str
    size: int  # bytes
    tables: tuple[TableFound, ...]
    absent: tuple[str, ...]  # entities that this source has no table for
    entities: tuple[EntityFound, ...]
    rate: MeasuredRate = MeasuredRate()

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def estimated_seconds(self) -> float:
        return self.rows / self.rate.records_per_second

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "title": self.title,
            "location": self.location,
            "generation": self.generation,
            "size": self.size,
            "rows": self.rows,
            "tables": [asdict(table) for table in self.tables],
            "absent": self.absent,
            "entities": [entity.as_json() for entity in self.entities],
            "estimate": {
                "seconds": round(self.estimated_seconds, 1),
                "records_per_second": self.rate.records_per_second,
                "basis": self.rate.basis,
            },
            "assumed": ASSUMED,
            "not_predicted": NOT_PREDICTED,
        }


def _share(count: int, rows: int) -> float:
    return round(count / rows, 4) if rows else 0.0
