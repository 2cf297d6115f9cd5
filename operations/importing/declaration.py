"""The language in which an app says what a legacy system means.

A `LegacySource` lists its generations and its entities in the order of their dependencies. An `Entity` names the legacy
tables that hold it, the model that it fills and, for each field, a rule: the legacy names of the column over all
generations and how its values are read. The compiler turns rules into SQL; `expectation` states the same rules in
Python, for the proof.

Tables and columns that no entity names are landed raw and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from operations.importing.reader import Reader
    from operations.importing.redis_reader import Family
    from operations.importing.tables import Plan


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one field of the target is filled.

    `names` are legacy columns in order of precedence: the first that holds something wins. `value.title` is the member
    `title` of the JSON object in the column `value`. A source that has none of them leaves the field to `default`; with
    `required`, such a source is refused and an empty value rejects its record. `unknown` are values by which the
    legacy system says that it does not know: they are read like an empty one.
    """

    field: str
    names: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    unknown: tuple[str, ...] = ()


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
    """0 and 1, true and false, as number or text in any case; `yes` and `no` are further words, in lower case.

    With `lasting`, a record that is merged into a row makes it true there too: a ban in one system is one in all.
    """

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    lasting: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice(Rule):
    """One of the legacy words of `values`, each with what it is called here."""

    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Time(Rule):
    """A moment in UTC: epoch milliseconds (or seconds, see `docs/importing.md`), ISO 8601 or SQL text, or a date.

    With `zoned`, a text that names no zone is of the one that the operator gives (`zone`, filled in by the engine).
    A moment before `since` rejects its record.
    """

    zoned: bool = False
    zone: str = "UTC"
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Date(Rule):
    """A day: the first ten characters of a date or a moment, as they are written."""


@dataclass(frozen=True, kw_only=True)
class Contested(Rule):
    """Where the value of the unique field `of` is recorded when another row holds it already: `of` stays empty then.

    Nothing proves two records with one such value to be one person, and neither is refused for it.
    """

    of: str


@dataclass(frozen=True, kw_only=True)
class Later(Rule):
    """So many seconds after a moment: `start` and `seconds` are fields that a Time and an Integer rule fill."""

    start: str
    seconds: str


@dataclass(frozen=True, kw_only=True)
class Json(Rule):
    """JSON text, or a number that a NUMERIC column made of it; at most 500 levels deep."""


@dataclass(frozen=True, kw_only=True)
class Computed(Rule):
    """What an SQL expression makes of a value, of other fields and of the legacy key.

    In `sql` and `problem`, `{value}` is the text of `names`, `{key}` the legacy key as text; in `sql`, `{field}` is the
    typed value of another rule's field. `problem` gives a reason to reject the record, or NULL.

    `expect` says the same in Python, for the proof: from the text, the other fields (those that `sql` names, as the
    proof sees them: text, whole microseconds for moments) and the key. `check` is to `problem` what `expect` is to
    `sql`: it gives a reason, or ''. `json` says that the target is JSON.
    """

    sql: str
    expect: Callable[[str | None, Mapping[str, Any], str], Any]
    problem: str = ""
    check: Callable[[str], str] | None = None
    json: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of other rules that it takes."""
        named = {name for _, name, _, _ in Formatter().parse(self.sql) if name}
        return tuple(sorted(named - {"value", "key"}))


@dataclass(frozen=True, kw_only=True)
class Rest(Rule):
    """A JSON object of all columns that no other rule of the entity reads; with `of`, of the members of that column."""

    of: str = ""


@dataclass(frozen=True, kw_only=True)
class Reference(Rule):
    """The key of a record of `entity`; becomes the key of the row that the record was loaded or merged into.

    Of several entities, the first that loaded such a record counts. With `dangling`, a reference that leads nowhere
    leaves the field empty; otherwise it rejects its record.
    """

    entity: str | tuple[str, ...]
    dangling: bool = False

    @property
    def entities(self) -> tuple[str, ...]:
        return (self.entity,) if isinstance(self.entity, str) else self.entity


@dataclass(frozen=True, kw_only=True)
class Lookup(Rule):
    """`names` of this record or, where it has none of them, `of` of the record that the rule `via` refers to."""

    via: str
    of: tuple[str, ...]
    max_length: int | None = None


# What programs write where they know nothing. It says who nobody is: whoever shares it is not one person.
PLACEHOLDERS = ("null", "NULL", "undefined", "None", "none", "nil", "NaN", "N/A", "n/a", "unknown", "-", "0")


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A value that only one person can have. Two records with the same value are one person."""

    provider: str
    names: tuple[str, ...]
    numeric: bool = False  # a positive 64-bit number, compared without leading zeros; 5.0 is 5
    unknown: tuple[str, ...] = ()  # what stands for nobody, such as a placeholder: it proves nothing


