"""Messages are owed once, sent once, and not lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from giveaways.models import Message
from giveaways.outbox import owe, revive, send_due
from giveaways.telegram.client import BotApi
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import GiveawayFactory
from tests.giveaways.bot_api import BotApiServer, limited, reset
from tests.giveaways.crowd import person
from tests.operations.jobs import clear_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_jobs")]
MIRA, NOOR, OLEG, PIA = 7_000_000_001, 7_000_000_002, 7_000_000_003, 7_000_000_004


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.TELEGRAM_CALLS_PER_SECOND = 10_000
    settings.MESSAGE_INTERVAL = 0


@pytest.fixture
def no_jobs() -> Iterator[None]:
    clear_jobs()
    yield
    clear_jobs()


def owed(telegram_id: int, *, key: str = "", text: str = "") -> Message:
    key = key or f"won:{telegram_id}"
    owe(key=key, recipient=person(telegram_id), text=text or f"to {telegram_id}")
    message = Message.objects.get(key=key)
    Message.objects.filter(pk=message.pk).update(try_at=timezone.now() - timedelta(seconds=1))
    return message


def state(message: Message) -> tuple[str, int, str]:
    message.refresh_from_db()
    return message.status, message.attempts, message.error


def test_the_same_is_owed_once() -> None:
    giveaway, user = GiveawayFactory.create(), person(MIRA)

    for text in ("You have won", "You have won again"):
        owe(key="won:1:1", recipient=user, text=text, giveaway=giveaway)

    message = Message.objects.get()
    assert (message.text, message.giveaway, message.recipient) == ("You have won", giveaway, user)
    assert state(message) == ("pending", 0, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_jobs")
def test_a_message_and_its_sender_come_with_the_commit_or_not_at_all() -> None:
    user = person(MIRA)

    with transaction.atomic():
        owe(key="won:1:1", recipient=user, text="You have won")
        transaction.set_rollback(True)
    assert (Message.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)

    with transaction.atomic():
        for place in range(3):
            owe(key=f"won:1:{place}", recipient=user, text="You have won")
        assert ProcrastinateJob.objects.count() == 0
    owe(key="won:2:1", recipient=user, text="You have won")

    assert Message.objects.count() == 4
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.status, job.queueing_lock) == ("giveaways.send_messages", "todo", "send messages")


def test_what_is_due_is_sent_the_longest_due_first(bot_api: BotApiServer) -> None:
    later, first, second = owed(OLEG), owed(MIRA), owed(NOOR)
    Message.objects.filter(pk=later.pk).update(try_at=timezone.now() + timedelta(hours=1))
    Message.objects.filter(pk=first.pk).update(try_at=timezone.now() - timedelta(hours=1))

    done = send_due(10)

    assert (done.sent, done.dead, done.postponed, done.stopped) == (2, 0, 0, False)
    assert bot_api.calls_of("sendMessage") == [
        {"chat_id": MIRA, "text": f"to {MIRA}"},
        {"chat_id": NOOR, "text": f"to {NOOR}"},
    ]
    assert state(first) == state(second) == ("sent", 1, "")
    assert first.sent_at is not None
    assert state(later) == ("pending", 0, "")
    assert send_due(10).done == 0


def test_no_more_than_asked_for_is_sent(bot_api: BotApiServer) -> None:
    for number in (MIRA, NOOR, OLEG):
        owed(number)

    assert send_due(2).sent == 2
    assert Message.objects.filter(status="pending").count() == 1


@pytest.mark.parametrize(
    "refusal",
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: message text is empty"),
    ],
)
def test_what_can_never_arrive_is_dead_and_holds_up_nobody(bot_api: BotApiServer, refusal: tuple[int, str]) -> None:
    dead, fine = owed(MIRA), owed(NOOR)
    bot_api.refusals[MIRA] = refusal

    done = send_due(10)

    assert (done.sent, done.dead) == (1, 1)
    assert state(dead) == ("dead", 1, f"Telegram says: {refusal[1]}")
    assert state(fine)[0] == "sent"
    assert send_due(10).done == 0


def test_who_has_no_telegram_account_gets_nothing_and_the_reason_is_kept(bot_api: BotApiServer) -> None:
    owe(key="won:1:1", recipient=UserFactory.create(), text="You have won")
    Message.objects.update(try_at=timezone.now() - timedelta(seconds=1))

    assert send_due(10).dead == 1
    assert state(Message.objects.get()) == ("dead", 0, "The recipient has no Telegram account here.")
    assert bot_api.calls == []


def test_a_failure_is_tried_again_ever_later_until_it_is_too_often(bot_api: BotApiServer, settings: Any) -> None:
    settings.MESSAGE_ATTEMPTS = 3
    message = owed(MIRA)
    bot_api.always = reset
    waits = []

    for _ in range(2):
        assert send_due(10).postponed == 1
        assert send_due(10).done == 0, "it is not due yet"
        message.refresh_from_db()
        waits.append((message.try_at - timezone.now()).total_seconds())
        Message.objects.update(try_at=timezone.now())
    assert waits == [pytest.approx(5, abs=2), pytest.approx(10, abs=2)]

    assert send_due(10).dead == 1
    status, attempts, error = state(message)
    assert (status, attempts) == ("dead", 3)
    assert error.startswith("Telegram cannot be reached (")

    bot_api.always = None
    assert revive(messages=[message]) == 1
    assert state(message) == ("pending", 0, "")
    assert send_due(10).sent == 1
    assert revive(messages=[message]) == 0


def test_a_limit_is_kept_to_and_is_no_fault_of_the_message(bot_api: BotApiServer) -> None:
    first, second = owed(MIRA), owed(NOOR)
    bot_api.faults = [limited(90)]

    done = send_due(10)

    assert (done.sent, done.postponed, done.stopped) == (1, 1, False)
    assert state(first)[:2] == ("pending", 0)
    assert (first.try_at - timezone.now()).total_seconds() == pytest.approx(90, abs=2)
    assert state(second)[0] == "sent"


def test_limits_one_after_the_other_mean_the_bot_and_end_the_round(bot_api: BotApiServer) -> None:
    for number in (MIRA, NOOR, OLEG, PIA):
        owed(number)
    bot_api.always = limited(30)

    done = send_due(10)

    assert (done.postponed, done.stopped, len(bot_api.calls)) == (3, True, 3)


def test_a_wrong_token_kills_no_message(bot_api: BotApiServer, settings: Any) -> None:
    settings.MESSAGE_ATTEMPTS = 1
    message = owed(MIRA)
    settings.BOT_TOKEN = "123:wrong"

    send_due(10)

    assert state(message) == ("pending", 0, "Telegram does not know the bot's token: correct BOT_TOKEN.")


def test_what_nobody_foresaw_holds_up_nobody(bot_api: BotApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = owed(MIRA, text="broken"), owed(NOOR)
    send = BotApi.send_message

    def sometimes(self: BotApi, chat_id: Any, text: str) -> Any:
        if text == "broken":
            raise ValueError(text)
        return send(self, chat_id, text)

    monkeypatch.setattr(BotApi, "send_message", sometimes)

    done = send_due(10)

    assert (done.sent, done.postponed) == (1, 1)
    assert state(broken) == ("pending", 1, "ValueError")
    assert state(fine)[0] == "sent"


def test_one_person_gets_one_message_at_a_time(bot_api: BotApiServer, settings: Any) -> None:
    settings.MESSAGE_INTERVAL = 30
    user = person(MIRA)
    for place in (1, 2):
        owe(key=f"won:1:{place}", recipient=user, text=f"place {place}")
        Message.objects.filter(key=f"won:1:{place}").update(try_at=timezone.now() - timedelta(seconds=10 - place))
    other = owed(NOOR)

    done = send_due(10)

    assert (done.sent, done.postponed, done.stopped) == (2, 1, False)
    assert bot_api.texts == ["place 1", f"to {NOOR}"]
    waiting = Message.objects.get(status="pending")
    assert (waiting.key, waiting.attempts, waiting.error) == ("won:1:2", 0, "")
    assert (waiting.try_at - timezone.now()).total_seconds() == pytest.approx(30, abs=2)
    assert state(other)[0] == "sent"


@pytest.mark.django_db(transaction=True)
def test_two_who_send_at_once_send_every_message_once(bot_api: BotApiServer) -> None:
    messages = [owed(number) for number in range(1, 41)]
    bot_api.delay = 0.01
    barrier, rounds = threading.Barrier(2), []

    def send() -> None:
        barrier.wait()
        try:
            rounds.append(send_due(100))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert Counter(bot_api.texts) == Counter(message.text for message in messages)
    assert sum(done.sent for done in rounds) == 40
    assert all(done.sent > 0 for done in rounds)
