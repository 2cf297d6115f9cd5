"""History sees every way of changing a row, says who it was, and cannot be rewritten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Track
from operations.history import event_model, triggers
from tests.environment import leading_to
from tests.factories.accounts import UserFactory
from tests.factories.catalog import TrackFactory
from tests.operations.legacy_files import imported, legacy_file
from tests.operations.test_import_crash import database_url

pytestmark = pytest.mark.django_db
PROJECT = Path(__file__).resolve().parents[2]
TrackEvent = event_model(Track)
UserEvent = event_model(User)


def execute(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def seen(track: Track, column: str) -> list[tuple[str, object]]:
    """The events of a track, oldest first: what happened, and the column's value."""
    assert TrackEvent
    return list(TrackEvent.objects.filter(pgh_obj=track).order_by("pgh_id").values_list("pgh_label", column))


@pytest.fixture
def track() -> Track:
    return TrackFactory(title="Dawn", play_count=1)


# What machines alone write, and never change afterwards or only on the way to its end.
UNTRACKED = {"DrawBlock", "EntryCount", "ExchangedInitData", "FailedSignIn", "Message", "RequirementCheck"}


def test_what_staff_and_users_change_is_tracked() -> None:
    models = [model for app in ("accounts", "catalog", "giveaways") for model in apps.get_app_config(app).get_models()]
    ours = [model for model in models if not model.__module__.startswith("tests.")]
    events = [event_model(model) for model in ours]

    tracked = [model for model, found in zip(ours, events, strict=True) if found]
    assert {model.__name__ for model in tracked} == {
        model.__name__ for model in ours if model not in events
    } - UNTRACKED
    assert len(triggers()) == 4 * len(tracked)


def test_a_row_is_seen_from_its_making_to_its_end(track: Track) -> None:
    track.title = "Dusk"
    track.save()
    key = Track(pk=track.pk)
    track.delete()

    assert seen(key, "title") == [("insert", "Dawn"), ("before", "Dawn"), ("update", "Dusk"), ("delete", "Dusk")]


def test_bulk_writes_are_seen(track: Track) -> None:
    other = TrackFactory(play_count=5)
    Track.objects.update(play_count=F("play_count") + 1)
    track.play_count, other.play_count = 20, 30
    Track.objects.bulk_update([track, other], ["play_count"])

    assert [value for label, value in seen(track, "play_count") if label != "before"] == [1, 2, 20]
    assert [value for label, value in seen(other, "play_count") if label != "before"] == [5, 6, 30]


def test_raw_sql_and_copy_are_seen(track: Track) -> None:
    execute("UPDATE catalog_track SET title = %s", "Noon")
    with connection.cursor() as cursor, cursor.copy("COPY catalog_track (id, title, artist_id) FROM STDIN") as copy:
        copy.write_row(("copied", "By COPY", track.artist_id))

    assert seen(track, "title")[-2:] == [("before", "Dawn"), ("update", "Noon")]
    assert seen(Track(pk="copied"), "title") == [("insert", "By COPY")]


def test_a_statement_that_changes_nothing_leaves_no_event(track: Track) -> None:
    Track.objects.update(title=F("title"))

    assert seen(track, "title") == [("insert", "Dawn")]


def test_passwords_and_sign_ins_have_no_history() -> None:
    assert UserEvent
    user = UserFactory(password="a long enough password")
    before = UserEvent.objects.filter(pgh_obj=user).count()

    User.objects.filter(pk=user.pk).update(password="another", last_login="2026-01-01T00:00:00Z")

    assert UserEvent.objects.filter(pgh_obj=user).count() == before
    assert not {"password", "last_login"} & {field.name for field in UserEvent._meta.get_fields()}


def test_events_cannot_be_changed_or_deleted(track: Track) -> None:
    assert TrackEvent
    event = TrackEvent.objects.get(pgh_obj=track)

    for rewrite in (lambda: event.delete(), lambda: TrackEvent.objects.update(title="x"), event.save):
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
            rewrite()

    assert seen(track, "title") == [("insert", "Dawn")]


def test_the_admin_says_who_and_where(admin_client: Client, admin_user: User, track: Track) -> None:
    assert TrackEvent
    form = admin_client.get(path := reverse("admin:catalog_track_change", args=(track.pk,))).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    initial = {f"initial-{name}": value for name, value in values.items()}
    data = {name: "" if value is None else value for name, value in {**values, **initial}.items()}

    answer = admin_client.post(path, data | {"title": "By an admin"})

    assert answer.status_code == 302, answer.context["errors"]
    event = TrackEvent.objects.filter(pgh_obj=track).latest("pgh_id")
    assert (event.title, event.pgh_context.metadata) == ("By an admin", {"user": admin_user.pk, "url": path})


@pytest.mark.django_db(transaction=True)
def test_a_command_says_its_name() -> None:
    environment = leading_to(database_url()) | {"DJANGO_SUPERUSER_PASSWORD": "a long enough password"}

    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--no-input", "--email", "boss@example.org"],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
    )

    assert UserEvent
    event = UserEvent.objects.get(email="boss@example.org")
    assert event.pgh_context.metadata == {"command": "createsuperuser"}


def test_imports_go_around_the_history_and_what_follows_does_not(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1"}], tracks=[{"id": "t1", "title": "Dawn"}])
    assert imported(path).ok
    path.unlink()
    again = legacy_file(tmp_path / "p.db", users=[{"id": "u1"}], tracks=[{"id": "t1", "title": "Dusk"}])
    assert imported(again).ok
    assert TrackEvent
    assert Track.objects.get().title == "Dusk"
    assert not TrackEvent.objects.exists()

    Track.objects.update(title="Noon")

    assert seen(Track(pk="t1"), "title") == [("before", "Dusk"), ("update", "Noon")]
