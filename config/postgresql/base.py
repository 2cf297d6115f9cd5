"""Django's PostgreSQL backend that keeps the router's promises where queries run.

- On the primary it notes for the caller that it was used: by the ORM, by raw SQL, by COPY, read or written.
- On a replica it lets nobody read who must see more than that has, whoever named it; and what a dying replica leaves
  unanswered the primary answers. A read on a replica is never part of a transaction, so it can be asked again. What
  Django itself asks a new connection is no read: if that is left unanswered, there is no connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg_pool
from django.db import InterfaceError, OperationalError, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper

from config.routing.caller import PRIMARY, REPLICA, Caller, current
from config.routing.replicas import WATCH
from operations import metrics

LOST = (OperationalError, InterfaceError)


class DatabaseWrapper(PostgreSQLWrapper):
    def __init__(self, settings_dict: dict[str, Any], alias: str = PRIMARY) -> None:
        super().__init__(settings_dict, alias)
        self.is_replica = alias == REPLICA or alias.startswith(f"{REPLICA}_")
        self.is_connecting = False
        if self.is_replica:
            self.execute_wrappers = [self._or_by_primary]
        elif alias == PRIMARY:
            self.execute_wrappers = [_noted]

    def connect(self) -> None:
        self.is_connecting = True
        try:
            super().connect()
        finally:
            self.is_connecting = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.is_replica:
            WATCH.takes(self.alias, connection)
        return connection

    def _close(self) -> None:
        if self.is_replica and self.connection is not None:
            WATCH.gives_back(self.alias, self.connection)
        super()._close()  # type: ignore[misc]

    def _cursor(self, name: str | None = None) -> Any:
        if not self.is_replica or self.in_atomic_block or self.is_connecting:
            return super()._cursor(name)  # type: ignore[misc]
        if not self._may_answer():
            return _primary()._cursor(name)
        try:
            return super()._cursor(name)  # type: ignore[misc]
        except LOST as error:
            self._is_lost(error)
            return _primary()._cursor(name)

    def create_cursor(self, name: str | None = None) -> Any:
        caller = current()
        if caller and self.alias == PRIMARY:
            caller.saw_primary()  # COPY does not come by the wrappers of `execute`
        return super().create_cursor(name)

    def _may_answer(self) -> bool:
        from config.routing.probe import PROBE  # it opens connections of this backend
        from config.routing.router import choose

        if not PROBE.running:
            PROBE.start()
        caller = current() or Caller(sticky=False, unsettled=True)
        replica = WATCH.replicas.get(self.alias)
        if replica is None:
            return False
        if replica.up and replica.replayed >= caller.needed and caller.server == self.alias and not caller.unsettled:
            return True  # the router has just asked all the rest
        alias, reason = choose(caller, [replica])
        if alias == PRIMARY:
            metrics.count("reads_turned_away", reason=reason.value)
        return alias == self.alias

    def _or_by_primary(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        except LOST as error:
            if self.in_atomic_block or self.is_connecting or not _is_gone(error, self.connection):
                raise
            self._is_lost(error)
        # The cursor that the caller holds reads from the primary from now on.
        context["cursor"].cursor = _primary()._cursor().cursor
        return context["cursor"].cursor.execute(sql, params)

    def _is_lost(self, error: Exception) -> None:
        metrics.count("reads_failed_over", replica=self.alias)
        if not isinstance(error.__cause__, psycopg_pool.PoolTimeout):
            WATCH.lost(self.alias, "broke a connection")
        caller = current()
        if caller:
            caller.failed_over = True
        self.close()


def _primary() -> Any:
    return connections[PRIMARY]


def _noted(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    caller = current()
    if caller:
        caller.saw_primary()
    return execute(sql, params, many, context)


def _is_gone(error: Exception, connection: Any) -> bool:
    """Whether the server is to blame: a statement that ran out of its own time would do so on the primary as well."""
    sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
    # 57P: shut down, crashed, starting up. 40001 on a standby: cancelled by what it has to replay.
    return connection is None or connection.closed or sqlstate[:3] == "57P" or sqlstate == "40001"
