"""From the problems of a record to the rejection that staff read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec

from operations.importing.reasons import sentence, shown
from operations.models import Rejection


def rejection_of(key: str, problems: list[str], raw: str, refusal: str, *, run: UUID, entity_id: int) -> Rejection:
    """A rejection, not saved. `problems` are `reason:column`; `refusal` is the database's own word, if it was its."""
    values = msgspec.json.decode(raw)
    found = []
    for problem in problems:
        reason, _, column = problem.partition(":")
        value = refusal or _value(values, column)
        found.append(
            {"reason": reason, "column": column, "value": shown(value), "sentence": sentence(reason, column, value)}
        )
    first = found[0]
    return Rejection(
        run_id=run,
        entity_id=entity_id,
        key=key,
        reason=first["reason"],
        column=first["column"],
        value=first["value"],
        sentence=first["sentence"],
        problems=found,
    )


def _value(values: dict[str, Any], column: str) -> Any:
    """What stands in a column, or in the member of one."""
    base, _, member = column.partition(".")
    if column in values or not member:
        return values.get(column)
    with suppress(msgspec.DecodeError, TypeError, AttributeError):
        return msgspec.json.decode(values[base]).get(member)
    return None
