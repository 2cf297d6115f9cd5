"""How far an import has come, as a bystander sees it: by its checkpoints, its sessions and the server's counters."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from operations.sandbox.family import wait_until
from tests.gauntlet.arena import IMPORTER, PATIENCE, Arena, Import

READ = "SELECT coalesce(sum(read), 0)::bigint FROM operations_entityprogress"
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s ORDER BY pid"
# Rows that a transaction inserted in vain are counted here too.
INSERTED = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'operations_landedrecord'"
LANDED = "SELECT count(*) FROM operations_landedrecord"


@dataclass(frozen=True)
class Standing:
    """What is committed, and what was inserted for it: `inserted` less `landed` was in vain."""

    read: int
    landed: int
    inserted: int


class Course:
    """The course of imports into one database."""

    def __init__(self, arena: Arena, database: str) -> None:
        self.arena = arena
        self.database = database

    def sessions(self) -> list[int]:
        return [pid for (pid,) in self.arena.fetch(self.database, SESSIONS, IMPORTER)]

    def standing(self) -> Standing:
        """How things stand when no import is under way."""
        assert wait_until(lambda: not self.sessions(), PATIENCE)
        [(read, landed, inserted)] = self.arena.fetch(self.database, f"SELECT ({READ}), ({LANDED}), ({INSERTED})")
        return Standing(read, landed, inserted)

    def wait_for(self, importing: Import, records: int) -> bool:
        """True once the import has sessions and so many records are committed, False if it has ended before."""
        with self.arena.sandbox.primary.connect(self.database) as connection:
            assert wait_until(lambda: importing.ended or _is_there(connection, records), PATIENCE)
        return not importing.ended


def _is_there(connection: psycopg.Connection, records: int) -> bool:
    row = connection.execute(f"SELECT ({READ}), EXISTS ({SESSIONS})".encode(), [IMPORTER]).fetchone()
    assert row is not None
    read, present = row
    return bool(present) and read >= records
