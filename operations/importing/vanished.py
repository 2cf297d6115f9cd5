"""Records that an earlier import landed and that the source does not have any more.

They are found by count first: when an import has landed all, every record of the source is landed under a key of its
own, so more landed records than records of the source is what gives them away. Before that, others may have come in
their place, and only the keys tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from operations.importing.giving_way import giving_way
from operations.importing.going import LandedEntity
from operations.importing.keyed import keyed_batches
from operations.importing.reader import Reader
from operations.importing.removal import HANDED_OVER, PASSES, Removal
from operations.importing.report import Vanished
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED

NAMED = 20
BATCH = 20_000
TEMPORARY = ('seen (key text COLLATE "C" PRIMARY KEY)', 'vanished (entity_id smallint, key text COLLATE "C")')
VANISHED = "key IN (SELECT v.key FROM pg_temp.vanished v WHERE v.entity_id = %(entity)s)"


class Search:
    """Looks for the vanished records of each plan. `close` lets go of the session's own tables."""

    def __init__(self, reader: Reader, session: Session, entity_ids: dict[str, int]) -> None:
        self.reader = reader
        self.session = session
        self.entity_ids = entity_ids
        self.close()
        for table in TEMPORARY:
            session.execute(f"CREATE TEMP TABLE {table}")

    def close(self) -> None:
        if self.session.connection.is_usable():
            names = ", ".join(f"pg_temp.{one.split()[0]}" for one in TEMPORARY)
            self.session.execute(f"DROP TABLE IF EXISTS {names}")

    def find(self, plan: Plan, *, certainly: bool = False) -> Vanished | None:
        """`certainly`: before the import has landed what is new."""
        entity = self.entity_ids[plan.name]
        landed = self.session.fetch(f"SELECT count(*) FROM {LANDED} WHERE entity_id = %(entity)s", {"entity": entity})[
            0
        ][0]
        if landed == 0 or (landed <= plan.table.rows and not certainly):
            return None
        self._collect_seen(plan)
        count = self.session.execute(
            f"INSERT INTO pg_temp.vanished (entity_id, key) SELECT %(entity)s, l.key FROM {LANDED} l "
            "WHERE l.entity_id = %(entity)s AND NOT EXISTS (SELECT 1 FROM pg_temp.seen s WHERE s.key = l.key)",
            {"entity": entity},
        )
        first = self.session.fetch(
            "SELECT key FROM pg_temp.vanished WHERE entity_id = %(entity)s ORDER BY key LIMIT %(named)s",
            {"entity": entity, "named": NAMED},
        )
        return Vanished(plan.name, count, keys=[key for (key,) in first]) if count else None

    def _collect_seen(self, plan: Plan) -> None:
        self.session.execute("TRUNCATE pg_temp.seen")
        for batch in keyed_batches(plan, self.reader, size=BATCH):
            self.session.execute(
                "INSERT INTO pg_temp.seen SELECT unnest(%(keys)s::text[]) ON CONFLICT DO NOTHING",
                {"keys": [key for key, _ in batch.records]},
            )


def together(early: list[Vanished], late: list[Vanished]) -> list[Vanished]:
    """Those that were found before an import and those that had not gone when it was over, or went only then."""
    left = {one.entity: one for one in late}
    for one in early:
        rest = left.pop(one.entity, Vanished(one.entity, 0))
        one.removed, one.stay = one.removed + rest.removed, rest.stay
    return [*early, *left.values()]


def remove(
    found: list[Vanished], landed: tuple[LandedEntity, ...], session: Session, run: Any, stopped: Callable[[], bool]
) -> None:
    """Take out what has vanished, those first that nothing else depends on: `found` is in the order of reading.

    Rows that somebody has changed since or that something else refers to stay, and are counted.
    """
    # Other systems have entities of the same names; those of the source itself come first.
    by_name = {one.name: one for one in reversed(landed)}
    Removal.prepare(session)
    try:
        for one in reversed(found):
            removal = Removal(by_name[one.entity], landed, session, run=run, planned=False, chosen=VANISHED)
            removal.begin()
            for outcomes in PASSES:
                after: str | None = ""
                while after is not None and not stopped():
                    after = _batch(removal, one, outcomes, after)
    finally:
        if session.connection.is_usable():
            Removal.clear(session)


def _batch(removal: Removal, counts: Vanished, outcomes: tuple[str, ...], after: str) -> str | None:
    with removal.session.past_history():
        removal.session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        judged = giving_way(removal.session, lambda: removal.batch(outcomes, after, BATCH))
    if judged is None:
        return None
    counts.removed += sum(judged.gone.values())
    counts.stay += sum(stay.verdict != HANDED_OVER for stay in judged.stays)
    return judged.last
