"""Fills one database: the table as the legacy tool's migrations made it, and what was in it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

import psycopg

from .casting import cast_events
from .dirt import Fate, Hit, plan_dirt
from .draft import NOTHING, Draft

Generation: TypeAlias = Literal["first", "workflows", "jsonb"]
GENERATIONS: tuple[Generation, ...] = get_args(Generation)

MOST_DIRT = 0.5
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)

_JSON_TYPES = {"first": "JSON", "workflows": "JSON", "jsonb": "JSONB"}
_REVISIONS = {"first": "7ea05c9b3d21", "workflows": "c1b4f70a9e58", "jsonb": "04d2e6ab7713"}


@dataclass(frozen=True)
class DirtyRecord:
    """An event that was spoiled: `key` is what now stands in its `id`."""

    key: str
    kind: str
    fate: Fate


@dataclass(frozen=True)
class Sample:
    """What a sample database holds, and what an import of it comes to.

    `rows` by table. Of the events that can be loaded: `statuses` and `workflows` as Slipway derives them, `months` of
    their times in UTC, and how many have no recorded time (`untimed`). Retried events are among them, each by itself.
    `zone` is the one in which the naive times were written.
    """

    generation: Generation
    seed: int
    zone: str
    rows: Mapping[str, int]
    dirty: tuple[DirtyRecord, ...] = field(repr=False)
    statuses: Mapping[str, int]
    workflows: Mapping[str, int]
    months: Mapping[str, int] = field(repr=False)
    untimed: int

    @property
    def fates(self) -> Counter[Fate]:
        """How many dirty events should come to which end; all others should be loaded."""
        return Counter(record.fate for record in self.dirty)

    @property
    def loaded(self) -> int:
        return self.rows["events"] - self.fates["rejected"]


@dataclass
class Tally:
    """Counts what is written, as it is written."""

    dirty: list[DirtyRecord] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    workflows: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    untimed: int = 0

    def count(self, draft: Draft, hit: Hit | None) -> None:
        if hit:
            self.dirty.append(DirtyRecord(draft.id, hit.kind.slug, hit.kind.fate))
            if hit.kind.fate == "rejected":
                return
        self.statuses["done" if draft.done else "unprocessed"] += 1
        self.workflows[draft.workflow] += 1
        self.months[f"{draft.created or draft.at:%Y-%m}"] += 1
        self.untimed += draft.created is None


def write_sample(
    target: str | psycopg.Connection[Any],
    *,
    generation: Generation,
    events: int,
    seed: int = 1,
    dirt: float = 0.01,
    zone: str = "UTC",
    now: datetime = NOW,
) -> Sample:
    """Makes the legacy tables in the database at `target` (a URL, or a connection), and says exactly what is in them.

    The events of a year up to `now`, in the order in which they came in. The same arguments give the same rows. `dirt`
    is the share of spoiled events, 0 (none) to 0.5; samples of 500 events and more have every kind of dirt that the
    generation can have at least once, even if that is more than the share. A database that has a table `events`
    and impossible numbers are refused with ValueError. On a URL all is one transaction; on a connection it is the
    caller's.
    """
    if generation not in GENERATIONS:
        raise ValueError(f"generation is one of {', '.join(GENERATIONS)}, not {generation!r}")
    if events < 1 or not 0 <= dirt <= MOST_DIRT:
        raise ValueError(f"a sample needs at least one event, and dirt is a share from 0 to {MOST_DIRT}")
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    typed = generation != "first"
    hits = plan_dirt(seed, events, dirt, json_only=_JSON_TYPES[generation] == "JSON")
    tally = Tally()
    with psycopg.connect(target) if isinstance(target, str) else nullcontext(target) as connection:
        _create_tables(connection, generation, typed=typed)
        columns = "id, data, task_context, created_at, updated_at" + (", workflow_type" if typed else "")
        with connection.cursor().copy(f"COPY events ({columns}) FROM STDIN") as copy:
            for row in _rows(cast_events(seed, events, now, typed=typed), hits, tally, ZoneInfo(zone)):
                copy.write_row(row if typed else row[:-1])
    return Sample(
        generation=generation,
        seed=seed,
        zone=zone,
        rows={"events": events, "alembic_version": 1},
        dirty=tuple(tally.dirty),
        statuses=dict(tally.statuses),
        workflows=dict(tally.workflows),
        months=dict(sorted(tally.months.items())),
        untimed=tally.untimed,
    )


def _create_tables(connection: psycopg.Connection[Any], generation: Generation, *, typed: bool) -> None:
    if connection.execute("SELECT to_regclass('events')").fetchone() != (None,):
        raise ValueError("the database has a table events already; name an empty one")
    json_type = _JSON_TYPES[generation]
    workflow_type = ", workflow_type VARCHAR(150) NOT NULL" if typed else ""
    connection.execute(
        "CREATE TABLE alembic_version "
        "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.execute("INSERT INTO alembic_version VALUES (%s)", [_REVISIONS[generation]])
    connection.execute(
        f"CREATE TABLE events (id UUID NOT NULL{workflow_type}, data {json_type}, task_context {json_type}, "
        "created_at TIMESTAMP WITHOUT TIME ZONE, updated_at TIMESTAMP WITHOUT TIME ZONE, PRIMARY KEY (id))"
    )


def _rows(
    drafts: Iterator[Draft], hits: Mapping[int, Hit], tally: Tally, zone: ZoneInfo
) -> Iterator[tuple[str | None, ...]]:
    for draft in drafts:
        hit = hits.get(draft.position)
        if hit:
            hit.kind.spoil(draft, hit.turn)
        tally.count(draft, hit)
        yield (
            draft.id,
            draft.data_text or _json(draft.data),
            draft.context_text or _json(draft.context),
            draft.created_text or _naive(draft.created, zone),
            _naive(draft.updated, zone),
            draft.workflow_type,
        )


def _json(value: Any) -> str | None:
    """As the legacy tool's driver wrote it: ASCII only."""
    return None if value is NOTHING else json.dumps(value)


def _naive(at: datetime | None, zone: ZoneInfo) -> str | None:
    """The time on the wall of the zone, without the zone."""
    return str(at.astimezone(zone).replace(tzinfo=None)) if at else None
