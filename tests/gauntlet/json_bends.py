"""JSON that is spoiled in one place, and JSON that is only written another way."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from operations.importing.expectation import json_of, parsed_json

Spot = tuple[Any, Any]  # a container, and the key or index of a value in it
Change = Callable[[Any], Any]
Bend = Callable[[random.Random, str], str | None]


def key_case(seeded: random.Random, text: str) -> str | None:
    """A key in the other case."""

    def change(spot: Spot) -> bool:
        container, key = spot
        if not isinstance(container, dict) or key.swapcase() in container:
            return False
        container[key.swapcase()] = container.pop(key)
        return True

    return _changed(seeded, text, change)


def member_lost(seeded: random.Random, text: str) -> str | None:
    def change(spot: Spot) -> bool:
        container, key = spot
        if not isinstance(container, dict):
            return False
        del container[key]
        return True

    return _changed(seeded, text, change)


def null_added(seeded: random.Random, text: str) -> str | None:
    """A member that says nothing is not the same as none."""

    def change(spot: Spot) -> bool:
        container, key = spot
        value = container[key]
        if not isinstance(value, dict):
            return False
        value["nothing"] = None
        return True

    return _changed(seeded, text, change)


def items_swapped(seeded: random.Random, text: str) -> str | None:
    def change(spot: Spot) -> bool:
        container, key = spot
        if not isinstance(container, list) or key == 0 or container[key] == container[0]:
            return False
        container[0], container[key] = container[key], container[0]
        return True

    return _changed(seeded, text, change)


def _value_bend(change: Change) -> Bend:
    """Puts what `change` gives in the place of a value for which it is not None."""

    def replace(spot: Spot) -> bool:
        container, key = spot
        new = change(container[key])
        if new is None:
            return False
        container[key] = new
        return True

    return lambda seeded, text: _changed(seeded, text, replace)


def _is_number(value: Any) -> bool:
    return isinstance(value, tuple)


text_for_number = _value_bend(lambda value: str(value[1]) if _is_number(value) else None)
number_for_truth = _value_bend(lambda value: ("number", Decimal(value)) if isinstance(value, bool) else None)
digit = _value_bend(lambda value: ("number", value[1] + Decimal("1e-9")) if _is_number(value) else None)
blank = _value_bend(lambda value: f"{value} " if isinstance(value, str) else None)


def _point_zero(value: Any) -> Any:
    whole = _is_number(value) and value[1] == value[1].to_integral_value() and value[1].as_tuple().exponent == 0
    return ("number", value[1] * Decimal("1.0")) if whole else None


# 1.0 is 1: no proof may complain.
point_zero = _value_bend(_point_zero)


def _changed(seeded: random.Random, text: str, change: Callable[[Spot], bool]) -> str | None:
    root = [parsed_json(text)]
    spots = list(_spots(root))
    seeded.shuffle(spots)
    return json_of(root[0]) if any(change(spot) for spot in spots) else None


def _spots(container: Any) -> Iterator[Spot]:
    keys = list(container) if isinstance(container, dict) else range(len(container))
    for key in keys:
        yield container, key
        if isinstance(container[key], (dict, list)):
            yield from _spots(container[key])
