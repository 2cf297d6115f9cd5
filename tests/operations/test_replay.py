"""Rejected records: mended, replayed, and told apart from what the source says."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Identity, User
from catalog.models import NFTMemorial, Track
from operations.importing.errors import LegacyError
from operations.importing.mending import Verdict, foresee, mend, mend_and_replay
from operations.importing.replaying import replay
from operations.importing.undo import find_run, undo_run
from operations.importing.verifying import verify_source
from operations.models import ImportRun, LandedRecord, Mend, Rejection
from tests.factories.accounts import UserFactory
from tests.operations.legacy_files import (
    NORMALDANCE,
    counts,
    imported,
    legacy_file,
    outcomes,
    reasons,
    scripted,
    state,
    versions,
)

pytestmark = pytest.mark.django_db

USERS = [{"id": "u1"}, {"id": "u2", "createdAt": "yesterday"}, {"id": "u3"}]
TRACKS = [{"id": "t1", "price": "free"}, {"id": "t2", "artistId": "u2"}, {"id": "t3"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return legacy_file(tmp_path / "p.db", users=USERS, tracks=TRACKS)


def record(entity: str, key: str) -> LandedRecord:
    return LandedRecord.objects.select_related("entity").get(entity__name=entity, key=key)


def changed(found: LandedRecord, **values: Any) -> str:
    return json.dumps(json.loads(found.raw) | values)


def proven(path: Path) -> bool:
    return verify_source(NORMALDANCE, f"sqlite:///{path}").ok


def test_a_mended_record_is_loaded_and_still_proven(path: Path) -> None:
    imported(path)
    staff = UserFactory()
    song = record("tracks", "t1")

    report = mend_and_replay(song, changed(song, price="1.5"), by=staff, note="asked the artist")

    assert (report.loaded, report.rejected) == (1, 0)
    assert str(Track.objects.get(id="t1").price) == "1.500000000"
    song = record("tracks", "t1")
    assert (song.outcome, json.loads(song.raw)["price"]) == ("loaded", "free")
    assert Mend.objects.values_list("key", "made_by", "note").get() == ("t1", staff.pk, "asked the artist")
    assert reasons("tracks") == {"t2": ("rejected_reference", "artistId")}
    assert proven(path)


def test_a_replay_loads_what_waited_for_the_mended_record(path: Path) -> None:
    imported(path)
    person = record("users", "u2")
    mend(person, changed(person, createdAt="2024-05-01"))

    report = replay("normaldance")

    assert [(one.entity, one.read, one.loaded, one.unchanged) for one in report.entities] == [
        ("users", 1, 1, 0),
        ("tracks", 2, 1, 1),
    ]
    assert Track.objects.get(id="t2").artist_id == "u2"
    assert outcomes("tracks") == {"t1": "rejected", "t2": "loaded", "t3": "loaded"}
    assert proven(path)


def test_a_second_replay_writes_nothing(path: Path) -> None:
    imported(path)
    person = record("users", "u2")
    mend_and_replay(person, changed(person, createdAt=1))
    replay("normaldance")
    before = versions()

    report = replay("normaldance")

    assert versions() == before
    assert (report.loaded, report.rejected) == (0, 1)


@pytest.mark.parametrize(("own", "columns"), [("artistId", ""), ("userId", ", walletAddress")])
def test_a_replay_leaves_what_is_rejected_as_before_of_any_generation(tmp_path: Path, own: str, columns: str) -> None:
    script = (
        f"CREATE TABLE users (id PRIMARY KEY, tonBalance{columns}); "
        f"CREATE TABLE tracks (id PRIMARY KEY, title, {own}, coverImage, createdAt, updatedAt);"
        "INSERT INTO tracks VALUES ('t1', 'Nobody''s', NULL, NULL, 1, 1), ('t2', 'Lost', 'u9', NULL, 1, 1);"
    )
    imported(scripted(tmp_path / "g.db", script))
    assert reasons("tracks") == {"t1": ("missing", own), "t2": ("missing_reference", own)}
    before = versions()

    report = replay("normaldance")

    assert versions() == before
    assert [(one.read, one.unchanged) for one in report.entities] == [(2, 2)]


def test_of_names_of_two_generations_its_own_counts(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE User (id PRIMARY KEY, walletAddress); INSERT INTO User VALUES ('u1', NULL), ('u2', NULL);"
        "CREATE TABLE Track (id PRIMARY KEY, title, userId, artistId, artist, artistName, createdAt, updatedAt);"
        "INSERT INTO Track VALUES ('t1', 'A', 'u1', 'u2', 'By u1', 'By u2', 1, 1), "
        "('t2', 'B', NULL, 'u2', NULL, 'By u2', 1, 1);"
    )
    imported(scripted(tmp_path / "c.db", script))

    found = Track.objects.order_by("id").values_list("artist_id", "artist_name")
    assert list(found) == [("u1", "By u1"), ("u2", "By u2")]
    report = undo_run(find_run("latest"), planned=False)
    assert report.staying == 0


def test_a_verdict_is_foreseen_and_nothing_is_written(path: Path) -> None:
    imported(path)
    before = state()
    song = record("tracks", "t1")

    assert foresee(song, changed(song, price=2)) == Verdict("loaded")
    found = foresee(song, changed(song, price=-2, artistId="nobody"))
    assert (found.outcome, len(found.sentences)) == ("rejected", 2)

    assert state() == before
    assert not Mend.objects.exists()
    assert ImportRun.objects.count() == 1


def test_an_import_of_the_same_source_keeps_the_mend(path: Path) -> None:
    imported(path)
    song = record("tracks", "t1")
    mend_and_replay(song, changed(song, price=2))

    report = imported(path)

    assert report.ok
    assert counts(report)["tracks"] == (3, 0, 0, 0, 0, 3)
    assert Track.objects.get(id="t1").price == 2


def test_a_mend_that_does_not_help_is_kept_and_tried_by_the_next_import(path: Path) -> None:
    imported(path)
    song = record("tracks", "t2")
    report = mend_and_replay(song, changed(song, artistId="u9"))
    assert (report.loaded, report.rejected) == (0, 1)
    assert reasons("tracks")["t2"] == ("missing_reference", "artistId")
    path.unlink()
    legacy_file(path, users=[*USERS, {"id": "u9"}], tracks=TRACKS)

    assert imported(path).ok

    assert Track.objects.get(id="t2").artist_id == "u9"


def test_a_record_that_the_source_has_changed_since_counts_as_the_source_says(path: Path) -> None:
    imported(path)
    song = record("tracks", "t1")
    mend_and_replay(song, changed(song, price=2))
    path.unlink()
    legacy_file(path, users=USERS, tracks=[{"id": "t1", "price": 7}, *TRACKS[1:]])

    assert imported(path).ok

    assert Track.objects.get(id="t1").price == 7
    assert record("tracks", "t1").mended is None
    assert Mend.objects.count() == 1


def test_a_key_that_was_empty_can_be_mended(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1"}, {"id": "", "name": "Bea"}])
    imported(path)
    person = record("users", "rowid:2")

    mend_and_replay(person, changed(person, id="u7"))

    assert set(User.objects.values_list("id", "display_name")) == {("u1", None), ("u7", "Bea")}
    assert Identity.objects.get(subject="rowid:2").user_id == "u7"
    assert proven(path)
    assert counts(imported(path))["users"] == (2, 0, 0, 0, 0, 2)


def test_a_mended_record_may_turn_out_to_be_somebody_else(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1", "telegramId": "5"}, {"id": "u2", "telegramId": "@x"}])
    imported(path)
    person = record("users", "u2")

    mend_and_replay(person, changed(person, telegramId="5"))

    assert outcomes("users") == {"u1": "loaded", "u2": "merged into u1"}
    assert proven(path)


def test_what_others_look_up_in_a_mended_record_is_no_difference(tmp_path: Path) -> None:
    users = [{"id": "u1", "solanaAddress": "W", "createdAt": "never"}]
    path = legacy_file(tmp_path / "p.db", users=users, nfts=[{"id": "n1", "ownerId": "u1"}])
    imported(path)
    person = record("users", "u1")
    mend(person, changed(person, createdAt=5, solanaAddress="V"))

    replay("normaldance")

    assert NFTMemorial.objects.get().owner_wallet == "V"
    assert proven(path)


def test_values_that_records_have_swapped_over_two_batches_come_with_a_replay(tmp_path: Path) -> None:
    tokens = [{"id": "n1", "mintAddress": "a"}, {"id": "n2", "mintAddress": "b"}]
    path = legacy_file(tmp_path / "p.db", users=[], tracks=[], nfts=tokens)
    imported(path)
    scripted(path, "UPDATE Nft SET mintAddress = CASE id WHEN 'n1' THEN 'b' ELSE 'a' END")
    assert imported(path, batch_size=1).entities[-1].reasons == {"duplicate_value": 2}

    assert replay("normaldance").loaded == 2

    assert set(NFTMemorial.objects.values_list("id", "memorial_id")) == {("n1", "b"), ("n2", "a")}
    assert proven(path)
    assert counts(imported(path))["memorials"] == (2, 0, 0, 0, 0, 2)


def test_a_replay_can_be_undone(path: Path) -> None:
    imported(path)
    song = record("tracks", "t1")
    report = mend_and_replay(song, changed(song, price=2))

    undone = undo_run(find_run(str(report.run)), planned=False)

    assert (undone.going, undone.staying) == (1, 0)
    assert not Track.objects.filter(id="t1").exists()
    assert Track.objects.filter(id="t3").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ('{"id": "t1", "nme": 1}', "no column nme"),
        ('{"id": {"a": 1}}', "write an object as a text"),
        ('{"title": "\\u0000"}', "cannot store"),
        ('{"title": "\\ud800"}', "cannot store"),
        ('{"title": "' + "x" * 1_000_000 + '"}', "more than 1,000,000"),
    ],
)
def test_what_is_no_record_is_refused(path: Path, text: str, complaint: str) -> None:
    imported(path)

    with pytest.raises(LegacyError, match=complaint):
        mend(record("tracks", "t1"), text)

    assert record("tracks", "t1").mended is None
    assert not Mend.objects.exists()


def test_a_record_that_is_loaded_cannot_be_mended(path: Path) -> None:
    imported(path)
    song = record("tracks", "t3")

    with pytest.raises(LegacyError, match="nothing to mend"):
        mend(song, song.raw)


def test_the_command_says_what_became_of_the_records(path: Path) -> None:
    imported(path)
    person = record("users", "u2")
    mend(person, changed(person, createdAt=1))
    out = StringIO()

    call_command("replay_rejections", "normaldance", mended=True, stdout=out)
    assert out.getvalue() == "users: 1 tried, 1 loaded, 0 merged, 0 still rejected\n"

    out = StringIO()
    call_command("replay_rejections", "normaldance", json=True, stdout=out)
    found = json.loads(out.getvalue())
    assert (found["loaded"], found["rejected"], found["entities"][0]["entity"]) == (1, 1, "tracks")
    call_command("replay_rejections", "normaldance", mended=True, stdout=out)
    assert "no rejected record" in out.getvalue()


def test_the_command_refuses_what_it_does_not_know(path: Path) -> None:
    imported(path)

    with pytest.raises(CommandError, match="no entity 'songs'"):
        call_command("replay_rejections", "normaldance", only=["songs"])
    with pytest.raises(CommandError, match="no legacy source"):
        call_command("replay_rejections", "nobody")
    assert Rejection.objects.count() == 3
