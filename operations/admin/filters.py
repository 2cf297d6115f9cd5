"""Filters that a big table can afford."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db import connections, models
from django.db.models import QuerySet
from django.http import HttpRequest

CHOICES = 60


def distinct_values(model: type[models.Model], column: str, limit: int = CHOICES, using: str = "default") -> list[Any]:
    """The first `limit` different values of a column that leads an index: one index probe per value.

    SELECT DISTINCT would read every row; PostgreSQL has no loose index scan, a recursive query is one
    (https://wiki.postgresql.org/wiki/Loose_indexscan).
    """
    connection = connections[using]
    table = connection.ops.quote_name(model._meta.db_table)
    name = connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE value AS (
                (SELECT {name} AS found FROM {table} WHERE {name} IS NOT NULL ORDER BY 1 LIMIT 1)
                UNION ALL
                SELECT (SELECT {name} FROM {table} WHERE {name} > value.found ORDER BY 1 LIMIT 1)
                FROM value WHERE value.found IS NOT NULL
            )
            SELECT found FROM value WHERE found IS NOT NULL LIMIT %s
            """,
            [limit],
        )
        return [row[0] for row in cursor.fetchall()]


class IndexedValuesFilter(SimpleListFilter):
    """The values of a column that leads an index, the first `CHOICES` of them. `parameter_name` is the column."""

    UNKNOWN = "\x7f"  # no legacy value is this

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        column = self.parameter_name or ""
        choices = self.labelled(distinct_values(model_admin.model, column))
        chosen = self.value()
        if chosen and chosen != self.UNKNOWN and chosen not in (value for value, _ in choices):
            choices.append((chosen, chosen))
        if choices and model_admin.model._meta.get_field(column).null:
            choices.append((self.UNKNOWN, "(unknown)"))
        return choices

    def labelled(self, values: list[Any]) -> list[tuple[str, str]]:
        return [(value, value or "(empty)") for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value == self.UNKNOWN:
            return queryset.filter(**{f"{self.parameter_name}__isnull": True})
        return queryset.filter(**{str(self.parameter_name): value})
