"""One event before it is written, and its key."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
NOTHING = object()  # SQL NULL; None is JSON null


@dataclass
class Draft:
    """`data` and `context` are values, or JSON text that no value could give. Times are in UTC; None is NULL.

    `created_text` stands in place of `created` where that is no time that Python knows.
    """

    position: int
    id: str
    at: datetime
    created: datetime | None
    updated: datetime | None
    data: Any
    context: Any
    pipeline: str  # to which the address in the data leads
    workflow_type: str  # empty where the schema has none
    created_text: str = ""
    data_text: str = ""
    context_text: str = ""

    @property
    def workflow(self) -> str:
        """What the legacy row says of its workflow, or what Slipway takes from the address."""
        return self.workflow_type or self.pipeline

    @property
    def done(self) -> bool:
        """What the legacy row shows: a context that is an object with something in it."""
        return bool(self.context_text) or (isinstance(self.context, dict) and bool(self.context))


def uuid1_text(at: datetime, sequence: int, node: int) -> str:
    """A uuid1 of the time: its first digits are the last bits of that, so that keys are in no order."""
    ticks = (at - _GREGORIAN) // _MICROSECOND * 10
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF | 0x1000
    return f"{low:08x}-{middle:04x}-{high:04x}-{sequence & 0x3FFF | 0x8000:04x}-{node:012x}"
