"""Addresses that two people have: one holds it, the other is known to have had it, and both are who they were."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.legacy.normaldance import NORMALDANCE
from operations.history import event_model
from operations.importing.report import Contest
from operations.importing.summary import print_report
from operations.importing.undo import find_run, undo_run
from operations.importing.verifying import verify_source
from tests.factories.accounts import UserFactory
from tests.operations.legacy_files import counts, imported, legacy_file, state

pytestmark = pytest.mark.django_db

PEOPLE = [
    {"id": "u1", "email": "a@x.ru"},
    {"id": "u2", "email": "a@x.ru", "name": "Bea"},
    {"id": "u3", "email": "c@x.ru"},
    {"id": "u4", "email": "a@x.ru"},
]
ADDRESSES = ("id", "email", "contested_email")


def people(folder: Path, *users: dict[str, Any]) -> Path:
    path = folder / "p.db"
    path.unlink(missing_ok=True)
    return legacy_file(path, users=users, tracks=[{"artistId": "u2"}])


def named(path: Path) -> tuple[set[str], set[str]]:
    proofs = verify_source(NORMALDANCE, f"sqlite:///{path}")
    sql, source = ({f"{one.key} {one.column}" for one in proof.named} for proof in (proofs.sql, proofs.source))
    return sql, source


def changes(path: Path) -> tuple[set[str], set[str]]:
    proofs = verify_source(NORMALDANCE, f"sqlite:///{path}")
    assert proofs.ok
    sql, source = ({f"{one.key} {one.column}" for one in proof.changes} for proof in (proofs.sql, proofs.source))
    return sql, source


def test_nobody_is_refused_for_an_address_and_the_report_names_both(tmp_path: Path) -> None:
    report = imported(people(tmp_path, *PEOPLE))

    assert report.ok
    assert counts(report) == {"users": (4, 4, 0, 0, 0, 0), "tracks": (1, 1, 0, 0, 0, 0)}
    assert set(User.objects.values_list(*ADDRESSES)) == {
        ("u1", "a@x.ru", None),
        ("u2", None, "a@x.ru"),
        ("u3", "c@x.ru", None),
        ("u4", None, "a@x.ru"),
    }
    assert report.contests == (
        Contest("users", "u2", "email", "a@x.ru", "u1"),
        Contest("users", "u4", "email", "a@x.ru", "u1"),
    )
    assert report.as_json()["contests"][0] == {
        "entity": "users", "row": "u2", "field": "email", "value": "a@x.ru", "holder": "u1",
    }  # fmt: skip
    shown = StringIO()
    print_report(report, shown)
    assert "Contested users u2: email a@x.ru is that of u1." in shown.getvalue()


def test_the_report_names_those_of_other_systems_who_do_without(tmp_path: Path) -> None:
    UserFactory(id="s1", email=None, contested_email="c@x.ru")
    UserFactory(id="s2", email=None, contested_email="elsewhere@x.ru")

    report = imported(people(tmp_path, *PEOPLE[2:3], {"id": "u2"}))

    assert report.contests == (Contest("users", "s1", "email", "c@x.ru", "u3"),)


def test_a_dry_run_foresees_who_has_to_do_without(tmp_path: Path) -> None:
    path = people(tmp_path, *PEOPLE)

    foreseen = imported(path, dry_run=True)

    assert not User.objects.exists()
    report = imported(path)
    assert (foreseen.contests, foreseen.entities) == (report.contests, report.entities)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_batches_do_not_decide_who_holds_an_address(tmp_path: Path, size: int) -> None:
    report = imported(people(tmp_path, *PEOPLE), batch_size=size)

    assert report.ok
    assert list(User.objects.exclude(contested_email=None).order_by("id").values_list("id")) == [("u2",), ("u4",)]
    assert counts(imported(tmp_path / "p.db"))["users"] == (4, 0, 0, 0, 0, 4)


def test_a_change_of_something_else_leaves_it_contested(tmp_path: Path) -> None:
    imported(people(tmp_path, *PEOPLE))

    report = imported(people(tmp_path, *({**one, "name": "Cid"} for one in PEOPLE)))

    assert report.ok
    assert User.objects.values_list(*ADDRESSES, "display_name").get(id="u2") == ("u2", None, "a@x.ru", "Cid")


def test_who_lets_go_gives_it_to_one_of_those_who_waited(tmp_path: Path) -> None:
    imported(people(tmp_path, *PEOPLE))

    imported(people(tmp_path, {"id": "u1", "email": "new@x.ru"}, *PEOPLE[1:]))

    assert set(User.objects.values_list(*ADDRESSES)) == {
        ("u1", "new@x.ru", None),
        ("u2", "a@x.ru", None),
        ("u3", "c@x.ru", None),
        ("u4", None, "a@x.ru"),
    }


def test_who_vanishes_and_is_removed_gives_it_back(tmp_path: Path) -> None:
    imported(people(tmp_path, *PEOPLE))

    report = imported(people(tmp_path, *PEOPLE[1:]), delete_vanished=True)

    assert report.ok
    assert dict(User.objects.values_list("id", "email")) == {"u2": "a@x.ru", "u3": "c@x.ru", "u4": None}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("contested_email = NULL WHERE id = 'u2'", "u2 email"),
        ("contested_email = 'A@x.ru' WHERE id = 'u2'", "u2 contested_email"),
        ("contested_email = 'c@x.ru' WHERE id = 'u3'", "u3 contested_email"),
        ("email = NULL, contested_email = email WHERE id = 'u3'", "u3 email"),
        ("email = NULL WHERE id = 'u3'", "u3 email"),
        ("email = 'd@x.ru' WHERE id = 'u2'", "u2 email"),
    ],
)
def test_both_proofs_name_an_address_that_is_not_as_it_must_be(tmp_path: Path, statement: str, place: str) -> None:
    path = people(tmp_path, *PEOPLE)
    imported(path)
    assert named(path) == (set(), set())

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE accounts_user SET {statement}")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    assert named(path) == ({place}, {place})


def test_what_staff_do_with_the_address_is_a_change_and_no_difference(tmp_path: Path) -> None:
    path = people(tmp_path, *PEOPLE)
    imported(path)

    User.objects.filter(id="u1").update(email="other@x.ru")

    assert changes(path) == ({"u1 email", "u2 email", "u4 email"},) * 2
    User.objects.filter(id="u2").update(email="a@x.ru", contested_email=None)
    assert changes(path) == ({"u1 email"},) * 2


def test_an_undo_takes_out_who_had_to_do_without_and_gives_back_what_it_frees(tmp_path: Path) -> None:
    untouched = state()
    report = imported(people(tmp_path, *PEOPLE))
    plan = undo_run(find_run(report.run), planned=True)
    done = undo_run(find_run(report.run), planned=False)

    assert (plan.entities, plan.staying) == (done.entities, 0)
    assert state() == untouched


def test_somebody_of_another_run_who_waited_gets_the_address_when_it_is_free(tmp_path: Path) -> None:
    report = imported(people(tmp_path, *PEOPLE))
    waiting = UserFactory(id="shopper", email=None, contested_email="c@x.ru")

    undo_run(find_run(report.run), planned=False)

    waiting.refresh_from_db()
    assert (waiting.email, waiting.contested_email) == ("c@x.ru", None)


def test_staff_find_those_who_had_to_do_without(tmp_path: Path, admin_client: Client) -> None:
    imported(people(tmp_path, *PEOPLE))
    listing = reverse("admin:accounts_user_changelist")

    found = admin_client.get(listing, {"contested": "yes"}).context["cl"].queryset
    searched = admin_client.get(listing, {"q": "a@x.ru"}).context["cl"].queryset

    assert {user.pk for user in found} == {"u2", "u4"}
    assert {user.pk for user in searched} == {"u1", "u2", "u4"}
    page = admin_client.get(reverse("admin:accounts_user_change", args=["u2"])).content.decode()
    assert "Contested email" in page
    assert "a@x.ru" in page


def test_the_history_knows_a_contested_address(admin_client: Client) -> None:
    user = UserFactory(contested_email="a@x.ru")

    User.objects.filter(pk=user.pk).update(contested_email=None)

    events = event_model(User)
    assert events is not None
    seen = events.objects.filter(pgh_obj=user.pk).order_by("pgh_id")
    assert list(seen.values_list("pgh_label", "contested_email"))[-1] == ("update", None)
    assert ("before", "a@x.ru") in seen.values_list("pgh_label", "contested_email")
