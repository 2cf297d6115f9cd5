"""Both proofs of an import, side by side where they can be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import Any, Protocol

from django.db import connections

from operations.importing import proof_source, proof_sql
from operations.importing.checkpoints import Checkpoints, Part, Unkept
from operations.importing.declaration import LegacySource
from operations.importing.errors import ImportStopped
from operations.importing.explained import sorted_out
from operations.importing.reader import Reader
from operations.importing.report import ProofResult, Proofs
from operations.importing.session import BATCHWISE, Session
from operations.importing.strays import strays
from operations.importing.tables import Plan

Steps = Iterable[tuple[ProofResult, Any]]  # what was found, and where to go on


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
    checkpoints: Checkpoints | None = None,
) -> Proofs:
    """The proof in SQL and the proof from the source. Outside a transaction they run at the same time.

    With `checkpoints`, each goes on where it was stopped. Raises ImportStopped when `watcher` asks to stop.
    """
    started, stopping = time.monotonic(), Event()
    run = _Run(plans, watcher, checkpoints or Unkept(), stopping)

    def in_sql(own: Session) -> ProofResult:
        def steps(plan: Plan, part: Part) -> Steps:
            return proof_sql.prove_plan(plan, own, source=source, entity_ids=entity_ids, after=part.position)

        result = run.proven("sql", own, entity_ids, steps)
        result.add(strays(plans, own))  # with hash joins: a whole table is asked about
        return result

    def from_source() -> ProofResult:
        def steps(plan: Plan, part: Part) -> Steps:
            return proof_source.prove_plan(
                plan,
                reader,
                session,
                source=source.name,
                entity_ids=entity_ids,
                after=part.position,
                compared=part.result.rows,
            )

        return run.proven("source", session, entity_ids, steps)

    if session.connection.in_atomic_block:
        # What is not committed yet is seen by this session alone.
        proofs = Proofs(in_sql(session), from_source())
    else:
        proofs = _side_by_side(in_sql, from_source, session.alias, stopping)
    return replace(proofs, seconds=time.monotonic() - started)


@dataclass(frozen=True)
class _Run:
    """One proof goes through all plans; each step is kept as far as it came."""

    plans: tuple[Plan, ...]
    watcher: ProofWatcher
    kept: Checkpoints
    stopping: Event

    def proven(
        self, proof: str, session: Session, entity_ids: dict[str, int], steps: Callable[[Plan, Part], Steps]
    ) -> ProofResult:
        result = ProofResult()
        with session.tuned(BATCHWISE):
            for plan in self.plans:
                part = self.kept.part(proof, plan.name)
                for found, position in () if part.done else steps(plan, part):
                    part.add(sorted_out(found, plan, session, entity_ids), position)
                    if found.rows:  # what ends a proof of an entity is kept with its end
                        self.kept.save(part)
                    self._go_on(proof, plan, part)
                part.done = True
                self.kept.save(part)
                result.add(part.result)
        return result

    def _go_on(self, proof: str, plan: Plan, part: Part) -> None:
        self.watcher.proving(proof, plan.name, part.result.rows, plan.table.rows)
        if self.stopping.is_set() or self.watcher.stop_requested():
            raise ImportStopped


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
