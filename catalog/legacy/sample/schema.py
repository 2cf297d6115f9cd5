"""Tables as Prisma's migrations for SQLite write them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .columns import Maker, Place
from .forms import Value
from .world import World


@dataclass(frozen=True)
class Column:
    """`sql` is what stands after the name; `references` names a table, by its key."""

    name: str
    sql: str
    values: Maker
    references: str = ""
    on_delete: str = "CASCADE"


@dataclass(frozen=True)
class Table:
    """`entity` names the same thing in all generations; a table has `share` rows per row of the entity `per`."""

    entity: str
    name: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    per: str = ""
    share: float = 1.0

    def ddl(self) -> Iterator[str]:
        lines = [f'"{column.name}" {column.sql}' for column in self.columns]
        lines += [self._foreign_key(column) for column in self.columns if column.references]
        body = ",\n    ".join(lines)
        yield f'CREATE TABLE "{self.name}" (\n    {body}\n)'
        for names in self.unique:
            listed = ", ".join(f'"{name}"' for name in names)
            yield f'CREATE UNIQUE INDEX "{self.name}_{"_".join(names)}_key" ON "{self.name}"({listed})'

    def _foreign_key(self, column: Column) -> str:
        return (
            f'CONSTRAINT "{self.name}_{column.name}_fkey" FOREIGN KEY ("{column.name}") '
            f'REFERENCES "{column.references}" ("id") ON DELETE {column.on_delete} ON UPDATE CASCADE'
        )

    def insert(self) -> str:
        marks = ", ".join("?" * len(self.columns))
        return f'INSERT INTO "{self.name}" VALUES ({marks})'

    def clean_rows(self, world: World) -> Iterator[tuple[Value, ...]]:
        streams = [column.values(Place(world, self.entity, column.name)) for column in self.columns]
        return islice(zip(*streams, strict=False), world.rows[self.entity])


def count_rows(tables: tuple[Table, ...], *, users: int, tracks: int) -> dict[str, int]:
    """Rows per entity; a table named after another one in `per` must stand behind it."""
    rows = {"user": users, "track": tracks}
    for table in tables:
        if table.per:
            rows[table.entity] = max(1, int(rows[table.per] * table.share))
    return rows
