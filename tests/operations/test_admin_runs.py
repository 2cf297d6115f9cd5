from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operations.admin.summary import Reason, summary
from operations.models import EntityProgress, ImportRun
from tests.factories.operations import EntityProgressFactory, ImportRunFactory, LegacyEntityFactory, RejectionFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def page_of(client: Client, run: ImportRun) -> Any:
    return client.get(reverse("admin:operations_importrun_change", args=(run.pk,)))


@pytest.fixture
def run() -> ImportRun:
    """Two entities, a merged and two rejected records, both proofs held."""
    run = ImportRunFactory(proven=True, started_at=START, finished_at=START + timedelta(seconds=8.44))
    EntityProgressFactory(
        run=run,
        entity=LegacyEntityFactory(id=1, name="users"),
        expected=1_000,
        read=1_000,
        loaded=998,
        merged=1,
        rejected=1,
        reasons={"missing": 1},
    )
    EntityProgressFactory(
        run=run,
        entity=LegacyEntityFactory(id=2, name="tracks"),
        expected=50,
        read=50,
        loaded=45,
        rejected=3,
        unchanged=2,
        reasons={"missing": 1, "negative": 2},
    )
    return run


def test_a_summary_adds_up(run: ImportRun) -> None:
    found = summary(run)

    assert [entity.name for entity in found.entities] == ["users", "tracks"]
    assert found.totals.read == 1_050
    assert found.totals.outcomes == {"loaded": 1_043, "merged": 1, "kept": 0, "rejected": 4, "unchanged": 2}
    assert found.totals.unaccounted == 0
    assert found.reasons == [Reason("missing", 2), Reason("negative", 2)]
    assert found.is_proven is True
    assert found.is_whole is True
    assert found.duration_text == "8.4 s"


def test_a_summary_falls_back_on_the_report() -> None:
    entity = {"entity": "users", "read": 3, "loaded": 1, "rejected": 2, "reasons": {"missing": 2}}
    run = ImportRunFactory(report={"entities": [entity]})

    found = summary(run)

    assert found.totals.outcomes == {"loaded": 1, "merged": 0, "kept": 0, "rejected": 2, "unchanged": 0}
    assert found.entities[0].reasons[0].query == "?reason=missing"
    assert found.is_proven is None


def test_tables_that_are_kept_raw_share_a_line_of_the_start_page(settings: Any, run: ImportRun) -> None:
    settings.LEGACY_SOURCES = {"normaldance": "tests.operations.test_admin_legacy.SOURCE"}
    for number, name in ((3, "likes"), (4, "follows")):
        EntityProgressFactory(run=run, entity=LegacyEntityFactory(id=number, name=name), loaded=0, kept=10)

    brief = summary(run).brief

    assert [entity.name for entity in brief] == ["users", "tracks", "2 other tables"]
    assert brief[-1].read == 20
    assert brief[-1].outcomes["kept"] == 20


def test_the_page_of_a_run_shows_counts_reasons_and_proof(admin_client: Client, run: ImportRun) -> None:
    page = page_of(admin_client, run)

    assert "<desc>998 loaded, 1 merged, 1 rejected</desc>" in page.text
    assert "<desc>45 loaded, 3 rejected, 2 unchanged</desc>" in page.text
    assert "Every record is accounted for: 1,050" in page.text
    assert "In SQL: landing against target: 10 rows compared, no difference" in page.text
    assert "/admin/operations/rejection/?reason=negative&amp;entity_id=2" in page.text
    assert "refresh" not in page.text


def test_a_reason_leads_to_its_rejections(admin_client: Client, run: ImportRun) -> None:
    wanted = RejectionFactory(run=run, entity=LegacyEntityFactory(name="tracks"), reason="negative")
    RejectionFactory(run=run, entity=LegacyEntityFactory(name="tracks"), reason="missing")
    RejectionFactory(run=run, entity=LegacyEntityFactory(name="users"), reason="negative")
    query = summary(run).entities[1].reasons[0].query

    response = admin_client.get(reverse("admin:operations_rejection_changelist") + query)

    assert [rejection.pk for rejection in response.context["cl"].result_list] == [wanted.pk]


