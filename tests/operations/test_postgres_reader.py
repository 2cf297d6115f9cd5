from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from operations.importing.reader import open_reader
from operations.importing.sqlite import BrokenText
from operations.sandbox import Sandbox
from tests.operations.legacy_databases import (
    LegacyDatabase,
    legacy_database,
    record_of,
    rows_of,
    table_of,
)


@pytest.fixture
def legacy(sandbox: Sandbox) -> Iterator[LegacyDatabase]:
    with legacy_database(sandbox) as database:
        yield database


def test_tables_are_found_as_they_are_spelled_and_counted(legacy: LegacyDatabase) -> None:
    legacy.run(
        """CREATE TYPE "Role" AS ENUM ('ADMIN', 'VENDOR')""",
        """CREATE TABLE "User" (
            "houseNumber" varchar(10), id text PRIMARY KEY, role "Role", "at%" timestamp(3), price decimal(10,2)
        )""",
        """INSERT INTO "User" SELECT NULL, g, 'ADMIN' FROM generate_series(1, 3) g""",
        'ALTER TABLE "User" ADD dropped int',
        'ALTER TABLE "User" DROP dropped',
        'CREATE TABLE "nothing; \'""in 100%" (a int)',
    )

    with open_reader(legacy.url) as reader:
        nothing, user = sorted(reader.tables(), key=lambda table: table.rows)

        assert (user.name, user.columns, user.key, user.rows, user.has_rowid) == (
            "User",
            ("houseNumber", "id", "role", "at%", "price"),
            ("id",),
            3,
            False,
        )
        assert user.types == (
            "character varying(10)",
            "text",
            '"Role"',
            "timestamp(3) without time zone",
            "numeric(10,2)",
        )
        assert (nothing.name, nothing.columns, nothing.key, nothing.rows) == ("nothing; '\"in 100%", ("a",), (), 0)
        assert rows_of(reader, nothing.name) == []
        assert [row[:3] for row in rows_of(reader, "User", after=["1"])] == [(None, "2", "ADMIN"), (None, "3", "ADMIN")]


def test_partitions_inheritance_views_and_extensions_are_told_apart(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE TABLE events (id int, day date, PRIMARY KEY (day, id)) PARTITION BY RANGE (day)",
        "CREATE TABLE events_may PARTITION OF events FOR VALUES FROM ('2025-05-01') TO ('2025-06-01')",
        "CREATE TABLE events_june PARTITION OF events FOR VALUES FROM ('2025-06-01') TO ('2025-07-01')",
        "INSERT INTO events VALUES (1, '2025-06-30'), (2, '2025-05-31')",
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (more text) INHERITS (parent)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (2, 'x')",
        "CREATE VIEW seen AS SELECT * FROM parent",
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM parent",
        "CREATE TABLE brought (a int)",
        "CREATE EXTENSION pg_stat_statements",
        "ALTER EXTENSION pg_stat_statements ADD TABLE brought",
    )

    with open_reader(legacy.url) as reader:
        found = {table.name: table.rows for table in reader.tables()}

        assert found == {"child": 1, "events": 2, "parent": 1}
        assert rows_of(reader, "events") == [("2", "2025-05-31"), ("1", "2025-06-30")]
        assert rows_of(reader, "parent") == [("1",)]


def test_a_unique_index_that_is_never_null_is_a_key(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE TABLE nullable (a int UNIQUE)",
        "CREATE TABLE partial (a int NOT NULL)",
        "CREATE UNIQUE INDEX ON partial (a) WHERE a > 0",
        "CREATE TABLE expressed (a text NOT NULL)",
        "CREATE UNIQUE INDEX ON expressed (lower(a))",
        "CREATE TABLE covered (a int NOT NULL, b int NOT NULL, c int)",
        "CREATE UNIQUE INDEX ON covered (b, a) INCLUDE (c)",
        "CREATE TABLE primary_wins (a int UNIQUE NOT NULL, b int, c int, PRIMARY KEY (c, b))",
    )

    with open_reader(legacy.url) as reader:
        assert {table.name: table.key for table in reader.tables()} == {
            "covered": ("b", "a"),
            "expressed": (),
            "nullable": (),
            "partial": (),
            "primary_wins": ("c", "b"),
        }


