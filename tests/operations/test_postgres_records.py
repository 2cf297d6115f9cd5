from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.importing import postgres_reader
from operations.importing.reader import open_reader
from operations.sandbox import Sandbox
from tests.operations.legacy_databases import (
    LegacyDatabase,
    legacy_database,
    rows_of,
    table_of,
)


@pytest.fixture
def legacy(sandbox: Sandbox) -> Iterator[LegacyDatabase]:
    with legacy_database(sandbox) as database:
        yield database


KEYS = {
    "text": ("name text", "md5(g::text)"),
    "quoted text": ('"the %s key" varchar(40)', "CASE g % 3 WHEN 0 THEN 'Ä''' WHEN 1 THEN 'ä\"' ELSE '%s' END || g"),
    "number": ("n numeric", "(g - 20) * 1.10"),
    "double": ("d double precision", "(g - 20) / 7.0"),
    "time": ("t timestamp(3)", "timestamp '2025-01-01' + (g * 37) % 41 * interval '1.001 s'"),
    "uuid": ("u uuid", "gen_random_uuid()"),
    "enum and number": ('kind "Kind", n int', """(ARRAY['z', 'a', 'm']::"Kind"[])[g % 3 + 1], g / 3"""),
    "bytes and flag": ("b bytea, f boolean", "decode(md5((g / 2)::text), 'hex'), g % 2 = 0"),
    "array": ("a int[]", "ARRAY[g % 7, g]"),
    "padded": ("c char(8)", "'x' || g"),
    "span": ("i interval", "g * interval '1 hour 0.5 s'"),
}


@pytest.mark.parametrize("key", KEYS)
def test_reading_goes_on_after_any_record(legacy: LegacyDatabase, key: str) -> None:
    columns, value = KEYS[key]
    names = ", ".join(
        part.rpartition('"')[0] + '"' if part.startswith('"') else part.split()[0] for part in columns.split(", ")
    )
    legacy.run(
        """CREATE TYPE "Kind" AS ENUM ('z', 'a', 'm')""",
        f"CREATE TABLE records ({columns}, other int, PRIMARY KEY ({names}))",
        f"INSERT INTO records SELECT {value}, g FROM generate_series(0, 39) g",
    )

    with open_reader(legacy.url) as reader:
        whole = rows_of(reader, "records")
        assert sorted(int(row[-1]) for row in whole) == list(range(40))
        positions = [batch.position for batch in reader.batches(table_of(reader, "records"), size=1)]
        assert len(positions) == 40
        for read, position in enumerate(positions, 1):
            assert rows_of(reader, "records", after=position) == whole[read:]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), unique=True, max_size=9),
    size=st.integers(1, 4),
)
def test_batches_of_any_size_give_every_record_once(legacy: LegacyDatabase, names: list[str], size: int) -> None:
    legacy.run("DROP TABLE IF EXISTS records", "CREATE TABLE records (name text PRIMARY KEY)")
    for name in names:
        legacy.fetch("INSERT INTO records VALUES (%s) RETURNING 1", name)

    with open_reader(legacy.url) as reader:
        batches = list(reader.batches(table_of(reader, "records"), size=size))

        whole = [row[1] for batch in batches for row in batch.rows]
        assert sorted(whole) == sorted(names)
        assert all(len(batch.rows) == size for batch in batches[:-1])
        for number, batch in enumerate(batches, 1):
            assert [row[0] for row in rows_of(reader, "records", after=batch.position)] == whole[number * size :]


def test_records_without_a_key_come_in_the_order_of_their_texts(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE TABLE records (a int, j json, t text[])",
        """INSERT INTO records VALUES (10, '{"a": 1}', NULL), (9, 'null', '{b}'), (NULL, NULL, NULL), (10, '{}', '{a}'),
            (9, 'null', '{b}')""",
        "CREATE TABLE without_columns ()",
        "INSERT INTO without_columns DEFAULT VALUES",
    )

    with open_reader(legacy.url) as reader:
        whole = rows_of(reader, "records")

        assert whole == [
            ("10", '{"a": 1}', None),
            ("10", "{}", '["a"]'),
            ("9", "null", '["b"]'),
            ("9", "null", '["b"]'),
            (None, None, None),
        ]
        for read, batch in enumerate(reader.batches(table_of(reader, "records"), size=1), 1):
            assert batch.position == read
            assert rows_of(reader, "records", after=batch.position) == whole[read:]
        assert rows_of(reader, "without_columns") == [()]


