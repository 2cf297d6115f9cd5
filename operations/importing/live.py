"""How far an import came, its rates among it, as something that can be stored and shown while it goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

WINDOW = 10.0  # seconds over which a rate is measured
IMPORT = "import"

Key = tuple[str, str]  # what is done (import, or a proof: sql, source), and of which entity


class Live:
    """Steps are kept in the order in which they begin; those of the import are all known at the start."""

    def __init__(self) -> None:
        self.totals: dict[Key, int] = {}
        self.done: dict[Key, int] = {}
        self.current: dict[str, str] = {}  # what is done: to which entity
        self.pausable = True
        self.held = False
        self._samples: deque[tuple[float, Mapping[Key, int]]] = deque()

    def started(self, totals: Mapping[str, int], *, pausable: bool) -> None:
        self.totals = {(IMPORT, name): total for name, total in totals.items()}
        self.done = dict.fromkeys(self.totals, 0)
        self.pausable = pausable

    def entity_started(self, name: str, done: int, total: int) -> None:
        # What an earlier run had read is no speed of this one.
        self._samples.clear()
        self._note(IMPORT, name, done, total)

    def advanced(self, name: str, done: int) -> None:
        self.done[IMPORT, name] = done

    def proving(self, proof: str, name: str, done: int, total: int) -> None:
        self._note(proof, name, done, total)

    @property
    def is_loading(self) -> bool:
        """Whether batches are still being written: what comes after them is not done twice."""
        is_proving = any(kind != IMPORT for kind in self.current)
        return not is_proving and any(
            self.done[key] < total for key, total in list(self.totals.items()) if key[0] == IMPORT
        )

    def _note(self, kind: str, name: str, done: int, total: int) -> None:
        self.totals[kind, name] = total
        self.done[kind, name] = done
        self.current[kind] = name

    def as_json(self) -> dict[str, Any]:
        rates = self._rates()
        return {
            "pausable": self.pausable,
            "held": self.held,
            "current": dict(self.current),
            "rates": rates,
            "steps": [
                {"kind": kind, "name": name, "done": self.done.get((kind, name), 0), "total": total}
                for (kind, name), total in list(self.totals.items())
            ],
        }

    def _rates(self) -> dict[str, float]:
        """Records per second of each kind of work, over the last seconds."""
        now, done = time.monotonic(), dict(self.done)
        if self.held:
            self._samples.clear()
        self._samples.append((now, done))
        while now - self._samples[0][0] > WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        rates: dict[str, float] = {}
        if now > since:
            for (kind, name), count in done.items():
                rates[kind] = rates.get(kind, 0.0) + (count - before.get((kind, name), 0)) / (now - since)
        return {kind: round(rate, 1) for kind, rate in rates.items()}
