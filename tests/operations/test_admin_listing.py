from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Track
from operations.sandbox.family import wait_until
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory
from tests.factories.operations import EntityProgressFactory, RejectionFactory

pytestmark = pytest.mark.django_db
TRACKS = "admin:catalog_track_changelist"
USERS = "admin:accounts_user_changelist"
FACTORIES: dict[str, Any] = {
    "admin:accounts_user_changelist": UserFactory,
    "admin:accounts_identity_changelist": IdentityFactory,
    "admin:catalog_track_changelist": TrackFactory,
    "admin:catalog_nftmemorial_changelist": NFTMemorialFactory,
    "admin:operations_importrun_changelist": EntityProgressFactory,
    "admin:operations_rejection_changelist": RejectionFactory,
}


def shown(client: Client, name: str, **query: Any) -> list[Any]:
    response = client.get(reverse(name), query)
    assert response.status_code == 200, response.headers.get("Location")
    return [row.pk for row in response.context["cl"].result_list]


def link(page: str, text: str) -> str:
    """Where the link with that text leads; empty if there is none."""
    found = re.search(rf'<a href="([^"]+)"[^>]*>{text}</a>', html.unescape(page))
    return found[1] if found else ""


@pytest.mark.parametrize("name", FACTORIES)
def test_a_list_asks_as_much_for_many_rows_as_for_few(admin_client: Client, name: str) -> None:
    url = reverse(name)
    FACTORIES[name].create_batch(2)
    admin_client.get(url)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(url)
    FACTORIES[name].create_batch(20)

    with CaptureQueriesContext(connection) as many:
        response = admin_client.get(url)

    assert len(many) == len(few)
    assert len(response.context["cl"].result_list) >= 22


@pytest.mark.parametrize("name", FACTORIES)
def test_no_list_counts_its_table(admin_client: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.admin.listing.BigListAdmin.list_per_page", 3)
    FACTORIES[name].create_batch(8)

    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(reverse(name))

    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
    assert len(response.context["cl"].result_list) == 3
    assert counts
    assert all("LIMIT 1001" in sql for sql in counts)


def test_a_list_that_fits_on_one_page_is_not_counted_at_all(admin_client: Client) -> None:
    TrackFactory.create_batch(3)

    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(reverse(TRACKS))

    assert not [query for query in queries if "COUNT(" in query["sql"].upper()]
    assert "3 tracks" in response.text


def test_pages_are_followed_by_their_links(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.admin.listing.BigListAdmin.list_per_page", 2)
    newest_first = [track.pk for track in TrackFactory.create_batch(5)][::-1]
    url = reverse(TRACKS)

    first = admin_client.get(url, {"genre": "jazz"})
    second = admin_client.get(url + link(first.text, "Next ›"))
    third = admin_client.get(url + link(second.text, "Next ›"))
    again = admin_client.get(url + link(third.text, "‹ Previous"))

    pages = [[row.pk for row in page.context["cl"].result_list] for page in (first, second, third, again)]
    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:], newest_first[2:4]]
    assert link(first.text, "‹ Previous") == ""
    assert link(third.text, "Next ›") == ""
    assert link(third.text, "First") == "?genre=jazz"
    assert "5 tracks" in third.text


def test_a_filter_chosen_on_a_later_page_starts_at_the_first_page(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.admin.listing.BigListAdmin.list_per_page", 2)
    TrackFactory.create_batch(5)
    url = reverse(TRACKS)
    first = admin_client.get(url)

    second = admin_client.get(url + link(first.text, "Next ›"))

    assert not second.context["cl"].page.is_first
    assert link(second.text, "jazz") == "?genre=jazz"
    assert 'name="after"' not in second.text


def test_a_broken_cursor_leads_back_to_the_list(admin_client: Client) -> None:
    response = admin_client.get(reverse(TRACKS), {"after": "nonsense"})

    assert (response.status_code, response.headers["Location"]) == (302, reverse(TRACKS) + "?e=1")


def test_columns_with_an_index_sort(admin_client: Client) -> None:
    day = datetime(2024, 1, 1, tzinfo=UTC)
    for name, released, added in (("a", 2, 1), ("b", None, 2), ("c", 1, 3)):
        TrackFactory(
            id=name, release_date=released and day + timedelta(days=released), created_at=day + timedelta(days=added)
        )
    columns = {name: number for number, name in enumerate(_columns(admin_client))}

    assert shown(admin_client, TRACKS) == ["c", "b", "a"]
    assert shown(admin_client, TRACKS, o=str(columns["added"])) == ["a", "b", "c"]
    assert shown(admin_client, TRACKS, o=f"-{columns['released']}") == ["a", "c", "b"]
    assert shown(admin_client, TRACKS, o=str(columns["released"])) == ["b", "c", "a"]


def test_columns_without_an_index_do_not_sort(admin_client: Client) -> None:
    TrackFactory(id="old", title="A")
    TrackFactory(id="new", title="B")
    columns = {name: number for number, name in enumerate(_columns(admin_client))}

    for order in (str(columns["title"]), f"-{columns['genre']}", "99", "x", "-"):
        assert shown(admin_client, TRACKS, o=order) == ["new", "old"]


def _columns(client: Client) -> list[str]:
    return list(client.get(reverse(TRACKS)).context["cl"].list_display)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("u1", ["u1"]),
        ("ANN@example.org", ["u1"]),
        (" ann@EXAMPLE.org ", ["u1"]),
        ("7000000042", ["u2"]),
        ("ann", ["u3", "u1"]),
        ("Ann B", ["u3"]),
        ("bo%", []),
        ("nobody", []),
        ("\x00", ["u3", "u2", "u1"]),
    ],
)
def test_people_are_found(client: Client, term: str, expected: list[str]) -> None:
    client.force_login(UserFactory(id="staff", staff=True, email="s@x.org", username="s", display_name="S"))
    day = datetime(2024, 1, 1, tzinfo=UTC)
    UserFactory(id="u1", email="ann@example.org", username="one", display_name="One", created_at=day)
    bob = UserFactory(id="u2", email=None, username="bob", display_name="Bob", created_at=day + timedelta(days=1))
    UserFactory(id="u3", email=None, username="three", display_name="Ann Böhm", created_at=day + timedelta(days=2))
    IdentityFactory(user=bob, provider="telegram", subject="7000000042")

    assert [pk for pk in shown(client, USERS, q=term) if pk != "staff"] == expected


