"""A kept answer is void when staff or an import has changed what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.legacy.sample import write_sample
from catalog.models import Track
from operations.admin.records import RecordAdmin
from tests.factories.accounts import UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(email="staff@example.org", password="long enough to pass"))
    return client


def titles(client: Client) -> list[str]:
    return [track["title"] for track in client.get("/api/tracks/popular").json()["tracks"]]


def posted(staff: Client, url: str, **changes: str) -> None:
    form = staff.get(url).context["adminform"].form
    data: dict[str, object] = {}
    for field in form:
        value = field.value()
        data[field.html_name] = "" if value is None else value
        data[field.html_initial_name] = data[field.html_name]
    posted = {name: value for name, value in (data | changes).items() if value is not False}
    response = staff.post(url, posted)
    assert response.status_code == 302, response.context["adminform"].form.errors


def test_an_edited_track_is_shown_at_once(staff: Client) -> None:
    track = TrackFactory(title="before")
    assert titles(staff) == ["before"]

    posted(staff, reverse("admin:catalog_track_change", args=[track.pk]), title="after")

    assert titles(staff) == ["after"]
    assert titles(Client()) == ["after"]


def test_a_deleted_artist_takes_the_tracks_along(staff: Client) -> None:
    track = TrackFactory(artist=UserFactory())
    NFTMemorialFactory(memorial_id="m1", track=track)
    client = Client()
    assert len(titles(client)) == 1
    assert client.get("/api/memorials/m1").json()["track"] is not None

    staff.post(reverse("admin:accounts_user_delete", args=[track.artist_id]), {"post": "yes"})

    assert not Track.objects.exists()
    assert titles(client) == []
    assert client.get("/api/memorials/m1").json()["track"] is None


def test_an_action_on_a_list_is_shown_at_once(staff: Client) -> None:
    track = TrackFactory()
    assert len(titles(staff)) == 1

    staff.post(
        reverse("admin:catalog_track_changelist"),
        {"action": "delete_selected", "_selected_action": [track.pk], "post": "yes"},
    )

    assert titles(staff) == []


def test_an_import_is_shown_when_it_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "normaldance.db"
    write_sample(file, generation="B", users=20, tracks=60, dirt=0)
    client = Client()
    assert titles(client) == []

    call_command("import_legacy", "normaldance", "--from", f"sqlite:///{file}", "--json")

    assert len(titles(client)) > 1


def test_all_admins_of_rows_that_are_shown_tell_of_changes() -> None:
    from django.contrib import admin

    assert all(isinstance(admin.site._registry[model], RecordAdmin) for model in (Track, User))
