"""How many rows there are, without reading them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections, models

BOUND = 1_000


@dataclass(frozen=True)
class RowCount:
    """`value` rows exactly; or about so many (`estimated`); or more than so many (`at_least`)."""

    value: int
    estimated: bool = False
    at_least: bool = False

    @property
    def qualifier(self) -> str:
        if self.estimated:
            return "about"
        return "more than" if self.at_least else ""

    @property
    def figure(self) -> str:
        return f"{_rounded(self.value) if self.estimated else self.value:,}"

    def __str__(self) -> str:
        return f"{self.qualifier} {self.figure}".lstrip()


def _rounded(value: int) -> int:
    """Three figures: an estimate that shows more would claim more than it knows."""
    return round(value, 3 - len(str(value)))


def bounded_count(queryset: models.QuerySet[Any], bound: int = BOUND) -> RowCount:
    """Counts up to `bound` rows, and stops there: an index or the table is read no further."""
    counted = queryset.order_by()[: bound + 1].count()
    return RowCount(bound, at_least=True) if counted > bound else RowCount(counted)


def estimated_rows(tables: Iterable[type[models.Model]], using: str = "default") -> Mapping[type[models.Model], int]:
    """What PostgreSQL's statistics say of each table, its partitions included; 0 for one that was never analysed."""
    by_name = {model._meta.db_table: model for model in tables}
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            SELECT name, sum(greatest(leaf.reltuples, 0))::bigint
            FROM unnest(%s::text[]) AS name
            JOIN pg_class AS root ON root.oid = to_regclass(quote_ident(name))
            LEFT JOIN LATERAL pg_partition_tree(root.oid) AS tree ON tree.isleaf
            JOIN pg_class AS leaf ON leaf.oid = coalesce(tree.relid::oid, root.oid)
            GROUP BY name
            """,
            [list(by_name)],
        )
        return {by_name[name]: rows for name, rows in cursor.fetchall()}


def table_count(counted: RowCount, estimate: int) -> RowCount:
    """The better of a bounded count of the whole table and its estimate."""
    return RowCount(estimate, estimated=True) if counted.at_least and estimate > counted.value else counted


def list_count(queryset: models.QuerySet[Any], bound: int = BOUND) -> RowCount:
    """The rows of `queryset`: exact up to `bound`, beyond it an estimate where nothing narrows the table down."""
    counted = bounded_count(queryset, bound)
    if not counted.at_least or queryset.query.where:
        return counted
    model = queryset.model
    return table_count(counted, estimated_rows([model], queryset.db).get(model, 0))
