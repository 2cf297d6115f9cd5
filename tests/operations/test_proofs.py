"""The proofs find what is not as the source says, and name table, key and column; and they find nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from catalog.legacy.normaldance import NORMALDANCE
from operations.importing.errors import LegacyError
from operations.importing.expectation import Unexpected, parsed_json, same_json
from operations.importing.verifying import verify_source
from tests.operations.legacy_files import imported, legacy_file

pytestmark = pytest.mark.django_db

USERS = [
    {"id": "u1", "name": "Café ", "email": "ann@x.ru", "telegramId": "5", "solanaAddress": "W", "isArtist": 1},
    {"id": "u2", "telegramId": "5", "tonAddress": "T"},
    {"id": "u3", "name": "Bea", "createdAt": "2024-05-01T10:00:00.000001Z"},
    {"id": "u4", "createdAt": "never"},
]
TRACKS = [
    {
        "id": "t1",
        "title": "Dawn",
        "artistId": "u1",
        "price": 1.1,
        "duration": 240.5,
        "playCount": 7,
        "metadata": '{"Key": 1}',
    },
    {"id": "t2", "title": "Dusk", "artistId": "u3", "metadata": '{"a": [1.10, null], "b": "x"}', "genre": ""},
]
NFTS = [{"id": "n1", "ownerId": "u1", "trackId": "t1", "name": "Dawn"}]
USER, IDENTITY, TRACK, NFT = "accounts_user", "accounts_identity", "catalog_track", "catalog_nftmemorial"
LANDED, REJECTION = "operations_landedrecord", "operations_rejection"
LANDED_U1 = "key = 'u1' AND entity_id = (SELECT id FROM operations_legacyentity WHERE name = 'users')"
BENT = "replace(raw, 'Caf', 'caf')"
LANDED_PLAY = "entity_id = (SELECT id FROM operations_legacyentity WHERE name = 'plays')"


@pytest.fixture
def source(tmp_path: Path) -> str:
    script = "CREATE TABLE plays (id, x); INSERT INTO plays VALUES ('p1', 5), (x'00', 6);"
    path = legacy_file(tmp_path / "p.db", users=USERS, tracks=TRACKS, nfts=NFTS, script=script)
    assert imported(path).ok
    return f"sqlite:///{path}"


def spoil(statement: str) -> None:
    with connection.cursor() as cursor:
        # As corruption would: no constraint stands in its way.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def differences(source: str) -> tuple[set[str], set[str]]:
    """What the proof in SQL and the proof from the source name, as 'table key column'."""
    proofs = verify_source(NORMALDANCE, source)
    for proof in (proofs.sql, proofs.source):
        assert proof.differences == len(proof.named)
    named = [{f"{one.table} {one.key} {one.column}" for one in proof.named} for proof in (proofs.sql, proofs.source)]
    assert proofs.ok == (named == [set(), set()])
    return named[0], named[1]


def test_a_faithful_target_has_no_differences(source: str) -> None:
    assert differences(source) == (set(), set())
    rows = len(USERS) + len(TRACKS) + len(NFTS) + 2
    proofs = verify_source(NORMALDANCE, source)
    assert (proofs.sql.rows, proofs.source.rows) == (rows, rows)


# What is spoiled, and what both proofs must name.
VALUES = {
    "a trailing blank is lost": (
        f"UPDATE {USER} SET display_name = rtrim(display_name) WHERE id = 'u1'",
        "u1 display_name",
    ),
    "a letter is decomposed": (
        f"UPDATE {USER} SET display_name = normalize(display_name, NFD) WHERE id = 'u1'",
        "u1 display_name",
    ),
    "a letter changes its case": (f"UPDATE {USER} SET email = 'Ann@x.ru' WHERE id = 'u1'", "u1 email"),
    "a text gets lost": (f"UPDATE {USER} SET display_name = NULL WHERE id = 'u3'", "u3 display_name"),
    "an empty text for none": (f"UPDATE {USER} SET display_name = '' WHERE id = 'u3'", "u3 display_name"),
    "a value for none": (f"UPDATE {TRACK} SET genre = '' WHERE id = 't2'", "t2 genre"),
    "a microsecond more": (
        f"UPDATE {USER} SET created_at = created_at + interval '1 us' WHERE id = 'u3'",
        "u3 created_at",
    ),
    "a microsecond less": (
        f"UPDATE {USER} SET created_at = created_at - interval '1 us' WHERE id = 'u1'",
        "u1 created_at",
    ),
    "a moment for none": (f"UPDATE {USER} SET updated_at = now() WHERE id = 'u1'", "u1 updated_at"),
    "the last decimal": (f"UPDATE {TRACK} SET price = price + 0.000000001 WHERE id = 't1'", "t1 price"),
    "a decimal": (f"UPDATE {TRACK} SET duration = 240 WHERE id = 't1'", "t1 duration"),
    "a number": (f"UPDATE {TRACK} SET play_count = 8 WHERE id = 't1'", "t1 play_count"),
    "a flag": (f"UPDATE {USER} SET is_artist = NOT is_artist WHERE id = 'u3'", "u3 is_artist"),
    "a flag that is the default": (f"UPDATE {USER} SET is_active = false WHERE id = 'u3'", "u3 is_active"),
    "the case of a JSON key": (f"""UPDATE {TRACK} SET metadata = '{{"key": 1}}' WHERE id = 't1'""", "t1 metadata"),
    "a JSON number for a text": (f"""UPDATE {TRACK} SET metadata = '{{"Key": "1"}}' WHERE id = 't1'""", "t1 metadata"),
    "a JSON truth for a number": (
        f"""UPDATE {TRACK} SET metadata = '{{"Key": true}}' WHERE id = 't1'""",
        "t1 metadata",
    ),
    "a digit far behind the point": (
        f"""UPDATE {TRACK} SET metadata = '{{"a": [1.1000000000000000000001, null], "b": "x"}}' WHERE id = 't2'""",
        "t2 metadata",
    ),
    "JSON null for none": (
        f"""UPDATE {TRACK} SET metadata = '{{"a": [1.10], "b": "x"}}' WHERE id = 't2'""",
        "t2 metadata",
    ),
    "no JSON": (f"UPDATE {TRACK} SET metadata = NULL WHERE id = 't1'", "t1 metadata"),
    "another artist": (f"UPDATE {TRACK} SET artist_id = 'u3' WHERE id = 't1'", "t1 artist"),
    "another owner": (f"UPDATE {NFT} SET owner_id = 'u3' WHERE id = 'n1'", "n1 owner"),
    "another wallet": (f"UPDATE {NFT} SET owner_wallet = 'w' WHERE id = 'n1'", "n1 owner_wallet"),
    "another token": (f"UPDATE {NFT} SET memorial_id = 'N1' WHERE id = 'n1'", "n1 memorial_id"),
    "the rest of a token": (f"UPDATE {NFT} SET metadata = metadata || '{{\"x\": 1}}' WHERE id = 'n1'", "n1 metadata"),
    "a row is lost": (f"DELETE FROM {TRACK} WHERE id = 't2'", "t2 (row)"),
}


@pytest.mark.parametrize("name", VALUES)
def test_both_proofs_name_the_place(source: str, name: str) -> None:
    statement, place = VALUES[name]

    spoil(statement)

    table = statement.split()[2] if statement.startswith("DELETE") else statement.split()[1]
    expected = {f"{table} {place}"}
    assert differences(source) == (expected, expected)


def test_swapped_rows_are_both_named(source: str) -> None:
    spoil(f"UPDATE {TRACK} SET id = 't9' WHERE id = 't1'")
    spoil(f"UPDATE {TRACK} SET id = 't1' WHERE id = 't2'")
    spoil(f"UPDATE {TRACK} SET id = 't2' WHERE id = 't9'")

    in_sql, from_source = differences(source)

    swapped = {f"{TRACK} {key} {column}" for key in ("t1", "t2") for column in ("title", "artist", "metadata")}
    assert in_sql == from_source
    assert swapped < in_sql


# What is spoiled, what the proof in SQL must name, and what the proof from the source must.
ELSEWHERE = {
    "a row has another key": (
        f"UPDATE {TRACK} SET id = 't3' WHERE id = 't2'",
        {f"{TRACK} t2 (row)", f"{TRACK} t3 (row)"},
        {f"{TRACK} t2 (row)"},
    ),
    "a row is doubled under a new key": (
        f"INSERT INTO {TRACK} (id, title, artist_id) SELECT 't3', title, artist_id FROM {TRACK} WHERE id = 't2'",
        {f"{TRACK} t3 (row)"},
        set(),
    ),
    "a person comes from nowhere": (f"INSERT INTO {USER} (id) VALUES ('u9')", {f"{USER} u9 (row)"}, set()),
    "an identity is lost": (f"DELETE FROM {IDENTITY} WHERE provider = 'ton'", {f"{USER} u2 identity ton"}, set()),
    "an identity is another's": (
        f"UPDATE {IDENTITY} SET user_id = 'u3' WHERE provider = 'solana'", {f"{USER} u1 identity solana"}, set()
    ),
    "an identity is bent": (
        f"UPDATE {IDENTITY} SET subject = '50' WHERE provider = 'telegram'",
        {f"{USER} u1 identity telegram", f"{USER} u2 identity telegram"},
        set(),
    ),
    "a legacy key leads nowhere": (
        f"DELETE FROM {IDENTITY} WHERE subject = 'u3'", {f"{USER} u3 identity normaldance"}, set()
    ),
    "a legacy key leads to somebody though no record has it": (
        f"UPDATE {IDENTITY} SET subject = 'u9' WHERE subject = 'u3'",
        {f"{USER} u3 identity normaldance", f"{USER} u9 identity normaldance"},
        set(),
    ),
    "a rejection is lost": (f"DELETE FROM {REJECTION} WHERE key = 'u4'", {f"{USER} u4 (rejection)"}, set()),
    "a raw record is bent": (
        f"UPDATE {LANDED} SET raw = {BENT} WHERE {LANDED_U1}", {f"{USER} u1 (landed record)"}, set()
    ),
    "a raw record and its hash are bent": (
        f"UPDATE {LANDED} SET raw = {BENT}, sha256 = sha256(convert_to({BENT}, 'UTF8')) WHERE {LANDED_U1}",
        {f"{USER} u1 display_name"},
        set(),
    ),
    "a raw record that others look up in is cut": (
        f"UPDATE {LANDED} SET raw = left(raw, -1) WHERE {LANDED_U1}",
        {f"{USER} u1 (landed record)", f"{NFT} n1 owner_wallet"},
        set(),
    ),
    "a kept record is bent": (
        f"UPDATE {LANDED} SET raw = upper(raw) WHERE key = 'rowid:1'", {"plays rowid:1 (landed record)"}, set()
    ),
    "a kept record and its hash are bent": (
        f"UPDATE {LANDED} SET raw = '{{}}', sha256 = sha256('{{}}') WHERE {LANDED_PLAY} AND key = 'rowid:2'",
        set(),
        {"plays rowid:2 (landed record)"},
    ),
    "a landed record is lost": (
        f"DELETE FROM {LANDED} WHERE {LANDED_PLAY} AND key = 'rowid:1'", set(), {"plays rowid:1 (landed record)"}
    ),
    "a person is merged into nobody": (
        f"UPDATE {LANDED} SET target = 'u9' WHERE outcome = 'merged'",
        {f"{USER} u2 (merged row)", *(f"{USER} u2 identity {one}" for one in ("normaldance", "telegram", "ton"))},
        set(),
    ),
    "a loaded record is only kept": (
        f"UPDATE {LANDED} SET outcome = 'kept' WHERE {LANDED_U1}",
        {f"{USER} u1 (outcome)", f"{USER} u1 (row)", f"{TRACK} t1 (problem)", f"{NFT} n1 (problem)"},
        set(),
    ),
    "a merged record is loaded": (
        f"UPDATE {LANDED} SET outcome = 'loaded' WHERE outcome = 'merged'",
        {f"{USER} u2 (outcome)", f"{USER} u2 display_name", f"{USER} u2 email", f"{USER} u2 is_artist"},
        {f"{USER} u2 display_name", f"{USER} u2 email", f"{USER} u2 is_artist"},
    ),
    "a loaded record is merged": (
        f"UPDATE {LANDED} SET outcome = 'merged' WHERE key = 't1'",
        {f"{TRACK} t1 (outcome)", f"{TRACK} t1 (row)"},
        set(),
    ),
    "a loaded record is rejected for no reason": (
        f"UPDATE {LANDED} SET outcome = 'rejected' WHERE key = 't2'", {f"{TRACK} t2 (rejection)"}, set()
    ),
    "a rejected record is loaded": (
        f"UPDATE {LANDED} SET outcome = 'loaded' WHERE key = 'u4'",
        {f"{USER} u4 (rejection)", f"{USER} u4 (row)", f"{USER} u4 identity normaldance"},
        {f"{USER} u4 (row)"},
    ),
    "a kept record is loaded": (
        f"UPDATE {LANDED} SET outcome = 'loaded' WHERE {LANDED_PLAY} AND key = 'rowid:1'",
        {"plays rowid:1 (outcome)"},
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_only_one_proof_can_see_is_named_by_it(source: str, name: str) -> None:
    statement, in_sql, from_source = ELSEWHERE[name]

    spoil(statement)

    assert differences(source) == (in_sql, from_source)


def test_a_difference_shows_both_values(source: str) -> None:
    spoil(f"UPDATE {USER} SET display_name = 'Bob' WHERE id = 'u3'")

    proofs = verify_source(NORMALDANCE, source)

    for proof in (proofs.sql, proofs.source):
        [found] = proof.named
        assert (found.table, found.key, found.column, found.expected, found.found) == (
            USER,
            "u3",
            "display_name",
            "Bea",
            "Bob",
        )


def test_all_differences_are_counted_and_a_hundred_named(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": f"u{n}", "bio": "x"} for n in range(150)])
    assert imported(path).ok
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {USER} SET bio = 'y'")

    proofs = verify_source(NORMALDANCE, f"sqlite:///{path}")

    assert [(one.differences, len(one.named)) for one in (proofs.sql, proofs.source)] == [(150, 100), (150, 100)]


def test_only_what_was_imported_can_be_proven(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{}])

    with pytest.raises(LegacyError, match="NormalDance has not been imported yet: run import_legacy"):
        verify_source(NORMALDANCE, str(path))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ("1.10", "1.1", True),
        ("1", "1.0", True),
        ("-0", "0", True),
        ("1e400", "1" + "0" * 400, True),
        ('"\\u00e9"', '"é"', True),
        ('{"a": 1, "a": 2}', '{"a": 2}', True),
        ("123456789012345678901234567890", "123456789012345678901234567891", False),
        ("0.1", "0.10000000000000000555", False),
        ("1", "true", False),
        ("null", "0", False),
        ('"e\u0301"', '"é"', False),
        ('{"a": 1}', '{"A": 1}', False),
        ('{"a": null}', "{}", False),
        ("[1, 2]", "[2, 1]", False),
        ('"1"', "1", False),
    ],
)  # fmt: skip
def test_json_is_compared_by_its_meaning_and_to_the_last_digit(one: str, other: str, equal: bool) -> None:
    assert same_json(one, other) is equal
    assert same_json(other, one) is equal


def test_what_is_not_json_has_no_meaning() -> None:
    with pytest.raises(Unexpected):
        parsed_json("{bad")
