"""Where giveaways stand, as staff see it: a giveaway's page, the start page and the outbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from giveaways.joins import joins_over_time
from giveaways.models import Giveaway, Message
from giveaways.waiting import waiting
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import (
    DrawFactory,
    GiveawayFactory,
    MessageFactory,
    ParticipantFactory,
    WinRecordFactory,
)

pytestmark = pytest.mark.django_db
START = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


def page(client: Client, giveaway: Giveaway) -> str:
    return client.get(reverse("admin:giveaways_giveaway_change", args=(giveaway.pk,))).text


def test_joins_fall_into_even_steps_and_gaps_are_shown() -> None:
    giveaway = GiveawayFactory.create()
    for minutes in (0, 0, 1, 4):
        ParticipantFactory.create(giveaway=giveaway, joined_at=START + timedelta(minutes=minutes))
    ParticipantFactory.create(giveaway=giveaway, legacy=True)

    assert joins_over_time(giveaway) == [
        ("06-01 12:00", 2),
        ("06-01 12:01", 1),
        ("06-01 12:02", 0),
        ("06-01 12:03", 0),
        ("06-01 12:04", 1),
    ]


def test_a_long_giveaway_has_no_more_columns_than_fit() -> None:
    giveaway = GiveawayFactory.create()
    for days in (0, 40):
        ParticipantFactory.create(giveaway=giveaway, joined_at=START + timedelta(days=days))

    points = joins_over_time(giveaway)

    assert len(points) == 41
    assert (points[0], points[-1]) == (("2025-06-01", 1), ("2025-07-11", 1))


def test_joins_of_unknown_times_make_no_picture(admin_client: Client) -> None:
    giveaway = ParticipantFactory.create(legacy=True).giveaway

    assert joins_over_time(giveaway) == ()
    assert "Joins over time" not in page(admin_client, giveaway)


def test_a_giveaways_page_says_where_it_stands(admin_client: Client) -> None:
    joined = ParticipantFactory.create(giveaway__open=True).giveaway

    text = page(admin_client, joined)

    assert "Open until 9999-01-01 00:00 UTC" in text
    assert "1 entry." in text
    assert "Joins over time" in text


def test_a_seed_is_shown_once_it_is_drawn_and_not_before(admin_client: Client) -> None:
    secret, known = DrawFactory.create(), DrawFactory.create(drawn=True)

    before = admin_client.get(reverse("admin:giveaways_draw_change", args=(secret.pk,))).text
    after = admin_client.get(reverse("admin:giveaways_draw_change", args=(known.pk,))).text

    assert secret.seed.hex() not in before
    assert known.seed.hex() in after
    history = admin_client.get(reverse("admin:giveaways_draw_history", args=(secret.pk,))).text
    assert secret.seed.hex() not in history


def test_what_waits_for_somebody_is_counted() -> None:
    GiveawayFactory.create(ends_at=datetime.now(UTC) - timedelta(minutes=5), started_at=START)  # a worker is at it
    GiveawayFactory.create(open=True)
    assert waiting() == []

    GiveawayFactory.create()
    GiveawayFactory.create(custom=True)
    GiveawayFactory.create(status=Giveaway.Status.PROCESSING)
    MessageFactory.create(dead=True, giveaway__open=True)
    WinRecordFactory.create(draw=DrawFactory.create(drawn=True, giveaway__completed=True))
    WinRecordFactory.create()  # of the legacy tool: nobody waits for it here

    assert {kind.query: kind.count for kind in waiting()} == {
        "status__exact=active": 1,
        "status__exact=processing": 1,
        "status__exact=custom": 1,
        "status__exact=pending": 1,
        "status__exact=dead": 1,
    }


def test_the_start_page_links_to_what_waits(admin_client: Client) -> None:
    dead = MessageFactory.create(dead=True, giveaway__open=True)
    MessageFactory.create(giveaway__open=True)

    cards = admin_client.get(reverse("admin:index")).context["cards"]

    card = next(card for card in cards if card.title == "Giveaways that wait for somebody")
    (kind,) = card.data["waiting"]
    assert [row.pk for row in admin_client.get(kind["url"]).context["cl"].result_list] == [dead.pk]


def test_nothing_of_a_kind_is_said_to_who_may_not_see_it(client: Client) -> None:
    MessageFactory.create(dead=True, giveaway__open=True)
    staff = UserFactory.create(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_giveaway"))
    client.force_login(staff)

    cards = client.get(reverse("admin:index")).context["cards"]

    assert not [card for card in cards if card.title == "Giveaways that wait for somebody"]


def test_dead_messages_are_tried_again_and_sent_ones_are_not(admin_client: Client) -> None:
    dead = MessageFactory.create(dead=True)
    sent = MessageFactory.create(status=Message.Status.SENT, sent_at=START)

    admin_client.post(
        reverse("admin:giveaways_message_changelist"), {"action": "try_again", "_selected_action": [dead.pk, sent.pk]}
    )

    dead.refresh_from_db()
    sent.refresh_from_db()
    assert (dead.status, dead.attempts, dead.error) == (Message.Status.PENDING, 0, "")
    assert sent.status == Message.Status.SENT
