"""Hand-made NormalDance files of generation D, which hold exactly the values that a test is about.

Columns other than the key are declared without a type, so that SQLite stores each value as it is given.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from catalog.legacy.normaldance import NORMALDANCE
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.models import LandedRecord, Rejection

Row = Mapping[str, Any]

USER: Row = {"id": "u1", "solanaAddress": None, "telegramId": None, "createdAt": 1_700_000_000_000}
TRACK: Row = {"id": "t1", "title": "Title", "artistId": "u1", "createdAt": 1, "updatedAt": 2}
NFT: Row = {"id": "n1", "mintAddress": None, "ownerAddress": None, "trackId": None}
DEFAULTS: Mapping[str, Row] = {"User": USER, "Track": TRACK, "Nft": NFT}


@dataclass(frozen=True)
class Broken:
    """Text that is not UTF-8; only SQL's CAST can put it into a cell."""

    raw: bytes


def legacy_file(
    path: Path,
    *,
    users: Iterable[Row] = (),
    tracks: Iterable[Row] = (),
    nfts: Iterable[Row] | None = None,
    key: str = "TEXT PRIMARY KEY",
    script: str = "",
) -> Path:
    """Write a file with these records; what a record leaves out is as in USER, TRACK and NFT. `script` runs at last."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN")
        for table, rows in (("User", users), ("Track", tracks), ("Nft", nfts)):
            if rows is not None:
                _fill(database, table, [{**DEFAULTS[table], **row} for row in rows], key)
        database.execute("COMMIT")
        database.executescript(script)
    return path


def _fill(database: sqlite3.Connection, table: str, rows: list[dict[str, Any]], key: str) -> None:
    columns = list(dict.fromkeys(name for row in [DEFAULTS[table], *rows] for name in row))
    declared = ", ".join(f"{quoted(name)} {key if name == 'id' else ''}" for name in columns)
    database.execute(f"CREATE TABLE {quoted(table)} ({declared})")
    for row in rows:
        values = [row.get(name) for name in columns]
        marks = ", ".join("CAST(? AS TEXT)" if isinstance(value, Broken) else "?" for value in values)
        bound = [value.raw if isinstance(value, Broken) else value for value in values]
        database.execute(f"INSERT INTO {quoted(table)} VALUES ({marks})", bound)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def scripted(path: Path, script: str) -> Path:
    """A file that an SQL script makes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(script)
    return path


def imported(path: Path, **options: Any) -> ImportReport:
    return import_source(NORMALDANCE, f"sqlite:///{path}", Options(**options))


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int, int, int]]:
    """Per entity: read, loaded, merged, kept, rejected, unchanged."""
    return {
        one.entity: (one.read, one.loaded, one.merged, one.kept, one.rejected, one.unchanged) for one in report.entities
    }


def outcomes(entity: str) -> dict[str, str]:
    """What became of each record of an entity, by its key; merged ones with the row that they are part of."""
    return {
        key: f"merged into {target}" if outcome == "merged" else outcome
        for key, outcome, target in LandedRecord.objects.filter(entity__name=entity).values_list(
            "key", "outcome", "target"
        )
    }


def reasons(entity: str) -> dict[str, tuple[str, str]]:
    """Why records of an entity were rejected: reason and column by key."""
    return {
        key: (reason, column)
        for key, reason, column in Rejection.objects.filter(entity__name=entity).values_list("key", "reason", "column")
    }


# What an import writes, free of what differs from run to run: keys and times of its own.
STATE = {
    "accounts_user": "SELECT to_jsonb(u)::text FROM accounts_user u ORDER BY id",
    "accounts_identity": "SELECT user_id, provider, subject FROM accounts_identity ORDER BY 2, 3",
    "catalog_track": "SELECT to_jsonb(t)::text FROM catalog_track t ORDER BY id",
    "catalog_nftmemorial": "SELECT to_jsonb(m)::text FROM catalog_nftmemorial m ORDER BY id",
    "operations_landedrecord": "SELECT e.name, l.key, encode(sha256, 'hex'), outcome, target, unstorable, raw "
    "FROM operations_landedrecord l JOIN operations_legacyentity e ON e.id = l.entity_id ORDER BY 1, 2",
    "operations_rejection": 'SELECT e.name, r.key, r.reason, r."column", r.value, r.sentence, r.problems::text '
    "FROM operations_rejection r JOIN operations_legacyentity e ON e.id = r.entity_id ORDER BY 1, 2",
}
TABLES = (*STATE, "operations_importrun", "operations_entityprogress", "operations_legacyentity")


def state() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that imports have written, in a form that is equal for equal results."""
    return {table: list(_fetched(statement)) for table, statement in STATE.items()}


def versions() -> dict[str, list[tuple[Any, ...]]]:
    """The physical version of every row but those of runs: writing a row, even with what it holds, changes it."""
    return {table: list(_fetched(f"SELECT ctid, xmin FROM {table} ORDER BY ctid")) for table in STATE}


def row_counts() -> dict[str, int]:
    return {table: next(_fetched(f"SELECT count(*) FROM {table}"))[0] for table in TABLES}


def sequences() -> list[tuple[Any, ...]]:
    return list(_fetched("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"))


class _Undo(Exception):
    pass


@contextmanager
def undone() -> Iterator[None]:
    """What happens in here is rolled back."""
    with suppress(_Undo), transaction.atomic():
        yield
        raise _Undo


def _fetched(statement: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield from cursor.fetchall()
