"""Giveaways in real workers, which are killed: against a Bot API of the tests' own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from giveaways import scheduling
from giveaways.actions.creating import create
from giveaways.models import Giveaway, Message
from giveaways.plans import Plan, RequirementPlan
from tests.factories.giveaways import ParticipantFactory
from tests.giveaways.bot_api import TOKEN, BotApiServer, limited, refused
from tests.giveaways.crowd import CHANNEL, person
from tests.operations.jobs import clear_jobs, wait_for, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_jobs() -> Iterator[None]:
    clear_jobs()
    yield
    clear_jobs()


@pytest.fixture
def surroundings(bot_api: BotApiServer) -> dict[str, str]:
    return {
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": bot_api.url,
        "TELEGRAM_CALLS_PER_SECOND": "1000",
        "MESSAGE_INTERVAL_MS": "0",
        "LOG_LEVEL": "DEBUG",
    }


def owed(count: int) -> None:
    people = [person(number) for number in range(1, count + 1)]
    due = timezone.now() - timedelta(seconds=1)
    Message.objects.bulk_create(
        [Message(key=f"won:{user.pk}", recipient=user, text=f"to {user.pk}", try_at=due) for user in people]
    )
    scheduling.send_messages()


def all_sent() -> bool:
    return not Message.objects.exclude(status="sent").exists()


def test_a_giveaway_ends_by_itself_and_everybody_is_told(
    bot_api: BotApiServer, surroundings: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.GIVEAWAYS = {**settings.GIVEAWAYS, "min_seconds": 1}
    requirement = RequirementPlan("subscription", chat_id=CHANNEL)
    creator, people = person(9), [person(number) for number in (1, 2, 3)]
    plan = Plan(title="Stars", duration=2, winners_count=5, requirements=(requirement,))
    giveaway = create(creator=creator, plan=plan)
    for user in people:
        ParticipantFactory.create(giveaway=giveaway, user=user)
    bot_api.members = {(CHANNEL, 1): "member", (CHANNEL, 2): "left", (CHANNEL, 3): "administrator"}
    bot_api.faults = [refused(500, "Internal Server Error"), limited(1)]

    with worker(tmp_path, **surroundings) as process:
        wait_for(lambda: len(bot_api.texts) == 3, process)
        wait_for(all_sent, process)
        process.kill()
        out, err = process.communicate()

    giveaway.refresh_from_db()
    assert giveaway.status == Giveaway.Status.COMPLETED
    assert {win.user for win in giveaway.win_records.all()} == {people[0], people[2]}
    assert sorted(call["chat_id"] for call in bot_api.calls_of("sendMessage")) == [1, 3, 9]
    assert [call["user_id"] for call in bot_api.calls_of("getChatMember")].count(2) >= 1
    assert TOKEN not in out + err


def test_a_killed_sender_loses_nothing_and_repeats_one_message_at_most(
    bot_api: BotApiServer, surroundings: dict[str, str], tmp_path: Path
) -> None:
    """One job at a time: each job that sends has one message in hand."""
    owed(30)
    bot_api.delay = 0.05

    with worker(tmp_path, "--concurrency", "1", **surroundings) as first:
        wait_for(lambda: len(bot_api.texts) >= 10, first)
        first.kill()
        first.communicate()
    assert 0 < Message.objects.filter(status="pending").count() <= 21
    with worker(tmp_path, **surroundings) as second:
        wait_for(all_sent, second)

    sent = Counter(bot_api.texts)
    assert set(sent) == set(Message.objects.values_list("text", flat=True))
    assert sum(sent.values()) - len(sent) <= 1