def test_repeated_keys_are_numbered_in_the_order_of_reading(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE TABLE records (n int PRIMARY KEY, name text, house text UNIQUE)",
        """INSERT INTO records VALUES (5, 'a', '1'), (4, 'b', '2'), (3, 'a', NULL), (2, NULL, NULL), (1, ' ', '3'),
            (6, ' ', '4'), (7, 'A', '5'), (8, 'a', '6'), (9, NULL, '7')""",
        "CREATE TABLE unkeyed (name text)",
        "INSERT INTO unkeyed VALUES ('b'), ('a'), ('b'), ('c')",
    )

    with open_reader(legacy.url) as reader:
        records = table_of(reader, "records")
        assert reader.repeated_keys(records, "n") == set()
        assert reader.repeated_keys(records, "house") == set()
        assert reader.repeated_keys(records, "name") == {5, 8}
        assert [rows_of(reader, "records")[number - 1][0] for number in (5, 8)] == ["5", "8"]
        assert reader.repeated_keys(table_of(reader, "unkeyed"), "name") == {3}


def test_columns_of_another_table_are_joined_by_its_id(legacy: LegacyDatabase) -> None:
    legacy.run(
        'CREATE TABLE "Meal" (id int PRIMARY KEY, "menuId" text, "shopId" int, "oddId" text)',
        'CREATE TABLE menus (id text PRIMARY KEY, "on" date)',
        "CREATE TABLE shops (id bigint PRIMARY KEY, tags text[])",
        "CREATE TABLE odd (id text, rank int)",
        "INSERT INTO menus VALUES ('m', '2025-06-02'), ('', '1999-01-01')",
        "INSERT INTO shops VALUES (7, '{x}')",
        "INSERT INTO odd VALUES ('o', 2), ('o', 1), (NULL, 3), ('', 4)",
        """INSERT INTO "Meal" VALUES (1, 'm', 7, 'o'), (2, '', NULL, ''), (3, 'none', 8, NULL)""",
    )

    with open_reader(legacy.url) as reader:
        menus, shops, odd = (table_of(reader, name) for name in ("menus", "shops", "odd"))
        joined = {"a": ("menuId", "on", menus), "b": ("shopId", "tags", shops), "c": ("oddId", "rank", odd)}
        rows = rows_of(reader, "Meal", joined=joined)

        assert [row[4:] for row in rows] == [("2025-06-02", '["x"]', "1"), (None, None, None), (None, None, None)]
        assert rows_of(reader, "Meal", after=["1"], joined=joined) == rows[1:]


def test_large_values_make_small_batches(legacy: LegacyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_reader, "MOST_BYTES", 8 * 2**20)
    legacy.run(
        "CREATE TABLE records (n int PRIMARY KEY, body text)",
        "INSERT INTO records SELECT g, repeat(md5(g::text), 32768) FROM generate_series(1, 100) g",
    )

    with open_reader(legacy.url) as reader:
        batches = list(reader.batches(table_of(reader, "records"), size=1000))

        assert [len(batch.rows) for batch in batches] == [32, 32, 32, 4]
        assert {len(row[2]) for batch in batches for row in batch.rows} == {2**20}


def test_memory_does_not_depend_on_the_number_of_records(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE TABLE records (n int PRIMARY KEY, name text)",
        "INSERT INTO records SELECT g, md5(g::text) FROM generate_series(1, 300000) g",
    )

    with open_reader(legacy.url) as reader:
        table, read = table_of(reader, "records"), 0
        tracemalloc.start()
        try:
            for batch in reader.batches(table, size=1000):
                read += len(batch.rows)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert read == table.rows == 300_000
        assert peak < 2 * 2**20
