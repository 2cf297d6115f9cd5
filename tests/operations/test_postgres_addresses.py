from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.importing import postgres_connection
from operations.importing.declaration import View
from operations.importing.errors import SourceUnreadable
from operations.importing.postgres_reader import PostgresReader
from operations.importing.reader import open_reader
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.operations.legacy_databases import LegacyDatabase, legacy_database, rows_of, table_of


@pytest.fixture
def legacy(sandbox: Sandbox) -> Iterator[LegacyDatabase]:
    with legacy_database(sandbox) as database:
        yield database


@pytest.fixture
def reading_role(legacy: LegacyDatabase) -> Iterator[str]:
    """A role without any rights; named as its database, so that two runs do not meet."""
    name = f"{legacy.name}_role"
    legacy.run(f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    yield name
    legacy.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def refusal(url: str, *views: View) -> str:
    with pytest.raises(SourceUnreadable) as failure, open_reader(url, views=views):
        pass
    return str(failure.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:secret@db.example.org:5433/shop", "postgresql://db.example.org:5433/shop"),
        ("postgres://ann:s%40cret@db.example.org/shop?sslmode=require", "postgresql://db.example.org/shop"),
        ("postgresql://ann:[?se=cret&@db/shop?connect_timeout=5", "postgresql://db/shop"),
        ("postgresql://db/shop?user=ann&password=secret", "postgresql://db/shop"),
        ("postgresql+psycopg2://ann:secret@db/events", "postgresql://db/events"),
        (
            "postgresql://ann:secret@db/shop?schema=old%20one&connection_limit=5",
            "postgresql://db/shop?schema=old%20one",
        ),
        ("postgresql://ann:secret@db/shop?schema=public", "postgresql://db/shop"),
        ("postgresql:///shop?host=/var/run/postgresql", "postgresql:///shop?host=/var/run/postgresql"),
        ("postgresql://ann:secret@%2Fvar%2Frun/shop?port=5433", "postgresql:///shop?host=/var/run&port=5433"),
        ("postgresql://[::1]/shop", "postgresql://[::1]/shop"),
        ("postgresql://?service=shop", "postgresql://service/shop"),
    ],
)
def test_an_address_is_shown_without_credentials(url: str, shown: str) -> None:
    reader = open_reader(url)

    assert isinstance(reader, PostgresReader)
    assert reader.location.shown == shown
    assert "cret" not in repr(reader.location)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:s3cret@db", "The address names no database"),
        ("postgresql://ann:s3cret@db/shop?colour=red", "the option colour is not known"),
        ("postgresql://ann:s3cret%zz@db/shop", "This is no address of a PostgreSQL database"),
        ("postgresql://ann:x/s3cret@db/shop", "This is no address of a PostgreSQL database"),
        ("postgresql://ann:12/s3cret@db/shop", "This is no address of a PostgreSQL database"),
    ],
)
def test_a_mistaken_address_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(SourceUnreadable, match=said) as failure:
        open_reader(url)

    assert "s3cret" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_schema_is_named_in_the_address(legacy: LegacyDatabase) -> None:
    legacy.run(
        "CREATE TABLE records (id int)",
        'CREATE SCHEMA "Old One"',
        """CREATE TYPE "Old One".kind AS ENUM ('b', 'a')""",
        'CREATE TABLE "Old One".records (kind "Old One".kind PRIMARY KEY)',
        """INSERT INTO "Old One".records VALUES ('a'), ('b')""",
    )

    with open_reader(f"{legacy.url}&schema=Old%20One") as reader:
        assert table_of(reader, "records").types == ("kind",)
        assert rows_of(reader, "records") == [("b",), ("a",)]
        assert rows_of(reader, "records", after=["b"]) == [("a",)]
    said = refusal(f"{legacy.url}&schema=new")
    assert said.endswith("has no schema new. It has: Old One, public. Name one of them with ?schema=.")


def test_a_server_that_is_not_there_is_reported(tmp_path: Path) -> None:
    said = refusal(f"postgresql://ann:secret@/shop?host={tmp_path}")

    assert said.startswith(f"postgresql:///shop?host={tmp_path} cannot be reached")
    assert "secret" not in said


