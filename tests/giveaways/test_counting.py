"""How many take part: true after every statement, whoever wrote it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Sum

from giveaways.models import EntryCount, Giveaway, Participant
from tests.factories.giveaways import GiveawayFactory, ParticipantFactory, UserFactory

pytestmark = pytest.mark.django_db


def counted(giveaway: Giveaway) -> int | None:
    return EntryCount.objects.filter(giveaway_id=giveaway.pk).aggregate(sum=Sum("count"))["sum"]


def test_entries_are_counted_as_they_come_and_go() -> None:
    giveaway, other = GiveawayFactory.create_batch(2)
    users = UserFactory.create_batch(5)

    Participant.objects.bulk_create(Participant(giveaway=giveaway, user=user) for user in users)
    assert counted(giveaway) == 5

    Participant.objects.bulk_create(
        [Participant(giveaway=giveaway, user=user) for user in users], ignore_conflicts=True
    )
    assert counted(giveaway) == 5

    Participant.objects.filter(user__in=users[:2]).update(giveaway=other)
    assert (counted(giveaway), counted(other)) == (3, 2)

    Participant.objects.filter(giveaway=giveaway, user=users[4]).delete()
    assert (counted(giveaway), counted(other)) == (2, 2)


def test_entries_of_another_session_are_taken_from_the_slot_there_is() -> None:
    giveaway = ParticipantFactory.create().giveaway
    EntryCount.objects.update(slot=17)  # of no session of today

    Participant.objects.all().delete()

    assert list(EntryCount.objects.values_list("giveaway_id", "count")) == [(giveaway.pk, 0)]


def test_a_giveaway_that_is_deleted_leaves_no_count() -> None:
    giveaway = ParticipantFactory.create().giveaway

    giveaway.delete()

    assert not EntryCount.objects.exists()


def test_raw_sql_is_counted() -> None:
    giveaway, user = GiveawayFactory.create(), UserFactory.create()

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO giveaways_participant (giveaway_id, user_id) VALUES (%s, %s)", (giveaway.pk, user.pk)
        )

    assert counted(giveaway) == 1
