"""The sample is what every import is measured against, so what it says of itself is checked against the file."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from catalog.legacy.sample import FULL_TABLE, GENERATIONS, KINDS, Generation, Sample, write_sample

EVERY_GENERATION: tuple[Generation, ...] = get_args(Generation)

USER_COLUMNS = {
    "A": "id email username displayName bio avatar banner wallet level balance isArtist isActive createdAt updatedAt",
    "B": "id email username displayName bio avatar banner wallet level balance tonBalance isArtist isActive role "
    "createdAt updatedAt",
    "C": "id email username displayName bio avatar banner walletAddress level balance tonBalance isArtist isActive "
    "role createdAt updatedAt",
    "D": "id email name solanaAddress tonAddress telegramId isArtist createdAt updatedAt",
}
TRACK_COLUMNS = {
    "A": "id title artistName genre duration playCount likeCount ipfsHash metadata price isExplicit isPublished "
    "createdAt updatedAt artistId",
    "B": "id title artistName genre duration playCount likeCount ipfsHash metadata price isExplicit isPublished status "
    "publishedAt createdAt updatedAt artistId",
    "C": "id title artist genre duration description playCount likeCount ipfsHash fileSize mimeType price isExplicit "
    "isPublished status releaseDate publishedAt createdAt updatedAt userId",
    "D": "id title genre description coverArt audioUrl ipfsHash price currency artistId isMinted mintAddress "
    "createdAt updatedAt",
}
WEB = {"users", "tracks", "playlists", "playlist_tracks", "likes", "comments", "rewards", "follows", "play_history"}
TABLES = {
    "A": WEB,
    "B": WEB | {"nfts", "purchases", "stakes"},
    "C": WEB | {"nfts", "purchases", "stakes", "donations"},
    "D": {"User", "Track", "Nft", "Purchase", "Transaction"},
}

# What marks a cell as dirty, as a condition on the column `{0}`: it must hold for the planned records and no others.
MARKS = {
    "id_empty": "{0} = ''",
    "id_null": "{0} IS NULL",
    "id_long": "length({0}) >= 10000",
    "time_text": "{0} = 'yesterday'",
    "time_zero": "{0} = '0000-00-00 00:00:00'",
    "time_impossible": "{0} LIKE '2023-02-30%'",
    "time_huge": "{0} = 1000000000000000000",
    "flag_text": "{0} NOT IN (0, 1, 'true', 'false')",
    "text_broken_utf8": "typeof({0}) = 'text' AND NOT is_utf8(CAST({0} AS BLOB))",
    "text_nul": "typeof({0}) = 'text' AND instr(CAST({0} AS BLOB), X'00') > 0",
    "text_blob": "typeof({0}) = 'blob'",
    "title_blank": "typeof({0}) = 'text' AND trim({0}, ' ' || char(9) || char(10)) = ''",
    "genre_long": "length({0}) >= 5000",
    "negative_duration": "{0} < 0",
    "price_negative": "{0} < 0 AND {0} > -1e9",
    "price_text": "typeof({0}) = 'text'",
    "price_infinite": "abs({0}) > 1e308 AND typeof({0}) = 'real'",
    "price_huge": "{0} = 1e300",
    "amount_text": "typeof({0}) = 'text'",
    "json_invalid": "json_state({0}) = 'invalid'",
    "json_nul_escape": "json_state({0}) = 'nul'",
    "json_lone_surrogate": "json_state({0}) = 'surrogate'",
    "telegram_beyond_64_bits": "length({0}) >= 20",
    "telegram_not_number": "{0} GLOB '*[^0-9]*'",
    "mint_null": "{0} IS NULL",
    "owner_null": "{0} IS NULL",
    "owner_blank": "{0} = ''",
}
ORPHANS = {"owner_missing", "owner_blank", "track_missing", "user_missing"}


@pytest.fixture(scope="module", params=EVERY_GENERATION)
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    path = tmp_path_factory.mktemp("sample") / "production.db"
    return write_sample(path, generation=request.param, users=2_000, tracks=5_000)


@pytest.fixture(scope="module", params=EVERY_GENERATION)
def clean_sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    path = tmp_path_factory.mktemp("clean") / "production.db"
    return write_sample(path, generation=request.param, users=500, tracks=2_000, dirt=0)


@pytest.fixture
def database(sample: Sample) -> Iterator[sqlite3.Connection]:
    with closing(opened(sample)) as connection:
        yield connection


def opened(sample: Sample) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{sample.path}?mode=ro", uri=True)
    connection.create_function("is_utf8", 1, is_utf8)
    connection.create_function("json_state", 1, json_state)
    return connection


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def json_state(value: str | float | None) -> str:
    if not isinstance(value, str) or value == "":
        return "valid"
    try:
        text = json.dumps(json.loads(value, parse_constant=refuse_constant), ensure_ascii=False)
    except ValueError:
        return "invalid"
    if not is_utf8(text.encode(errors="surrogatepass")):
        return "surrogate"
    return "nul" if "\\u0000" in text else "valid"


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def table_names(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def column_names(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]


def marked(connection: sqlite3.Connection, slug: str, table: str, column: str) -> set[int]:
    condition = MARKS[slug].format(f'"{column}"')
    return {rowid for (rowid,) in connection.execute(f'SELECT rowid FROM "{table}" WHERE {condition}')}


def orphans(connection: sqlite3.Connection) -> set[tuple[str, int]]:
    return {(table, rowid) for table, rowid, *_ in connection.execute("PRAGMA foreign_key_check")}


def planned(sample: Sample, slug: str, table: str, column: str) -> set[int]:
    return {
        record.rowid for record in sample.dirty if (record.kind, record.table, record.column) == (slug, table, column)
    }


def places(sample: Sample) -> list[tuple[str, str, str]]:
    """Every kind of dirt with the table and column that it can strike in the generation of the sample."""
    names = {table.entity: table.name for table in GENERATIONS[sample.generation]}
    return [(kind.slug, names[kind.entity], kind.column) for kind in KINDS if sample.generation in kind.generations]


def user_table(sample: Sample) -> str:
    return "User" if sample.generation == "D" else "users"


def track_table(sample: Sample) -> str:
    return "Track" if sample.generation == "D" else "tracks"


def owner_column(sample: Sample) -> str:
    return "userId" if sample.generation == "C" else "artistId"


@pytest.mark.parametrize("generation", EVERY_GENERATION)
def test_the_same_seed_gives_the_same_file(tmp_path: Path, generation: Generation) -> None:
    first = write_sample(tmp_path / "1.db", generation=generation, users=300, tracks=900, seed=7, dirt=0.05)
    second = write_sample(tmp_path / "2.db", generation=generation, users=300, tracks=900, seed=7, dirt=0.05)

    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.dirty == second.dirty


def test_another_seed_gives_another_file(tmp_path: Path) -> None:
    first = write_sample(tmp_path / "1.db", generation="B", users=300, tracks=900, seed=1)
    second = write_sample(tmp_path / "2.db", generation="B", users=300, tracks=900, seed=2)

    assert first.rows == second.rows
    assert first.path.read_bytes() != second.path.read_bytes()
    assert first.dirty != second.dirty


def test_rows_are_as_many_as_the_sample_says(sample: Sample, database: sqlite3.Connection) -> None:
    counted = {
        table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in table_names(database)
    }

    assert counted == dict(sample.rows)
    assert min(counted.values()) > 0
    assert (counted[user_table(sample)], counted[track_table(sample)]) == (2_000, 5_000)


def test_each_generation_has_its_own_tables_and_columns(sample: Sample, database: sqlite3.Connection) -> None:
    assert table_names(database) == TABLES[sample.generation] | {"_prisma_migrations"}
    assert column_names(database, user_table(sample)) == USER_COLUMNS[sample.generation].split()
    assert column_names(database, track_table(sample)) == TRACK_COLUMNS[sample.generation].split()


def test_metadata_is_jsonb_in_a_and_text_in_b(tmp_path: Path) -> None:
    for generation, declared in (("A", ("JSONB", 1)), ("B", ("TEXT", 0))):
        sample = write_sample(tmp_path / f"{generation}.db", generation=generation, users=5, tracks=5)
        with closing(opened(sample)) as connection:
            found = {row[1]: (row[2], row[3]) for row in connection.execute("PRAGMA table_info(tracks)")}

        assert found["metadata"] == declared


def test_unique_indexes_are_named_as_prisma_names_them(sample: Sample, database: sqlite3.Connection) -> None:
    indexes = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE UNIQUE%'")}

    assert f"{user_table(sample)}_email_key" in indexes
    assert ("users_walletAddress_key" in indexes) == (sample.generation == "C")
    assert ("likes_userId_trackId_key" in indexes) == (sample.generation != "D")


def test_every_kind_of_dirt_occurs(sample: Sample) -> None:
    found = {(record.kind, record.table, record.column) for record in sample.dirty}

    assert found == set(places(sample))


def test_dirt_is_where_the_sample_says_and_nowhere_else(sample: Sample, database: sqlite3.Connection) -> None:
    # A spoiled owner or time marks its row for several columns at once, hence column by column.
    for slug, table, column in places(sample):
        if slug in MARKS:
            assert marked(database, slug, table, column) == planned(sample, slug, table, column), (slug, table, column)


def test_dirty_records_are_named_by_the_key_in_the_file(sample: Sample, database: sqlite3.Connection) -> None:
    for record in sample.dirty:
        found = database.execute(f'SELECT "id" FROM "{record.table}" WHERE rowid = ?', (record.rowid,)).fetchone()

        assert found == (record.key,)


def test_foreign_keys_are_broken_only_where_planned(sample: Sample, database: sqlite3.Connection) -> None:
    blank_user = any(record.kind == "id_empty" and record.table == user_table(sample) for record in sample.dirty)
    broken = {
        (record.table, record.rowid)
        for record in sample.dirty
        # A user whose key is '' makes '' a key that exists.
        if record.kind in ORPHANS and not (record.kind == "owner_blank" and blank_user)
    }

    assert orphans(database) == broken


def test_only_planned_tracks_belong_to_rejected_users(sample: Sample, database: sqlite3.Connection) -> None:
    users = {record.key for record in sample.dirty if record.table == user_table(sample) and record.fate == "rejected"}
    owners = database.execute(f'SELECT rowid, "{owner_column(sample)}" FROM "{track_table(sample)}"')
    theirs = {rowid for rowid, owner in owners if owner in users and owner}

    assert theirs == planned(sample, "owner_rejected", track_table(sample), owner_column(sample))


def test_a_merged_person_shares_one_proof_with_one_clean_person(sample: Sample, database: sqlite3.Connection) -> None:
    table, dirty_keys = user_table(sample), {record.key for record in sample.dirty}

    for record in (record for record in sample.dirty if record.fate == "merged"):
        sharing = database.execute(
            f'SELECT "id" FROM "{table}" WHERE "{record.column}" = '
            f'(SELECT "{record.column}" FROM "{table}" WHERE rowid = ?) ORDER BY "id" = ? DESC',
            (record.rowid, record.key),
        ).fetchall()

        assert sharing[0] == (record.key,)
        assert {record.other} == {key for (key,) in sharing} - dirty_keys


def test_a_conflicting_proof_points_to_two_people(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "d.db", generation="D", users=2_000, tracks=5_000)
    sharing = 'SELECT "id" FROM "User" WHERE "{0}" = (SELECT "{0}" FROM "User" WHERE rowid = ?)'
    dirty_keys = {record.key for record in sample.dirty}

    with closing(opened(sample)) as database:
        for record in (record for record in sample.dirty if record.kind == "conflicting_proof"):
            by_telegram, by_wallet = (
                {key for (key,) in database.execute(sharing.format(column), (record.rowid,))} - dirty_keys
                for column in ("telegramId", "solanaAddress")
            )

            assert by_telegram == {record.other}
            assert len(by_wallet) == 1
            assert by_wallet.isdisjoint(by_telegram)


def test_who_repeats_a_value_stands_behind_the_record_that_had_it_first(
    sample: Sample, database: sqlite3.Connection
) -> None:
    repeating = [record for record in sample.dirty if record.other]

    for record in repeating:
        (first,) = database.execute(f'SELECT rowid FROM "{record.table}" WHERE "id" = ?', (record.other,)).fetchone()
        assert first < record.rowid
    assert {record.kind for record in repeating} == {
        "A": {"same_wallet"},
        "B": {"same_wallet"},
        "C": set(),
        "D": {"same_wallet", "same_telegram", "conflicting_proof", "mint_same"},
    }[sample.generation]


def test_a_clean_sample_has_no_dirt(clean_sample: Sample) -> None:
    with closing(opened(clean_sample)) as database:
        assert clean_sample.dirty == ()
        assert orphans(database) == set()
        for slug, table, column in places(clean_sample):
            if slug in MARKS:
                assert marked(database, slug, table, column) == set(), (slug, table, column)


def test_a_clean_sample_has_all_forms_of_a_time(clean_sample: Sample) -> None:
    forms = {
        "typeof({0}) = 'integer'",
        "{0} GLOB '????-??-?? ??:??:??'",
        "{0} GLOB '????-??-??T??:??:??.???Z'",
        "{0} GLOB '????-??-??T??:??:??.???+03:00'",
        "{0} GLOB '????-??-?? ??:??:?? +00:00'",
    }
    table, columns = track_table(clean_sample), ["createdAt", "updatedAt"]
    if clean_sample.generation == "C":
        columns.append("releaseDate")

    with closing(opened(clean_sample)) as database:
        for column in columns:
            known = forms | ({"{0} GLOB '????-??-??'"} if column == "releaseDate" else set())
            counts = [
                database.execute(f'SELECT count(*) FROM "{table}" WHERE {form.format(column)}').fetchone()[0]
                for form in known
            ]

            assert min(counts) > 0
            assert sum(counts) == 2_000


def test_a_clean_sample_has_people_who_differ_by_case_alone(clean_sample: Sample) -> None:
    with closing(opened(clean_sample)) as database:
        emails = [email for (email,) in database.execute(f'SELECT email FROM "{user_table(clean_sample)}"') if email]

    assert len(emails) == len(set(emails))
    assert len({email.casefold() for email in emails}) < len(emails)


def test_booleans_money_and_json_have_all_their_storage_classes(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "a.db", generation="A", users=500, tracks=5_000, dirt=0)

    with closing(opened(sample)) as database:
        (metadata, flags, prices, durations) = (
            dict(database.execute(f'SELECT typeof("{column}"), count(*) FROM tracks GROUP BY 1').fetchall())
            for column in ("metadata", "isPublished", "price", "duration")
        )
        published = database.execute("SELECT avg(isPublished IN (1, 'true')) FROM tracks").fetchone()[0]
        drifting = database.execute("SELECT count(*) FROM tracks WHERE price = 0.1 + 0.2").fetchone()[0]

    assert metadata.keys() == {"text", "integer", "real"}
    assert flags.keys() == {"text", "integer"}
    assert prices.keys() == {"real", "null"}
    assert durations.keys() == {"integer", "real", "null"}
    assert published == pytest.approx(0.9, abs=0.02)
    assert drifting > 0


def test_telegram_ids_are_unique_and_many_exceed_32_bits_while_clean(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "d.db", generation="D", users=1_000, tracks=10, dirt=0)

    with closing(opened(sample)) as database:
        rows = database.execute('SELECT "telegramId" FROM "User"').fetchall()
    known = [value for (value,) in rows if value]

    assert len(known) == len(set(known))
    assert any(int(value) > 2**31 for value in known)
    assert {None, ""} < {value for (value,) in rows}


def test_the_share_of_dirt_is_kept(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "b.db", generation="B", users=1_000, tracks=3_000, dirt=0.1)

    assert sum(sample.fates("users").values()) == 100
    assert sum(sample.fates("tracks").values()) == 300


@pytest.mark.parametrize("generation", EVERY_GENERATION)
@pytest.mark.parametrize(("users", "tracks"), [(1, 1), (3, 2), (2, 600), (600, 2), (FULL_TABLE, FULL_TABLE)])
@pytest.mark.parametrize("dirt", [0.01, 0.5])
def test_small_samples_can_be_written(
    tmp_path: Path, generation: Generation, users: int, tracks: int, dirt: float
) -> None:
    sample = write_sample(tmp_path / "small.db", generation=generation, users=users, tracks=tracks, dirt=dirt)

    with closing(opened(sample)) as database:
        counted = {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in sample.rows}
    assert counted == dict(sample.rows)


def test_an_existing_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "production.db"
    path.write_bytes(b"somebody's")

    with pytest.raises(FileExistsError):
        write_sample(path, generation="A", users=10, tracks=10)

    assert path.read_bytes() == b"somebody's"


@pytest.mark.parametrize(
    "numbers", [{"users": 0}, {"tracks": 0}, {"dirt": -0.1}, {"dirt": 0.6}], ids=lambda numbers: next(iter(numbers))
)
def test_impossible_numbers_are_refused_before_a_file_is_made(tmp_path: Path, numbers: dict[str, float]) -> None:
    path = tmp_path / "production.db"

    with pytest.raises(ValueError, match=r"needs at least one|is a share"):
        write_sample(path, generation="A", **({"users": 10, "tracks": 10} | numbers))  # type: ignore[arg-type]

    assert not path.exists()


def test_a_failure_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "production.db"
    monkeypatch.setattr("catalog.legacy.sample.write._spoil", lambda *arguments: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        write_sample(path, generation="A", users=10, tracks=10)

    assert list(tmp_path.iterdir()) == []


def test_nothing_but_the_database_is_left_behind(sample: Sample) -> None:
    with closing(opened(sample)) as database:
        mode = database.execute("PRAGMA journal_mode").fetchone()[0]
        intact = database.execute("PRAGMA integrity_check").fetchone()[0]

    assert list(sample.path.parent.iterdir()) == [sample.path]
    assert (mode, intact) == ("delete", "ok")