def test_values_are_text_as_postgresql_writes_them(legacy: LegacyDatabase) -> None:
    values = {
        "small int": ("smallint", "'-32768'", "-32768"),
        "price": ("numeric(10,2)", "430", "430.00"),
        "exact": (
            "numeric",
            "12345678901234567890.123456789012345678901",
            "12345678901234567890.123456789012345678901",
        ),
        "not a number": ("numeric", "'NaN'", "NaN"),
        "double": ("double precision", "0.1::float8 + 0.2::float8", "0.30000000000000004"),
        "tiny": ("double precision", "'5e-324'", "5e-324"),
        "infinite": ("double precision", "'-Infinity'", "-Infinity"),
        "real": ("real", "0.1", "0.1"),
        "yes": ("boolean", "true", "true"),
        "no": ("boolean", "false", "false"),
        "naive": ("timestamp(3)", "'2025-06-27 09:30:00.120'", "2025-06-27 09:30:00.12"),
        "zoned": ("timestamptz", "'2025-06-27 09:30:00.123456+07'", "2025-06-27 02:30:00.123456+00"),
        "before": ("timestamp", "'0044-03-15 12:00:00 BC'", "0044-03-15 12:00:00 BC"),
        "never": ("timestamp", "'infinity'", "infinity"),
        "day": ("date", "'2025-06-02'", "2025-06-02"),
        "span": ("interval", "'1 day 2 hours'", "P1DT2H"),
        "bytes": ("bytea", r"'\x00ff'", r"\x00ff"),
        "uuid": ("uuid", "'C0FFEE00-0000-1000-8000-000000000001'", "c0ffee00-0000-1000-8000-000000000001"),
        "images": ("text[]", """ARRAY['a,b', 'with "quotes"', NULL, '']""", r'["a,b","with \"quotes\"",null,""]'),
        "no images": ("text[]", "'{}'", "[]"),
        "grid": ("int[]", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]"),
        "range": ("int4range", "'[1,5)'", "[1,5)"),
        "json": (
            "json",
            """'{"b": 1,  "a": "\\u0000", "b": 1e400, "\\u0434": "д"}'""",
            r'{"b": 1,  "a": "\u0000", "b": 1e400, "\u0434": "д"}',
        ),
        "json null": ("json", "'null'", "null"),
        "jsonb": ("jsonb", """'{"b": 1.10, "a": 2}'""", '{"a": 2, "b": 1.10}'),
        "null": ("text", "NULL", None),
        "empty": ("text", "''", ""),
        "text": ("text", "E'Борщ\\t\\n\\\\ 🍲'", "Борщ\t\n\\ 🍲"),
    }
    columns = ", ".join(f'"{name}" {type_}' for name, (type_, _, _) in values.items())
    legacy.run(
        f"CREATE TABLE one ({columns})",
        f"INSERT INTO one VALUES ({', '.join(value for _, value, _ in values.values())})",
        f"ALTER DATABASE {legacy.name} SET DateStyle = 'German'",
        f"ALTER DATABASE {legacy.name} SET TimeZone = 'Asia/Bangkok'",
        f"ALTER DATABASE {legacy.name} SET extra_float_digits = 0",
        f"ALTER DATABASE {legacy.name} SET bytea_output = 'escape'",
        f"ALTER DATABASE {legacy.name} SET IntervalStyle = 'postgres'",
    )

    with open_reader(legacy.url) as reader:
        assert record_of(reader, "one") == {name: text for name, (_, _, text) in values.items()}


def test_domains_and_composites_are_read_as_what_they_are_made_of(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE DOMAIN house AS text CHECK (VALUE <> '')",
        "CREATE DOMAIN houses AS text[]",
        "CREATE TYPE place AS (street text, number int)",
        "CREATE TABLE one (a house PRIMARY KEY, b houses, c place, d place[])",
        "INSERT INTO one VALUES ('12/1', '{1,2}', ('x y', 3), ARRAY[('z', NULL)::place])",
    )

    with open_reader(legacy.url) as reader:
        (row,) = rows_of(reader, "one")

        assert row[:2] == ("12/1", '["1","2"]')
        assert json.loads(row[2]) == {"street": "x y", "number": 3}
        assert json.loads(row[3]) == [{"street": "z", "number": None}]
        assert rows_of(reader, "one", after=["12/1"]) == []


def test_text_of_no_known_encoding_is_kept_as_bytes(sandbox: Sandbox) -> None:
    with legacy_database(sandbox, "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'") as legacy:
        legacy.run(
            "SET client_encoding = 'SQL_ASCII'",
            r"""CREATE TABLE "имена" (name text PRIMARY KEY, tags text[])""",
            r"""INSERT INTO "имена" VALUES (E'caf\xe9', '{a}'), ('д', NULL), (E'\xff\xfe', '{}')""",
        )

        with open_reader(legacy.url) as reader:
            whole = rows_of(reader, "имена")

            assert whole == [(BrokenText(b"caf\xe9"), '["a"]'), ("д", None), (BrokenText(b"\xff\xfe"), "[]")]
            assert [type(name) for name, _ in whole] == [BrokenText, str, BrokenText]
            positions = [batch.position for batch in reader.batches(table_of(reader, "имена"), size=1)]
            for read, position in enumerate(positions, 1):
                assert rows_of(reader, "имена", after=position) == whole[read:]


def test_another_encoding_becomes_utf8(sandbox: Sandbox) -> None:
    with legacy_database(sandbox, "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'") as legacy:
        legacy.run("CREATE TABLE one (name text)", "INSERT INTO one VALUES ('café')")

        with open_reader(legacy.url) as reader:
            assert rows_of(reader, "one") == [("café",)]
