"""Proves an import again, at any time, and goes on where that was stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from operations.importing.checkpoints import checkpoints
from operations.importing.declaration import LegacySource
from operations.importing.errors import LegacyError
from operations.importing.exclusive import database_failures, first_to_verify
from operations.importing.planning import plan_import
from operations.importing.proofs import prove
from operations.importing.reader import open_source
from operations.importing.report import Proofs
from operations.importing.session import Session
from operations.importing.watcher import Unwatched, Watcher
from operations.importing.zones import chosen_zone
from operations.models import LegacyEntity


def verify_source(
    source: LegacySource,
    location: str,
    only: list[str] | None = None,
    watcher: Watcher | None = None,
    zone: str | None = None,
    *,
    restart: bool = False,
    note: Callable[[str], None] = lambda text: None,
) -> Proofs:
    """Prove again what was imported from `location`; nothing is written but how far this came.

    One that was stopped or killed goes on where it was, unless `restart` is set; `note` hears about it. Raises
    LegacyError when the source cannot be read or was never imported, and ImportStopped when `watcher` asked to stop.
    """
    session, watcher = Session("default"), watcher or Unwatched()
    with database_failures(session):
        zone = chosen_zone(source, zone)
    with database_failures(session), open_source(source, location, watcher.reading, zone) as reader:
        plan = plan_import(source, reader.tables(), zone)
        plans = plan.only(only or [])
        known = dict(LegacyEntity.objects.filter(source=source.name).values_list("name", "id"))
        if any(one.name not in known for one in plans):
            raise LegacyError(f"{source.title} has not been imported yet: run import_legacy {source.name} first.")
        with first_to_verify(source, session) as is_first:
            if not is_first:
                return prove(source, plans, reader, session, known, watcher)
            kept = checkpoints(plan, reader.location.shown, only or [], zone, session.alias, restart=restart, note=note)
            proofs = prove(source, plans, reader, session, known, watcher, kept)
            kept.finish()
            return replace(proofs, earlier=tuple(kept.earlier))
