"""Pictures drawn on the server: geometry as plain numbers, for the SVG templates in `templates/admin/pictures/`.

Lengths are hundredths of a percent of the picture's width or height (10,000 is all of it): a picture in percent fits
any width without distorting its text. Colours are the stylesheet's: a part says only of which kind it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WHOLE = 10_000
SMALLEST = 60  # a single rejected record among a million must still be seen

# Of a column chart's height: a little air above the columns, and room for the labels below.
TOP = 600
BASE = 8_600
GAP = 0.25  # of a column's step
LABELS = 8


def percent(length: int) -> str:
    return f"{length / 100:.2f}%"


@dataclass(frozen=True)
class Part:
    kind: str
    label: str
    value: int


@dataclass(frozen=True)
class Segment:
    part: Part
    x: str
    width: str


@dataclass(frozen=True)
class StackedBar:
    """One horizontal bar. `description` says in words what the bar shows."""

    title: str
    description: str
    segments: tuple[Segment, ...]


def apportion(values: Sequence[int], whole: int) -> list[int]:
    """Lengths for `values` out of `whole`, in proportion; nothing that is there becomes invisible.

    They add up to what the values together make of the whole (largest remainder method); what lifts small values to
    `SMALLEST` is taken from the largest. Values must not be negative; `whole` is at least their sum.
    """
    total = sum(values)
    whole = max(whole, total)
    if not total:
        return [0] * len(values)
    lengths = [value * WHOLE // whole for value in values]
    missing = total * WHOLE // whole - sum(lengths)
    by_remainder = sorted(range(len(values)), key=lambda place: (-(values[place] * WHOLE % whole), place))
    for place in by_remainder[:missing]:
        lengths[place] += 1
    for place, value in enumerate(values):
        if value and lengths[place] < SMALLEST:
            largest = max(range(len(values)), key=lambda other: lengths[other])
            lift = min(SMALLEST - lengths[place], max(lengths[largest] - SMALLEST, 0))
            lengths[place] += lift
            lengths[largest] -= lift
    return lengths


def stacked_bar(title: str, parts: Sequence[Part], whole: int = 0) -> StackedBar:
    """`whole` is what the full width stands for, where it is more than the parts (a run that is still reading)."""
    lengths = apportion([part.value for part in parts], whole)
    segments = []
    x = 0
    for part, length in zip(parts, lengths, strict=True):
        if length:
            segments.append(Segment(part, percent(x), percent(length)))
        x += length
    said = [f"{part.value:,} {part.label}" for part in parts if part.value]
    return StackedBar(title=title, description=", ".join(said) or "nothing", segments=tuple(segments))


@dataclass(frozen=True)
class Column:
    label: str
    value: int
    x: str
    width: str
    y: str
    height: str
    label_x: str
    label_anchor: str
    labelled: bool

    @property
    def said(self) -> str:
        return f"{self.label}: {self.value:,}"


@dataclass(frozen=True)
class GridLine:
    value: int
    y: str

    @property
    def said(self) -> str:
        return f"{self.value:,}"


@dataclass(frozen=True)
class ColumnChart:
    """Columns side by side over a scale from zero. `description` says in words what the chart shows."""

    title: str
    description: str
    columns: tuple[Column, ...]
    grid: tuple[GridLine, ...]
    base: str = percent(BASE)


def ceiling(value: int) -> int:
    """The next of 2, 4, 6, 8, 10, 20, 40, ... : what a scale can end at, so that its half is a whole number too."""
    power = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if value <= step * power:
                return step * power
        power *= 10


def column_chart(title: str, points: Sequence[tuple[str, int]]) -> ColumnChart:
    """`points` are labels with values that are not negative, from left to right."""
    top = ceiling(max((value for _, value in points), default=0))
    step = WHOLE / max(len(points), 1)
    every = -(-len(points) // LABELS)
    last = len(points) - 1
    columns = []
    for place, (label, value) in enumerate(points):
        height = round(value / top * (BASE - TOP))
        columns.append(
            Column(
                label=label,
                value=value,
                x=percent(round((place + GAP / 2) * step)),
                width=percent(round((1 - GAP) * step)),
                y=percent(BASE - height),
                height=percent(height),
                label_x=percent(round((place + (1 - GAP / 2 if place == last else 0.5)) * step)),
                label_anchor="end" if place == last else "middle",  # the last one would stand out on the right
                labelled=(last - place) % every == 0,
            )
        )
    grid = tuple(GridLine(top * half // 2, percent(BASE - (BASE - TOP) * half // 2)) for half in (1, 2))
    description = "; ".join(column.said for column in columns) or "nothing"
    return ColumnChart(title=title, description=description, columns=tuple(columns), grid=grid)
