"""An inspection is worth what its word is worth: what it predicts is compared with what an import does."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from contextlib import closing
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.legacy.normaldance import NORMALDANCE
from catalog.legacy.sample import Generation, write_sample
from operations.importing import declaration as rules
from operations.importing import sql
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.inspection.report import NOT_PREDICTED, EntityFound, Inspection
from operations.importing.inspection.values import reading_of
from operations.importing.reasons import SENTENCES

EVERY_GENERATION: tuple[Generation, ...] = get_args(Generation)

USERS = (
    "id TEXT, email TEXT, username TEXT, displayName TEXT, wallet TEXT, level TEXT, balance REAL, isArtist BOOLEAN, "
    "isActive BOOLEAN, createdAt DATETIME, updatedAt DATETIME"
)
TRACKS = (
    "id TEXT, title TEXT, artistName TEXT, artist TEXT, genre TEXT, duration INTEGER, playCount INTEGER, "
    "metadata JSONB, price REAL, isPublished BOOLEAN, createdAt DATETIME, updatedAt DATETIME, artistId TEXT"
)
TOKENS = "id TEXT, tokenId TEXT, mintAddress TEXT, name TEXT, ownerId TEXT, trackId TEXT, createdAt DATETIME"
MINI_APP_USERS = "id TEXT, email TEXT, solanaAddress TEXT, tonAddress TEXT, telegramId TEXT"
BROKEN = b"caf\xe9"

Record = dict[str, Any]


def inspected(path: Path) -> Inspection:
    return inspect_source(NORMALDANCE, f"sqlite:///{path}")


def entity_of(inspection: Inspection, name: str) -> EntityFound:
    return next(entity for entity in inspection.entities if entity.entity == name)


def forms_of(inspection: Inspection, entity: str, column: str) -> dict[str, int]:
    columns = {one.name: one for one in entity_of(inspection, entity).columns}
    return {form.form: form.count for form in columns[column].forms}


def predicted(inspection: Inspection) -> dict[str, tuple[int, int, int, int, dict[str, int]]]:
    return {
        one.entity: (
            one.rows,
            one.prediction.loaded,
            one.prediction.merged,
            one.prediction.rejected,
            one.prediction.reasons,
        )
        for one in inspection.entities
    }


def imported(path: Path) -> dict[str, tuple[int, int, int, int, dict[str, int]]]:
    report = import_source(NORMALDANCE, f"sqlite:///{path}", Options(dry_run=True))
    names = {entity.name for entity in NORMALDANCE.entities}
    return {
        one.entity: (one.read, one.loaded, one.merged, one.rejected, one.reasons)
        for one in report.entities
        if one.entity in names
    }


def write_file(path: Path, **tables: tuple[str, Iterable[Record]]) -> Path:
    """A legacy file of these tables: name=(columns, records). Bytes under "text:<column>" are written as text."""
    with closing(sqlite3.connect(path)) as database, database:
        for table, (columns, records) in tables.items():
            database.execute(f'CREATE TABLE "{table}" ({columns})')
            for record in records:
                names = [name.removeprefix("text:") for name in record]
                marks = ["CAST(? AS TEXT)" if name.startswith("text:") else "?" for name in record]
                database.execute(
                    f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({", ".join(marks)})', list(record.values())
                )
    return path


def track(number: int, **fields: Any) -> Record:
    return {"id": f"t{number}", "title": "x", "artistId": "u1", "createdAt": 1, "updatedAt": 1, **fields}


def web_file(path: Path, *, users: Iterable[Record] = (), tracks: Iterable[Record] = (), **more: Any) -> Path:
    return write_file(path, users=(USERS, [{"id": "u1"}, *users]), tracks=(TRACKS, tracks), **more)


def content_of(folder: Path) -> dict[str, str]:
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


# Predictions


@pytest.mark.django_db
@pytest.mark.parametrize("generation", EVERY_GENERATION)
@pytest.mark.parametrize(("seed", "dirt"), [(1, 0.05), (5, 0.45)])
def test_what_is_predicted_is_what_an_import_does(
    tmp_path: Path, generation: Generation, seed: int, dirt: float
) -> None:
    path = tmp_path / "production.db"
    write_sample(path, generation=generation, users=400, tracks=1_200, seed=seed, dirt=dirt)

    found = predicted(inspected(path))

    assert found == imported(path)
    assert sum(rejected for _, _, _, rejected, _ in found.values()) > 0


@pytest.mark.django_db
def test_records_that_claim_the_same_are_decided_as_in_an_import(tmp_path: Path) -> None:
    people = [
        {"id": "a", "telegramId": "7", "email": "a@x.ru"},
        {"id": "b", "solanaAddress": "Wallet", "email": "A@x.ru"},
        {"id": "c", "telegramId": "007", "solanaAddress": "Wallet", "email": "c@x.ru"},
        {"id": "d", "telegramId": " +7 ", "email": "b@x.ru"},
        {"id": "e", "email": "a@x.ru"},
        {"id": "f", "email": "a@x.ru", "telegramId": "7"},
        {"id": "g", "tonAddress": "ton", "telegramId": "9"},
        {"id": "h", "tonAddress": "ton", "solanaAddress": "Other"},
        {"id": "i", "solanaAddress": "Other"},
        {"id": "a", "telegramId": "11"},
        {"id": "rowid:3"},
        {"id": "j", "telegramId": "9.0"},
    ]
    owners = [*(person["id"] for person in people), "nobody", "rowid:10"]
    tracks = [track(number, artistId=owner) for number, owner in enumerate(owners)]
    columns = TRACKS.replace("isPublished", "isMinted")
    path = write_file(tmp_path / "d.db", User=(MINI_APP_USERS, people), Track=(columns, tracks))

    found = predicted(inspected(path))

    assert found == imported(path)
    assert found["users"] == (
        *(12, 4, 5, 3),
        {"conflicting_proof": 1, "duplicate_key": 1, "reserved_key": 1},
    )
    assert found["tracks"][4] == {"missing_reference": 2, "rejected_reference": 2}


@pytest.mark.django_db
def test_a_field_with_several_columns_is_read_as_an_import_reads_it(tmp_path: Path) -> None:
    tracks = [
        track(1, artistName="", artist="A"),
        track(2, artistName="A", artist=b"\x00"),
        track(3, **{"text:artistName": BROKEN, "artist": "A"}),
        track(4, artistName=None, artist=""),
    ]
    tokens = [
        {"id": "n1", "tokenId": "same", "ownerId": "u1", "trackId": "t1"},
        {"id": "n2", "tokenId": "", "mintAddress": "lost", "trackId": "t2"},
        {"id": "n3", "tokenId": None, "mintAddress": None, "trackId": "t4"},
        {"id": "n4", "tokenId": None, "mintAddress": "n3"},
        {"id": "n5", "tokenId": "other", "mintAddress": "x" * 300},
        {"id": "n6", "tokenId": "", "mintAddress": "x" * 300},
        {"id": "n7", "tokenId": "whole", "mintAddress": b"blob"},
        {"id": "n8", "tokenId": "odd", "name": b"blob", "createdAt": "yesterday", "trackId": "t9"},
    ]
    path = web_file(tmp_path / "a.db", tracks=tracks, nfts=(TOKENS, tokens))

    inspection = inspected(path)

    assert predicted(inspection) == imported(path)
    about = {(one.column, one.reason): one.records for one in entity_of(inspection, "memorials").objections}
    assert about == {
        ("tokenId", "duplicate_value"): 1,
        ("mintAddress", "too_long"): 1,
        ("tokenId", "unstorable_text"): 1,
        ("trackId", "rejected_reference"): 1,
        ("trackId", "missing_reference"): 1,
        ("createdAt", "not_a_time"): 1,
    }


# What a file of this system cannot give: reasons about values with members, words and keys of a certain form.
OF_OTHER_SOURCES = {"disagrees", "not_a_uuid", "not_an_object", "unknown_value", "unstorable_number"}


@pytest.mark.django_db
def test_every_reason_that_records_give_is_predicted(tmp_path: Path) -> None:
    people = [
        {"id": "a", "telegramId": "1", "email": "a@x.ru"},
        {"id": "b", "wallet": "W"},
        {"id": "conflicting_proof", "telegramId": "1", "wallet": "W"},
        {"id": "not_an_id", "telegramId": "@a"},
        {"id": "too_long", "username": "x" * 256},
        {"id": "not_boolean", "isActive": "maybe"},
        {"id": "a", "username": "duplicate_key"},
        {"id": "rowid:1", "username": "reserved_key"},
        {"id": "x" * 256, "username": "key_too_long"},
        {"id": " ", "username": "empty_key"},
    ]
    tracks = [
        track(1, title="missing", artistId=""),
        track(2, title="missing_reference", artistId="nobody"),
        track(3, title="rejected_reference", artistId="too_long"),
        track(4, title="invalid_json", metadata="{"),
        track(5, title="unstorable_json", metadata='"\\u0000"'),
        track(6, title="unstorable_text", genre=b"blob"),
        track(7, title="negative", price=-1),
        track(8, title="not_a_number", price="free"),
        track(9, title="not_integer", playCount=1.5),
        track(10, title="not_a_time", createdAt="yesterday"),
        track(11, title="out_of_range", createdAt=10**18),
        track(12, title="precision_loss", price=1e-10),
        track(13, title="too_deep", metadata="[" * 600 + "]" * 600),
    ]
    tokens = [{"id": "first", "tokenId": "same"}, {"id": "duplicate_value", "tokenId": "same"}]
    columns = f"{USERS}, telegramId TEXT"
    path = write_file(
        tmp_path / "a.db", users=(columns, [{"id": "u1"}, *people]), tracks=(TRACKS, tracks), nfts=(TOKENS, tokens)
    )

    found = predicted(inspected(path))

    assert found == imported(path)
    given = {reason for entity in found.values() for reason in entity[4]}
    assert given == SENTENCES.keys() - OF_OTHER_SOURCES - {"refused_by_database"}
    assert {count for entity in found.values() for count in entity[4].values()} == {1}
    assert "refused_by_database" in NOT_PREDICTED


# Values: the same verdict as the SQL of the importer


digits = st.text("0123456789", min_size=1, max_size=22)
signs = st.sampled_from(["", "", "+", "-"])
numbers = st.builds(
    "{}{}{}{}".format,
    signs,
    digits,
    st.sampled_from(["", "", ".0", ".5", ".", ".000000000049", ".0000000005", ".00000000000001"]),
    st.sampled_from(["", "", "", "e5", "E-9", "e300", "e999", "e-400", "e"]),
)
clocks = st.builds(
    "{}{}:{}{}{}{}".format,
    st.sampled_from(["T", " ", "t", "  "]),
    st.sampled_from(["00", "12", "23", "24", "25", "7"]),
    st.sampled_from(["00", "59", "60", "5"]),
    st.sampled_from(["", ":00", ":59", ":60", ":5"]),
    st.sampled_from(["", ".5", ".123", ".123456", ".1234567", ".123456789012", ".1234567890123", "."]),
    st.sampled_from(["", "Z", "z", " Z", "+03", "+0300", "+03:00", " -11:30", "+14:59", "+15", "+3", "-00:60", " UTC"]),
)
times = st.builds(
    "{}-{}-{}{}".format,
    st.sampled_from(["2024", "1999", "0000", "0999", "1000", "9999", "10000", "24"]),
    st.sampled_from(["01", "02", "12", "00", "13", "1"]),
    st.sampled_from(["01", "28", "29", "30", "31", "32", "00"]),
    st.one_of(st.just(""), clocks),
)
epochs = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.sampled_from([str(10**power) for power in range(20)] + [str(sql.LATEST), str(sql.LATEST + 1)]),
    st.sampled_from(["", ".0", ".00", ".5"]),
)
words = st.sampled_from([*sql.TRUE, *sql.FALSE, "TRUE", "Off", "2", "maybe", "1 ", "ＴRUE", "٣", "²", "null", "∞"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
ODD_JSON = (
    *("{bad", "NaN", "[-Infinity]", "'x'", '"a\tb"', "[1,]", "[01]", "[.5]", "[1.]", "[-]", "{}{}", '{"a":1,"a":2}'),
    *(r'"\u0000"', r'"\\u0000"', r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\ude00"', r'"\ud83d\\ude00"'),
    *(r'{"a": "\ud800", "a": 1}', r'"\uD83G"', r'"\x"', '"\\', "\ufeff{}", "1e131071", "1e131072", "[0e-16384]"),
    *(
        f"{'[' * depth}{inner}{']' * depth}"
        for depth in (490, 600, 2_000)
        for inner in ("{}", "1[]", r'"\ud800"', "]", "")
    ),
    *('{"[":' * 600 + "1e131072" + "}" * 600, "[" * 1_500, '"' + "[" * 1_500 + r'\ud800"', "[]" * 700, "[[],[" * 600),
    *("1e-16384", f"[{'9' * 131_072}]", f"[{'9' * 131_073}]", f"0.{'0' * 16_383}1", "1e99999999999999999999"),
)
json_texts = st.one_of(
    json_values.map(json.dumps),
    json_values.map(lambda value: json.dumps(value).replace("\\u", "\\ud83d\\u")),
    st.sampled_from(ODD_JSON),
)
anything = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (rules.Text(field="x", required=True, max_length=5), anything | st.sampled_from(["\t\n", "\u00a0", "\u2003"])),
        (rules.Integer(field="x"), numbers | digits | epochs),
        (rules.Integer(field="x", low=0), numbers | digits),
        (rules.Integer(field="x", low=5, high=99), numbers | digits),
        (rules.Decimal(field="x", digits=12, places=3), numbers),
        (rules.Decimal(field="x", digits=20, places=9), numbers),
        (rules.Decimal(field="x", digits=6, places=2, low=None), numbers),
        (rules.Decimal(field="x", digits=6, places=2, low=10), numbers),
        (rules.Boolean(field="x"), words),
        (rules.Time(field="x"), times | epochs | digits),
        (rules.Json(field="x"), json_texts | numbers),
    ],
    ids=[
        *("text", "integer", "count", "integer from 5 to 99", "seconds", "money", "any number", "number from 10"),
        *("boolean", "time", "json"),
    ],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_value_gets_the_same_verdict_here_and_in_sql(
    rule: rules.Rule, values: st.SearchStrategy[str], data: st.DataObject
) -> None:
    texts = data.draw(st.lists(values | words | anything, min_size=20, max_size=40))
    read = reading_of(rule)
    texts = [text for text in texts if read(text).form != "empty"]

    with connection.cursor() as cursor:
        value = "t.x" if isinstance(rule, rules.Text) else "btrim(t.x)"
        cursor.execute(
            f"SELECT {sql.problem(rule, 'v.x')} FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS t(x, place) "
            f"CROSS JOIN LATERAL (SELECT {value} AS x OFFSET 0) v ORDER BY place",
            {"texts": texts},
        )
        expected = [row[0] or "" for row in cursor.fetchall()]

    assert [(text, read(text).problem) for text in texts] == list(zip(texts, expected, strict=True))


# What is found


def test_forms_of_values_are_counted_with_an_example(tmp_path: Path) -> None:
    moments = [1_700_000_000_000, 1_700_000_000, "1700000000000", "2024-05-01", "2024-05-01 10:00:00", "yesterday", 5.5]
    moments += ["2024-05-01T10:00:00Z", "2024-05-01T10:00:00+03:00", "2024-02-30", None, "", 10**18, b"blob"]
    path = web_file(tmp_path / "a.db", tracks=[track(n, createdAt=moment) for n, moment in enumerate(moments)])

    inspection = inspected(path)

    assert forms_of(inspection, "tracks", "createdAt") == {
        "epoch ms": 2,  # NUMERIC affinity makes a number of what is written as one
        "epoch s": 1,
        "date only": 1,
        "SQL text, no zone": 1,
        "ISO text, Z": 1,
        "ISO text, offset": 1,
        "other text": 1,
        "other real": 1,
        "impossible date": 1,
        "beyond year 9999": 1,
        "blob": 1,
        "NULL": 1,
        "empty": 1,
    }
    column = next(one for one in entity_of(inspection, "tracks").columns if one.name == "createdAt")
    by_form = {form.form: (form.problem, form.example) for form in column.forms}
    assert by_form["SQL text, no zone"] == ("", "2024-05-01 10:00:00")
    assert by_form["impossible date"] == ("not_a_time", "2024-02-30")
    assert by_form["NULL"] == ("missing", "")
    assert by_form["blob"] == ("unstorable_text", "b'blob'")
    assert column.as_json(14)["shares"] == {"nulls": 0.0714, "empty": 0.0714}


def test_storage_classes_of_money_flags_and_json_are_told_apart(tmp_path: Path) -> None:
    tracks = [
        track(1, price=0.1 + 0.2, isPublished="true", metadata="128", duration=240.5),
        track(2, price=1, isPublished=1, metadata='{"a": 1}', duration=-1),
        track(3, price="free", isPublished="maybe", metadata="{bad", duration=3),
        track(4, price=float("inf"), isPublished="yes", metadata='"\\u0000"', duration="long"),
    ]
    path = web_file(tmp_path / "a.db", tracks=tracks)

    inspection = inspected(path)

    assert forms_of(inspection, "tracks", "price") == {"real, rounded": 1, "real": 1, "other text": 1, "infinite": 1}
    assert forms_of(inspection, "tracks", "isPublished") == {
        "true or false": 1,
        "0 or 1": 1,
        "a word": 1,
        "other text": 1,
    }
    assert forms_of(inspection, "tracks", "metadata") == {
        "integer": 1,
        "object": 1,
        "not JSON": 1,
        "JSON, not storable": 1,
    }
    assert forms_of(inspection, "tracks", "duration") == {"real": 1, "negative": 1, "integer": 1, "other text": 1}


def test_columns_say_where_they_go_and_what_is_missing_or_unknown(tmp_path: Path) -> None:
    path = web_file(tmp_path / "a.db", mystery=("a, b", [{"a": 1}]), likes=("id", []))
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE users ADD COLUMN shoeSize INTEGER")

    inspection = inspected(path)

    users, tracks = entity_of(inspection, "users"), entity_of(inspection, "tracks")
    purposes = {column.name: (column.use, column.fills) for column in users.columns}
    assert purposes["id"] == ("key", ("primary key",))
    assert purposes["displayName"] == ("field", ("display_name · text",))
    assert purposes["wallet"] == ("proof", ("solana · proof",))
    assert purposes["level"] == ("raw only", ())
    assert purposes["shoeSize"] == ("unknown", ())
    assert users.unknown == ("shoeSize",)
    assert {one.field for one in users.lacking} == {"avatar", "banner", "bio", "identity telegram", "identity ton"}
    assert {one.field: one.default for one in tracks.lacking}["is_nft"] is False
    assert inspection.absent == ("memorials",)
    assert {one.name: (one.entity, one.known) for one in inspection.tables} == {
        "users": ("users", True),
        "tracks": ("tracks", True),
        "likes": (None, True),
        "mystery": (None, False),
    }


def test_columns_without_a_rule_go_to_the_rest_of_the_record(tmp_path: Path) -> None:
    path = web_file(tmp_path / "a.db", nfts=(TOKENS, [{"id": "n1", "name": b"blob"}]))

    memorials = entity_of(inspected(path), "memorials")

    purposes = {column.name: column.fills for column in memorials.columns}
    assert purposes["name"] == ("metadata · rest",)
    assert purposes["id"] == ("primary key", "memorial_id · text")
    assert memorials.unknown == ()
    assert "owner_wallet" not in {one.field for one in memorials.lacking}  # looked up with the owner


def test_shared_values_are_counted(tmp_path: Path) -> None:
    people = [
        {"id": "a", "email": "a@x.ru", "wallet": "W"},
        {"id": "b", "email": "A@x.ru", "wallet": "W"},
        {"id": "c", "email": "Ж@x.ru", "wallet": "W"},
        {"id": "d", "email": "ж@x.ru", "wallet": ""},
        {"id": "e", "email": "c@x.ru", "wallet": ""},
        {"id": "f", "email": "c@x.ru"},
    ]
    path = web_file(tmp_path / "a.db", users=people)

    shared = {(one.what, one.name): (one.values, one.records) for one in entity_of(inspected(path), "users").sharings}

    assert shared == {
        ("proof value", "solana"): (1, 3),
        ("unique value", "email"): (1, 2),
        ("differs by case only", "email"): (2, 4),
    }


def test_an_empty_table_is_inspected(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.db", users=(USERS, []), tracks=(TRACKS, []))

    inspection = inspected(path)

    assert [one.rows for one in inspection.entities] == [0, 0]
    assert inspection.as_json()["entities"][0]["columns"][0]["shares"] == {"nulls": 0.0, "empty": 0.0}
    out = StringIO()
    call_command("inspect_legacy", "normaldance", location=str(path), stdout=out, stderr=StringIO())
    assert "no records" in out.getvalue()


def test_memory_does_not_grow_with_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.importing.inspection.inspector.BATCH", 250)

    def peak(path: Path) -> int:
        tracemalloc.start()
        inspected(path)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = tmp_path / "small.db", tmp_path / "large.db"
    write_sample(small, generation="D", users=1_000, tracks=1_000)
    write_sample(large, generation="D", users=5_000, tracks=5_000)
    peak(small)  # what is made once, on first use, is no matter of size

    # Other threads allocate as well: the lowest of several peaks is the inspection's own.
    assert min(peak(large) for _ in range(3)) < 1.2 * peak(small)


# The command


def test_nothing_is_changed_and_no_database_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "production.db"
    write_sample(path, generation="B", users=50, tracks=100)
    before = content_of(tmp_path)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_", "READ_DATABASE_", "REDIS_", "POSTGRES_"))
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "inspect_legacy", "normaldance", "--from", f"sqlite:///{path}", "--json"],
        env=environment | {"IGNORE_DOTENV": "on", "DEBUG": "on"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, content_of(tmp_path)) == (0, before), done.stderr
    found = json.loads(done.stdout)
    assert (found["source"], found["generation"]) == ("normaldance", "B")
    assert found["rows"] == sum(table["rows"] for table in found["tables"])
    assert found["estimate"]["seconds"] == pytest.approx(
        found["rows"] / found["estimate"]["records_per_second"], abs=0.1
    )


@pytest.mark.parametrize("generation", EVERY_GENERATION)
def test_the_text_is_plain_and_fits_a_hundred_columns(tmp_path: Path, generation: Generation) -> None:
    path = tmp_path / "production.db"
    write_sample(path, generation=generation, users=300, tracks=600)
    out, err = StringIO(), StringIO()

    call_command("inspect_legacy", "normaldance", location=f"sqlite:///{path}", stdout=out, stderr=err)

    lines = out.getvalue().splitlines()
    assert lines[0] == f"NormalDance, generation {generation}"
    assert max(len(line) for line in lines[2:]) <= 100  # the second is the address, however long
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", out.getvalue())
    assert "What an import would do" in out.getvalue()
    assert "users: 300 of 300" in err.getvalue()


def test_what_a_file_says_is_not_taken_for_markup_or_for_control_codes(tmp_path: Path) -> None:
    path = web_file(tmp_path / "a.db", tracks=[track(1, title="[b]:boom:\x1b[2J")])
    out = StringIO()

    call_command("inspect_legacy", "normaldance", location=str(path), stdout=out, stderr=StringIO())

    assert "[b]:boom:\\x1b[2J" in out.getvalue()


def test_an_unknown_schema_is_refused_with_what_was_found(tmp_path: Path) -> None:
    path = write_file(tmp_path / "other.db", songs=("id, name", []))

    with pytest.raises(CommandError, match=r"not a database of NormalDance.*songs \(id, name\)") as refusal:
        call_command("inspect_legacy", "normaldance", location=str(path), stderr=StringIO())

    assert refusal.value.returncode == 1


def test_a_missing_file_and_an_unknown_source_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        call_command("inspect_legacy", "normaldance", location=str(tmp_path / "none.db"), stderr=StringIO())
    with pytest.raises(CommandError, match="There is no legacy source 'napster'"):
        call_command("inspect_legacy", "napster", location=str(tmp_path / "none.db"), stderr=StringIO())


def test_a_zone_that_there_is_not_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "production.db"
    write_sample(path, generation="B", users=1, tracks=1)

    with pytest.raises(CommandError, match=r"There is no time zone 'Europe/Nowhere'\."):
        call_command("inspect_legacy", "normaldance", "--from", str(path), "--zone", "Europe/Nowhere")
