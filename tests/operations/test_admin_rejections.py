from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from operations.admin.rejections import waiting_by_reason
from operations.estimates import RowCount
from operations.models import Outcome
from tests.factories.operations import LandedRecordFactory, LegacyEntityFactory, RejectionFactory

pytestmark = pytest.mark.django_db


def test_a_rejection_shows_the_raw_record_and_all_that_is_wrong_with_it(admin_client: Client) -> None:
    problems = [
        {"reason": "negative", "column": "duration", "value": "-3", "sentence": "duration '-3' is below zero."},
        {"reason": "missing", "column": "title", "value": "", "sentence": "title is empty."},
    ]
    rejection = RejectionFactory(problems=problems)
    LandedRecordFactory(
        entity=rejection.entity, key=rejection.key, outcome=Outcome.REJECTED, raw='{"duration":-3.10,"title":"</pre>"}'
    )

    page = admin_client.get(reverse("admin:operations_rejection_change", args=(rejection.pk,)))

    assert "&quot;duration&quot;: -3.10,\n  &quot;title&quot;: &quot;&lt;/pre&gt;&quot;" in page.text
    assert "<li>title is empty. <code>missing</code></li>" in page.text
    assert reverse("admin:operations_importrun_change", args=(rejection.run_id,)) in page.text


def test_a_rejection_without_its_landed_record_is_still_shown(admin_client: Client) -> None:
    rejection = RejectionFactory(problems=[])

    page = admin_client.get(reverse("admin:operations_rejection_change", args=(rejection.pk,)))

    assert page.status_code == 200
    assert rejection.sentence in page.context["original"].sentence


def test_rejections_are_found_by_key_and_filtered_by_reason_and_entity(admin_client: Client) -> None:
    users = LegacyEntityFactory(name="users")
    RejectionFactory(key="1", entity=users, reason="missing")
    RejectionFactory(key="1", reason="negative")
    RejectionFactory(key="2", reason="missing")
    url = reverse("admin:operations_rejection_changelist")

    def found(**query: object) -> set[tuple[str, str]]:
        rows = admin_client.get(url, query).context["cl"].result_list
        return {(row.entity.name, row.key) for row in rows}

    assert found(q="1") == {("users", "1"), ("tracks", "1")}
    assert found(reason="missing") == {("users", "1"), ("tracks", "2")}
    assert found(entity_id=users.pk) == {("users", "1")}
    assert found(entity_id="x") == set()


def test_only_entities_with_rejections_are_offered(admin_client: Client) -> None:
    LegacyEntityFactory(name="likes")
    RejectionFactory.create_batch(2, entity=LegacyEntityFactory(name="users"))
    RejectionFactory(entity=LegacyEntityFactory(name="tracks"))

    page = admin_client.get(reverse("admin:operations_rejection_changelist"))

    spec = next(spec for spec in page.context["cl"].filter_specs if spec.title == "entity")
    assert {label for _, label in spec.lookup_choices} == {"normaldance.users", "normaldance.tracks"}


def test_reasons_are_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.admin.rejections.BOUND", 2)
    for reason, count in (("a", 1), ("b", 3), ("c", 2)):
        RejectionFactory.create_batch(count, reason=reason)

    assert waiting_by_reason() == [("b", RowCount(2, at_least=True)), ("c", RowCount(2)), ("a", RowCount(1))]


def test_without_rejections_no_reason_waits() -> None:
    assert waiting_by_reason() == []
