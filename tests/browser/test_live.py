"""A run's page in a real browser while the import goes on: it follows by itself, and its buttons stay pressable."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from operations.models import EntityProgress, ImportRun, RunControl
from tests.browser.test_admin import ARGUMENTS, CHROMIUM, Browser, playwright
from tests.factories.operations import EntityProgressFactory, ImportRunFactory
from tests.operations.test_admin_control import LIVE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's Chromium"),
]


@pytest.fixture
def run() -> ImportRun:
    run: ImportRun = ImportRunFactory(state=ImportRun.State.RUNNING)
    EntityProgressFactory(run=run, expected=10_000, read=2_500, loaded=2_500, done=False)
    RunControl.objects.create(run=run, live=LIVE)
    return run


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def browser(request: Any, run: ImportRun, admin_client: Client, live_server: Any) -> Iterator[Browser]:
    session = admin_client.cookies[settings.SESSION_COOKIE_NAME].value
    with playwright.sync_playwright() as machinery:
        chromium = machinery.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = chromium.new_context(java_script_enabled=request.param)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        yield Browser(context.new_page(), live_server.url)
        chromium.close()


def elsewhere(work: Callable[[], Any]) -> Any:
    """In a thread of its own: the one of the browser has an event loop, in which Django asks no database."""

    def working() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(working).result()


def advance(done: int) -> None:
    users, tracks = LIVE["steps"]
    live = LIVE | {"steps": [users, tracks | {"done": done}]}
    elsewhere(lambda: RunControl.objects.update(live=live, seen_at=timezone.now()))


def finish() -> None:
    RunControl.objects.all().delete()
    EntityProgress.objects.update(done=True, read=10_000, loaded=10_000)
    ImportRun.objects.update(state=ImportRun.State.FINISHED, finished_at=timezone.now())


def requested() -> str:
    return str(elsewhere(lambda: RunControl.objects.get().requested))


def test_the_page_of_a_run_follows_it_to_its_end(browser: Browser, run: ImportRun) -> None:
    page = browser.visit(reverse("admin:operations_importrun_change", args=(run.pk,)))
    page.get_by_text("2,500 of 10,000", exact=True).first.wait_for()

    advance(7_500)
    page.get_by_text("7,500 of 10,000", exact=True).first.wait_for()

    elsewhere(finish)
    page.get_by_text("Every record is accounted for: 10,000").wait_for()
    page.locator(".badge.state-finished").wait_for()
    assert browser.complaints == []


def test_a_button_is_pressed_while_the_page_follows(browser: Browser, run: ImportRun) -> None:
    page = browser.visit(reverse("admin:operations_importrun_change", args=(run.pk,)))

    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()

    assert requested() == "pause"
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()
    assert requested() == ""
    assert browser.complaints == []


@pytest.mark.parametrize("browser", [True], indirect=True)
def test_the_buttons_stay_in_place_while_figures_change(browser: Browser, run: ImportRun) -> None:
    page = browser.visit(reverse("admin:operations_importrun_change", args=(run.pk,)))
    stop = page.get_by_role("button", name="Stop")
    stop.focus()

    advance(9_000)
    page.get_by_text("9,000 of 10,000", exact=True).first.wait_for()

    assert stop.evaluate("button => button === document.activeElement")
