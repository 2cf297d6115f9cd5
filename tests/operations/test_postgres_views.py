from __future__ import annotations

from collections.abc import Iterator

import pytest

from operations.importing.declaration import View
from operations.importing.errors import SourceUnreadable
from operations.importing.reader import open_reader
from operations.sandbox import Sandbox
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


def test_a_view_is_read_like_a_table(legacy: LegacyDatabase) -> None:
    legacy.run(
        'CREATE TABLE shops (id int PRIMARY KEY, "houseNumber" text, tags text[])',
        """INSERT INTO shops VALUES (1, ' 12', '{a}'), (2, '12', NULL), (3, '100%', '{}'), (4, 'б', NULL)""",
    )
    houses = View(
        name="houses",
        columns=("house", "first", "shops"),
        key=("house",),
        query="""
            SELECT array_agg(id ORDER BY id) AS shops, btrim("houseNumber") || '' AS house, min(id) AS first, 1 AS more
            FROM shops WHERE "houseNumber" NOT LIKE '%?' GROUP BY 2 ORDER BY 2 DESC  -- cleaned
        """,
        needs={"shops": ("houseNumber", "id")},
    )

    with open_reader(legacy.url, views=[houses]) as reader:
        table = table_of(reader, "houses")
        whole = rows_of(reader, "houses")

        assert (table.columns, table.key, table.rows, table.has_rowid) == (houses.columns, ("house",), 3, False)
        assert table.types == ("text", "integer", "integer[]")
        assert table.query
        assert whole == [("100%", "3", "[3]"), ("12", "1", "[1,2]"), ("б", "4", "[4]")]
        for read, batch in enumerate(reader.batches(table, size=1), 1):
            assert rows_of(reader, "houses", after=batch.position) == whole[read:]
        assert reader.repeated_keys(table, "house") == set()


@pytest.mark.parametrize("needs", [{"shops": ("id",)}, {"users": ("id", "houseNumber")}])
def test_a_view_whose_tables_are_missing_is_left_out(legacy: LegacyDatabase, needs: dict[str, tuple[str, ...]]) -> None:
    legacy.run("CREATE TABLE users (id int PRIMARY KEY)")
    view = View(name="v", columns=("id",), key=("id",), query="SELECT id FROM nowhere", needs=needs)

    with open_reader(legacy.url, views=[view]) as reader:
        assert [table.name for table in reader.tables()] == ["users"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC id FROM users", "syntax error"),
        ("SELECT nothing AS id FROM users", "nothing"),
        ("SELECT id AS other FROM users", "of id it does not have exactly one column"),
        ("SELECT id, id FROM users", "of id it does not have exactly one column"),
        ("SELECT id / 0 AS id FROM users", "division by zero"),
        ("SELECT id / 2 AS id FROM users", r"the key of the view ids \(id\) tells 2 of its 3 records apart"),
        ("SELECT nullif(id, 1) AS id FROM users", "and 1 have none"),
    ],
)
def test_a_mistake_in_a_view_names_it(legacy: LegacyDatabase, query: str, said: str) -> None:
    legacy.run("CREATE TABLE users (id int PRIMARY KEY)", "INSERT INTO users VALUES (1), (2), (3)")

    with pytest.raises(SourceUnreadable, match=said) as failure:
        open_reader(legacy.url, views=[View(name="ids", columns=("id",), key=("id",), query=query)]).__enter__()

    assert "view ids" in str(failure.value)


def test_a_view_does_not_hide_a_table_of_its_name(legacy: LegacyDatabase) -> None:
    legacy.run("CREATE TABLE users (id int PRIMARY KEY)", "INSERT INTO users VALUES (1), (2)")
    view = View(name="users", columns=("id",), key=("id",), query="SELECT max(id) AS id FROM users")

    with open_reader(legacy.url, views=[view]) as reader:
        assert {table.name: table.rows for table in reader.tables()} == {"users (table)": 2, "users": 1}
        assert rows_of(reader, "users") == [("2",)]
        assert rows_of(reader, "users (table)") == [("1",), ("2",)]
