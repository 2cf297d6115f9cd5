"""What is read of an SQLite file: its tables, and their records in batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from operations.importing import sqlite
from operations.importing.sqlite import BrokenText, SQLiteReader, locate
from operations.importing.tables import Table
from tests.operations.legacy_files import scripted

PEOPLE = "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT); INSERT INTO people VALUES ('a', 'Ann'), ('b', 'Ben');"
ROWS = [(1, "a", "Ann"), (2, "b", "Ben")]


def opened(path: Path) -> SQLiteReader:
    return SQLiteReader(locate(str(path)))


def read(path: Path, table: str = "people", **options: Any) -> list[tuple[Any, ...]]:
    with opened(path) as reader:
        [found] = [one for one in reader.tables() if one.name == table]
        return [row for batch in reader.batches(found, size=options.pop("size", 2), **options) for row in batch.rows]


def tables(path: Path) -> dict[str, Table]:
    with opened(path) as reader:
        return {table.name: table for table in reader.tables()}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("kind", ["", "WITHOUT ROWID"])
def test_batches_go_on_where_the_one_before_ended(tmp_path: Path, size: int, kind: str) -> None:
    path = scripted(
        tmp_path / "p.db",
        f"CREATE TABLE people (b INT, a TEXT, PRIMARY KEY (a, b)) {kind};"
        "INSERT INTO people VALUES (2, 'x'), (1, 'x'), (5, 'a'), (4, 'é'), (3, 'Z');",
    )
    order = [(5, "a"), (1, "x"), (2, "x"), (4, "é"), (3, "Z")]
    expected = (
        sorted(order, key=lambda row: (row[1], row[0])) if kind else [(2, "x"), (1, "x"), (5, "a"), (4, "é"), (3, "Z")]
    )

    with opened(path) as reader:
        [people] = reader.tables()
        batches = list(reader.batches(people, size=size))
        rest = [row[1:] for batch in reader.batches(people, after=batches[0].position, size=size) for row in batch.rows]

    assert [row[1:] for batch in batches for row in batch.rows] == expected
    assert rest == expected[size:]


def test_row_numbers_are_found_whatever_the_columns_are_called(tmp_path: Path) -> None:
    path = scripted(
        tmp_path / "p.db",
        'CREATE TABLE people ("_rowid_" TEXT, "ROWID" TEXT, "key" INT, "row" INT);'
        "INSERT INTO people VALUES (9, 8, 7, 6);"
        "CREATE TABLE taken (rowid, oid, _rowid_); INSERT INTO taken VALUES (3, 2, 1), (1, 1, 1);"
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY, x);"
        "INSERT INTO numbered VALUES (-5, 'a'), (9223372036854775807, 'b');",
    )

    assert read(path) == [(1, "9", "8", 7, 6)]
    assert read(path, "taken", size=1) == [(0, 1, 1, 1), (0, 3, 2, 1)]
    assert read(path, "numbered", size=1) == [(-5, -5, "a"), (2**63 - 1, 2**63 - 1, "b")]


def test_tables_are_listed_and_nothing_else(tmp_path: Path) -> None:
    odd = "we\"ird' %s [b]таблица"
    script = f"""
        CREATE TABLE "{odd.replace('"', '""')}" ("a ""b%d" TEXT, "ключ" INT, PRIMARY KEY ("ключ", "a ""b%d"));
        CREATE TABLE strict (id INT PRIMARY KEY, x ANY) STRICT; CREATE TABLE keyless (x); CREATE INDEX i ON keyless (x);
        CREATE TABLE made (a INT, b INT AS (a * 2) STORED, c INT AS (a * 3)); INSERT INTO made (a) VALUES (5);
        CREATE VIEW seen AS SELECT * FROM keyless; CREATE VIEW broken AS SELECT * FROM nowhere;
        CREATE TRIGGER t AFTER INSERT ON keyless BEGIN SELECT 1; END;
        CREATE VIRTUAL TABLE found USING fts5(body); INSERT INTO found VALUES ('hello');
        CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);
    """

    listed = tables(scripted(tmp_path / "p.db", script))

    shadows = {f"found_{part}" for part in ("config", "content", "data", "docsize", "idx")}
    assert listed.keys() - shadows == {odd, "strict", "keyless", "made", "counted"}
    assert (listed[odd].columns, listed[odd].key) == (('a "b%d', "ключ"), ("ключ", 'a "b%d'))
    assert (listed["made"].columns, listed["made"].rows) == (("a", "b", "c"), 1)
    assert (listed["keyless"].key, listed["counted"].key) == ((), ("id",))
    assert read(tmp_path / "p.db", "made") == [(1, 5, 10, 15)]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_text_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Ångström 夜行バス 👩🏽‍🎤"
    path = scripted(
        tmp_path / "p.db", f"PRAGMA encoding = '{encoding}'; {PEOPLE} INSERT INTO people VALUES ('c', '{text}');"
    )

    assert read(path)[2] == (3, "c", text)


def test_text_that_is_not_utf8_comes_as_its_bytes(tmp_path: Path) -> None:
    path = scripted(
        tmp_path / "p.db",
        PEOPLE
        + "INSERT INTO people VALUES ('c', CAST(x'636166e9' AS TEXT)), ('d', CAST(x'610062' AS TEXT)), ('e', x'00');",
    )

    rows = read(path, size=10)

    assert rows == [*ROWS, (3, "c", b"caf\xe9"), (4, "d", "a\0b"), (5, "e", b"\0")]
    assert [type(row[2]) for row in rows] == [str, str, BrokenText, str, bytes]


def test_large_records_end_a_batch_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "MOST_BYTES", 100_000)
    path = scripted(
        tmp_path / "p.db",
        "CREATE TABLE people (id INTEGER PRIMARY KEY, x BLOB);"
        "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 400)"
        "INSERT INTO people SELECT value, zeroblob(CASE WHEN value < 100 THEN 1 ELSE 1000 END) FROM n;",
    )

    with opened(path) as reader:
        [people] = reader.tables()
        sizes = [len(batch.rows) for batch in reader.batches(people, size=300)]

    assert sum(sizes) == 400
    assert sizes == [224, 128, 48]


def test_repeated_keys_are_those_that_read_the_same_as_text(tmp_path: Path) -> None:
    values = (
        "(1), ('1'), (1.0), ('1.0'), (2), ('a'), ('A'), ('a'), (NULL), (NULL), (''), (''), (x'61'), (1e-10), ('1e-10')"
    )
    script = f"CREATE TABLE people (id COLLATE NOCASE); INSERT INTO people VALUES {values};"
    script += "CREATE TABLE paired (id INT, v INT, PRIMARY KEY (v, id)) WITHOUT ROWID;"
    script += "INSERT INTO paired VALUES (1, 1), (1, 2), (2, 2);"
    script += "CREATE TABLE sure (id TEXT UNIQUE); INSERT INTO sure VALUES ('a'), ('b');"

    with opened(scripted(tmp_path / "p.db", script)) as reader:
        found = {table.name: reader.repeated_keys(table, "id") for table in reader.tables()}

    assert found == {"people": {2, 4, 8, 15}, "paired": {2}, "sure": set()}


def test_values_that_a_constraint_forbids_are_no_damage(tmp_path: Path) -> None:
    path = scripted(
        tmp_path / "p.db",
        PEOPLE + "INSERT INTO people VALUES ('c', NULL); PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT', 'name TEXT NOT NULL CHECK (length(name) > 3)');",
    )

    assert read(path) == [*ROWS, (3, "c", None)]
