from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event
from tests.factories.events import EventArchiveFactory, EventFactory

pytestmark = pytest.mark.django_db
FACTORIES: dict[str, Any] = {"event": EventFactory, "eventarchive": EventArchiveFactory}


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:events_{model}_{page}", args=args)


def shown(client: Client, **query: str) -> list[Event]:
    return list(client.get(url("event", "changelist"), query).context["cl"].result_list)


def test_every_model_has_an_admin() -> None:
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "events"}

    assert registered == set(FACTORIES)


@pytest.mark.parametrize("model", FACTORIES)
def test_a_list_asks_as_much_for_many_rows_as_for_few(admin_client: Client, model: str) -> None:
    FACTORIES[model].create_batch(2)
    admin_client.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(url(model, "changelist"))
    FACTORIES[model].create_batch(20)

    with CaptureQueriesContext(connection) as many:
        rows = admin_client.get(url(model, "changelist")).context["cl"].result_list

    assert len(rows) == 22
    assert len(many) == len(few)
    assert not [query for query in many if "COUNT(" in query["sql"].upper()]


def test_pages_follow_each_other_by_time(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.admin.listing.BigListAdmin.list_per_page", 2)
    events = EventFactory.create_batch(5)

    first = admin_client.get(url("event", "changelist")).context["cl"]
    second = admin_client.get(url("event", "changelist") + first.next_page_url).context["cl"]
    third = admin_client.get(url("event", "changelist") + second.next_page_url).context["cl"]

    assert [row for page in (first, second, third) for row in page.result_list] == events[::-1]


@pytest.mark.parametrize("model", FACTORIES)
def test_rows_are_read_only(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    assert admin_client.get(url(model, "change", row.pk)).status_code == 200
    assert admin_client.post(url(model, "change", row.pk), {}).status_code == 403
    assert admin_client.get(url(model, "add")).status_code == 403
    assert admin_client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_page_shows_json_laid_out_and_in_its_own_script(admin_client: Client) -> None:
    event = EventFactory(done=True, data={"ticket_id": "t", "subject": "Төлем <b>", "list": [1]})

    page = admin_client.get(url("event", "change", event.pk)).content.decode()

    assert "&quot;subject&quot;: &quot;Төлем &lt;b&gt;&quot;,\n" in page
    assert "&quot;intent&quot;: &quot;billing/invoice&quot;" in page


def test_a_page_shows_the_exact_legacy_text_where_there_is_one(admin_client: Client) -> None:
    event = EventFactory(legacy=True, raw_data='{"ticket_id": "a\\u0000", "ticket_id": 2}')

    page = admin_client.get(url("event", "change", event.pk)).content.decode()

    assert "&quot;ticket_id&quot;: &quot;a\\u0000&quot;,\n  &quot;ticket_id&quot;: 2" in page


def test_an_event_without_data_has_a_page(admin_client: Client) -> None:
    event = Event.objects.create(data=None)

    assert admin_client.get(url("event", "change", Event.objects.get().pk)).status_code == 200
    assert shown(admin_client) == [event] == list(Event.objects.all())


def test_events_are_narrowed_down_by_month_state_and_workflow(admin_client: Client) -> None:
    march = EventFactory()
    april = EventFactory(created_at=march.created_at.replace(month=4), workflow="helpdesk", failed=True)

    assert shown(admin_client, month="2025-03") == [march]
    assert shown(admin_client, workflow="helpdesk") == [april]
    assert shown(admin_client, status__exact="failed") == [april]
    assert shown(admin_client, month="2025-03", status__exact="failed") == []
    assert shown(admin_client, month="2025-3x") == []


def test_an_event_is_searched_by_any_of_its_names(admin_client: Client) -> None:
    event = EventFactory(legacy=True, data={"ticket_id": "t-1", "to_email": "Support@example.org"})
    EventFactory()

    for term in (str(event.pk), str(event.legacy_id), "t-1", "SUPPORT@EXAMPLE.ORG"):
        assert event in shown(admin_client, q=term), term
    assert shown(admin_client, q="t-2") == []
    assert shown(admin_client, q="7d444840-9dc0-11d1-b245-5ffdce74fad2") == []