@dataclass(frozen=True)
class AliasTable:
    """Where the other names of an entity's rows are kept: (provider, subject) is unique and leads to the row."""

    model: str
    owner: str
    provider: str = "provider"
    subject: str = "subject"


@dataclass(frozen=True, kw_only=True)
class Processing:
    """What goes on with imported rows here, and leaves no history: jobs that write what they made of a row into it.

    `attempts` is a field that no import writes and that counts them. Where it is above 0, `fields` say what was made of
    the row here, and the proofs do not hold them against the record. All others they do.
    """

    attempts: str
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entity:
    name: str
    tables: tuple[str, ...]
    model: str
    rules: tuple[Rule, ...]
    key: tuple[str, ...] = ("id",)
    # Fields whose values must differ between rows; the first record read keeps a value. Later ones are rejected, unless
    # a Contested rule says where their value is recorded, or the field is `joined_by`.
    unique: tuple[str, ...] = ()
    # The unique field by which records without proofs are one: what comes later is merged into the row that holds it.
    joined_by: str = ""
    aliases: AliasTable | None = None
    proofs: tuple[Proof, ...] = ()
    # Columns that are known, have no field in Slipway and stay in the raw record.
    raw_only: tuple[str, ...] = ()
    # Pairs of columns that say the same, or the record is rejected: an id in a key and in its value.
    agreeing: tuple[tuple[str, str], ...] = ()
    # Rows get a uuid made of entity and legacy key, the same each time, where the legacy key cannot be theirs.
    derived_key: bool = False
    processing: Processing | None = None
    # The model's field, with an index, that holds the legacy key where the rows' own keys do not tell it.
    legacy_key: str = ""
    optional: bool = False  # a generation may lack it

    @property
    def models(self) -> frozenset[str]:
        """Labels of the models whose tables an import of this entity writes."""
        return frozenset({self.model} | ({self.aliases.model} if self.aliases else set()))


@dataclass(frozen=True, kw_only=True)
class Generation:
    """A schema is of this generation when it has all these columns of these tables, those in `types` of that type.

    Of an entity that may stand in several tables, these and those that it `prefers` come first. Where a table has
    columns of other generations as well, `own` names count before theirs.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str] = field(default_factory=dict)  # by table.column
    prefers: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    def reads(self, entity: Entity) -> Entity:
        """The entity with the generation's own names first."""
        if not self.own:
            return entity
        rules = tuple(
            replace(rule, names=tuple(sorted(rule.names, key=lambda name: name not in self.own)))
            for rule in entity.rules
        )
        return replace(entity, rules=rules)


@dataclass(frozen=True, kw_only=True)
class LegacySource:
    name: str
    title: str
    generations: tuple[Generation, ...]  # the first that fits is the one
    entities: tuple[Entity, ...]
    # Tables that are known to have no destination; others are kept all the same, and reported as unknown.
    kept: tuple[str, ...] = ()
    # What a Redis holds: its keys, by family, take the place of tables.
    families: tuple[Family, ...] = ()
    # Tables that the source does not have as such, made of what it has.
    views: tuple[View, ...] = ()
    # Makes room for what the source holds, before the first record is written: a partition, for example. A dry run,
    # which leaves nothing, does without.
    before_load: Callable[[Reader, tuple[Plan, ...]], None] | None = None
    # Writes a sample store, for demonstrations, tests and benchmarks: to a path for `sqlite`, else to the address of an
    # empty database. `sample` are its usual arguments: a generation, and sizes.
    write_sample: Callable[..., Any] | None = None
    sample: Mapping[str, Any] = field(default_factory=dict)
    store: Literal["sqlite", "redis", "postgresql"] = "sqlite"

    @property
    def models(self) -> frozenset[str]:
        """Labels of the models whose tables an import of this source writes."""
        return frozenset(model for entity in self.entities for model in entity.models)

    def entity(self, name: str) -> Entity:
        return next(entity for entity in self.entities if entity.name == name)


@dataclass(frozen=True, kw_only=True)
class View:
    """Records that are derived from others, by a SELECT in the source's own SQL: parts of a value, distinct texts.

    `key` are the columns that tell its records apart; without `columns`, it has those that the query gives. `needs` are
    the tables and columns that it takes: a source that lacks one has no such records. Of several views with one name
    the first that a source can have is taken. `current_setting('slipway.zone')` is the operator's zone.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    query: str
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