def test_a_database_or_user_that_is_not_there_is_reported(legacy: LegacyDatabase) -> None:
    database = refusal(legacy.url.replace(legacy.name, "nowhere"))
    user = refusal(legacy.url.replace("slipway@", "nobody:secret@"))

    assert "cannot be opened" in database
    assert database.endswith("Check the name of the database at the end of the address; psql -l lists them.")
    assert user.endswith("Check the user in the address.")
    assert "secret" not in user


def test_a_wrong_password_is_reported_without_it(sandbox: Sandbox, legacy: LegacyDatabase, reading_role: str) -> None:
    rules = Path(legacy.fetch("SHOW hba_file")[0][0])
    before = rules.read_text()
    rules.write_text(f"local {legacy.name} {reading_role} scram-sha-256\n{before}")
    legacy.run("SELECT pg_reload_conf()")
    try:
        assert wait_until(
            lambda: (
                legacy.fetch(
                    "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method LIKE 'scram%%'",
                )[0][0]
                == 1
            ),
            10,
        )
        wrong, right = (legacy.url.replace("slipway@", f"{reading_role}:{word}@") for word in ("s3cret", "secret"))
        assert wait_until(lambda: "password" in refusal(wrong), 10)
        said = refusal(wrong)
        with open_reader(right) as reader:
            assert reader.tables() == []
    finally:
        rules.write_text(before)
        legacy.run("SELECT pg_reload_conf()")

    assert said.endswith("Check user and password in the address: postgresql://user:password@host:5432/database.")
    assert "s3cret" not in said


def test_what_may_not_be_read_names_the_grant(legacy: LegacyDatabase, reading_role: str) -> None:
    legacy.run(
        'CREATE TABLE "User" (id int)', "CREATE TABLE shops (id int)", f"GRANT SELECT ON shops TO {reading_role}"
    )
    url = legacy.url.replace("slipway@", f"{reading_role}@")

    said = refusal(url)

    grant = said.partition("As the owner of the tables: ")[2]
    assert grant == f'GRANT SELECT ON "public"."User" TO "{reading_role}".'
    legacy.run(grant.rstrip("."), "CREATE SCHEMA closed", "CREATE TABLE closed.t ()")
    with open_reader(url) as reader:
        assert len(reader.tables()) == 2
    said = refusal(f"{url}&schema=closed")
    assert said.endswith(f'GRANT USAGE ON SCHEMA "closed" TO "{reading_role}".')


def test_records_that_a_policy_hides_are_not_left_out_silently(legacy: LegacyDatabase, reading_role: str) -> None:
    legacy.run(
        "CREATE TABLE records (id int)",
        "ALTER TABLE records ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON records USING (id = 1)",
        f"GRANT SELECT ON records TO {reading_role}",
    )

    said = refusal(legacy.url.replace("slipway@", f"{reading_role}@"))

    assert "row-level security policy" in said
    assert "BYPASSRLS" in said


def test_a_table_that_stays_locked_is_reported(legacy: LegacyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres_connection.SETTINGS, "lock_timeout", "50ms")
    legacy.run("CREATE TABLE records (id int)", "BEGIN", "LOCK TABLE records")

    said = refusal(legacy.url)

    assert said.endswith(
        "Another session keeps a table locked. Let it finish, or end it, and run the same command again."
    )


def test_a_server_that_is_too_old_is_refused(legacy: LegacyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_connection, "OLDEST", 10**9)

    assert "Make a dump with its own pg_dump and give that." in refusal(legacy.url)


def test_a_session_that_is_ended_over_there_is_reported(legacy: LegacyDatabase) -> None:
    legacy.run("CREATE TABLE records (id int PRIMARY KEY)", "INSERT INTO records SELECT generate_series(1, 500000)")

    with open_reader(legacy.url) as reader:
        batches = reader.batches(table_of(reader, "records"), size=1)
        next(batches)
        legacy.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'slipway' AND datname = current_database()"
        )

        with pytest.raises(SourceUnreadable, match=r"terminating connection|hung up"):
            list(batches)
        with pytest.raises(SourceUnreadable, match="The session that held the state to be read has ended"):
            rows_of(reader, "records")
