"""Calendar months in UTC: what one partition holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from events.keys import uuid7_floor

TABLE = "events_event"
_NAME = re.compile(rf"{TABLE}_([0-9]{{4}})_([0-9]{{2}})")


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parsed(cls, text: str) -> Month:
        """From text such as 2025-03. Raises ValueError."""
        return cls.of(datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC))

    @classmethod
    def of_table(cls, name: str) -> Month | None:
        """The month that a partition of this name holds."""
        found = _NAME.fullmatch(name)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def current(cls) -> Month:
        return cls.of(datetime.now(UTC))

    def plus(self, months: int) -> Month:
        years, number = divmod(self.number - 1 + months, 12)
        return Month(self.year + years, number + 1)

    def through(self, last: Month) -> Iterator[Month]:
        month = self
        while month <= last:
            yield month
            month = month.plus(1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The start of the next month."""
        return self.plus(1).start

    @property
    def floor(self) -> UUID:
        """The smallest key of the month."""
        return uuid7_floor(self.start)

    @property
    def table(self) -> str:
        return f"{TABLE}_{self.year:04}_{self.number:02}"

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"
