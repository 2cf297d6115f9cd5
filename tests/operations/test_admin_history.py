from __future__ import annotations

import re

import pghistory
import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from catalog.models import Track
from tests.factories.accounts import UserFactory
from tests.factories.catalog import TrackFactory

pytestmark = pytest.mark.django_db


def path_of(track: Track) -> str:
    return reverse("admin:catalog_track_history", args=(track.pk,))


def told(page: str) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Each entry: what happened, and its rows of column, from and to."""
    return [
        (
            re.search(r'class="badge">([^<]*)', entry)[1],  # type: ignore[index]
            [
                tuple(
                    re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
                )
                for row in re.findall(r"<tr>(.*?)</tr>", entry, re.S)[1:]
            ],
        )
        for entry in page.split('<section class="card">')[1:]
    ]


def spoil(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.fixture
def track() -> Track:
    return TrackFactory(title="Dawn")


def test_changes_are_told_newest_first_whoever_made_them(admin_client: Client, track: Track) -> None:
    editor = UserFactory(display_name="Mira Costa")
    with pghistory.context(user=editor.pk, url="/somewhere/"):
        Track.objects.filter(pk=track.pk).update(title="Dusk", genre=None)
    with pghistory.context(command="tidy_titles"):
        Track.objects.filter(pk=track.pk).update(title="Noon <b>")

    page = admin_client.get(path_of(track)).text

    newest, older, oldest = told(page)
    assert newest == ("changed", [("title", "Dusk", "Noon &lt;b&gt;")])
    assert older == ("changed", [("title", "Dawn", "Dusk"), ("genre", "jazz", "none")])
    assert oldest[0] == "added"
    assert ("title", "none", "Dawn") in oldest[1]
    assert [text in page for text in ("Mira Costa", "/somewhere/", "command tidy_titles", "not known")] == [True] * 4


def test_what_passed_the_triggers_is_told_apart(admin_client: Client, track: Track) -> None:
    spoil("UPDATE catalog_track SET title = 'Spoiled'")
    Track.objects.update(title="Mended")
    spoil("UPDATE catalog_track SET title = 'Spoiled again'")

    entries = told(admin_client.get(path_of(track)).text)

    assert entries[:3] == [
        ("past history", [("title", "Mended", "Spoiled again")]),
        ("changed", [("title", "Spoiled", "Mended")]),
        ("past history", [("title", "Dawn", "Spoiled")]),
    ]


def test_a_deleted_row_still_has_its_history(admin_client: Client, track: Track) -> None:
    path = path_of(track)
    track.delete()

    answer = admin_client.get(path)

    assert answer.status_code == 200
    assert [what for what, _ in told(answer.text)] == ["deleted", "added"]
    assert admin_client.get(reverse("admin:catalog_track_history", args=("nothing",))).status_code == 302


def test_pages_follow_each_other_by_key(admin_client: Client, track: Track) -> None:
    for number in range(70):
        Track.objects.filter(pk=track.pk).update(play_count=number)
    found, path = [], path_of(track)

    pages = 0
    while path:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = admin_client.get(path).text
        assert not any("COUNT" in query["sql"] for query in queries)
        found += [rows[0][2] for what, rows in told(page) if what == "changed"]
        older = re.search(r'href="(\?before=\d+)" rel="next"', page)
        path = path_of(track) + older[1] if older else ""
        pages += 1

    assert found == [str(number) for number in reversed(range(70))]
    assert pages == 3


def test_who_may_not_view_the_rows_may_not_view_their_history(client: Client, track: Track) -> None:
    person = UserFactory(is_staff=True)
    client.force_login(person)
    assert client.get(path_of(track)).status_code == 403

    person.user_permissions.add(Permission.objects.get(codename="view_track"))
    client.force_login(User.objects.get(pk=person.pk))

    assert client.get(path_of(track)).status_code == 200
    assert client.get(path_of(track) + "?before=junk").status_code == 200
