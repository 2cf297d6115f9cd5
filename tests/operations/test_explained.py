"""Later changes are told apart from corruption: by table, key, column, who and when."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pghistory
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Identity, User
from catalog.legacy.normaldance import NORMALDANCE
from catalog.models import Track
from operations.importing.report import ProofResult, Proofs
from operations.importing.verifying import verify_source
from operations.models import ImportRun
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import TrackFactory
from tests.operations.legacy_files import imported, legacy_file

pytestmark = pytest.mark.django_db
USER, TRACK = "accounts_user", "catalog_track"
NOBODY = "not known"


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = legacy_file(
        tmp_path / "p.db",
        users=[{"id": "u1", "name": "Ann", "telegramId": "5"}, {"id": "u2", "name": "Bea"}, {"id": "u3"}],
        tracks=[
            {"id": "t1", "title": "Dawn", "artistId": "u1", "genre": "jazz", "metadata": '{"a": 1.0}'},
            {"id": "t2", "title": "Dusk", "artistId": "u2"},
            {"id": "t3", "title": "Noon", "artistId": "u2"},
        ],
    )
    assert imported(path).ok
    return f"sqlite:///{path}"


def spoil(statement: str) -> None:
    """As corruption would: no trigger sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def places(proof: ProofResult) -> tuple[set[str], set[str]]:
    """What differs and what was changed, as 'table key column'; of the changes also who."""
    assert (proof.differences, proof.changed) == (len(proof.named), len(proof.changes))
    changed = {f"{one.table} {one.key} {one.column} by {one.by}" for one in proof.changes}
    return {f"{one.table} {one.key} {one.column}" for one in proof.named}, changed


def verified(source: str) -> Proofs:
    return verify_source(NORMALDANCE, source)


