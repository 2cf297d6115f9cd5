from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Track
from tests.factories.accounts import UserFactory
from tests.factories.catalog import TrackFactory

pytestmark = pytest.mark.django_db


def sent(text: str) -> str:
    """Every line end in the one way in which forms send them."""
    return "\r\n".join(re.split("\r\n|\r|\n", text))


class Form(HTMLParser):
    """What a browser sends when the form is submitted as it is: its line ends, its one-line fields without any."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.data: dict[str, str] = {}
        self.inside: str | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "input" and name:
            if found.get("type") == "checkbox":
                self.data |= {name: "on"} if "checked" in found else {}
            elif found.get("type") == "hidden":
                self.data[name] = sent(found.get("value") or "")
            else:
                self.data[name] = (found.get("value") or "").replace("\n", "").replace("\r", "")
        elif tag == "textarea":
            self.inside = name
            self.data[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in found:
            self.data[self.select] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.inside is not None:
            self.data[self.inside] = sent(self.data[self.inside].removeprefix("\r").removeprefix("\n"))
            self.inside = None

    def handle_data(self, data: str) -> None:
        if self.inside is not None:
            self.data[self.inside] += data


def submit(client: Client, url: str, **changes: Any) -> HttpResponse:
    return client.post(url, {**filled_in(client, url), **changes})  # type: ignore[return-value]


def filled_in(client: Client, url: str) -> dict[str, str]:
    page = client.get(url).text
    form = Form()
    form.feed(page[page.index('id="track_form"') :])
    return {name: value for name, value in form.data.items() if name not in ("_addanother", "_continue")}


def stored(track: Track) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM catalog_track WHERE id = %s", [track.pk])
        return tuple(cursor.fetchone())


def change_url(track: Track) -> str:
    return reverse("admin:catalog_track_change", args=(track.pk,))


@pytest.fixture
def odd_track() -> Track:
    """Everything that a browser would like to alter."""
    return TrackFactory(
        id="odd",
        title=" two\nlines and a blank ",
        description="one\ntwo\r\nthree\rfour",
        artist_name="",
        status=None,
        genre=None,
        cover_image=None,
        play_count=None,
        metadata={"b": 1, "a": [1.5, "é", None]},
    )


def test_saving_a_form_as_it_is_changes_nothing(admin_client: Client, odd_track: Track) -> None:
    before = stored(odd_track)

    response = submit(admin_client, change_url(odd_track))

    assert response.status_code == 302
    assert stored(odd_track) == before


def test_only_what_was_edited_is_written(admin_client: Client, odd_track: Track) -> None:
    data = filled_in(admin_client, change_url(odd_track))
    Track.objects.filter(pk="odd").update(play_count=7, artist_name="changed meanwhile")

    admin_client.post(change_url(odd_track), {**data, "genre": "jazz"})

    track = Track.objects.get(pk="odd")
    assert (track.genre, track.play_count, track.artist_name) == ("jazz", 7, "changed meanwhile")
    assert track.title == " two\nlines and a blank "
    assert track.updated_at > odd_track.updated_at


def test_edited_text_keeps_plain_line_ends(admin_client: Client, odd_track: Track) -> None:
    submit(admin_client, change_url(odd_track), description="a\r\nb")

    assert Track.objects.get(pk="odd").description == "a\nb"


def test_an_emptied_field_is_unknown(admin_client: Client) -> None:
    track = TrackFactory(description="something")

    submit(admin_client, change_url(track), description="")

    assert Track.objects.get().description is None


def test_metadata_is_laid_out_and_edited_as_json(admin_client: Client, odd_track: Track) -> None:
    page = html.unescape(admin_client.get(change_url(odd_track)).text)

    assert '"a": [\n    1.5,\n    "é",\n    null\n  ]' in page

    refused = submit(admin_client, change_url(odd_track), metadata="{")
    assert "Enter a valid JSON" in refused.text

    submit(admin_client, change_url(odd_track), metadata='{"c": 2}')
    assert Track.objects.get().metadata == {"c": 2}


def test_a_new_track_gets_its_key_and_times_from_the_database(admin_client: Client) -> None:
    artist = UserFactory()
    data = {"title": "New", "artist": artist.pk, "is_published": "on", "description": ""}
    for name in ("release_date", "published_at"):
        data |= {f"{name}_0": "", f"{name}_1": ""}

    response = admin_client.post(reverse("admin:catalog_track_add"), data)

    track = Track.objects.get()
    assert response.status_code == 302
    assert (track.title, track.artist, track.description) == ("New", artist, None)
    assert len(track.pk) == 36
    assert track.created_at is not None


def test_deleting_a_person_names_what_goes_along(admin_client: Client) -> None:
    track = TrackFactory(title="Gone with the artist")
    url = reverse("admin:accounts_user_delete", args=(track.artist_id,))

    page = admin_client.get(url)

    assert "Gone with the artist" in page.text

    admin_client.post(url, {"post": "yes"})

    assert not Track.objects.exists()


def test_a_person_with_more_than_a_page_can_show_is_not_deleted(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.admin.editing.CarefulEditing.delete_limit", 2)
    artist = UserFactory()
    TrackFactory.create_batch(3, artist=artist)
    url = reverse("admin:accounts_user_delete", args=(artist.pk,))

    page = admin_client.get(url)
    answer = admin_client.post(url, {"post": "yes"})

    for response in (page, answer):
        assert "more than 2 tracks" in response.text
    assert User.objects.filter(pk=artist.pk).exists()
    assert Track.objects.count() == 3
