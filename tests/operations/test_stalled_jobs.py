"""Jobs whose workers died, where only one of them may wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from operations.enqueuing import enqueue
from operations.tasks import MOST_ATTEMPTS
from operations.worker import ENDS

pytestmark = pytest.mark.django_db


def waiting(queueing_lock: str | None) -> int:
    assert enqueue("operations.nothing", queueing_lock=queueing_lock)
    return int(ProcrastinateJob.objects.latest("id").pk)


def stalled(queueing_lock: str | None, attempts: int = 0) -> int:
    key = waiting(queueing_lock)
    with connection.cursor() as cursor:
        change = "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE id = %s"
        cursor.execute(change, [attempts, key])
    return key


def looked_for() -> None:
    with connection.cursor() as cursor:
        for statement, _ in ENDS:
            cursor.execute(statement, {"silence": timedelta(seconds=30), "most": MOST_ATTEMPTS})


def status(*keys: int) -> list[str]:
    found = dict(ProcrastinateJob.objects.filter(pk__in=keys).values_list("pk", "status"))
    return [found[key] for key in keys]


def test_what_is_stalled_is_left_to_the_one_that_waits_already() -> None:
    first, second, third = stalled("sweep"), stalled("sweep"), waiting("sweep")
    other, another = stalled("tidy"), stalled(None)

    looked_for()

    assert status(first, second, third) == ["aborted", "aborted", "todo"]
    assert status(other, another) == ["todo", "todo"], "nobody is held up by them"


def test_of_two_that_are_stalled_one_is_taken_up() -> None:
    first, second = stalled("sweep"), stalled("sweep")

    looked_for()
    assert status(first, second) == ["todo", "doing"]
    looked_for()
    assert status(first, second) == ["todo", "aborted"]


def test_what_killed_its_workers_too_often_is_given_up() -> None:
    last, too_often, again = stalled(None, MOST_ATTEMPTS - 1), stalled(None, MOST_ATTEMPTS), stalled("sweep", 10)

    looked_for()

    assert status(last, too_often, again) == ["todo", "failed", "failed"]
