from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.importing import postgres_dump
from operations.importing.errors import SourceUnreadable
from operations.importing.postgres_dump import DumpReader
from operations.importing.reader import Reader, open_reader
from operations.importing.sqlite import BrokenText
from operations.sandbox import Sandbox, SandboxError
from operations.sandbox.binaries import Binaries, find_binaries
from tests.operations.legacy_databases import LegacyDatabase, legacy_database, rows_of

FORMATS = ("plain", "custom", "tar", "directory")


@pytest.fixture
def legacy(sandbox: Sandbox) -> Iterator[LegacyDatabase]:
    with legacy_database(sandbox) as database:
        yield database


@pytest.fixture
def shop(legacy: LegacyDatabase) -> LegacyDatabase:
    """Names, values and belongings that a dump has to bring over, or must not stumble over."""
    role = f"{legacy.name}_owner"
    legacy.run(
        f"CREATE ROLE {role}",
        """CREATE TYPE "Role" AS ENUM ('ADMIN', 'VENDOR')""",
        """CREATE TABLE "User" (id text PRIMARY KEY, role "Role", body json, tags text[], "createdAt" timestamp(3))""",
        r"""INSERT INTO "User" VALUES ('a', 'ADMIN', '{"b": 1,  "a": "\u0000", "b": 2}', '{x,NULL}', now()),
            ('б', NULL, NULL, '{}', NULL), (E'\\.\n\t;''$$ -- "', 'VENDOR', 'null', NULL, NULL), (E'\restrict x', NULL,
            NULL, NULL, NULL)""",
        "CREATE TABLE events (id int, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
        "CREATE TABLE events_may PARTITION OF events FOR VALUES FROM ('2025-05-01') TO ('2025-06-01')",
        "INSERT INTO events SELECT g, '2025-05-02' FROM generate_series(1, 5000) g",
        "CREATE TABLE orphans (user_id text)",
        "INSERT INTO orphans VALUES ('nobody'), ('nobody')",
        """ALTER TABLE orphans ADD FOREIGN KEY (user_id) REFERENCES "User" NOT VALID""",
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n; SELECT 2 * n; END",
        """CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN NEW.id := 'it''s; touched'; RETURN NEW; END; $body$""",
        """CREATE TRIGGER touch BEFORE INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION touch()""",
        """CREATE VIEW seen AS SELECT * FROM "User" """,
        """COMMENT ON TABLE "User" IS 'people; of
-- two villages /* '""",
        'ALTER TABLE "User" ENABLE ROW LEVEL SECURITY',
        'ALTER TABLE "User" FORCE ROW LEVEL SECURITY',
        f'ALTER TABLE "User" OWNER TO {role}',
        f"GRANT SELECT ON orphans TO {role}",
        "CREATE SCHEMA other",
        "CREATE TABLE other.things (n int PRIMARY KEY)",
        "INSERT INTO other.things VALUES (1), (2)",
        "CREATE PUBLICATION everything FOR ALL TABLES",
    )
    return legacy


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does, every server that was started for a dump is gone afterwards, with its folder."""
    started: list[Sandbox] = []

    class Watched(Sandbox):
        def open(self) -> None:
            super().open()
            started.append(self)

    monkeypatch.setattr(postgres_dump, "Sandbox", Watched)
    yield
    assert not any(one.running or one.directory.exists() for one in started)


@pytest.fixture(autouse=True)
def roles_gone(sandbox: Sandbox) -> Iterator[None]:
    yield
    with sandbox.primary.connect("postgres") as owner:
        for (name,) in owner.execute(r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'legacy\_%\_owner'").fetchall():
            owner.execute(f"DROP ROLE {name}".encode())


def dump(database: LegacyDatabase, path: Path, *options: str) -> Path:
    program = find_binaries().postgres_program("pg_dump")
    subprocess.run([program, f"--dbname={database.url}", f"--file={path}", *options], check=True, capture_output=True)
    return path


def contents(reader: Reader) -> dict[str, tuple[Any, ...]]:
    return {
        table.name: (table.columns, table.types, table.key, table.rows, rows_of(reader, table.name))
        for table in reader.tables()
    }


def refusal(path: Path) -> str:
    with pytest.raises(SourceUnreadable) as failure:
        open_reader(f"pgdump://{path}").__enter__()
    return str(failure.value)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_dump_reads_like_its_database(shop: LegacyDatabase, tmp_path: Path, kind: str) -> None:
    path = dump(shop, tmp_path / "one dump", f"--format={kind}")

    with open_reader(shop.url) as reader:
        expected = contents(reader)
    with open_reader(str(path)) as reader:
        assert isinstance(reader, DumpReader)
        assert reader.location.shown == f"pgdump:///{path}"
        found = contents(reader)

    assert found == expected
    assert found["events"][3] == 5000


@pytest.mark.parametrize(
    "options",
    [("--inserts",), ("--column-inserts", "--rows-per-insert=3"), ("--create", "--clean"), ("--disable-triggers",)],
)
def test_a_plain_dump_may_be_made_in_many_ways(shop: LegacyDatabase, tmp_path: Path, options: tuple[str, ...]) -> None:
    path = dump(shop, tmp_path / "dump.sql", *options)

    with open_reader(shop.url) as reader:
        expected = contents(reader)
    with open_reader(f"pgdump://{path}") as reader:
        assert contents(reader) == expected


def test_another_schema_of_a_dump_is_named_in_the_address(shop: LegacyDatabase, tmp_path: Path) -> None:
    path = dump(shop, tmp_path / "dump.sql")

    with open_reader(f"pgdump://{path}?schema=other") as reader:
        assert reader.location.shown == f"pgdump:///{path}?schema=other"
        assert rows_of(reader, "things") == [("1",), ("2",)]


@pytest.mark.parametrize("kind", ["plain", "custom"])
def test_a_dump_of_no_known_encoding_keeps_its_bytes(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    with legacy_database(sandbox, "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'") as legacy:
        legacy.run("CREATE TABLE one (name text)", r"SET client_encoding = 'SQL_ASCII'")
        legacy.run(r"INSERT INTO one VALUES (E'caf\xe9'), ('д')")
        path = dump(legacy, tmp_path / "dump", f"--format={kind}")

    with open_reader(str(path)) as reader:
        assert rows_of(reader, "one") == [(BrokenText(b"caf\xe9"),), ("д",)]


def test_a_dump_that_is_cut_off_is_refused(shop: LegacyDatabase, tmp_path: Path) -> None:
    plain, custom = (dump(shop, tmp_path / kind, f"--format={kind}") for kind in ("plain", "custom"))
    text = plain.read_bytes()
    for end in (text.index(b"\\.\n") - 5, text.rindex(b"--\n-- PostgreSQL")):
        plain.write_bytes(text[:end])
        assert "pgdump:///" in refusal(plain)
    packed = custom.read_bytes()
    for end in (200, len(packed) * 2 // 3):
        custom.write_bytes(packed[:end])
        assert "Make the dump again." in refusal(custom)


def test_a_damaged_dump_is_refused(shop: LegacyDatabase, tmp_path: Path) -> None:
    path = dump(shop, tmp_path / "dump.sql")
    text = path.read_text()

    path.write_text(text.replace("2025-05-02", "2025-05-ß2", 1))
    assert 'invalid input syntax for type date: "2025-05-ß2"' in refusal(path)

    path.write_text(text.replace("CREATE TABLE public.orphans", "CREATE TABLE public.elsewhere"))
    assert "at COPY public.orphans" in refusal(path)


def test_commands_of_psql_are_not_obeyed(shop: LegacyDatabase, tmp_path: Path) -> None:
    path, made = dump(shop, tmp_path / "dump.sql"), tmp_path / "made"
    text = path.read_text()

    path.write_text(text.replace("CREATE TABLE", f"\\! touch {made}\n\nCREATE TABLE", 1))
    assert f"holds a command for psql (\\! touch {made}"[:60] in refusal(path)
    path.write_text(text.replace("CREATE TABLE", f"COPY public.orphans TO PROGRAM 'touch {made}';\n\nCREATE TABLE", 1))
    assert "permission denied to COPY" in refusal(path)

    assert not made.exists()


def test_a_dump_of_a_type_that_is_not_there_names_what_is_wanted(shop: LegacyDatabase, tmp_path: Path) -> None:
    path = dump(shop, tmp_path / "dump.sql")
    path.write_text(path.read_text().replace("user_id text", "user_id public.geometry"))

    said = refusal(path)

    assert 'type "public.geometry" does not exist' in said
    assert "restore it into a server that has it" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a dump of PostgreSQL, or is empty"),
        (b"SELECT 1;", "is not a dump of PostgreSQL"),
        (gzip.compress(b"--\n-- PostgreSQL database dump\n", mtime=0), "unpack it with gunzip"),
        ("--\n-- PostgreSQL database dump\n".encode("utf-16"), "PowerShell"),
        (b"--\n-- PostgreSQL database cluster dump\n--\n", "made by pg_dumpall"),
        (b"--\n-- PostgreSQL database dump\n--\n", "has no end"),
        (b"PGDMP\x01\x7f\x00" + bytes(100), "unsupported version"),
    ],
)
def test_what_is_no_dump_of_one_database_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "dump"
    path.write_bytes(content)

    assert said in refusal(path)


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    said = refusal(tmp_path / "no.dump")

    assert said.startswith("There is no file /")
    assert said.endswith("no.dump. Check the path after pgdump:///.")


def test_without_pg_restore_the_remedy_is_named(
    shop: LegacyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dump(shop, tmp_path / "dump", "--format=custom")

    def no_wheel() -> Binaries:
        raise SandboxError("no wheel")

    monkeypatch.setattr(postgres_dump, "find_binaries", no_wheel)
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert "make the dump with --format=plain" in refusal(path)
