"""The figures of a process: who may see them, and how they are shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from config.routing.replicas import WATCH, Replica
from operations import metrics
from operations.figures import reading_figures

pytestmark = pytest.mark.django_db

LINE = re.compile(
    r'# TYPE slipway_[a-z_]+ (counter|gauge)|slipway_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+'
)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(email="staff@example.org", password="long enough to pass"))
    return client


def test_strangers_see_no_figures(client: Client, settings: Any) -> None:
    for token in ("", "secret"):
        settings.METRICS_TOKEN = token
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}):
            assert client.get("/metrics", headers=headers).status_code == 403


def test_a_person_who_is_not_staff_sees_no_figures(client: Client) -> None:
    client.force_login(User.objects.create_user(email="person@example.org", password="long enough to pass"))

    assert client.get("/metrics").status_code == 403
    assert client.get(reverse("admin:figures")).status_code == 302


def test_the_token_opens_the_figures(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "secret"

    assert client.get("/metrics", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_the_figures_are_in_the_format_of_prometheus(staff: Client) -> None:
    metrics.count("things", thing='a"b\\c\n')
    cache.get_or_set("rows:metrics-list", lambda: 1)
    response = staff.get("/metrics")

    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = response.content.decode().splitlines()
    assert r'slipway_things_total{thing="a\"b\\c\n"} 1' in lines
    assert 'slipway_cache_lookups_total{family="metrics-list",outcome="refill"} 1' in lines
    assert [line for line in lines if "things" not in line and not LINE.fullmatch(line)] == []


def test_what_changes_with_every_look_is_not_exported(staff: Client) -> None:
    metrics.watch("moments", lambda: [({"at": "12:00"}, 1.0)], exported=False)

    assert metrics.watched("moments") == [({"at": "12:00"}, 1.0)]
    exposition = staff.get("/metrics").content.decode()
    assert "moments" not in exposition
    assert "replica_lag_history" not in exposition


def test_the_page_tells_of_incidents_and_of_replicas_that_are_down(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WATCH.replicas, "replica_9", Replica("replica_9", why="was promoted"))
    metrics.count("cache_outages", error="TimeoutError")

    page = staff.get(reverse("admin:figures")).content.decode()

    assert "replica_9" in page
    assert "down: was promoted" in page
    assert "Redis was left alone" in page


def test_the_page_shows_reads_replicas_and_lookups(staff: Client) -> None:
    for _ in range(3):
        cache.get_or_set("rows:page-list", lambda: 1)
    staff.get("/admin/")
    page = staff.get(reverse("admin:figures")).content.decode()

    assert "page-list" in page
    assert "66.7%" in page
    assert "in transaction" in page
    assert reading_figures().cache_is_open is False
