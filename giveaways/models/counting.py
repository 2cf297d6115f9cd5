"""The triggers that count who takes part, a statement at a time: joins, imports, staff and raw SQL alike."""

from __future__ import annotations

from typing import Any

import pgtrigger

SLOTS = 16

# One session always counts in the same slot, so sessions that join one giveaway at once seldom wait for each other.
ADDED = f"""
    INSERT INTO giveaways_entrycount AS kept (giveaway_id, slot, count)
    SELECT giveaway_id, pg_backend_pid() % {SLOTS}, count(*) FROM joined GROUP BY giveaway_id ORDER BY giveaway_id
    ON CONFLICT (giveaway_id, slot) DO UPDATE SET count = kept.count + excluded.count;
"""
# Taken from a slot that exists: a giveaway that is being deleted is left no new one.
REMOVED = f"""
    UPDATE giveaways_entrycount AS kept SET count = kept.count - gone.count
    FROM (SELECT giveaway_id, count(*) AS count FROM departed GROUP BY giveaway_id) AS gone
    WHERE kept.id = (
        SELECT id FROM giveaways_entrycount AS slot WHERE slot.giveaway_id = gone.giveaway_id
        ORDER BY slot.slot = pg_backend_pid() % {SLOTS} DESC, slot.slot LIMIT 1
    );
"""

Referencing: Any = pgtrigger.Referencing  # it has no types

COUNTING = (
    pgtrigger.Trigger(
        name="count_joined",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=Referencing(new="joined"),
        func=f"{ADDED} RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="count_left",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=Referencing(old="departed"),
        func=f"{REMOVED} RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="count_moved",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=Referencing(old="departed", new="joined"),
        func=f"{ADDED} {REMOVED} RETURN NULL;",
    ),
)

FORGETTING = (
    pgtrigger.Trigger(
        name="forget_count",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=Referencing(old="gone"),
        func="DELETE FROM giveaways_entrycount WHERE giveaway_id IN (SELECT id FROM gone); RETURN NULL;",
    ),
)
