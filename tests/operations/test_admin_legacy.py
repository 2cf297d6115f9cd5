from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from operations.admin.legacy import legacy_records
from operations.importing.declaration import AliasTable, Entity, LegacySource
from operations.models import LandedRecord, Outcome
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import TrackFactory
from tests.factories.operations import ImportRunFactory, LandedRecordFactory, LegacyEntityFactory

pytestmark = pytest.mark.django_db

SOURCE = LegacySource(
    name="normaldance",
    title="NormalDance",
    generations=(),
    entities=(
        Entity(
            name="users",
            tables=("users",),
            model="accounts.User",
            rules=(),
            aliases=AliasTable(model="accounts.Identity", owner="user"),
        ),
        Entity(name="tracks", tables=("tracks",), model="catalog.Track", rules=()),
    ),
)


@pytest.fixture(autouse=True)
def source(settings: Any) -> None:
    settings.LEGACY_SOURCES = {"normaldance": f"{__name__}.SOURCE"}


@pytest.fixture
def users() -> Any:
    return LegacyEntityFactory(name="users")


def keys(row: Any) -> list[str]:
    return [record.key for record in legacy_records(row)]


def test_a_loaded_record_belongs_to_the_row_with_its_key(users: Any) -> None:
    person = UserFactory(id="u1")
    LandedRecordFactory(entity=users, key="u1", raw='{"id":"u1"}')
    LandedRecordFactory(entity=users, key="u2")

    (record,) = legacy_records(person)

    assert (record.entity, record.key, record.outcome) == ("normaldance.users", "u1", "Loaded")
    assert record.raw == '{\n  "id": "u1"\n}'
    assert len(record.sha256) == 64


def test_a_merged_record_belongs_to_the_row_it_was_merged_into(users: Any) -> None:
    person = UserFactory(id="u1")
    IdentityFactory(user=person, provider="normaldance", subject="u9")
    LandedRecordFactory(entity=users, key="u9", outcome=Outcome.MERGED, target="u1")

    assert keys(person) == ["u9"]


def test_a_rejected_record_with_the_key_of_a_row_is_not_the_rows(users: Any) -> None:
    person = UserFactory(id="u1")
    LandedRecordFactory(entity=users, key="u1", outcome=Outcome.REJECTED)

    assert keys(person) == []


def test_a_changed_record_that_was_rejected_still_belongs_to_its_row(users: Any) -> None:
    person = UserFactory(id="u1")
    LandedRecordFactory(entity=users, key="u1", outcome=Outcome.REJECTED, target="u1")

    assert keys(person) == ["u1"]


def test_records_of_other_entities_with_the_same_key_are_left_out(users: Any) -> None:
    person = UserFactory(id="1")
    track = TrackFactory(id="1")
    LandedRecordFactory(entity=users, key="1")
    LandedRecordFactory(entity=LegacyEntityFactory(name="tracks"), key="1")
    LandedRecordFactory(entity=LegacyEntityFactory(name="playlists"), key="1", outcome=Outcome.KEPT)

    assert [record.entity for record in legacy_records(person)] == ["normaldance.users"]
    assert [record.entity for record in legacy_records(track)] == ["normaldance.tracks"]


def test_a_model_that_no_source_fills_has_none() -> None:
    identity = IdentityFactory()

    with CaptureQueriesContext(connection) as queries:
        assert legacy_records(identity) == []

    assert not queries.captured_queries


def test_one_query_finds_them_by_the_key_of_the_landing_table(users: Any) -> None:
    person = UserFactory(id="u1")
    run = ImportRunFactory()
    LandedRecord.objects.bulk_create(
        LandedRecord(entity=users, key=f"u{number}", sha256=b"", outcome=Outcome.LOADED, run=run, raw="{}")
        for number in range(3_000)
    )
    with connection.cursor() as cursor:
        # All tables of the query: of an empty one the planner believes what other tests left.
        cursor.execute("ANALYZE operations_landedrecord, operations_legacyentity, accounts_identity, accounts_user")

    with CaptureQueriesContext(connection) as queries:
        legacy_records(person)

    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "operations_landedrecord_pkey" in plan
    assert "Seq Scan on operations_landedrecord" not in plan


def test_the_change_page_shows_the_raw_record(admin_client: Client, users: Any) -> None:
    UserFactory(id="u1")
    LandedRecordFactory(entity=users, key="u1", raw='{"name":"<b>Ann</b>"}')

    page = admin_client.get(reverse("admin:accounts_user_change", args=("u1",)))

    assert "Legacy record" in page.text
    assert "&quot;name&quot;: &quot;&lt;b&gt;Ann&lt;/b&gt;&quot;" in page.text


def test_a_record_whose_raw_text_was_let_go_says_so(admin_client: Client, users: Any) -> None:
    UserFactory(id="u1")
    LandedRecordFactory(entity=users, key="u1", raw="")

    page = admin_client.get(reverse("admin:accounts_user_change", args=("u1",)))

    assert "The raw record was let go once it was proven." in page.text


def test_raw_records_are_for_those_who_may_view_landed_records(client: Client, users: Any) -> None:
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="change_user"))
    UserFactory(id="u1")
    LandedRecordFactory(entity=users, key="u1", raw='{"secret":"yes"}')
    url = reverse("admin:accounts_user_change", args=("u1",))

    client.force_login(staff)
    assert "secret" not in client.get(url).text

    staff.user_permissions.add(Permission.objects.get(codename="view_landedrecord"))
    client.force_login(User.objects.get(pk=staff.pk))
    assert "secret" in client.get(url).text
