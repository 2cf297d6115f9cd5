"""Staff mend a rejected record: they see it, try what they would make of it, and load it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from catalog.models import Track
from operations.models import LandedRecord, Mend, Rejection
from tests.factories.accounts import UserFactory
from tests.operations.legacy_files import imported, legacy_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rejected(tmp_path: Path) -> None:
    songs = [{"id": "t1", "price": "free"}, {"id": "t2"}]
    imported(legacy_file(tmp_path / "p.db", users=[{"id": "u1"}], tracks=songs))


def page() -> str:
    return reverse("admin:operations_rejection_mend", args=(Rejection.objects.get().pk,))


def record(**values: object) -> str:
    return json.dumps(json.loads(LandedRecord.objects.get(key="t1").raw) | values)


def test_the_page_shows_the_record_and_what_is_wrong(admin_client: Client) -> None:
    answer = admin_client.get(page())

    assert "&quot;price&quot;: &quot;free&quot;" in answer.text
    assert "is not a number" in answer.text
    change = admin_client.get(reverse("admin:operations_rejection_change", args=(Rejection.objects.get().pk,)))
    assert page() in change.text


def test_the_verdict_comes_before_anything_is_written(admin_client: Client) -> None:
    good = admin_client.post(page(), {"record": record(price=1), "note": "", "foresee": "1"})
    bad = admin_client.post(page(), {"record": record(price=-1), "note": "", "foresee": "1"})

    assert good.context["verdict"].outcome == "loaded"
    assert "is below zero" in bad.text
    assert not Mend.objects.exists()
    assert not Track.objects.filter(id="t1").exists()


def test_mending_loads_the_record_and_says_who_did_it(admin_client: Client, admin_user: object) -> None:
    answer = admin_client.post(page(), {"record": record(price=1), "note": "why", "replay": "1"}, follow=True)

    assert "t1 is loaded" in answer.text
    assert Track.objects.get(id="t1").price == 1
    made = Mend.objects.get()
    assert (made.made_by, made.note) == (admin_user, "why")
    assert not Rejection.objects.exists()


def test_a_mend_that_does_not_help_stays_on_the_page_with_the_new_reason(admin_client: Client) -> None:
    answer = admin_client.post(page(), {"record": record(price=1, artistId="nobody"), "replay": "1"}, follow=True)

    assert "still rejected" in answer.text
    assert "nobody" in answer.text
    assert answer.context["mends"].count() == 1


def test_what_is_no_record_is_refused_in_the_form(admin_client: Client) -> None:
    answer = admin_client.post(page(), {"record": "{", "replay": "1"})

    assert "is not JSON" in answer.text
    assert not Mend.objects.exists()


def test_the_action_tries_selected_records_again(admin_client: Client) -> None:
    LandedRecord.objects.filter(key="t1").update(mended=record(price=3))
    data = {"action": "replay_selected", "_selected_action": [str(Rejection.objects.get().pk)]}

    answer = admin_client.post(reverse("admin:operations_rejection_changelist"), data, follow=True)

    assert "1 loaded or merged, 0 still rejected" in answer.text


@pytest.mark.parametrize("permissions", [[], ["view_rejection"]])
def test_nobody_mends_without_the_permission(client: Client, permissions: list[str]) -> None:
    staff = UserFactory(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(staff)

    assert client.get(page()).status_code in (403, 302)
    assert client.post(page(), {"record": record(price=1), "replay": "1"}).status_code in (403, 302)
    assert not Mend.objects.exists()


def test_the_permission_is_enough_together_with_viewing(client: Client) -> None:
    staff = UserFactory(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_rejection", "mend_rejection"]))
    client.force_login(staff)

    assert client.get(page()).status_code == 200


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.get(page()).status_code == 302
