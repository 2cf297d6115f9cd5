"""The operators' commands: what they print, and how they end."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pytest_django.fixtures import Settings

from accounts.models import User
from catalog.models import Track
from operations.importing.session import Session
from operations.models import ImportRun
from operations.sandbox import Sandbox
from tests.operations.legacy_files import imported, legacy_file, row_counts, scripted, sequences, state

USERS = [
    {"id": "u1", "telegramId": "5"},
    {"id": "u2", "telegramId": "5"},
    {"id": "u3", "createdAt": "never"},
    {"id": "u4"},
]
TRACKS = [
    {"id": "t1"},
    {"id": "t2", "artistId": "u3"},
    {"id": "t3", "artistId": "gone"},
    {"id": "t4", "artistId": "gone"},
]
PLAYS = 'CREATE TABLE "plays [b]" (id); INSERT INTO "plays [b]" VALUES (1), (2);'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return legacy_file(tmp_path / "p.db", users=USERS, tracks=TRACKS, script=PLAYS)


def run(command: str, *arguments: Any) -> tuple[str, str]:
    """What the command writes to its two streams."""
    out, err = StringIO(), StringIO()
    call_command(command, "normaldance", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def counted(entity: str, *numbers: int, **reasons: int) -> dict[str, Any]:
    names = ("read", "loaded", "merged", "kept", "rejected", "unchanged")
    return {"entity": entity, **dict(zip(names, numbers, strict=True)), "reasons": reasons}


FIRST = [
    counted("users", 4, 2, 1, 0, 1, 0, not_a_time=1),
    counted("tracks", 4, 1, 0, 0, 3, 0, missing_reference=2, rejected_reference=1),
    counted("plays [b]", 2, 0, 0, 2, 0, 0),
]
PROVEN = {"rows": 10, "differences": 0, "named": [], "changed": 0, "changes": []}


@pytest.mark.django_db
@pytest.mark.parametrize("dry", [True, False])
def test_json_is_one_object_with_counts_and_proofs(path: Path, dry: bool) -> None:
    out, _ = run("import_legacy", "--from", f"sqlite:///{path}", "--json", *(["--dry-run"] if dry else []))

    report = json.loads(out)
    assert report.pop("seconds") > 0
    assert {one["entity"]: one["unknown"] for one in report.pop("unmatched")} == {"users": [], "tracks": []}
    assert dry or report["run"] == str(ImportRun.objects.get().pk)
    assert report.pop("run")
    assert report == {
        "source": "normaldance",
        "generation": "D",
        "dry_run": dry,
        "ok": True,
        "entities": FIRST,
        "expired": {},
        "vanished": [],
        "merges": [{"entity": "users", "key": "u2", "row": "u1"}],
        "takeovers": [],
        "contests": [],
        "proof": {"sql": PROVEN, "source": PROVEN},
    }
    assert ImportRun.objects.count() == (0 if dry else 1)


@pytest.mark.django_db
def test_the_run_keeps_what_was_printed(path: Path) -> None:
    out, _ = run("import_legacy", "--from", path, "--json")

    run_ = ImportRun.objects.get()
    assert run_.report == json.loads(out)
    assert (run_.source, run_.location, run_.generation) == ("normaldance", f"sqlite:///{path}", "D")
    assert (run_.state, run_.error) == ("finished", "")
    assert run_.finished_at is not None
    assert run_.finished_at >= run_.started_at


@pytest.mark.django_db
def test_the_report_says_what_became_of_everything(path: Path) -> None:
    out, err = run("import_legacy", "--from", path)

    rows = [line.strip("│ ").split("│") for line in out.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["users", "4", "2", "1", "0", "1", "0"],
        ["tracks", "4", "1", "0", "0", "3", "0"],
        ["plays [b]", "2", "0", "0", "2", "0", "0"],
    ]
    assert "Rejected users: not_a_time 1\n" in out
    assert "Rejected tracks: missing_reference 2, rejected_reference 1\n" in out
    assert "Proof in SQL: 10 records compared, 0 differences.\n" in out
    assert "Proof from the source: 10 records compared, 0 differences.\n" in out
    assert out.endswith("Every record is accounted for, and nothing differs.\n")
    assert f"sqlite:///{path}, generation D\n" in err
    assert "users: 4 of 4 (" in err
    again, _ = run("import_legacy", "--from", path, "--dry-run")
    assert again.endswith(
        "Nothing was written: this was a dry run. Every record is accounted for, and nothing differs.\n"
    )


@pytest.mark.django_db
def test_where_source_and_declaration_do_not_match_is_said(path: Path) -> None:
    scripted(path, 'ALTER TABLE "User" ADD COLUMN shoeSize')

    out, _ = run("import_legacy", "--from", path)

    assert "Columns of User that are unknown, kept raw: shoeSize.\n" in out
    (line,) = (line for line in " ".join(out.split()).split(". ") if line.startswith("No column in Track for"))
    assert "genre" in line.split(" for ")[1].split(", ")
    users, tracks = ImportRun.objects.get().report["unmatched"]
    assert (users["table"], users["unknown"]) == ("User", ["shoeSize"])
    assert {"field": "genre", "names": ["genre"], "default": None} in tracks["lacking"]


@pytest.mark.django_db
def test_differences_are_named_and_give_exit_status_2(path: Path) -> None:
    imported(path)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # a change that the history does not see
    User.objects.filter(id="u1").update(bio="[b]:fire:[/x]")

    for command, last in (("import_legacy", "The import is not in order"), ("verify_legacy", "The target is not what")):
        out = StringIO()
        with pytest.raises(CommandError, match=last) as failure:
            call_command(command, "normaldance", "--from", str(path), stdout=out, stderr=StringIO())
        assert failure.value.returncode == 2
        assert out.getvalue().count("accounts_user u1: bio should be '', is '[b]:fire:[/x]'\n") == 2
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_legacy", "normaldance", "--from", str(path), "--json", stdout=out, stderr=StringIO())
    named = {"table": "accounts_user", "key": "u1", "column": "bio", "expected": "", "found": "[b]:fire:[/x]"}
    found = PROVEN | {"differences": 1, "named": [named]}
    assert json.loads(out.getvalue()) == {"sql": found, "source": found}


@pytest.mark.django_db
def test_verify_proves_and_writes_nothing(path: Path) -> None:
    imported(path)
    before = state(), row_counts()

    out, _ = run("verify_legacy", "--from", path, "--only", "users")

    assert out == (
        "Proof in SQL: 4 records compared, 0 differences.\nProof from the source: 4 records compared, 0 differences.\n"
    )
    assert (state(), row_counts()) == before


@pytest.mark.django_db
def test_only_takes_the_entities_that_it_names(path: Path) -> None:
    out, _ = run("import_legacy", "--from", path, "--json", "--only", "users", "--only", "plays [b]")

    report = json.loads(out)
    assert [one["entity"] for one in report["entities"]] == ["users", "plays [b]"]
    assert (report["ok"], report["proof"]["sql"]["rows"], Track.objects.count()) == (True, 6, 0)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_leaves_nothing_in_the_database_not_even_statistics(path: Path) -> None:
    def sizes() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, reltuples FROM pg_class WHERE relname ~ '^(accounts|catalog|operations)_' "
                "AND relkind = 'r' AND reltuples <> -1 ORDER BY 1"
            )
            return cursor.fetchall()

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user, accounts_identity, catalog_track, operations_landedrecord")
    before = row_counts(), sequences(), sizes()

    run("import_legacy", "--from", path, "--dry-run")

    assert (row_counts(), sequences(), sizes()) == before
    assert set(row_counts().values()) == {0}


@pytest.mark.django_db(transaction=True)
def test_an_import_with_several_sessions_ends_as_one_with_one_does(tmp_path: Path) -> None:
    tracks = [{"id": f"t{n}", "artistId": f"u{n % 7}", "price": "free" if n % 9 == 4 else n} for n in range(60)]
    path = legacy_file(tmp_path / "p.db", users=[{"id": f"u{n}"} for n in range(6)], tracks=tracks)
    one = imported(path, batch_size=4, writers=1)
    expected = state()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(row_counts())} CASCADE")

    several = imported(path, batch_size=4, writers=3)

    assert several.ok
    assert (several.entities, state()) == (one.entities, expected)
    assert several.entities[1].reasons == {"missing_reference": 8, "not_a_number": 6}


def test_make_sample_writes_a_file_that_can_be_named_to_the_other_commands(tmp_path: Path) -> None:
    path = tmp_path / "sample.db"

    out, _ = run("make_sample", path, "--generation", "A", "--users", 5, "--tracks", 9)

    assert out == f"sqlite:///{path}\n"
    with pytest.raises(CommandError, match=r"sample\.db exists already\. Name another file, or remove it\."):
        run("make_sample", path)
    with pytest.raises(CommandError, match="dirt is a share"):
        run("make_sample", tmp_path / "other.db", "--dirt", "2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["normaldance", "/nowhere/sample.db"],
            "cannot be written: No such file or directory. Name a file in",
        ),
        (["normaldance", "sqlite:///sample.db"], "give the path of a new file"),
        (["normaldance", "sample.db", "--generation", "Z"], "generation is one of A, B, C, D, not 'Z'"),
        (["events", "postgresql:///x", "--generation", "Z"], "generation is one of first, workflows, jsonb, not 'Z'"),
        (["events", "redis://:s3cr3t@127.0.0.1:1/0"], "is kept in postgresql: name an empty database, postgresql://…"),
        (["shop", "postgresql://u:s3cr3t@127.0.0.1:1/shop"], "postgresql://127.0.0.1:1/shop cannot be reached"),
        (["shop", "postgresql://127.0.0.1:1/shop?schema=old"], "is written into the schema public"),
        (["giveaways", "redis://:s3cr3t@127.0.0.1:1/0"], "redis://127.0.0.1:1/0 cannot be reached"),
    ],
)
def test_a_place_that_takes_no_sample_is_named_without_its_password(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("make_sample", *arguments)

    assert message in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


def test_the_address_of_a_sample_is_printed_without_its_password(sandbox: Sandbox) -> None:
    with sandbox.primary.connect("postgres") as owner:
        owner.execute("CREATE DATABASE sample")
    url = sandbox.primary.url.replace("slipway@/slipway?", "slipway:s3cr3t@/sample?")
    out = StringIO()

    try:
        call_command("make_sample", "events", url, "--size", "events=1", stdout=out)
    finally:
        with sandbox.primary.connect("postgres") as owner:
            owner.execute("DROP DATABASE sample")

    assert out.getvalue().strip() == url.replace("slipway:s3cr3t@", "")


@pytest.mark.django_db
def test_an_empty_source_is_imported(tmp_path: Path) -> None:
    path = scripted(
        tmp_path / "p.db",
        "CREATE TABLE users (id, wallet); CREATE TABLE tracks (id, title, artistId, createdAt, updatedAt)",
    )

    out, _ = run("import_legacy", "--from", path, "--json")

    report = json.loads(out)
    assert (report["ok"], report["generation"]) == (True, "A")
    assert report["entities"] == [counted("users", *[0] * 6), counted("tracks", *[0] * 6)]


@pytest.mark.django_db
def test_statements_are_not_kept_while_debugging(settings: Settings) -> None:
    settings.DEBUG = True
    wrapper = connections["default"]
    before = wrapper.queries_log
    try:
        session = Session("default")
        for _ in range(3):
            session.fetch("SELECT %(keys)s::text[]", {"keys": ["k"] * 1000})

        assert not wrapper.queries_log
    finally:
        wrapper.queries_log = before
