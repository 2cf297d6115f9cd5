"""Both proofs of an import, side by side where they can be."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

from django.db import connections

from operations.importing import proof_source, proof_sql
from operations.importing.declaration import LegacySource, Plan
from operations.importing.errors import ImportStopped
from operations.importing.explained import sorted_out
from operations.importing.reader import Reader
from operations.importing.report import ProofResult, Proofs
from operations.importing.session import BATCHWISE, Session
from operations.importing.strays import strays


class ProofWatcher(Protocol):
    def proving(self, proof: str, name: str, done: int, total: int) -> None: ...
    def stop_requested(self) -> bool: ...


def prove(
    source: LegacySource,
    plans: tuple[Plan, ...],
    reader: Reader,
    session: Session,
    entity_ids: dict[str, int],
    watcher: ProofWatcher,
) -> Proofs:
    """The proof in SQL and the proof from the source. Outside a transaction they run at the same time.

    Raises ImportStopped when `watcher` asks to stop.
    """
    stopping = Event()

    def in_sql(own: Session) -> ProofResult:
        result = ProofResult()
        with own.tuned(BATCHWISE):
            for plan in plans:
                done = 0
                for part in proof_sql.prove_plan(plan, own, source=source, entity_ids=entity_ids):
                    result.add(sorted_out(part, plan, own, entity_ids))
                    done += part.rows
                    watcher.proving("sql", plan.name, done, plan.table.rows)
                    if stopping.is_set() or watcher.stop_requested():
                        raise ImportStopped
        result.add(strays(plans, own))  # with hash joins: a whole table is asked about
        return result

    def from_source() -> ProofResult:
        result = ProofResult()
        with session.tuned(BATCHWISE):
            for plan in plans:
                done = 0
                for part in proof_source.prove_plan(plan, reader, session, source=source.name, entity_ids=entity_ids):
                    result.add(sorted_out(part, plan, session, entity_ids))
                    done += part.rows
                    watcher.proving("source", plan.name, done, plan.table.rows)
                    if watcher.stop_requested():
                        raise ImportStopped
        return result

    if session.connection.in_atomic_block:
        # What is not committed yet is seen by this session alone.
        return Proofs(in_sql(session), from_source())
    return _side_by_side(in_sql, from_source, session.alias, stopping)


def _side_by_side(
    in_sql: Callable[[Session], ProofResult], from_source: Callable[[], ProofResult], alias: str, stopping: Event
) -> Proofs:
    outcome: list[ProofResult | BaseException] = []

    def work() -> None:
        try:
            outcome.append(in_sql(Session(alias)))
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
            outcome.append(error)
        finally:
            connections[alias].close()

    thread = Thread(target=work, name="slipway-proof-sql", daemon=True)
    thread.start()
    try:
        second = from_source()
    except BaseException:
        stopping.set()
        raise
    finally:
        thread.join()
    first = outcome[0]
    if isinstance(first, BaseException):
        raise first
    return Proofs(first, second)
