"""Functions from a row of the source to one value of it, as the proof from the source reads rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from operations.importing.expectation import as_text, is_empty
from operations.importing.landing import wrapped

Row = tuple[Any, ...]
Getter = Callable[[Row], Any]


def text_getter(places: list[int], default: Any) -> Getter:
    """The first text that is not empty; else an empty one, if any column holds one; else the default."""
    if len(places) == 1:
        place = places[0]
        return lambda row: default if row[place] is None else as_text(row[place])

    def get(row: Row) -> Any:
        values = [row[place] for place in places]
        chosen = next((value for value in values if not is_empty(value)), None)
        return (
            as_text(chosen) if chosen is not None else next((value for value in values if value is not None), default)
        )

    return get


def lookup_getter(places: list[int]) -> Getter:
    """The first value that is neither empty nor beyond what text can hold."""

    def get(row: Row) -> Any:
        values = (row[place] for place in places)
        return as_text(next((one for one in values if not (is_empty(one) or isinstance(wrapped(one), dict))), None))

    return get


def knowing(getter: Getter, places: list[int], unknown: frozenset[str]) -> Getter:
    """Values that say "unknown" are read as none."""

    def get(row: Row) -> Any:
        values = list(row)
        for place in places:
            value = values[place]
            if value is not None and not isinstance(value, bytes) and as_text(value) in unknown:
                values[place] = None
        return getter(tuple(values))

    return get


def value_getter(places: list[int], convert: Callable[[Any], Any], default: Any, *, trim: bool) -> Getter:
    """The first value that is not empty, converted; else the default. Blanks are empty where `trim` is set."""
    first = places[0]
    others = places[1:]

    def get(row: Row) -> Any:
        value = row[first]
        if value is None or value == "" or (trim and type(value) is str and not value.strip(" ")):
            for place in others:
                value = row[place]
                if not is_empty(value.strip(" ") if trim and type(value) is str else value):
                    return convert(value)
            return default
        return convert(value)

    return get
