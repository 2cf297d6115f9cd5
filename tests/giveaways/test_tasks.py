"""What the background jobs of giveaways do and ask for; tests/giveaways/test_worker.py runs them in workers."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from giveaways import scheduling, tasks
from giveaways.actions.commitments import commit_to_draw
from giveaways.actions.creating import create
from giveaways.actions.editing import edit
from giveaways.models import Giveaway, Message, PreWinnerList
from giveaways.plans import Plan
from operations.enqueuing import enqueue
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import GiveawayFactory, PreWinnerListFactory
from tests.giveaways.bot_api import BotApiServer, limited, refused
from tests.giveaways.crowd import CHANNEL, answer, asking, ended, entrants, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_jobs")]
Status = Giveaway.Status


class Context:
    """A job that nobody asks to stop."""

    def should_abort(self) -> bool:
        return False


CONTEXT: Any = Context()


@pytest.fixture(autouse=True)
def quick(bot_api: BotApiServer, settings: Any) -> None:
    settings.TELEGRAM_CALLS_PER_SECOND = 10_000
    settings.TELEGRAM_ATTEMPTS = 1
    settings.MESSAGE_INTERVAL = 0


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "args"))


def scheduled(name: str) -> datetime | None:
    return ProcrastinateJob.objects.values_list("scheduled_at", flat=True).get(task_name=name)


def seconds_from_now(at: datetime | None) -> float:
    assert at is not None
    return (at - timezone.now()).total_seconds()


def promised(giveaway: Giveaway) -> Giveaway:
    commit_to_draw(giveaway=giveaway)
    return giveaway


def test_the_job_of_the_end_comes_with_the_giveaway_and_follows_its_end() -> None:
    creator = UserFactory.create()
    made = create(creator=creator, plan=Plan(title="Stars", duration=600, winners_count=1))
    first = made.ends_at

    edit(giveaway_id=made.pk, by=creator, changes={"duration": 700})
    edit(giveaway_id=made.pk, by=creator, changes={"title": "More stars"})

    ends = list(ProcrastinateJob.objects.order_by("id").values_list("scheduled_at", flat=True))
    assert ends == [first, first + timedelta(seconds=100)]
    assert {(name, args["giveaway_id"]) for name, args in jobs()} == {("giveaways.finish", str(made.pk))}


def test_a_job_that_comes_too_early_does_nothing() -> None:
    giveaway = promised(GiveawayFactory.create(open=True))

    assert tasks.finish(giveaway_id=str(giveaway.pk)) == "active"
    assert tasks.finish(giveaway_id="018f0000-0000-7000-8000-000000000000") == "gone"
    assert jobs() == []


def test_the_sweep_finds_what_was_missed_and_nothing_else() -> None:
    now = timezone.now()
    due = promised(ended(status=Status.ACTIVE, ends_at=now - timedelta(minutes=3)))
    drawing = promised(ended(ends_at=now - timedelta(minutes=2)))
    overdue = promised(ended(status=Status.CUSTOM, list_due_at=now - timedelta(seconds=1)))
    promised(GiveawayFactory.create(open=True))
    promised(ended(status=Status.CUSTOM, list_due_at=now + timedelta(hours=1)))
    promised(ended(status=Status.COMPLETED))
    promised(ended(status=Status.CANCELLED))

    assert tasks.sweep() == "3 due, 0 lists expired"
    assert tasks.sweep() == "3 due, 0 lists expired", "once more changes nothing"

    assert [(name, args["giveaway_id"]) for name, args in jobs()] == [
        ("giveaways.finish", str(giveaway.pk)) for giveaway in (due, drawing, overdue)
    ]


def test_what_the_legacy_tool_began_is_drawn_when_the_tool_is_gone(settings: Any) -> None:
    ended(status=Status.ACTIVE)
    ended(status=Status.PROCESSING)
    ended(status=Status.CUSTOM, list_due_at=None)

    assert tasks.sweep() == "0 due, 0 lists expired"
    settings.GIVEAWAYS_TAKE_OVER = True
    assert tasks.sweep() == "3 due, 0 lists expired"


def test_the_sweep_has_messages_sent_that_nobody_was_woken_for() -> None:
    message = Message.objects.create(key="won:1:1", recipient=person(1), text="You have won")
    Message.objects.update(try_at=timezone.now() + timedelta(minutes=1))
    tasks.sweep()
    assert jobs() == []

    Message.objects.filter(pk=message.pk).update(try_at=timezone.now())
    tasks.sweep()
    assert jobs() == [("giveaways.send_messages", {})]


def test_lists_expire_unless_they_are_being_drawn_from() -> None:
    past = timezone.now() - timedelta(seconds=1)
    expired = PreWinnerListFactory.create(expires_at=past)
    used = PreWinnerListFactory.create(giveaway=ended(), expires_at=past)
    endless = PreWinnerListFactory.create(expires_at=None)
    fresh = PreWinnerListFactory.create(expires_at=timezone.now() + timedelta(hours=1))

    assert tasks.sweep().endswith("1 lists expired")

    assert set(PreWinnerList.objects.all()) == {used, endless, fresh}
    assert Giveaway.objects.get(pk=expired.pk).status == Status.CUSTOM


def test_an_ended_giveaway_is_checked_then_drawn_then_told_about(bot_api: BotApiServer) -> None:
    giveaway = promised(ended(status=Status.ACTIVE, title="Stars"))
    asking(giveaway)
    met, _ = entrants(giveaway, 1, 2)
    bot_api.members[CHANNEL, 1] = "member"
    key = str(giveaway.pk)

    assert tasks.finish(giveaway_id=key) == "processing"
    assert jobs() == [("giveaways.recheck", {"giveaway_id": key, "after": None})]
    assert tasks.recheck_entrants(CONTEXT, giveaway_id=key) == "all asked"
    assert jobs()[1:] == [("giveaways.finish", {"giveaway_id": key, "turn": 0})]
    assert tasks.finish(giveaway_id=key) == tasks.finish(giveaway_id=key) == "completed"

    assert [win.user for win in giveaway.win_records.all()] == [met.user]
    assert Message.objects.filter(recipient=met.user, text__startswith="You won place 1 of “Stars”").count() == 1


def test_a_giveaway_that_waits_for_a_list_is_looked_at_when_that_is_due() -> None:
    giveaway = promised(ended(status=Status.ACTIVE))
    asking(giveaway, type="custom")
    entrants(giveaway, 1)

    assert tasks.finish(giveaway_id=str(giveaway.pk)) == "custom"

    giveaway.refresh_from_db()
    assert scheduled("giveaways.finish") == giveaway.list_due_at


def test_a_limit_has_the_checks_go_on_when_it_is_over(bot_api: BotApiServer) -> None:
    giveaway = promised(ended())
    asking(giveaway)
    entrants(giveaway, 1)
    bot_api.always = limited(70)

    tasks.recheck_entrants(CONTEXT, giveaway_id=str(giveaway.pk))
    scheduling.recheck_requirements(giveaway.pk)

    assert len(jobs()) == 1, "what waits for Telegram is not asked for again"
    assert seconds_from_now(scheduled("giveaways.recheck")) == pytest.approx(70, abs=3)


def test_a_channel_that_the_bot_cannot_see_is_looked_for_again_but_not_at_once(bot_api: BotApiServer) -> None:
    giveaway = promised(ended())
    asking(giveaway)
    entrants(giveaway, 1)
    bot_api.always = refused(400, "Bad Request: chat not found")

    assert tasks.recheck_entrants(CONTEXT, giveaway_id=str(giveaway.pk)) == "not all can be asked about"

    assert [name for name, _ in jobs()] == ["giveaways.recheck"]
    assert seconds_from_now(scheduled("giveaways.recheck")) == pytest.approx(300, abs=3)


def test_a_draw_that_waits_for_its_beacon_is_looked_at_soon(settings: Any) -> None:
    giveaway = ended()
    commit_to_draw(giveaway=giveaway, beacon=True)
    (entrant,) = entrants(giveaway, 1)

    assert tasks.finish(giveaway_id=str(giveaway.pk)) == "processing"

    assert jobs() == [("giveaways.finish", {"giveaway_id": str(giveaway.pk), "turn": 1})]
    assert 0 < seconds_from_now(scheduled("giveaways.finish")) <= 3
    tasks.finish(giveaway_id=str(giveaway.pk), turn=tasks.TURNS)
    assert len(jobs()) == 1, "the sweep looks after a beacon that stays silent"
    assert not entrant.user.wins.exists()


def test_messages_that_fail_are_sent_later_and_those_that_are_new_at_once(bot_api: BotApiServer) -> None:
    for number in range(1, 5):
        Message.objects.create(key=f"won:{number}", recipient=person(number), text="You have won")
    Message.objects.update(try_at=timezone.now() - timedelta(seconds=1))
    bot_api.always = refused(500, "Internal Server Error")

    assert tasks.send_messages(CONTEXT) == "0 sent"
    scheduling.send_messages()

    assert len(bot_api.calls) == 3, "three failures in a row are an outage"
    later, now = ProcrastinateJob.objects.order_by("id").values_list("scheduled_at", flat=True)
    assert seconds_from_now(later) == pytest.approx(20, abs=3)
    assert now is None


def test_jobs_that_are_over_are_removed_when_nobody_will_ask(settings: Any) -> None:
    ages = {"succeeded": timedelta(hours=7), "failed": timedelta(days=8)}
    for status, age in ages.items():
        for old in (True, False):
            scheduling.finish_now(GiveawayFactory.create().pk)
            job = ProcrastinateJob.objects.latest("id")
            with connection.cursor() as cursor:
                cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job.pk])
                at = timezone.now() - age if old else timezone.now()
                cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [at, job.pk])
    scheduling.finish_now(GiveawayFactory.create().pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '1 year' WHERE job_id = %s", [_last()])

    assert tasks.tidy() == "2 jobs removed"
    assert sorted(ProcrastinateJob.objects.values_list("status", flat=True)) == ["failed", "succeeded", "todo"]


def _last() -> int:
    return int(ProcrastinateJob.objects.latest("id").pk)


def test_answers_that_come_after_all_end_the_waiting(settings: Any) -> None:
    giveaway = promised(ended())
    requirement = asking(giveaway)
    met, _ = entrants(giveaway, 1, 2)
    answer(requirement, met.user, met=True)
    assert tasks.finish(giveaway_id=str(giveaway.pk)) == "processing"

    settings.REQUIREMENT_PATIENCE = 0
    assert tasks.finish(giveaway_id=str(giveaway.pk)) == "completed"

    assert [win.user for win in giveaway.win_records.all()] == [met.user], "who was not checked cannot win"


@pytest.mark.django_db(transaction=True)
def test_a_job_belongs_to_the_transaction_and_waits_once() -> None:
    with transaction.atomic():
        assert enqueue("giveaways.sweep", queueing_lock="only one")
        transaction.set_rollback(True)
    assert jobs() == []

    with transaction.atomic():
        assert enqueue("giveaways.sweep", queueing_lock="only one")
        outcomes: list[bool] = []

        def rival() -> None:
            try:
                with transaction.atomic():
                    outcomes.append(enqueue("giveaways.sweep", queueing_lock="only one"))
                    outcomes.append(GiveawayFactory.create().pk is not None)  # its transaction goes on
            finally:
                connection.close()

        thread = threading.Thread(target=rival)
        thread.start()
        thread.join(0.2)
        assert outcomes == [], "it waits for the end of the first"
    thread.join(10)

    assert outcomes == [False, True]
    assert len(jobs()) == 1
    ProcrastinateJob.objects.all()._raw_delete("default")  # type: ignore[attr-defined]