def test_a_running_import_shows_how_far_it_came_and_refreshes(admin_client: Client) -> None:
    run = ImportRunFactory(state=ImportRun.State.RUNNING)
    EntityProgressFactory(run=run, expected=1_000, read=250, loaded=250, done=False)

    page = page_of(admin_client, run)

    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.text
    assert "slipway/live.js" in page.text
    assert 'width="25.00%"' in page.text
    assert "Read so far: 250 of 1,000 records, all of them accounted for" in page.text
    assert "Not proven yet" in page.text


def test_a_failed_import_does_not_pass_for_a_whole_one(admin_client: Client) -> None:
    run = ImportRunFactory(state=ImportRun.State.FAILED, error="The <source> changed.")
    EntityProgressFactory(run=run, expected=1_000, read=250, loaded=250)

    page = page_of(admin_client, run)

    assert "The &lt;source&gt; changed." in page.text
    assert "Read before it ended: 250 of 1,000 records" in page.text
    assert "Every record is accounted for" not in page.text


def test_records_that_are_missing_from_the_counts_are_named(admin_client: Client) -> None:
    run = ImportRunFactory()
    EntityProgressFactory(run=run, read=10, loaded=7)

    page = page_of(admin_client, run)

    assert "3 of 10 records are not accounted for" in page.text


def test_differences_that_a_proof_found_are_named(admin_client: Client) -> None:
    named = [{"table": "catalog_track", "key": "t1", "column": "title", "expected": "A", "found": "B"}]
    run = ImportRunFactory(report={"proof": {"sql": {"rows": 10, "differences": 1, "named": named}}})

    page = page_of(admin_client, run)

    assert "10 rows compared, 1 differences" in page.text
    assert "<td>catalog_track</td><td>t1</td><td>title</td><td>A</td><td>B</td>" in page.text


def test_the_list_shows_state_and_proof(admin_client: Client, run: ImportRun) -> None:
    ImportRunFactory(state=ImportRun.State.FAILED, started_at=START - timedelta(days=1))

    page = admin_client.get(reverse("admin:operations_importrun_changelist"))

    assert next(iter(page.context["cl"].result_list)) == run
    assert '<span class="badge state-finished">Finished</span>' in page.text
    assert '<span class="badge state-failed">Failed</span>' in page.text
    assert "1,050" in page.text


@pytest.mark.parametrize("model", ["importrun", "rejection"])
def test_nobody_adds_changes_or_deletes_what_an_import_wrote(admin_client: Client, run: ImportRun, model: str) -> None:
    pk = run.pk if model == "importrun" else RejectionFactory(run=run).pk
    before = (ImportRun.objects.count(), EntityProgress.objects.count())

    answers = [
        admin_client.post(reverse(f"admin:operations_{model}_add"), {}).status_code,
        admin_client.post(reverse(f"admin:operations_{model}_change", args=(pk,)), {"source": "x"}).status_code,
        admin_client.post(reverse(f"admin:operations_{model}_delete", args=(pk,)), {"post": "yes"}).status_code,
    ]

    assert answers == [403, 403, 403]
    assert (ImportRun.objects.count(), EntityProgress.objects.count()) == before
    assert "delete_selected" not in admin_client.get(reverse(f"admin:operations_{model}_changelist")).text


def test_the_page_of_a_run_takes_few_queries(admin_client: Client, run: ImportRun) -> None:
    page_of(admin_client, run)
    with CaptureQueriesContext(connection) as few:
        page_of(admin_client, run)
    for number in range(3, 13):
        EntityProgressFactory(run=run, entity=LegacyEntityFactory(id=number, name=f"table{number}"))

    with CaptureQueriesContext(connection) as many:
        page_of(admin_client, run)

    assert len(many) == len(few)
