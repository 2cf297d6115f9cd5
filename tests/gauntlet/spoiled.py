"""A corruption that was planned: the statements that make it, and what each proof must say of it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.gauntlet.target import Named


@dataclass(frozen=True)
class Step:
    """A statement that changes one row."""

    statement: str
    parameters: tuple[object, ...]


@dataclass(frozen=True)
class Spoiled:
    """`alone` says that the proofs must name nothing else; otherwise other records suffer with it."""

    kind: str
    steps: tuple[Step, ...]
    in_sql: frozenset[Named] = frozenset()
    from_source: frozenset[Named] = frozenset()
    alone: bool = True

    def verdict(self, found: tuple[set[Named], set[Named]]) -> str:
        """What the proofs got wrong, in words; empty if nothing."""
        wrong = []
        for proof, must, named in zip(("SQL", "source"), (self.in_sql, self.from_source), found, strict=True):
            if must - named:
                wrong.append(f"the proof {proof} misses {sorted(must - named)}")
            if self.alone and named - must:
                wrong.append(f"the proof {proof} also names {sorted(named - must)[:5]}")
        return f"{self.kind}: {'; '.join(wrong)} [{self.steps}]" if wrong else ""
