"""What a batch came to, and the parts of one that are written apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of one batch, as the checkpoint adds them up."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0

    def add(self, other: Tally) -> None:
        self.outcomes += other.outcomes
        self.reasons += other.reasons
        self.unchanged += other.unchanged


@dataclass(frozen=True)
class Range:
    """Records of the staged batch by their number, both ends included."""

    first: int
    last: int

    def halves(self) -> tuple[Range, Range]:
        middle = (self.first + self.last) // 2
        return Range(self.first, middle), Range(middle + 1, self.last)

    @property
    def bounds(self) -> dict[str, int]:
        return {"first": self.first, "last": self.last}
