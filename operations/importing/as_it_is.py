"""Fields that the proof from the source compares without a look at single values."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from operations.importing.getters import Getter, Row

HELD = 5  # where the fields begin in a row of the proof's statement


class AsItIs:
    """Fields, by their places among the rules, that hold what the source has in a column (`same`) or a value that no
    record can change (`fixed`). Tuples of them are compared as wholes, which is much faster than value by value.
    """

    def __init__(self, same: dict[int, int], fixed: dict[int, Any], others: list[tuple[int, Getter]]) -> None:
        self._others = others
        self._read = _picked(list(same.values()))
        self._held = _picked([HELD + place for place in same])
        self._fixed = tuple(fixed.values())
        self._held_fixed = _picked([HELD + place for place in fixed])

    def others(self, source: Row, landed: Row) -> list[tuple[int, Getter]] | None:
        """The fields that remain to be compared where all these are as they must be; else None."""
        if self._read(source) == self._held(landed) and self._fixed == self._held_fixed(landed):
            return self._others
        return None


def _picked(places: list[int]) -> Callable[[Row], Row]:
    """The values at these places, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return (lambda row: (row[places[0]],)) if places else (lambda row: ())
