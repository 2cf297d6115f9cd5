"""The pages from which imports are started, watched and stopped, and who may use them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from operations.importing.inspection.inspector import inspect_source
from operations.importing.planning import legacy_source
from operations.models import ImportJob, ImportRun, Inspection, RunControl
from tests.factories.accounts import UserFactory
from tests.factories.operations import EntityProgressFactory, ImportJobFactory, ImportRunFactory, InspectionFactory
from tests.operations.legacy_files import legacy_file
from tests.operations.test_admin_policy import offences

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_jobs")]
IMPORT = reverse("admin:operations_importrun_import")
INSPECT = reverse("admin:operations_importrun_inspect")
LIVE: dict[str, Any] = {
    "pausable": True,
    "held": False,
    "current": {"import": "tracks"},
    "rates": {"import": 1_000.0},
    "steps": [
        {"kind": "import", "name": "users", "done": 500, "total": 500},
        {"kind": "import", "name": "tracks", "done": 2_500, "total": 10_000},
    ],
}


@pytest.fixture
def operator() -> User:
    """Staff who may see everything of operations and run imports."""
    person: User = UserFactory(is_staff=True, email="mira@example.org")
    names = ["run_import", "view_importrun", "view_importjob", "view_inspection", "view_rejection"]
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


@pytest.fixture
def onlooker() -> User:
    """Staff who may see imports and not touch them."""
    person: User = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_importrun", "view_importjob"]))
    return person


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LEGACY_FILES_DIR = tmp_path
    legacy_file(tmp_path / "a.db")
    return tmp_path


@pytest.fixture
def going_on() -> ImportRun:
    run = ImportRunFactory(state=ImportRun.State.RUNNING)
    EntityProgressFactory(run=run, expected=10_000, read=2_500, loaded=2_500, done=False)
    RunControl.objects.create(run=run, live=LIVE)
    return run


def signed_in(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def ask_url(run: ImportRun) -> str:
    return reverse("admin:operations_importrun_ask", args=(run.pk,))


def live_url(run: ImportRun) -> str:
    return reverse("admin:operations_importrun_live", args=(run.pk,))


def test_who_may_do_what(operator: User, onlooker: User, folder: Path, going_on: ImportRun) -> None:
    people = {
        "anonymous": None,
        "no permission": UserFactory(is_staff=True),
        "onlooker": onlooker,
        "operator": operator,
    }
    post = {"source": "normaldance", "address": "a.db", "batch_size": "100"}
    answers = {}
    for name, person in people.items():
        client = signed_in(person)
        answers[name] = [
            client.get(IMPORT).status_code,
            client.get(INSPECT).status_code,
            client.post(IMPORT, post).status_code,
            client.post(INSPECT, post).status_code,
            client.get(live_url(going_on)).status_code,
            client.post(ask_url(going_on), {"request": "pause"}).status_code,
        ]

    assert answers == {
        "anonymous": [302] * 6,
        "no permission": [403, 403, 403, 403, 404, 403],
        "onlooker": [403, 403, 403, 403, 200, 403],
        "operator": [200, 200, 302, 302, 200, 302],
    }
    assert ImportJob.objects.values_list("asked_by", flat=True).get() == str(operator)
    assert Inspection.objects.values_list("asked_by", flat=True).get() == str(operator)
    assert RunControl.objects.values_list("requested_by", flat=True).get() == str(operator)


def test_a_customer_with_the_permission_is_no_staff(operator: User) -> None:
    operator.is_staff = False
    operator.save()

    assert signed_in(operator).get(IMPORT).status_code == 302


def test_buttons_are_for_those_who_may_press_them(operator: User, onlooker: User, going_on: ImportRun) -> None:
    runs = reverse("admin:operations_importrun_changelist")

    for person, seen in ((operator, True), (onlooker, False)):
        client = signed_in(person)
        assert ('value="pause"' in client.get(live_url(going_on)).text) is seen
        assert (IMPORT in client.get(runs).text) is seen
        assert (INSPECT in client.get(runs).text) is seen


def test_nothing_is_asked_by_get_or_without_a_token(operator: User, going_on: ImportRun) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)

    assert signed_in(operator).get(ask_url(going_on), {"request": "stop"}).status_code == 405
    assert strict.post(ask_url(going_on), {"request": "stop"}).status_code == 403
    assert strict.post(IMPORT, {"source": "normaldance"}).status_code == 403
    assert RunControl.objects.get().requested == ""


def test_the_form_starts_an_import_as_it_says(operator: User, folder: Path) -> None:
    answer = signed_in(operator).post(
        IMPORT,
        {"source": "normaldance", "address": "a.db", "dry_run": "on", "only": "users, tracks", "batch_size": "500"},
    )

    job = ImportJob.objects.get()
    assert answer.headers["Location"] == reverse("admin:operations_importjob_change", args=(job.pk,))
    assert (job.source, job.address, job.dry_run, job.only, job.batch_size) == (
        "normaldance",
        "a.db",
        True,
        ["users", "tracks"],
        500,
    )
    queued = ProcrastinateJob.objects.get(pk=job.job_id)
    assert (queued.status, queued.args, queued.lock) == ("todo", {"key": str(job.pk)}, "import normaldance")


@pytest.mark.parametrize(
    ("post", "sentence"),
    [
        ({"address": "/etc/passwd"}, "There is no such file in LEGACY_FILES_DIR."),
        ({"address": "redis://:secret@host/0"}, "The address holds a password"),
        ({"address": ""}, "set LEGACY_NORMALDANCE_URL where the site and its worker run"),
        ({"source": "unknown", "address": "a.db"}, "Select a valid choice."),
        ({"address": "a.db", "batch_size": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_refused_starts_nothing(operator: User, folder: Path, post: dict[str, str], sentence: str) -> None:
    page = signed_in(operator).post(IMPORT, {"source": "normaldance", "batch_size": "100", **post})

    assert page.status_code == 200
    assert sentence in page.text
    assert offences(page) == []
    assert (ImportJob.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)


def test_a_second_import_of_a_source_is_refused(operator: User, folder: Path) -> None:
    client = signed_in(operator)
    post = {"source": "normaldance", "address": "a.db", "batch_size": "100"}
    client.post(IMPORT, post)

    page = client.post(IMPORT, post)

    assert "An import of normaldance is waiting or running already." in page.text
    assert ImportJob.objects.count() == 1


def test_a_refused_password_is_not_repeated_to_others(operator: User, folder: Path) -> None:
    with connection.execute_wrapper(no_secret):
        signed_in(operator).post(
            IMPORT, {"source": "normaldance", "batch_size": "100", "address": "redis://:s3cr3t@host/0"}
        )


def no_secret(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    assert "s3cr3t" not in f"{sql} {params}"
    return execute(sql, params, many, context)


def test_the_live_part_shows_phases_rates_and_the_time_left(operator: User, going_on: ImportRun) -> None:
    page = signed_in(operator).get(live_url(going_on))

    assert "Reading and landing: tracks" in page.text
    assert "3,000 of 10,500, 1,000/s, 0:00:08 left" in page.text
    assert "<desc>2,500 done</desc>" in page.text
    assert 'data-goes-on="yes"' in page.text
    assert "Read so far: 2,500 of 10,000 records" in page.text
    assert offences(page) == []


@pytest.mark.parametrize(
    ("requested", "held", "label", "buttons"),
    [
        ("", False, "Running", ["pause", "stop"]),
        ("pause", False, "Pausing, as Mira asked", ["resume", "stop"]),
        ("pause", True, "Paused, as Mira asked", ["resume", "stop"]),
        ("stop", False, "Stopping, as Mira asked", []),
    ],
)
def test_the_buttons_fit_the_state(
    operator: User, going_on: ImportRun, requested: str, held: bool, label: str, buttons: list[str]
) -> None:
    RunControl.objects.update(requested=requested, requested_by="Mira", live=LIVE | {"held": held})

    page = signed_in(operator).get(live_url(going_on))

    assert label in page.text
    assert [one for one in ("pause", "resume", "stop") if f'value="{one}"' in page.text] == buttons


def test_who_asked_is_on_record(operator: User, going_on: ImportRun) -> None:
    client = signed_in(operator)
    page = reverse("admin:operations_importrun_change", args=(going_on.pk,))

    for word in ("pause", "resume", "stop"):
        answer = client.post(ask_url(going_on), {"request": word, "back": page})
        assert answer.headers["Location"] == page

    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Asked to pause.",
        "Asked to resume.",
        "Asked to stop.",
    ]
    shown = client.get(page).text
    assert "Asked to stop." in shown
    assert "Who asked for what" in shown


def test_a_button_leads_to_no_other_site(operator: User, going_on: ImportRun) -> None:
    for back in ("https://evil.example", "//evil.example", "javascript:alert(1)"):
        answer = signed_in(operator).post(ask_url(going_on), {"request": "pause", "back": back})
        assert answer.headers["Location"] == reverse("admin:operations_importrun_changelist")


def test_what_nobody_knows_is_no_request(operator: User, going_on: ImportRun) -> None:
    assert signed_in(operator).post(ask_url(going_on), {"request": "delete"}).status_code == 400


def test_an_import_that_fell_silent_says_so(operator: User, going_on: ImportRun) -> None:
    RunControl.objects.update(seen_at=timezone.now() - timedelta(minutes=2))

    page = signed_in(operator).get(live_url(going_on))

    assert "No sign of life" in page.text
    assert "It goes on after its last checkpoint when import_legacy is run again." in page.text
    assert 'value="stop"' not in page.text


def test_a_stopped_run_leads_to_the_form_that_goes_on_with_it(operator: User) -> None:
    run = ImportRunFactory(state=ImportRun.State.STOPPED)
    ImportJobFactory(address="a.db", run=run)
    client = signed_in(operator)

    page = client.get(reverse("admin:operations_importrun_change", args=(run.pk,)))

    assert f"{IMPORT}?source=normaldance&amp;address=a.db" in page.text
    assert 'value="a.db"' in client.get(f"{IMPORT}?source=normaldance&address=a.db").text


def test_a_failed_job_shows_its_error_and_attempts(operator: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
            "VALUES ('default', 'operations.import_legacy', '{}', 'failed', 3) RETURNING id"
        )
        (number,) = cursor.fetchone()
    run = ImportRunFactory(state=ImportRun.State.FAILED, error="OperationalError: gone")
    job = ImportJobFactory(run=run, job_id=number, error="The database failed. <b>")
    client = signed_in(operator)

    for name, pk in (("importrun", run.pk), ("importjob", job.pk)):
        page = client.get(reverse(f"admin:operations_{name}_change", args=(pk,)))
        assert "The database failed. &lt;b&gt;" in page.text
        assert f"job {number}: failed, 3 attempts ended" in page.text


def test_the_start_page_shows_what_goes_on(operator: User, going_on: ImportRun, folder: Path) -> None:
    client = signed_in(operator)
    client.post(INSPECT, {"source": "normaldance", "address": "a.db"})

    page = client.get("/admin/")

    assert "What goes on" in page.text
    assert "Reading and landing: tracks" in page.text
    assert "Inspection of normaldance" in page.text
    assert "Waiting for a worker" in page.text


def test_an_inspection_shows_tables_columns_and_what_an_import_would_do(operator: User, folder: Path) -> None:
    users = [{"id": "u1", "telegramId": "5"}, {"id": "u2", "createdAt": "<never>"}]
    path = legacy_file(folder / "b.db", users=users, tracks=[{"id": "t1", "artistId": "gone", "mood": "x"}])
    report = inspect_source(legacy_source("normaldance"), str(path)).as_json()
    inspection = InspectionFactory(report=report, ended_at=timezone.now())

    page = signed_in(operator).get(reverse("admin:operations_inspection_change", args=(inspection.pk,)))

    assert offences(page) == []
    assert '<span class="badge state-finished" role="status">Finished</span>' in page.text
    assert "<desc>1 loaded, 1 rejected</desc>" in page.text
    assert "Column mood is unknown to the importer: it stays in the raw record." in page.text
    assert "missing_reference" in page.text
    assert "&lt;never&gt;" in page.text
    assert "10,000 records/s" in page.text
    assert "An import takes about" in page.text
