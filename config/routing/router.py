"""Where a read goes, and why."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Any

from django.db import Error, connections
from django.db.models import Model

from config.routing.caller import PRIMARY, REPLICA, Caller, current
from config.routing.positions import settle
from config.routing.probe import PROBE
from config.routing.replicas import WATCH, Replica
from operations import metrics


class Reason(StrEnum):
    REPLICA = "replica"
    PINNED = "pinned"
    IN_TRANSACTION = "in transaction"
    LAGGING = "lagging"
    DOWN = "down"
    ASKED = "asked for"


def in_transaction() -> bool:
    primary = connections[PRIMARY]
    return primary.in_atomic_block or (primary.connection is not None and not primary.get_autocommit())


def choose(caller: Caller | None, among: list[Replica] | None = None) -> tuple[str, Reason]:
    """The alias of the server for a read of this caller, with the reason."""
    if in_transaction():
        return PRIMARY, Reason.IN_TRANSACTION
    if caller is None or caller.asked == PRIMARY:
        return PRIMARY, Reason.ASKED
    if caller.failed_over:
        return PRIMARY, Reason.DOWN
    if caller.unsettled and caller.sticky:
        return PRIMARY, Reason.PINNED
    alive = [replica for replica in (among or WATCH.replicas.values()) if replica.up]
    if not alive:
        return PRIMARY, Reason.DOWN
    in_time = [replica for replica in alive if not replica.lagging]
    if not in_time:
        return PRIMARY, Reason.LAGGING
    return _caught_up(caller, in_time)


def _caught_up(caller: Caller, replicas: list[Replica]) -> tuple[str, Reason]:
    if caller.later:
        ask, caller.later = caller.later, None  # first, because the asking reads as well
        caller.must_see(ask())
    if caller.unsettled:
        try:
            settle(caller)
        except Error:  # the primary is gone: the read there will tell
            return PRIMARY, Reason.PINNED
    fit = [
        replica for replica in replicas if replica.replayed >= caller.needed and caller.server in ("", replica.alias)
    ]
    if not fit:
        PROBE.look_soon()
        return PRIMARY, Reason.PINNED
    chosen = fit[0] if len(fit) == 1 else secrets.choice(fit)
    return chosen.alias, Reason.REPLICA


class ReplicaRouter:
    """Writes to the primary, reads to a replica that has all that the caller wrote and saw."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        if REPLICA not in connections.settings:
            return PRIMARY
        if not PROBE.running:
            PROBE.start()
        caller = current()
        alias, reason = choose(caller)
        metrics.count("reads", reason=reason.value)
        if caller and alias != PRIMARY:
            caller.server = alias
        return alias

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        """All servers hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == PRIMARY
