"""What goes in an undo or a removal, as its statements see it: `u` is a record of the batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from operations.importing import sql
from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.target import LANDED, AliasColumns

INTACT = "sha256(convert_to(s.raw, 'UTF8')) = s.sha256"
GOES = "u.verdict IS NULL"


@dataclass(frozen=True)
class LandedEntity:
    """An entity (or a table without destination) as it was landed."""

    id: int
    source: str
    name: str
    compiler: EntityCompiler | None

    @property
    def table(self) -> str:
        return self.compiler.model._meta.db_table if self.compiler else self.name

    @property
    def place(self) -> str:
        return f"landed {self.id}"


def of_rows(entity: LandedEntity, *outcomes: str) -> Layers:
    """The intact landed records of an entity that have one of the rows asked for, as `asked.row_key`."""
    assert entity.compiler
    alias = AliasColumns.of(entity.compiler.entity)
    return Layers(
        f"unnest(%(rows)s::text[]) AS asked (row_key) JOIN {alias.name} a ON a.{alias.owner} = asked.row_key "
        f"AND a.{alias.provider} = {sql.literal(entity.source)} "
        f"JOIN {LANDED} s ON s.entity_id = %(entity)s AND s.key = a.{alias.subject}",
        f"s.outcome IN ({_listed(outcomes)}) AND coalesce(s.target, s.key) = asked.row_key AND {INTACT}",
    )


def is_going(place: str, key: str) -> str:
    return f"EXISTS (SELECT 1 FROM pg_temp.going g WHERE g.place = {place} AND g.key = {key})"


def record_is_going(record: str) -> str:
    """The same of a landed record, by its entity_id and key."""
    return is_going(f"'landed ' || {record}.entity_id", f"{record}.key")


def of_batch(*outcomes: str) -> Layers:
    """The landed records of the batch that go."""
    return Layers(
        f"pg_temp.undoing u JOIN {LANDED} s ON s.key = u.key",
        f"s.entity_id = %(entity)s AND {GOES} AND u.outcome IN ({_listed(outcomes)}) AND {INTACT}",
    )


def _listed(outcomes: Iterable[str]) -> str:
    return ", ".join(map(sql.literal, outcomes))
