"""Moments that a span of seconds leads to: those beyond every date are objected to, as an import does."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import suppress
from typing import Any

from operations.importing.declaration import Later
from operations.importing.expectation import Unexpected, expectation
from operations.importing.inspection.columns import TableColumns, Use
from operations.importing.inspection.moments import LATER
from operations.importing.sql import LONGEST_SECONDS

Columns = list[tuple[Any, ...]]


class Spans:
    """Those of one table."""

    def __init__(self, table: TableColumns) -> None:
        self.places = table.places
        self.uses = {use.name: use for use in table.uses}
        self.rules = {rule.field: rule for rule in table.rules}
        self.later = [rule for rule in table.rules if isinstance(rule, Later)]

    def too_long(self, use: Use, columns: Columns, spoiled: Container[int]) -> Iterator[tuple[int, Any]]:
        """The records, by their place in the batch, whose span is read by `use` and leads too far; with the span.

        Those of `spoiled` have another problem already.
        """
        for rule in self.later:
            start = self.uses.get(rule.start)
            if rule.seconds != use.name or start is None:
                continue
            moment, seconds = expectation(self.rules[rule.start]), expectation(self.rules[rule.seconds])
            for index, (begun, span) in enumerate(zip(*(self._of(one, columns) for one in (start, use)), strict=True)):
                if begun is None or span is None or index in spoiled:
                    continue
                with suppress(Unexpected):
                    lasts = int(seconds(span))
                    if not 0 <= lasts <= LONGEST_SECONDS or moment(begun) + lasts * 1_000_000 >= LATER:
                        yield index, span

    def _of(self, use: Use, columns: Columns) -> Iterator[Any]:
        """The values that count, record by record; None for none."""
        for record in zip(*(columns[self.places[column]] for column in use.columns), strict=True):
            value = use.chosen(record)
            yield None if use.is_empty(value) else value
