from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from catalog.legacy.meals import MEAL_PLANNER
from catalog.legacy.shop import VILLAGE_SHOP
from events.legacy.events import EVENT_STORE
from operations.importing import postgres_connection
from operations.importing.declaration import LegacySource, View
from operations.importing.errors import SchemaUnknown, SourceUnreadable
from operations.importing.postgres_location import locate_postgres
from operations.importing.reader import open_reader, open_source
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


def test_all_readings_see_what_there_was_when_the_source_was_opened(legacy: LegacyDatabase) -> None:
    legacy.run("CREATE TABLE records (id int PRIMARY KEY, name text)", "INSERT INTO records VALUES (1, 'a'), (2, 'b')")

    with open_reader(legacy.url) as reader:
        legacy.run(
            "INSERT INTO records VALUES (3, 'c')", "UPDATE records SET name = 'x'", "DELETE FROM records WHERE id = 1"
        )
        first, second = (reader.batches(table_of(reader, "records"), size=1) for _ in range(2))

        assert next(first).rows == next(second).rows == [(0, "1", "a")]
        legacy.run("DELETE FROM records")
        assert next(second).rows == next(first).rows == [(0, "2", "b")]
        assert rows_of(reader, "records") == [("1", "a"), ("2", "b")]
        assert reader.repeated_keys(table_of(reader, "records"), "name") == set()
        assert table_of(reader, "records").rows == 2


def test_a_session_for_each_reading_ends_with_it(legacy: LegacyDatabase) -> None:
    legacy.run("CREATE TABLE records (id int PRIMARY KEY)", "INSERT INTO records SELECT generate_series(1, 100000)")

    def sessions() -> list[tuple[str, str]]:
        return legacy.fetch(
            "SELECT application_name, backend_type FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid()",
            legacy.name,
        )

    with open_reader(legacy.url) as reader:
        assert sessions() == [("slipway", "client backend")]
        batches = reader.batches(table_of(reader, "records"), size=1)
        next(batches)
        assert sessions() == [("slipway", "client backend")] * 2
        batches.close()  # type: ignore[attr-defined]
        assert wait_until(lambda: len(sessions()) == 1, timeout=10)
    assert wait_until(lambda: sessions() == [], timeout=10)


def test_nothing_above_access_share_is_locked(legacy: LegacyDatabase) -> None:
    legacy.run("CREATE TABLE records (id int PRIMARY KEY, name text)", "INSERT INTO records VALUES (1, 'a'), (2, 'b')")
    view = View(name="names", columns=("name",), key=("name",), query="SELECT name FROM records")

    with open_reader(legacy.url, views=[view]) as reader:
        batches = reader.batches(table_of(reader, "names"), size=1)
        next(batches)
        reader.repeated_keys(table_of(reader, "records"), "name")
        held = legacy.fetch(
            "SELECT DISTINCT relation::regclass::text, mode FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE application_name = 'slipway' AND datname = %s AND locktype = 'relation'",
            legacy.name,
        )

        assert {mode for _, mode in held} == {"AccessShareLock"}
        assert ("records", "AccessShareLock") in held
        legacy.run("SET lock_timeout = '5s'", "CREATE INDEX ON records (name)", "UPDATE records SET name = 'c'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            legacy.run("SET lock_timeout = '1ms'", "TRUNCATE records")


@pytest.mark.parametrize("statement", ["DELETE FROM records", "CREATE TABLE more ()", "SELECT nextval('numbers')"])
def test_nothing_can_be_written_through_it(legacy: LegacyDatabase, statement: str) -> None:
    legacy.run("CREATE TABLE records (id int)", "INSERT INTO records VALUES (1)", "CREATE SEQUENCE numbers")
    location = locate_postgres(legacy.url)

    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        postgres_connection.connected(location) as connection,
    ):
        connection.execute(statement.encode())

    assert legacy.fetch("SELECT count(*), (SELECT is_called FROM numbers) FROM records") == [(1, False)]


def test_a_view_cannot_write_either(legacy: LegacyDatabase) -> None:
    legacy.run("CREATE SEQUENCE numbers")

    said = refusal(legacy.url, View(name="n", columns=("n",), key=("n",), query="SELECT nextval('numbers') AS n"))

    assert "view n " in said
    assert "read-only transaction" in said


def test_timeouts_of_the_server_do_not_end_it(legacy: LegacyDatabase) -> None:
    names = (
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_timeout",
        "idle_session_timeout",
    )
    legacy.run(*(f"ALTER DATABASE {legacy.name} SET {name} = '700ms'" for name in names))
    legacy.run("CREATE TABLE records (id int PRIMARY KEY)", "INSERT INTO records SELECT generate_series(1, 100000)")

    with open_reader(legacy.url) as reader:
        batches = reader.batches(table_of(reader, "records"), size=1)
        next(batches)
        legacy.fetch("SELECT pg_sleep(1.5)")  # longer than any of them
        assert sum(len(batch.rows) for batch in batches) == 99_999
        assert len(rows_of(reader, "records")) == 100_000


def test_a_standby_is_read_like_its_primary(sandbox: Sandbox, legacy: LegacyDatabase) -> None:
    legacy.run("CREATE TABLE records (id int PRIMARY KEY)", "INSERT INTO records VALUES (1), (2)")
    written = legacy.fetch("SELECT pg_current_wal_insert_lsn()")[0][0]

    with sandbox.replica.connect() as standby:
        assert wait_until(
            lambda: standby.execute("SELECT pg_last_wal_replay_lsn() >= %s", [written]).fetchone() == (True,), 30
        )
    url = sandbox.replica.url.replace("/slipway?", f"/{legacy.name}?")
    with open_reader(url) as reader:
        assert rows_of(reader, "records") == [("1",), ("2",)]


@pytest.mark.parametrize("source", [VILLAGE_SHOP, MEAL_PLANNER, EVENT_STORE], ids=lambda source: source.name)
@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ((), "no table at all"),
        (("CREATE TABLE users (id int)", "CREATE TABLE foods ()"), "foods (), users (id)"),
    ],
)
def test_another_database_is_told_by_its_tables(
    legacy: LegacyDatabase, source: LegacySource, tables: tuple[str, ...], found: str
) -> None:
    legacy.run(*tables)

    with pytest.raises(SchemaUnknown) as failure, open_source(source, legacy.url):
        pass

    assert f"This is not a database of {source.title}" in str(failure.value)
    assert f"Found: {found}. Expected one of: generation " in str(failure.value)
    assert "Check that --from names the right database and schema." in str(failure.value)
