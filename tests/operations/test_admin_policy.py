"""Every kind of page of the admin, under the content security policy that the site sends."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse

from operations.models import ImportRun
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory
from tests.factories.operations import (
    EntityProgressFactory,
    ImportJobFactory,
    ImportRunFactory,
    InspectionFactory,
    RejectionFactory,
)

pytestmark = pytest.mark.django_db

WITNESSES = (
    "operations_importrun",
    "operations_importjob",
    "operations_inspection",
    "operations_rejection",
    "procrastinate_procrastinatejob",
)


class Offences(HTMLParser):
    """What the policy forbids: code or style within the page, and anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}> at line {self.getpos()[0]}")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}={value}>")
            loads = name == "src" or (tag == "link" and name == "href")
            if loads and not (value or "").startswith("/"):
                self.found.append(f"<{tag} {name}={value}>")

    handle_startendtag = handle_starttag


@pytest.fixture
def rows() -> dict[str, Any]:
    """A row of every model that the admin shows."""
    track = TrackFactory(description="<script>alert(1)</script>")
    run = ImportRunFactory(
        proven=True,
        error="<style>",
    )
    EntityProgressFactory(run=run, read=10, loaded=9, rejected=1, reasons={"missing": 1})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
            "VALUES ('default', 'operations.tasks.check', '{\"a\": 1}', 'todo') RETURNING id"
        )
        (job,) = cursor.fetchone()
    return {
        "accounts_user": track.artist_id,
        "accounts_identity": IdentityFactory(user=track.artist).pk,
        "auth_group": Group.objects.create(name="Editors").pk,
        "catalog_track": track.pk,
        "catalog_nftmemorial": NFTMemorialFactory().pk,
        "operations_importrun": run.pk,
        "operations_importjob": ImportJobFactory(run=run, job_id=job).pk,
        "operations_inspection": InspectionFactory(job_id=job).pk,
        "operations_rejection": RejectionFactory(run=run).pk,
        "procrastinate_procrastinatejob": job,
    }


def pages(rows: dict[str, Any]) -> dict[str, str]:
    found = {"index": "/admin/", "app": "/admin/catalog/", "password": "/admin/password_change/"}
    for model, pk in rows.items():
        found[f"{model} list"] = reverse(f"admin:{model}_changelist")
        found[f"{model} popup"] = reverse(f"admin:{model}_changelist") + "?_popup=1"
        found[f"{model} search"] = reverse(f"admin:{model}_changelist") + "?q=x"
        found[f"{model} change"] = reverse(f"admin:{model}_change", args=(pk,))
        found[f"{model} history"] = reverse(f"admin:{model}_history", args=(pk,))
        if model not in WITNESSES:
            found[f"{model} add"] = reverse(f"admin:{model}_add")
            found[f"{model} delete"] = reverse(f"admin:{model}_delete", args=(pk,))
    found["start an import"] = reverse("admin:operations_importrun_import")
    found["start an inspection"] = reverse("admin:operations_importrun_inspect")
    found["user password"] = reverse("admin:auth_user_password_change", args=(rows["accounts_user"],))
    return found


def offences(response: Any) -> list[str]:
    parser = Offences()
    parser.feed(response.text)
    return parser.found


def test_no_page_holds_what_the_policy_forbids(admin_client: Client, rows: dict[str, Any]) -> None:
    for name, url in pages(rows).items():
        response = admin_client.get(url)

        assert response.status_code == 200, name
        assert (name, offences(response)) == (name, [])
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy


def test_pages_that_answer_a_post_hold_nothing_forbidden_either(admin_client: Client, rows: dict[str, Any]) -> None:
    tracks = reverse("admin:catalog_track_changelist")
    confirmation = {"action": "delete_selected", "_selected_action": [rows["catalog_track"]], "index": "0"}

    answers = [
        admin_client.post(tracks, confirmation),
        admin_client.post(reverse("admin:catalog_track_add"), {}),
        admin_client.post(reverse("admin:accounts_user_add"), {}),
        admin_client.post(reverse("admin:auth_group_add") + "?_popup=1", {"name": "New", "_popup": "1"}),
        admin_client.post("/admin/logout/"),
    ]

    assert [(answer.status_code, offences(answer)) for answer in answers] == [(200, [])] * 5


def test_the_sign_in_page_holds_nothing_forbidden(client: Client) -> None:
    response = client.get("/admin/login/")

    assert offences(response) == []
    assert "slipway/logo.svg" in response.text


def test_a_job_shows_its_arguments_and_its_last_event(admin_client: Client, rows: dict[str, Any]) -> None:
    page = admin_client.get(reverse("admin:procrastinate_procrastinatejob_changelist"))

    assert "&quot;a&quot;: 1" in page.text
    assert "deferred 20" in page.text


def test_staff_without_permissions_see_an_empty_start_page(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True))
    ImportRunFactory(state=ImportRun.State.FAILED, error="Not for everybody.")

    page = client.get("/admin/")

    assert page.status_code == 200
    assert "Not for everybody." not in page.text
