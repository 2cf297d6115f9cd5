"""Plans of the frequent queries, on several months of events: one partition, and its index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event
from events.months import Month
from tests.plans import explained, index_of, nodes, plan_of, scans

MARCH = Month(2025, 3)
FILLED = {Month(2025, number).table for number in (1, 2, 3)}
ROWS = """
INSERT INTO events_event (id, legacy_id, workflow, status, data, task_context, created_at)
SELECT uuid7_of(at, n::text), uuidv4(), (ARRAY['support', 'helpdesk', 'other'])[n % 3 + 1],
       CASE WHEN n % 50 = 0 THEN 'unprocessed' ELSE 'done' END,
       jsonb_build_object('ticket_id', 'ticket ' || n / 2, 'to_email', 'team' || n % 500 || '@example.org',
           'body', repeat('x', 200)),
       jsonb_build_object('nodes', jsonb_build_object('AnalyzeTicket', jsonb_build_object('response_model',
           jsonb_build_object('intent', CASE WHEN n % 100 = 0 THEN 'refund/request' ELSE 'general/question' END)))),
       at
FROM generate_series(0, 39999) n,
     LATERAL (SELECT '2025-01-01 00:00+00'::timestamptz + n * interval '3 minutes' AS at) AS t;
ANALYZE events_event;
"""


@pytest.fixture(scope="module")
def many_events(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(ROWS)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE events_event; ANALYZE events_event")


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("many_events")]


def read_whole(sql: str) -> list[str]:
    """The partitions with events in them that are read from their first row to their last."""
    return [name for name in unbounded(explained(sql)) if name in FILLED]


def unbounded(plan: dict[str, Any]) -> Iterator[str]:
    """Sequential scans that no LIMIT stops."""
    if plan["Node Type"] == "Limit" and not any(node["Node Type"] in ("Sort", "Hash") for node in nodes(plan)):
        return
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from unbounded(child)


def in_march() -> QuerySet[Any]:
    return Event.objects.received_between(MARCH.start, MARCH.end)


PAGES: dict[str, tuple[Any, str]] = {
    "time": (lambda: in_march(), "events_event_pkey"),
    "type": (lambda: in_march().of_workflow("helpdesk"), "events_event_by_workflow"),  # type: ignore[attr-defined]
    "state": (lambda: in_march().with_status("unprocessed"), "events_event_by_status"),  # type: ignore[attr-defined]
    "ticket": (lambda: in_march().about_ticket("ticket 15000"), "events_event_by_ticket"),  # type: ignore[attr-defined]
    "recipient": (lambda: in_march().sent_to("Team7@example.org"), "events_event_by_recipient"),  # type: ignore[attr-defined]
    "intent": (lambda: in_march().with_intent("refund/request"), "events_event_by_intent"),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_month_reads_one_partition_by_its_index_in_order(page: str) -> None:
    queryset, index = PAGES[page]
    with CaptureQueriesContext(connection) as queries:
        rows = list(queryset().newest_first()[:50])

    assert rows
    assert [row.pk for row in rows] == sorted((row.pk for row in rows), reverse=True)
    [query] = queries.captured_queries
    assert scans(query["sql"]) == {MARCH.table: index_of(MARCH.table, index)}
    assert not [node for node in plan_of(query["sql"]) if "Sort" in node["Node Type"]]


def test_an_event_is_found_by_its_key_in_its_partition_alone() -> None:
    event = in_march().first()

    with CaptureQueriesContext(connection) as queries:
        Event.objects.get(pk=event.pk)

    assert scans(queries[0]["sql"]) == {MARCH.table: index_of(MARCH.table, "events_event_pkey")}


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Event.objects.about_ticket("ticket 15000"),
        lambda: Event.objects.of_legacy_id(Event.objects.latest().legacy_id),
        lambda: Event.objects.filter(created_at__range=(MARCH.start, MARCH.start + timedelta(hours=1))),
    ],
    ids=["ticket", "legacy id", "created"],
)
def test_what_may_be_of_any_month_is_found_by_an_index_of_each(queryset: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert queryset().count() in (1, 2, 20, 21)

    assert read_whole(queries.captured_queries[-1]["sql"]) == []


def test_the_latest_event_is_the_first_of_an_index() -> None:
    with CaptureQueriesContext(connection) as queries:
        latest = Event.objects.latest()

    assert latest.created_at == MARCH.start.replace(month=1, day=1) + timedelta(minutes=3 * 39_999)
    plan = plan_of(queries[0]["sql"])
    assert not [node for node in plan if node["Node Type"] in ("Sort", "Incremental Sort")]
    assert index_of(MARCH.table, "events_event_pkey") in {node.get("Index Name") for node in plan}


ADMIN_LISTS = (
    "",
    "?month=2025-03",
    "?status__exact=unprocessed",
    "?workflow=helpdesk",
    "?month=2025-03&workflow=other",
    "?q=ticket 15000",
)


@pytest.mark.parametrize("arguments", ADMIN_LISTS)
def test_the_admins_list_counts_no_table_and_scans_none(admin_client: Client, arguments: str) -> None:
    address = reverse("admin:events_event_changelist")
    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(address + arguments)

    assert response.status_code == 200
    about_events = [query["sql"] for query in queries if '"events_event"' in query["sql"]]
    assert about_events
    for sql in about_events:
        assert "COUNT(" not in sql.upper() or "LIMIT 1001" in sql
        assert read_whole(sql) == [], sql


def test_a_deep_page_of_the_admins_list_starts_inside_its_partition(admin_client: Client) -> None:
    address = reverse("admin:events_event_changelist")
    cursor = admin_client.get(address + "?month=2025-02").context["cl"].next_page_url

    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(address + cursor).context["cl"].result_list

    assert len(page) == 50
    [sql] = [
        query["sql"] for query in queries if '"events_event"."id" <' in query["sql"] and "LIMIT 51" in query["sql"]
    ]
    assert scans(sql) == {Month(2025, 2).table: index_of(Month(2025, 2).table, "events_event_pkey")}


def test_the_admins_list_leaves_long_values_alone(admin_client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(reverse("admin:events_event_changelist"))

    [sql] = [query["sql"] for query in queries if "LIMIT 51" in query["sql"]]
    assert '"events_event"."data",' not in sql
    assert '"events_event"."task_context",' not in sql
