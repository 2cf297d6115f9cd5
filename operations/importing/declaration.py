"""The language in which an app says what a legacy system means.

A `LegacySource` lists its generations and its entities in the order of their dependencies. An `Entity` names the legacy
tables that hold it, the model that it fills and, for each field, a rule: the legacy names of the column over all
generations and how its values are read. The compiler turns rules into SQL; `expectation` states the same rules in
Python, for the proof.

Tables and columns that no entity names are landed raw and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one field of the target is filled.

    `names` are legacy columns in order of precedence: the first that holds something wins. A source that has none of
    them leaves the field to `default`; with `required`, such a source is refused and an empty value rejects its record.
    """

    field: str
    names: tuple[str, ...] = ()
    required: bool = False
    default: Any = None


@dataclass(frozen=True, kw_only=True)
class Text(Rule):
    """Text as it is. `empty_is_null` where an empty string says "unknown"."""

    empty_is_null: bool = False
    max_length: int | None = None


@dataclass(frozen=True, kw_only=True)
class Integer(Rule):
    """A whole number within `low` and `high`, written as number or text; 5.0 is 5."""

    low: int = -(2**63)
    high: int = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Decimal(Rule):
    """A number with `places` decimals, half away from zero, not below `low`.

    What a REAL column adds in noise (0.30000000000000004) falls away; a number that is not zero but would become zero
    is rejected.
    """

    digits: int
    places: int
    low: int | None = 0


@dataclass(frozen=True, kw_only=True)
class Boolean(Rule):
    """0 and 1, true and false, as number or text in any case."""


@dataclass(frozen=True, kw_only=True)
class Time(Rule):
    """A moment in UTC: epoch milliseconds (or seconds, see `docs/importing.md`), ISO 8601 or SQL text, or a date."""


@dataclass(frozen=True, kw_only=True)
class Json(Rule):
    """JSON text, or a number that a NUMERIC column made of it; at most 500 levels deep."""


@dataclass(frozen=True, kw_only=True)
class Rest(Rule):
    """A JSON object of all columns that no other rule of the entity reads."""


@dataclass(frozen=True, kw_only=True)
class Reference(Rule):
    """The key of a record of `entity`; becomes the key of the row that the record was loaded or merged into."""

    entity: str


@dataclass(frozen=True, kw_only=True)
class Lookup(Rule):
    """`names` of this record or, where it has none of them, `of` of the record that the rule `via` refers to."""

    via: str
    of: tuple[str, ...]
    max_length: int | None = None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A value that only one person can have. Two records with the same value are one person."""

    provider: str
    names: tuple[str, ...]
    numeric: bool = False  # a positive 64-bit number, compared without leading zeros


@dataclass(frozen=True)
class AliasTable:
    """Where the other names of an entity's rows are kept: (provider, subject) is unique and leads to the row."""

    model: str
    owner: str
    provider: str = "provider"
    subject: str = "subject"


@dataclass(frozen=True, kw_only=True)
class Entity:
    name: str
    tables: tuple[str, ...]
    model: str
    rules: tuple[Rule, ...]
    key: tuple[str, ...] = ("id",)
    # Fields whose values must differ between rows; the first record read keeps a value, later ones are rejected.
    unique: tuple[str, ...] = ()
    aliases: AliasTable | None = None
    proofs: tuple[Proof, ...] = ()
    # Columns that are known, have no field in Slipway and stay in the raw record.
    raw_only: tuple[str, ...] = ()
    optional: bool = False  # a generation may lack it

    @property
    def models(self) -> frozenset[str]:
        """Labels of the models whose tables an import of this entity writes."""
        return frozenset({self.model} | ({self.aliases.model} if self.aliases else set()))


@dataclass(frozen=True, kw_only=True)
class Generation:
    """A schema is of this generation when it has all these columns of these tables."""

    name: str
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class LegacySource:
    name: str
    title: str
    generations: tuple[Generation, ...]  # the first that fits is the one
    entities: tuple[Entity, ...]
    # Tables that are known to have no destination; others are kept all the same, and reported as unknown.
    kept: tuple[str, ...] = ()
    # Writes a sample store for demonstrations, tests and benchmarks.
    write_sample: Callable[..., Any] | None = None

    @property
    def models(self) -> frozenset[str]:
        """Labels of the models whose tables an import of this source writes."""
        return frozenset(model for entity in self.entities for model in entity.models)

    def entity(self, name: str) -> Entity:
        return next(entity for entity in self.entities if entity.name == name)


@dataclass(frozen=True)
class Table:
    """A table of the source, as found. `key` are its primary key's columns; empty for none."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: int
    has_rowid: bool = True
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What an import will do with one table: fill `entity`, or keep its records raw when there is none."""

    name: str
    table: Table
    entity: Entity | None = None
    unknown: tuple[str, ...] = ()
    lookups: Mapping[str, Table] = field(default_factory=dict)

    def actual(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `names` that the table has, as it spells them."""
        spelled = {column.lower(): column for column in self.table.columns}
        return tuple(spelled[name.lower()] for name in names if name.lower() in spelled)


@dataclass(frozen=True)
class SourceLocation:
    """Where a source is read. `shown` is free of credentials."""

    path: Path
    shown: str