def test_a_key_is_found_without_reading_the_table(admin_client: Client) -> None:
    TrackFactory(id="t1", title="t2 is what it is called")
    TrackFactory(id="t2")

    with CaptureQueriesContext(connection) as queries:
        assert shown(admin_client, TRACKS, q="t2") == ["t2"]

    assert not [query for query in queries if "title" in query["sql"] and "LIKE" in query["sql"]]


def test_a_title_is_found_by_its_beginning_when_no_key_fits(admin_client: Client) -> None:
    TrackFactory(id="t1", title="Blue Night")
    TrackFactory(id="t2", title="Blue Days")

    assert shown(admin_client, TRACKS, q="blue n") == ["t1"]


def test_all_tracks_of_an_artist_are_found_by_the_artist(admin_client: Client) -> None:
    track = TrackFactory()
    TrackFactory()

    assert shown(admin_client, TRACKS, q=track.artist_id) == [track.pk]


def test_memorials_are_found_by_token_wallet_and_track(admin_client: Client) -> None:
    memorial = NFTMemorialFactory(memorial_id="mint-1", owner_wallet="So1ana")
    NFTMemorialFactory()

    for term in ("mint-1", "mint", "So1", memorial.pk, memorial.track_id):
        assert shown(admin_client, "admin:catalog_nftmemorial_changelist", q=term) == [memorial.pk]


def test_genres_are_offered_without_reading_all_rows(admin_client: Client) -> None:
    for genre in ("rock", "jazz", "jazz", "", None):
        TrackFactory(genre=genre)

    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(reverse(TRACKS))

    spec = next(spec for spec in response.context["cl"].filter_specs if spec.title == "genre")
    assert [label for _, label in spec.lookup_choices] == ["(empty)", "jazz", "rock", "(unknown)"]
    assert not [query for query in queries if "DISTINCT" in query["sql"]]


@pytest.mark.parametrize(("chosen", "expected"), [("rock", 1), ("", 1), ("\x7f", 2), ("polka", 0)])
def test_a_genre_filters(admin_client: Client, chosen: str, expected: int) -> None:
    for genre in ("rock", "jazz", "", None, None):
        TrackFactory(genre=genre)

    assert len(shown(admin_client, TRACKS, genre=chosen)) == expected


def test_facets_are_not_to_be_had(admin_client: Client) -> None:
    TrackFactory()

    response = admin_client.get(reverse(TRACKS), {"_facets": "True"})

    assert response.context["cl"].add_facets is False


def test_an_action_for_all_rows_that_match_is_refused(admin_client: Client) -> None:
    tracks = TrackFactory.create_batch(2)

    data = {"action": "delete_selected", "_selected_action": [tracks[0].pk], "select_across": "1", "index": "0"}
    response = admin_client.post(reverse(TRACKS), data, follow=True)

    assert "Actions work on the rows of one page. Nothing was changed." in response.text
    assert Track.objects.count() == 2


def test_chosen_tracks_are_deleted_after_a_confirmation(admin_client: Client) -> None:
    kept, gone = TrackFactory.create_batch(2)
    data = {"action": "delete_selected", "_selected_action": [gone.pk]}

    asked = admin_client.post(reverse(TRACKS), {**data, "index": "0"})

    assert "Are you sure" in asked.text
    assert Track.objects.count() == 2

    admin_client.post(reverse(TRACKS), {**data, "post": "yes"})

    assert list(Track.objects.all()) == [kept]


@pytest.mark.django_db(transaction=True)
def test_a_list_that_takes_too_long_says_how_to_narrow_it_down(admin_client: Client) -> None:
    TrackFactory(title="x")
    url = reverse(TRACKS)
    wait_until(lambda: admin_client.get(url).status_code == 200, 5)  # the replica knows who has signed in
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA slow")
        cursor.execute("CREATE FUNCTION slow.upper(text) RETURNS text LANGUAGE sql AS 'SELECT pg_sleep(9)::text'")
        cursor.execute("SET search_path = slow, public, pg_catalog; SET statement_timeout = '200ms'")
    try:
        response = admin_client.get(url, {"q": "zzz"})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path; RESET statement_timeout; DROP SCHEMA slow CASCADE")

    assert (response.status_code, response.headers["Location"]) == (302, url)
    assert "took too long" in admin_client.get(url).text


def test_choices_of_an_autocomplete_field_tell_namesakes_apart(admin_client: Client) -> None:
    UserFactory(id="u1", display_name="Mira", email="mira@example.org")
    UserFactory(id="u2", display_name="Mira", email=None)
    query = {"app_label": "catalog", "model_name": "track", "field_name": "artist", "term": "mira"}

    response = admin_client.get(reverse("admin:autocomplete"), query)

    labels = {choice["id"]: choice["text"] for choice in response.json()["results"]}
    assert labels == {"u1": "Mira · mira@example.org", "u2": "Mira · u2"}
