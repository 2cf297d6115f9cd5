"""What a source holds, table by table, and what an import will do with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from operations.importing.declaration import Entity


@dataclass(frozen=True)
class Table:
    """A table of the source, as found. `key` are its primary key's columns; empty for none. A view has its `query`."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: int
    has_rowid: bool = True
    types: tuple[str, ...] = ()
    query: str = ""


@dataclass(frozen=True)
class Plan:
    """What an import will do with one table: fill `entity`, or keep its records raw when there is none."""

    name: str
    table: Table
    entity: Entity | None = None
    unknown: tuple[str, ...] = ()
    lookups: Mapping[str, Table] = field(default_factory=dict)
    zone: str = "UTC"  # of moments that name none
    lacking: frozenset[str] = frozenset()  # columns that only other generations have

    def actual(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `names` that the table has, as it spells them. What has a column has each member of it."""
        spelled = {column.lower(): column for column in self.table.columns}
        found = []
        for name in names:
            base, dot, member = name.partition(".")
            if name.lower() in spelled:
                found.append(spelled[name.lower()])
            elif dot and base.lower() in spelled:
                found.append(f"{spelled[base.lower()]}.{member}")
        return tuple(found)

    def own(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of them that its own generation has, if it has any: problems are about these."""
        actual = self.actual(names)
        return tuple(name for name in actual if name.partition(".")[0] not in self.lacking) or actual

    @property
    def agreeing(self) -> tuple[tuple[str, str], ...]:
        """The pairs of columns that must say the same, as far as the table has both."""
        pairs = map(self.actual, self.entity.agreeing if self.entity else ())
        return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2)

    def is_member(self, name: str) -> bool:
        """True for a path into a column, false for a column (whose own name may have a dot)."""
        return "." in name and name not in self.table.columns


@dataclass(frozen=True)
class FieldLacking:
    """A field for which the table has none of the columns that the declaration knows; so it becomes `default`."""

    field: str
    names: tuple[str, ...]
    default: str | bool | int | None

    def __str__(self) -> str:
        if self.default is None:
            return self.field
        default = str(self.default).lower() if isinstance(self.default, bool) else self.default
        return f"{self.field} (becomes {default})"


@dataclass(frozen=True)
class Unmatched:
    """Where a table is not what the declaration expects: `unknown` columns stay in the raw records."""

    entity: str
    table: str
    unknown: tuple[str, ...]
    lacking: tuple[FieldLacking, ...]


@dataclass(frozen=True)
class SourceLocation:
    """Where a source is read. `shown` is free of credentials."""

    path: Path
    shown: str
