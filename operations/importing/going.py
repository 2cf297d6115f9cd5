"""What goes in an undo or a removal, as its statements see it: `u` is a record of the batch."""

from __future__ import annotations

from dataclasses import dataclass

from operations.importing import sql
from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.target import LANDED

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


def is_going(place: str, key: str) -> str:
    return f"EXISTS (SELECT 1 FROM pg_temp.going g WHERE g.place = {place} AND g.key = {key})"


def of_batch(*outcomes: str) -> Layers:
    """The landed records of the batch that go."""
    listed = ", ".join(sql.literal(outcome) for outcome in outcomes)
    return Layers(
        f"pg_temp.undoing u JOIN {LANDED} s ON s.key = u.key",
        f"s.entity_id = %(entity)s AND {GOES} AND u.outcome IN ({listed}) AND {INTACT}",
    )
