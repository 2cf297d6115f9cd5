"""The admin in a real browser: what the content security policy lets through, and what the scripts make of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import TrackFactory
from tests.factories.operations import EntityProgressFactory, RejectionFactory

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class Browser:
    """A page of a signed-in superuser; `complaints` are violations of the policy, errors and missing files."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", lambda answer: answer.status >= 400 and self.complaints.append(answer.url))

    def visit(self, path: str) -> Any:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def paths() -> dict[str, str]:
    """The addresses of rows that stand in the database before the browser starts."""
    track = TrackFactory(artist=UserFactory(display_name="Mira Costa", email="mira@example.org"))
    identity = IdentityFactory(user=track.artist)
    progress = EntityProgressFactory()
    rejection = RejectionFactory(run=progress.run)
    return {
        "index": "/admin/",
        "tracks": reverse("admin:catalog_track_changelist"),
        "track": reverse("admin:catalog_track_change", args=(track.pk,)),
        "add track": reverse("admin:catalog_track_add"),
        "delete track": reverse("admin:catalog_track_delete", args=(track.pk,)),
        "history": reverse("admin:catalog_track_history", args=(track.pk,)),
        "people": reverse("admin:accounts_user_changelist"),
        "person": reverse("admin:accounts_user_change", args=(track.artist_id,)),
        "add person": reverse("admin:accounts_user_add"),
        "identity": reverse("admin:accounts_identity_change", args=(identity.pk,)),
        "run": reverse("admin:operations_importrun_change", args=(progress.run_id,)),
        "rejection": reverse("admin:operations_rejection_change", args=(rejection.pk,)),
        "password": reverse("admin:password_change"),
    }


@pytest.fixture
def browser(paths: dict[str, str], admin_client: Client, live_server: Any) -> Iterator[Browser]:
    session = admin_client.cookies[settings.SESSION_COOKIE_NAME].value
    with playwright.sync_playwright() as machinery:
        chromium = machinery.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = chromium.new_context(color_scheme="light")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        yield Browser(context.new_page(), live_server.url)
        chromium.close()


def test_no_page_breaks_the_policy(browser: Browser, paths: dict[str, str]) -> None:
    for path in paths.values():
        page = browser.visit(path)

        assert page.locator("#site-name").is_visible()
    assert browser.complaints == []


def test_the_widgets_work_under_the_policy(browser: Browser, paths: dict[str, str]) -> None:
    page = browser.visit(paths["add track"])

    page.locator(".select2-selection").click()
    page.keyboard.type("mira")
    page.locator(".select2-results__option", has_text="Mira Costa · mira@example.org").click()
    page.locator("#calendarlink0").click()
    page.locator("#calendarin0 td:not(.nonday) a").first.click()
    page.locator("#clocklink0").click()
    page.locator("#clockbox0 .timelist a").first.click()
    page.locator("#id_title").fill("Written in a browser")
    page.locator("input[name=_save]").click()

    page.locator("th.field-title", has_text="Written in a browser").wait_for()
    assert browser.complaints == []


def test_the_theme_can_be_chosen(browser: Browser, paths: dict[str, str]) -> None:
    page = browser.visit(paths["tracks"])
    ground = "getComputedStyle(document.body).backgroundColor"

    seen = {}
    for _ in range(3):
        seen[page.evaluate("document.documentElement.dataset.theme")] = page.evaluate(ground)
        page.locator(".theme-toggle:visible").click()

    assert seen == {"auto": "rgb(243, 245, 247)", "light": "rgb(243, 245, 247)", "dark": "rgb(15, 22, 27)"}
    assert browser.complaints == []


def test_a_narrow_screen_is_not_wider_than_it_is(browser: Browser, paths: dict[str, str]) -> None:
    browser.page.set_viewport_size({"width": 390, "height": 800})

    for path in paths.values():
        page = browser.visit(path)

        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 390)
