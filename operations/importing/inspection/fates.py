"""What becomes of records: which can be loaded, who is merged, what refers to a record that cannot be.

Keys and claimed values go into a private temporary database of SQLite, which spills to disk and is gone when it is
closed: memory stays the same however large the source is. Who keeps a value that several records claim is decided by
`resolution`, as in an import.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from types import TracebackType

import msgspec

from operations.importing.inspection.report import Sharing
from operations.importing.resolution import Claim, Value, Verdict, resolve

UNIQUE, PROOF = "unique", "proof"
CLAIMS_AT_ONCE = 1_000
CACHE_KIB = 32_768
SCHEMA = """
CREATE TABLE fate (entity TEXT, key TEXT, loads INTEGER, PRIMARY KEY (entity, key)) WITHOUT ROWID;
CREATE TABLE claim (seq INTEGER, key TEXT, kind TEXT, name TEXT, value TEXT);
CREATE TABLE contested
    (kind TEXT, name TEXT, value TEXT, records INTEGER, PRIMARY KEY (kind, name, value)) WITHOUT ROWID;
CREATE TABLE holder (name TEXT, value TEXT, row TEXT, PRIMARY KEY (name, value)) WITHOUT ROWID;
"""

ClaimRow = tuple[int, str, str, str, str]  # seq, key, kind, name, value

_encode = msgspec.json.Encoder().encode


@dataclass
class Settlement:
    """What the claims of an entity came to. `rejected` counts by (reason, field or provider), with an example each."""

    merged: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    sharings: tuple[Sharing, ...] = ()


class Fates:
    """Use as a context manager. Entities come one after the other, those that are referred to first."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.create_function("lowered", 1, _lowered, deterministic=True)
        self._database.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{CACHE_KIB}; BEGIN; {SCHEMA}"
        )

    def __enter__(self) -> Fates:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # Keys

    def remember(self, entity: str, keys: Iterable[tuple[str, bool]]) -> None:
        """Note keys of an entity that others refer to, and whether the records can be loaded."""
        self._database.executemany(
            "INSERT OR IGNORE INTO fate (entity, key, loads) VALUES (?, ?, ?)",
            ((entity, key, loads) for key, loads in keys),
        )

    def loads(self, entity: str, keys: Iterable[str]) -> dict[str, bool]:
        """Of the keys that the entity has: whether their records are loaded (or merged)."""
        # CROSS JOIN: the few that are wanted first, each by its key; the planner would walk all keys for each of them.
        found = self._database.execute(
            "SELECT f.key, f.loads FROM json_each(?) wanted CROSS JOIN fate f "
            "WHERE f.entity = ? AND f.key = wanted.value",
            (_encode(list(keys)).decode(), entity),
        )
        return {key: bool(loads) for key, loads in found}

    # Claims

    def claim(self, rows: Iterable[ClaimRow]) -> None:
        """Note the values that loadable records claim; `kind` is UNIQUE or PROOF."""
        self._database.executemany("INSERT INTO claim (seq, key, kind, name, value) VALUES (?, ?, ?, ?, ?)", rows)

    def settle(
        self, entity: str, *, recorded: frozenset[str] = frozenset(), joined: frozenset[str] = frozenset()
    ) -> Settlement:
        """Decide all claims of the entity and forget them; those who lose cannot be referred to any more.

        `recorded` and `joined` are unique fields that a record can do without, and those that make records one.
        """
        self._execute(
            "INSERT INTO contested SELECT kind, name, value, count(*) FROM claim GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        settlement = Settlement(sharings=tuple(self._shared()))
        contested = self._contested()
        while claims := list(islice(contested, CLAIMS_AT_ONCE)):
            by_seq = {claim.seq: claim for claim in claims}
            for verdict in resolve(claims, self._owners(claims), recorded=recorded, joined=joined):
                self._note(entity, by_seq[verdict.seq], verdict, settlement)
        for table in ("claim", "contested", "holder"):
            self._execute(f"DELETE FROM {table}")
        return settlement

    def _execute(self, statement: str, parameters: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        return self._database.execute(statement, parameters).fetchall()

    def _contested(self) -> Iterator[Claim]:
        rows = self._database.execute(
            "SELECT c.seq, c.key, c.kind, c.name, c.value FROM contested JOIN claim c USING (kind, name, value) "
            "ORDER BY c.seq"
        )
        for (seq, key), group in groupby(rows, key=lambda row: row[:2]):
            claimed: dict[str, dict[str, str]] = {UNIQUE: {}, PROOF: {}}
            for *_, kind, name, value in group:
                claimed[kind][name] = value
            yield Claim(seq=seq, row=key, unique=claimed[UNIQUE], proofs=claimed[PROOF])

    def _owners(self, claims: list[Claim]) -> dict[Value, str]:
        """Who of those before these claims holds a value that they claim."""
        wanted = {value for claim in claims for value in (*claim.unique.items(), *claim.proofs.items())}
        found = {value: self._execute("SELECT row FROM holder WHERE name = ? AND value = ?", value) for value in wanted}
        return {value: rows[0][0] for value, rows in found.items() if rows}

    def _note(self, entity: str, claim: Claim, verdict: Verdict, settlement: Settlement) -> None:
        if verdict.outcome == "rejected":
            about = (verdict.reason, verdict.about)
            settlement.rejected[about] += 1
            settlement.examples.setdefault(about, {**claim.proofs, **claim.unique}.get(verdict.about, ""))
            self._execute("UPDATE fate SET loads = 0 WHERE entity = ? AND key = ?", (entity, claim.row))
            return
        held = list(claim.proofs.items())
        if verdict.outcome == "loaded":
            held += [value for value in claim.unique.items() if value[0] not in verdict.contested]
        else:
            settlement.merged += 1
        self._database.executemany(
            "INSERT OR REPLACE INTO holder (name, value, row) VALUES (?, ?, ?)",
            [(*value, verdict.row) for value in held],
        )

    def _shared(self) -> Iterator[Sharing]:
        for kind, name, values, records, example in self._database.execute(
            "SELECT kind, name, count(*), sum(records), min(value) FROM contested GROUP BY 1, 2 ORDER BY 1, 2"
        ):
            yield Sharing(f"{kind} value", name, values, records, example)
        by_case = (
            "SELECT name, count(*) AS spellings, min(value) || ', ' || max(value) AS example "
            "FROM (SELECT DISTINCT name, value FROM claim WHERE kind = 'unique') "
            "GROUP BY name, lowered(value) HAVING count(*) > 1"
        )
        for name, values, records, example in self._database.execute(
            f"SELECT name, count(*), sum(spellings), min(example) FROM ({by_case}) GROUP BY name ORDER BY name"
        ):
            yield Sharing("differs by case only", name, values, records, example)


_lowered: Callable[[str], str] = str.lower
