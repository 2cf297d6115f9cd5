"""Schemas as they are met: names in any case and order, columns too many and too few, odd tables and odd keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accounts.models import User
from catalog.models import NFTMemorial, Track
from operations.importing.errors import SchemaUnknown
from operations.models import LandedRecord
from tests.operations.legacy_files import counts, imported, legacy_file, outcomes, quoted, reasons, scripted

pytestmark = pytest.mark.django_db

GENERATIONS = {
    "A": ("wallet, artistName", "title, artistId"),
    "B": ("wallet, tonBalance", "title, artistId"),
    "B without balances": ("wallet, role", "title, artistId, publishedAt"),
    "C": ("walletAddress, role, tonBalance", "title, userId, releaseDate"),
    "C without release dates": ("walletAddress", "title, userId"),
    "C as the code writes it": ("walletAddress", "title, artistId, artistName, audioUrl, imageUrl"),
    "D": ("solanaAddress, telegramId", "title, artistId, coverArt"),
}


@pytest.mark.parametrize(("users", "tracks"), [("users", "tracks"), ("User", "Track"), ("USERS", "Tracks")])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_generation_is_known_by_its_columns_whatever_the_tables_are_called(
    tmp_path: Path, users: str, tracks: str, generation: str
) -> None:
    people, music = GENERATIONS[generation]
    path = scripted(
        tmp_path / "p.db",
        f"""CREATE TABLE "{tracks}" (createdAt, updatedAt, {music}, id TEXT PRIMARY KEY);
        CREATE TABLE "{users}" ({people}, id TEXT PRIMARY KEY, createdAt);
        INSERT INTO "{users}" (id, createdAt) VALUES ('u1', 1);
        INSERT INTO "{tracks}" (id, title, {"userId" if "userId" in music else "artistId"}, createdAt, updatedAt)
        VALUES ('t1', 'Title', 'u1', 1, 2);""",
    )

    report = imported(path)

    assert (report.generation, report.ok) == (generation[0], True)
    assert counts(report) == {"users": (1, 1, 0, 0, 0, 0), "tracks": (1, 1, 0, 0, 0, 0)}
    assert Track.objects.get().artist_id == "u1"


def test_columns_are_known_in_any_case_and_order_and_unknown_ones_are_kept(tmp_path: Path) -> None:
    odd = '100%% odd "name"'
    path = scripted(
        tmp_path / "p.db",
        f"""CREATE TABLE users ({quoted(odd)}, CREATEDAT, DisplayName, WALLETaddress, "key", "row", "rowid", ID TEXT);
        CREATE TABLE tracks (UserID, "Id" TEXT PRIMARY KEY, UPDATEDAT, createdat, TITLE);
        INSERT INTO users VALUES ('%s', '2024-05-01', 'Ann', 'W1', 1, 2, 3, 'u1');
        INSERT INTO tracks VALUES ('u1', 't1', 2, 1, 'Title');""",
    )

    assert imported(path).ok

    user = User.objects.get()
    assert (user.id, user.display_name, user.created_at and user.created_at.isoformat()) == (
        "u1",
        "Ann",
        "2024-05-01T00:00:00+00:00",
    )
    assert set(user.identities.values_list("provider", "subject")) == {("normaldance", "u1"), ("solana", "W1")}
    assert json.loads(LandedRecord.objects.get(entity__name="users").raw) == {
        odd: "%s",
        "CREATEDAT": "2024-05-01",
        "DisplayName": "Ann",
        "WALLETaddress": "W1",
        "key": 1,
        "row": 2,
        "rowid": 3,
        "ID": "u1",
    }


def test_the_newest_name_that_holds_something_wins(tmp_path: Path) -> None:
    names = ("id", "artistId", "userId", "artistName", "artist", "coverArt", "imageUrl")
    values = (
        ("t1", None, "u1", "", "Old", "c", "i"),
        ("t2", "u2", "u1", "New", "Old", "", "i"),
        ("t3", "", "u2", "", None, None, ""),
    )
    tracks = [dict(zip(names, row, strict=True)) for row in values]
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1"}, {"id": "u2"}], tracks=tracks)

    assert imported(path).ok
    found = Track.objects.order_by("id").values_list("artist_id", "artist_name", "cover_image")
    assert list(found) == [("u1", "Old", "c"), ("u2", "New", "i"), ("u2", "", "")]


def test_a_table_of_the_recognised_generation_goes_before_a_leftover(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1"}], tracks=[{}], script="CREATE TABLE users (id, old);")

    loaded = (1, 1, 0, 0, 0, 0)

    assert counts(imported(path)) == {"users": loaded, "tracks": loaded, "users (table)": (0,) * 6}


def test_what_is_no_normaldance_is_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    path = scripted(tmp_path / "p.db", "CREATE TABLE users (id, name); CREATE TABLE posts (id);")

    with pytest.raises(SchemaUnknown, match=r"Found: posts \(id\), users \(id, name\). Expected one of: gen"):
        imported(path)


def test_a_column_that_nothing_can_do_without_is_named(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{}], tracks=[{}], script="ALTER TABLE Track DROP COLUMN artistId")

    with pytest.raises(SchemaUnknown, match="The table Track has no column for artist: looked for artistId or userId"):
        imported(path)


def test_other_tables_are_kept_raw_whatever_they_are(tmp_path: Path) -> None:
    odd = "we\"ird' %s [/b]таблица"
    script = f"""
        CREATE TABLE {quoted(odd)} (a, b, PRIMARY KEY (a, b));
        INSERT INTO {quoted(odd)} VALUES (1, 2), ('1', 2), (NULL, 2), (x'00', 3), (1.5, 'x' || char(10) || 'y');
        CREATE TABLE vacant (x);
        CREATE TABLE keyless (x); INSERT INTO keyless VALUES (1), (1);
        CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO pairs VALUES ('x', 'y');
        CREATE TABLE made (id INTEGER PRIMARY KEY, twice INT AS (id * 2) STORED); INSERT INTO made (id) VALUES (-7);
        CREATE VIEW seen AS SELECT * FROM keyless;
    """
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1"}], tracks=[{}], script=script)

    report = imported(path, batch_size=2)

    assert report.ok
    kept = {name: numbers[3] for name, numbers in counts(report).items() if name not in {"users", "tracks"}}
    assert kept == {odd: 5, "vacant": 0, "keyless": 2, "pairs": 1, "made": 1}
    assert outcomes(odd).keys() == {"[1,2]", '["1",2]', "rowid:3", "rowid:4", '[1.5,"x\\ny"]'}
    assert outcomes("keyless").keys() == {"rowid:1", "rowid:2"}
    assert outcomes("pairs").keys() == {'["y","x"]'}
    assert json.loads(LandedRecord.objects.get(entity__name="made", key="-7").raw) == {"id": -7, "twice": -14}


@pytest.mark.parametrize(
    ("key", "repeated"),
    [
        ("TEXT PRIMARY KEY", []),
        ("VARCHAR(9) UNIQUE", []),
        ("BLOB PRIMARY KEY", ["1"]),
        ("TEXT", ["1", "b"]),
        ("", ["1", "b"]),
        ("TEXT COLLATE NOCASE", ["1", "b"]),
    ],
)
def test_keys_that_read_the_same_are_one_record(tmp_path: Path, key: str, repeated: list[str]) -> None:
    keys = ["A", "a", "b", 1, "c", *repeated]
    users = [{"id": one, "solanaAddress": f"W{place}"} for place, one in enumerate(keys)]
    nfts = [{"id": "n1", "ownerId": "b"}, {"id": "n2", "ownerId": "A"}, {"id": "n3", "ownerId": "1"}]

    report = imported(legacy_file(tmp_path / "p.db", users=users, tracks=[{"artistId": "A"}], nfts=nfts, key=key))

    assert report.ok
    assert set(User.objects.values_list("id", flat=True)) == {"A", "a", "b", "1", "c"}
    assert reasons("users") == {f"rowid:{6 + place}": ("duplicate_key", "") for place in range(len(repeated))}
    assert list(NFTMemorial.objects.order_by("id").values_list("owner_wallet", flat=True)) == ["W2", "W0", "W3"]


def test_whole_numbers_can_be_keys(tmp_path: Path) -> None:
    users = [{"id": number} for number in (5, -3, 2**63 - 1)]
    tracks = [{"id": place, "artistId": number} for place, number in enumerate((5, "-3", 2**63 - 1, 6), 1)]
    path = legacy_file(tmp_path / "p.db", users=users, tracks=tracks, key="INTEGER PRIMARY KEY")

    assert imported(path, batch_size=1).ok
    assert set(Track.objects.values_list("id", "artist_id")) == {("1", "5"), ("2", "-3"), ("3", str(2**63 - 1))}
    assert reasons("tracks") == {"4": ("missing_reference", "artistId")}


def test_records_without_a_usable_key_are_counted_and_shown(tmp_path: Path) -> None:
    keys = [None, None, "", " ", b"u", "x" * 256, "rowid:1", "a\x00b", "ok"]
    path = legacy_file(tmp_path / "p.db", users=[{"id": key} for key in keys], tracks=[], key="TEXT")

    assert imported(path).ok
    assert {key: reason for key, (reason, _) in reasons("users").items()} == {
        **dict.fromkeys(["rowid:1", "rowid:2", "rowid:3", "rowid:4"], "empty_key"),
        "rowid:5": "unstorable_text",
        "rowid:6": "key_too_long",
        "rowid:7": "reserved_key",
        "rowid:8": "unstorable_text",
    }
    assert list(User.objects.values_list("id", flat=True)) == ["ok"]


def test_odd_characters_in_keys_lead_where_they_did(tmp_path: Path) -> None:
    controls = ["a\nb", "a\rb", "a\tb", "\x01", "\x02", "a\x01b\x02c", "u\u2028"]
    odd = [*controls, '"', "'", "\\", "\\.", "\\N", "%s", "👩🏽‍🎤", "e\u0301", "é"]
    tracks = [{"id": f"t {key}", "artistId": key, "title": f"{key} {key}"} for key in odd]

    report = imported(legacy_file(tmp_path / "p.db", users=[{"id": key} for key in odd], tracks=tracks), batch_size=5)

    assert report.ok
    found = set(Track.objects.values_list("id", "artist_id", "title"))
    assert found == {(f"t {key}", key, f"{key} {key}") for key in odd}
