"""What the page on reading and caching shows, made of the figures that this process counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from operations import metrics
from operations.charts import ColumnChart, Part, StackedBar, column_chart, stacked_bar

# Which of the colours of the house stands for what: what is wanted is green, what is wrong is red.
READ_KINDS = {
    "replica": "loaded",
    "pinned": "merged",
    "in transaction": "kept",
    "asked for": "unchanged",
    "lagging": "rejected",
    "down": "rejected",
}
LOOKUP_KINDS = {"hit": "loaded", "copy": "merged", "early": "merged", "refill": "kept"}
LAG_COLUMNS = 60
INCIDENTS = {
    "replica_losses": "a replica was lost",
    "reads_failed_over": "a read that a replica left unanswered went to the primary",
    "requests_run_again": "a request was run again on the primary",
    "requests_refused": "a request was refused, as no connection was to spare",
    "cache_outages": "Redis was left alone",
}


@dataclass(frozen=True)
class Family:
    """The lookups of one kind of cached answer."""

    name: str
    outcomes: Counter[str]

    @property
    def total(self) -> int:
        return sum(count for outcome, count in self.outcomes.items() if outcome not in ("early", "fenced"))

    @property
    def hit_ratio(self) -> str:
        hits = self.outcomes["hit"] + self.outcomes["copy"]
        return f"{hits / self.total:.1%}" if self.total else ""

    @property
    def refills(self) -> int:
        return self.outcomes["refill"]

    @property
    def bar(self) -> StackedBar:
        parts = [Part(LOOKUP_KINDS.get(name, "rejected"), name, count) for name, count in self.outcomes.items()]
        return stacked_bar(f"{self.name}: {self.total:,} lookups", parts)


@dataclass(frozen=True)
class ReplicaState:
    name: str
    is_up: bool
    why_not: str
    lag_seconds: float
    lag_bytes: int
    chart: ColumnChart


@dataclass(frozen=True)
class ReadingFigures:
    reads: StackedBar
    reasons: tuple[tuple[str, str, int], ...]
    """Reason, colour, count."""
    families: tuple[Family, ...]
    replicas: tuple[ReplicaState, ...]
    cache_is_open: bool
    incidents: tuple[tuple[str, int], ...]
    """What happened, how often."""


def reading_figures() -> ReadingFigures:
    reasons = {labels["reason"]: int(value) for labels, value in metrics.counted("reads")}
    parts = [Part(kind, name, reasons[name]) for name, kind in READ_KINDS.items() if reasons.get(name)]
    return ReadingFigures(
        reads=stacked_bar("Where reads went, and why", parts),
        reasons=tuple((part.label, part.kind, part.value) for part in parts),
        families=_families(),
        replicas=_replicas(),
        cache_is_open=any(value for _, value in metrics.watched("cache_open")),
        incidents=tuple((text, count) for name, text in INCIDENTS.items() if (count := _total(name))),
    )


def _total(name: str) -> int:
    return int(sum(value for _, value in metrics.counted(name)))


def _families() -> tuple[Family, ...]:
    found: dict[str, Counter[str]] = {}
    for labels, value in metrics.counted("cache_lookups"):
        found.setdefault(labels["family"], Counter())[labels["outcome"]] += int(value)
    return tuple(Family(name, found[name]) for name in sorted(found))


def _replicas() -> tuple[ReplicaState, ...]:
    history: dict[str, list[tuple[str, int]]] = {}
    for labels, value in metrics.watched("replica_lag_history"):
        at = datetime.fromtimestamp(int(labels["at"]), UTC)
        history.setdefault(labels["replica"], []).append((f"{at:%H:%M:%S}", round(value * 1000)))
    lags = {labels["replica"]: value for labels, value in metrics.watched("replica_lag_seconds")}
    behind = {labels["replica"]: value for labels, value in metrics.watched("replica_lag_bytes")}
    return tuple(
        ReplicaState(
            name=labels["replica"],
            is_up=bool(up),
            why_not=labels["why"],
            lag_seconds=lags[labels["replica"]],
            lag_bytes=int(behind[labels["replica"]]),
            chart=column_chart("Lag in milliseconds", history.get(labels["replica"], [])[-LAG_COLUMNS:]),
        )
        for labels, up in metrics.watched("replica_state")
    )
