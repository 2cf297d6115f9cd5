"""Pages by key: the next page starts after the last row of this one, however deep it lies.

An OFFSET reads and throws away all rows before the page; a key leads an index straight to it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model, OrderBy, Q, QuerySet


class BrokenCursor(ValueError):
    """A cursor that no page of this list has made."""


@dataclass(frozen=True)
class Cursor:
    """The row beside which a page lies: its value in the column of the order, and its key."""

    value: Any
    pk: Any

    def encoded(self) -> str:
        text = json.dumps([None if self.value is None else str(self.value), str(self.pk)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class KeysetOrder:
    """Rows by one column, then by key, both in the same direction.

    Unknown values (NULL) stand last in descending order and first in ascending order, as an index that was made with
    DESC NULLS LAST gives them in either direction.
    """

    column: str
    descending: bool = True
    nullable: bool = False

    def expressions(self) -> list[OrderBy]:
        by_key = OrderBy(F("pk"), descending=self.descending)
        if self.column == "pk":
            return [by_key]
        nulls = {"nulls_last" if self.descending else "nulls_first": True} if self.nullable else {}
        return [OrderBy(F(self.column), descending=self.descending, **nulls), by_key]

    def reversed(self) -> KeysetOrder:
        return replace(self, descending=not self.descending)

    def cursor_of(self, row: Model) -> Cursor:
        return Cursor(getattr(row, self.column), row.pk)

    def cursor(self, encoded: str, model: type[Model]) -> Cursor:
        """Raises BrokenCursor."""
        try:
            value, pk = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
            key = model._meta.pk
            column = key if self.column == "pk" else model._meta.get_field(self.column)
            cursor = Cursor(None if value is None else column.to_python(value), key.to_python(pk))  # type: ignore[union-attr]
        except (ValueError, TypeError, binascii.Error, ValidationError) as error:
            raise BrokenCursor from error
        if cursor.pk is None or (cursor.value is None and not self.nullable):
            raise BrokenCursor
        return cursor

    def stretches_after(self, start: Cursor) -> Iterator[Q]:
        """What follows `start`: conditions for one index range each, in order. NULLs lie apart from the values."""
        beyond = "lt" if self.descending else "gt"
        if self.column == "pk":
            yield Q(**{f"pk__{beyond}": start.pk})
            return
        unknown = Q(**{f"{self.column}__isnull": True})
        if start.value is None:
            yield unknown & Q(**{f"pk__{beyond}": start.pk})
            if not self.descending:
                yield ~unknown
            return
        # The first condition follows from the second; it is what lets the index start at the right place.
        yield Q(**{f"{self.column}__{beyond}e": start.value}) & (
            Q(**{f"{self.column}__{beyond}": start.value}) | Q(**{self.column: start.value, f"pk__{beyond}": start.pk})
        )
        if self.nullable and self.descending:
            yield unknown


def walk(queryset: QuerySet[Any], order: KeysetOrder, start: Cursor | None, limit: int) -> list[Any]:
    """Up to `limit` rows in `order`: from the first one, or those that follow `start`."""
    ordered = queryset.order_by(*order.expressions())
    if start is None:
        return list(ordered[:limit])
    rows: list[Any] = []
    for stretch in order.stretches_after(start):
        rows += ordered.filter(stretch)[: limit - len(rows)]
        if len(rows) >= limit:
            break
    return rows


@dataclass(frozen=True)
class Page:
    """Rows, and the cursors of the pages beside them (None where there is none)."""

    rows: list[Any]
    before: str | None = None
    after: str | None = None
    is_first: bool = False


def page_after(queryset: QuerySet[Any], order: KeysetOrder, start: Cursor | None, size: int) -> Page:
    rows = walk(queryset, order, start, size + 1)
    shown = rows[:size]
    return Page(
        rows=shown,
        before=order.cursor_of(shown[0]).encoded() if start and shown else None,
        after=order.cursor_of(shown[-1]).encoded() if len(rows) > size else None,
        is_first=start is None,
    )


def page_before(queryset: QuerySet[Any], order: KeysetOrder, start: Cursor, size: int) -> Page:
    """The page that ends before `start`; where less than a page is left, the first page."""
    rows = walk(queryset, order.reversed(), start, size + 1)
    if len(rows) <= size:
        return page_after(queryset, order, None, size)
    shown = rows[size - 1 :: -1]
    return Page(
        rows=shown,
        before=order.cursor_of(shown[0]).encoded(),
        after=order.cursor_of(shown[-1]).encoded(),
    )
