"""An import is taken out again: what nobody touched goes, the rest stays and is named."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import Identity, User
from catalog.legacy.sample import write_sample
from catalog.models import NFTMemorial, Track
from operations.models import ImportRun, LandedRecord, Outcome, Rejection
from tests.factories.catalog import TrackFactory

pytestmark = pytest.mark.django_db(transaction=True)

FILLED = (User, Identity, Track, NFTMemorial, LandedRecord, Rejection)
GENERATED = {"id": (Identity, Rejection), "run_id": (LandedRecord, Rejection), "created_at": (Identity,)}
Contents = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def legacy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("legacy") / "normaldance.db"
    write_sample(file, generation="D", users=300, tracks=1_500, dirt=0.1)
    return file


def load(file: Path) -> dict[str, Any]:
    out = StringIO()
    call_command("import_legacy", "normaldance", location=f"sqlite:///{file}", json=True, stdout=out, stderr=StringIO())
    report: dict[str, Any] = json.loads(out.getvalue())
    assert report["ok"]
    return report


def undo(run: str = "latest", **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("undo_import", run, **({"yes": True} | options), json=True, stdout=out, stderr=StringIO())
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def said(run: str = "latest", **options: Any) -> str:
    out = StringIO()
    call_command("undo_import", run, **options, stdout=out, stderr=StringIO())
    return out.getvalue()


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in FILLED}


def contents() -> Contents:
    """Every value of every table, but for those that the database makes anew for each row."""
    found = {}
    for model in FILLED:
        columns = [field.attname for field in model._meta.concrete_fields if not hasattr(field, "fields")]
        columns = [name for name in columns if model not in GENERATED.get(name, ())]
        rows = [
            {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
            for row in model._default_manager.values(*columns)
        ]
        found[model.__name__] = sorted(rows, key=repr)
    return found


def entity(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["entities"] if one["entity"] == name)
    return found


def stays(report: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    named = [stay for one in report["entities"] for stay in one["stays"]]
    return {stay["key"]: (stay["verdict"], stay["about"]) for stay in named}


def a_loaded_track() -> Track:
    loaded = LandedRecord.objects.filter(entity__name="tracks", outcome=Outcome.LOADED).values("key")
    return Track.objects.filter(pk__in=loaded).order_by("pk").first()


def test_a_full_undo_leaves_no_row_of_the_run_in_any_table(legacy_file: Path) -> None:
    imported = load(legacy_file)

    report = undo()

    assert counts() == dict.fromkeys(counts(), 0)
    for one in imported["entities"]:
        undone = entity(report, one["entity"])
        assert {name: undone[name] for name in Outcome.values} == {name: one[name] for name in Outcome.values}
    assert report["staying"] == 0


def test_the_run_says_that_it_was_undone_and_how_much_went(legacy_file: Path) -> None:
    load(legacy_file)

    report = undo()

    run = ImportRun.objects.get()
    assert run.state == ImportRun.State.UNDONE
    assert run.report["undone"]["finished_at"]
    tracks = entity(report, "tracks")
    assert run.report["undone"]["entities"]["tracks"] == {name: tracks[name] for name in Outcome.values}


def test_an_import_after_an_undo_loads_everything_again(legacy_file: Path) -> None:
    first = load(legacy_file)
    before = contents()
    undo()

    second = load(legacy_file)

    assert contents() == before
    assert second["entities"] == first["entities"]
    assert second["run"] != first["run"]


def test_rows_that_the_run_did_not_bring_are_left_alone(legacy_file: Path) -> None:
    track = TrackFactory()
    before = contents()
    load(legacy_file)

    undo()

    assert contents() == before
    assert Track.objects.get() == track


def test_a_changed_track_stays_with_its_artist(legacy_file: Path) -> None:
    load(legacy_file)
    track = a_loaded_track()
    Track.objects.filter(pk=track.pk).update(title="Another title")

    report = undo()

    assert stays(report) == {
        track.pk: ("changed", ["title"]),
        track.artist_id: ("in_use", ["catalog_track.artist"]),
    }
    assert Track.objects.get().title == "Another title"
    assert User.objects.get().pk == track.artist_id
    assert LandedRecord.objects.filter(outcome=Outcome.LOADED).count() == 2


def test_an_import_after_a_change_was_kept_brings_back_the_rest(legacy_file: Path) -> None:
    load(legacy_file)
    before = counts()
    track = a_loaded_track()
    undo_after_change = Track.objects.filter(pk=track.pk).update(is_explicit=not track.is_explicit)
    undo()

    out = StringIO()
    location = f"sqlite:///{legacy_file}"
    call_command("import_legacy", "normaldance", location=location, json=True, stdout=out, stderr=StringIO())

    assert undo_after_change == 1
    assert counts() == before
    changes = json.loads(out.getvalue())["proof"]["sql"]["changes"]
    assert [(one["key"], one["column"]) for one in changes] == [(track.pk, "is_explicit")]


def test_the_artist_of_a_changed_track_stays_when_the_track_now_has_another(legacy_file: Path) -> None:
    load(legacy_file)
    track = a_loaded_track()
    other = User.objects.create_user("staff@example.org")
    Track.objects.filter(pk=track.pk).update(artist=other)

    report = undo()

    assert stays(report) == {track.pk: ("changed", ["artist"]), track.artist_id: ("in_use", ["catalog_track.artist"])}


@pytest.mark.parametrize(
    ("use", "column"),
    [
        (lambda user: TrackFactory(artist=user), "catalog_track.artist_id"),
        (
            lambda user: LogEntry.objects.create(user=user, action_flag=2, change_message="[]"),
            "django_admin_log.user_id",
        ),
        (lambda user: user.groups.add(Group.objects.create(name="moderators")), "accounts_user_groups.user_id"),
        (
            lambda user: Identity.objects.create(user=user, provider="line", subject="U1"),
            "accounts_identity.user_id",
        ),
    ],
    ids=["track", "admin log", "group", "identity"],
)
def test_a_user_whom_somebody_uses_stays(legacy_file: Path, use: Any, column: str) -> None:
    load(legacy_file)
    user = a_loaded_track().artist
    identities = user.identities.count()
    use(user)

    report = undo()

    assert stays(report) == {user.pk: ("in_use", [column])}
    assert User.objects.get() == user
    # Identities that only merged records gave are gone with those.
    assert 1 <= user.identities.count() <= identities + 1


@pytest.mark.parametrize("change", [{"is_staff": True}, {"password": "pbkdf2"}], ids=str)
def test_a_user_with_a_change_in_a_column_that_no_import_writes_stays(
    legacy_file: Path, change: dict[str, Any]
) -> None:
    load(legacy_file)
    user = a_loaded_track().artist
    User.objects.filter(pk=user.pk).update(**change)

    report = undo()

    assert stays(report) == {user.pk: ("changed", list(change))}


def test_a_proof_that_two_records_gave_goes_with_the_last_of_them(legacy_file: Path) -> None:
    load(legacy_file)
    merged = LandedRecord.objects.filter(entity__name="users", outcome=Outcome.MERGED).first()
    assert merged is not None
    User.objects.filter(pk=merged.target).update(bio="Changed")
    shared = {
        identity.provider for identity in Identity.objects.filter(user_id=merged.target).exclude(provider="normaldance")
    }

    report = undo()

    assert stays(report) == {merged.target: ("changed", ["bio"])}
    left = set(Identity.objects.values_list("provider", "user_id"))
    assert ("normaldance", merged.target) in left
    assert {provider for provider, _ in left} <= shared | {"normaldance"}
    assert {provider for provider, _ in left} & {"telegram", "solana", "ton"}


def test_only_takes_one_entity_out(legacy_file: Path) -> None:
    load(legacy_file)
    users = User.objects.count()

    undo(only=["memorials"])

    assert NFTMemorial.objects.count() == 0
    assert User.objects.count() == users


def test_users_stay_while_their_tracks_do(legacy_file: Path) -> None:
    load(legacy_file)
    artists = Track.objects.values("artist").distinct().count()

    report = undo(only=["users"])

    assert entity(report, "users")["in_use"] >= artists
    assert Track.objects.count() > 0


@pytest.mark.parametrize("touched", [False, True])
def test_a_dry_run_changes_nothing_and_foresees_what_the_undo_does(legacy_file: Path, touched: bool) -> None:
    load(legacy_file)
    if touched:
        track = a_loaded_track()
        Track.objects.filter(pk=track.pk).update(title="Another title")
        TrackFactory(artist=User.objects.exclude(pk=track.artist_id).order_by("-pk").first())
    before = contents()

    planned = undo(dry_run=True, batch_size=70)

    assert contents() == before
    assert ImportRun.objects.get().state == ImportRun.State.FINISHED
    assert undo(batch_size=50)["entities"] == planned["entities"]


def test_a_second_undo_says_that_nothing_is_left(legacy_file: Path) -> None:
    load(legacy_file)
    undo()

    assert said(yes=True).startswith("Nothing of run ")


def test_without_yes_and_without_a_terminal_nothing_happens(legacy_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(legacy_file)
    before = counts()
    monkeypatch.setattr(sys, "stdin", StringIO("yes\n"))

    with pytest.raises(CommandError, match="--yes"):
        said()

    assert counts() == before


@pytest.mark.parametrize(("answer", "left"), [("yes", 0), ("no", 1)])
def test_on_a_terminal_it_asks(legacy_file: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    load(legacy_file)
    terminal = StringIO(f"{answer}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)

    if left:
        with pytest.raises(CommandError, match="Nothing was changed"):
            said()
    else:
        said()

    assert bool(Track.objects.count()) == bool(left)


@pytest.mark.parametrize("name", ["nonsense", "0198d0a4-0000-7000-8000-000000000000"])
def test_an_unknown_run_is_refused(legacy_file: Path, name: str) -> None:
    with pytest.raises(CommandError, match=f"There is no run '{name}'"):
        undo(name)


def test_an_undo_beside_an_import_of_the_same_source_is_refused(legacy_file: Path) -> None:
    load(legacy_file)
    wanted = {"host", "port", "dbname", "user", "password"}
    address = {key: value for key, value in connection.get_connection_params().items() if key in wanted}

    with psycopg.connect(**address) as importing:
        importing.execute("SELECT pg_advisory_lock(hashtextextended('slipway import normaldance', 0))")
        with pytest.raises(CommandError, match="is going on"):
            undo()

    assert Track.objects.count() > 0


def test_a_stopped_run_that_was_undone_does_not_go_on(legacy_file: Path) -> None:
    first = load(legacy_file)
    ImportRun.objects.update(state=ImportRun.State.STOPPED)
    undo(only=["memorials"])

    second = load(legacy_file)

    assert second["run"] != first["run"]
    assert NFTMemorial.objects.count() > 0


def test_what_a_later_run_wrote_is_not_touched(legacy_file: Path, tmp_path: Path) -> None:
    first = load(legacy_file)
    later = tmp_path / "later.db"
    later.write_bytes(legacy_file.read_bytes())
    track = a_loaded_track()
    with sqlite3.connect(later) as source:
        source.execute("UPDATE Track SET title = 'Later' WHERE id = ?", (track.pk,))
    source.close()
    load(later)

    report = undo(first["run"])

    assert Track.objects.get().title == "Later"
    assert stays(report) == {track.artist_id: ("in_use", ["catalog_track.artist"])}
    assert LandedRecord.objects.filter(outcome=Outcome.LOADED).count() == 2


def test_a_killed_undo_is_completed_by_the_next(legacy_file: Path) -> None:
    load(legacy_file)
    landed = LandedRecord.objects.count()
    command = [sys.executable, "manage.py", "undo_import", "latest", "--yes", "--batch-size", "5"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + str(connection.settings_dict["NAME"])).geturl()
    process = subprocess.Popen(
        command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while LandedRecord.objects.count() > landed - 200 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    left = LandedRecord.objects.count()
    undone = ImportRun.objects.get().report["undone"]["entities"]
    assert 0 < left < landed
    assert sum(sum(one.values()) for one in undone.values()) == landed - left
    undo()
    assert counts() == dict.fromkeys(counts(), 0)
    undone = ImportRun.objects.get().report["undone"]["entities"]
    assert sum(sum(one.values()) for one in undone.values()) == landed