def both(source: str, *, differences: set[str] = frozenset(), changed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    proofs = verified(source)
    assert places(proofs.sql) == (differences, changed)
    assert places(proofs.source) == (differences, changed)
    assert proofs.ok == (not differences)


def test_an_edit_in_the_admin_is_a_change_by_its_author(source: str, admin_client: Client, admin_user: User) -> None:
    path = reverse("admin:catalog_track_change", args=("t1",))
    form = admin_client.get(path).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    initial = {f"initial-{name}": value for name, value in values.items()}
    data = {name: "" if value is None else value for name, value in {**values, **initial}.items()}
    assert admin_client.post(path, data | {"title": "Sunrise"}).status_code == 302

    by = f"by user {admin_user.pk}"
    both(source, changed={f"{TRACK} t1 title {by}", f"{TRACK} t1 updated_at {by}"})
    [change] = [one for one in verified(source).sql.changes if one.column == "title"]
    assert (change.expected, change.found) == ("Dawn", "Sunrise")
    assert abs(datetime.fromisoformat(change.at) - timezone.now()) < timedelta(minutes=5)


def test_a_bulk_update_is_a_change(source: str) -> None:
    with pghistory.context(job="clear_genres"):
        assert Track.objects.update(genre="none") == 3

    both(source, changed={f"{TRACK} {key} genre by job clear_genres" for key in ("t1", "t2", "t3")})


def test_a_spoiled_column_beside_a_changed_one_still_differs(source: str) -> None:
    spoil(f"UPDATE {TRACK} SET genre = 'junk' WHERE id = 't1'")
    Track.objects.filter(pk="t1").update(title="Sunrise")

    both(source, differences={f"{TRACK} t1 genre"}, changed={f"{TRACK} t1 title by {NOBODY}"})


def test_what_is_spoiled_after_a_change_still_differs(source: str) -> None:
    Track.objects.filter(pk="t1").update(title="Sunrise")
    Track.objects.filter(pk="t2").update(title="Sunset")
    spoil(f"UPDATE {TRACK} SET title = 'sunrise' WHERE id = 't1'")

    both(source, differences={f"{TRACK} t1 title"}, changed={f"{TRACK} t2 title by {NOBODY}"})


def test_a_change_that_was_taken_back_is_neither(source: str) -> None:
    Track.objects.filter(pk="t1").update(title="Sunrise")
    Track.objects.filter(pk="t1").update(title="Dawn")

    both(source)


def test_a_change_from_before_the_import_explains_nothing(source: str, tmp_path: Path) -> None:
    spoil(f"UPDATE {TRACK} SET title = 'Sunrise' WHERE id = 't1'")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        columns = "artist_id, is_published, is_explicit, is_nft, created_at, updated_at"
        for label, title in (("before", "Dawn"), ("update", "Sunrise")):
            cursor.execute(
                f"INSERT INTO catalog_trackevent (pgh_created_at, pgh_label, pgh_obj_id, title, {columns}) "
                f"SELECT now() - interval '1 day', %s, id, %s, {columns} FROM {TRACK} WHERE id = 't1'",
                [label, title],
            )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    both(source, differences={f"{TRACK} t1 title"})


def test_numbers_that_are_equal_but_read_differently_are_not_explained(source: str) -> None:
    Track.objects.filter(pk="t1").update(metadata={"a": 2.5})
    spoil(f"""UPDATE {TRACK} SET metadata = '{{"a": 2.50}}' WHERE id = 't1'""")

    both(source, differences={f"{TRACK} t1 metadata"})


def test_a_row_that_staff_deleted_is_a_change_and_a_lost_one_is_not(source: str) -> None:
    Track.objects.get(pk="t2").delete()
    spoil(f"DELETE FROM {TRACK} WHERE id = 't3'")

    both(source, differences={f"{TRACK} t3 (row)"}, changed={f"{TRACK} t2 (row) by {NOBODY}"})


def test_new_rows_of_staff_are_expected_and_doubled_ones_are_named(source: str) -> None:
    TrackFactory(id="new")
    UserFactory(id="new")
    spoil(f"INSERT INTO {TRACK} (id, title, artist_id) SELECT 'double', title, artist_id FROM {TRACK} WHERE id = 't1'")

    proofs = verified(source)

    assert places(proofs.sql) == ({f"{TRACK} double (row)"}, set())
    assert places(proofs.source) == (set(), set())


def test_identities_that_staff_moved_are_changes_and_others_are_not(source: str) -> None:
    Identity.objects.filter(provider="telegram").update(user_id="u2")
    Identity.objects.get(provider="normaldance", subject="u2").delete()
    IdentityFactory(user_id="u3", provider="normaldance", subject="u9")
    spoil("DELETE FROM accounts_identity WHERE provider = 'normaldance' AND subject = 'u3'")

    proofs = verified(source)

    moved = {"u1 identity telegram", "u2 identity normaldance", "u9 identity normaldance"}
    expected = {f"{USER} u3 identity normaldance"}, {f"{USER} {place} by {NOBODY}" for place in moved}
    assert places(proofs.sql) == expected


@pytest.mark.django_db(transaction=True)
def test_sql_of_another_client_is_a_change_and_what_passes_the_triggers_is_not(source: str) -> None:
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in ("host", "port", "user", "dbname", "password")
    }
    with psycopg.connect(**parameters, autocommit=True) as client:
        client.execute(f"UPDATE {TRACK} SET genre = 'folk' WHERE id = 't1'")
        client.execute("SET session_replication_role = replica")
        client.execute(f"UPDATE {TRACK} SET genre = 'folk' WHERE id = 't2'")

    both(source, differences={f"{TRACK} t2 genre"}, changed={f"{TRACK} t1 genre by {NOBODY}"})


def test_changes_of_many_rows_are_all_counted_and_a_hundred_named(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": f"u{n}", "bio": "x"} for n in range(150)])
    assert imported(path).ok
    User.objects.update(bio="y")
    spoil(f"UPDATE {USER} SET bio = 'z' WHERE id = 'u149'")

    proofs = verified(f"sqlite:///{path}")

    for proof in (proofs.sql, proofs.source):
        assert (proof.differences, proof.changed, len(proof.changes)) == (1, 149, 100)
        assert [(one.key, one.column) for one in proof.named] == [("u149", "bio")]


def test_the_command_and_the_page_of_a_run_tell_changes_from_differences(source: str, admin_client: Client) -> None:
    Track.objects.filter(pk="t1").update(title="Sunrise")
    out = StringIO()
    call_command("verify_legacy", "normaldance", location=source, stdout=out, stderr=StringIO())
    assert "0 differences, 1 changed later." in out.getvalue()
    assert f"{TRACK} t1: title was 'Dawn', is 'Sunrise' by {NOBODY}, " in out.getvalue()
    out = StringIO()
    call_command("verify_legacy", "normaldance", location=source, json=True, stdout=out, stderr=StringIO())
    found = json.loads(out.getvalue())["sql"]
    assert (found["differences"], found["changed"], found["changes"][0]["by"]) == (0, 1, NOBODY)

    run = ImportRun.objects.get()
    run.report["proof"] = json.loads(out.getvalue())
    run.save()
    page = admin_client.get(reverse("admin:operations_importrun_change", args=(run.pk,))).text

    assert "no difference, 1 changed later" in page
    assert "<td>Sunrise</td>" in page
