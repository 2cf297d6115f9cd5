"""What staff do to a row on a page of its own: warned, asked why, logged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from giveaways.models import Draw, Giveaway, Ticket, WinRecord
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.giveaways import GiveawayFactory, ParticipantFactory

pytestmark = pytest.mark.django_db


def deed(row: Model, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_deed", args=(row.pk, name))


def links(client: Client, row: Model) -> list[str]:
    page = client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(row.pk,)))
    return [link.label for link in page.context["deeds"]]


def test_a_person_is_banned_with_a_reason_and_let_in_again(admin_client: Client) -> None:
    person = UserFactory.create()
    assert links(admin_client, person) == ["Ban"]

    asked = admin_client.get(deed(person, "ban"))
    assert "Whoever is banned joins no giveaway" in asked.text
    assert not User.objects.get(pk=person.pk).is_banned

    admin_client.post(deed(person, "ban"), {"reason": "Three accounts"})

    assert User.objects.get(pk=person.pk).is_banned
    assert LogEntry.objects.get().change_message == "Ban: The person is banned. Reason: Three accounts"
    assert links(admin_client, person) == ["Lift the ban"]
    assert "Reason: Three accounts" in admin_client.get(reverse("admin:accounts_user_change", args=(person.pk,))).text
    admin_client.post(deed(person, "lift-ban"), {"reason": "They are a family"})
    assert not User.objects.get(pk=person.pk).is_banned


def test_nothing_is_done_without_a_reason(admin_client: Client) -> None:
    person = UserFactory.create()

    page = admin_client.post(deed(person, "ban"), {"reason": ""})

    assert page.context["form"].errors["reason"] == ["This field is required."]
    assert not User.objects.get(pk=person.pk).is_banned


def test_nobody_bans_themselves(admin_client: Client, admin_user: User) -> None:
    assert links(admin_client, admin_user) == []

    admin_client.post(deed(admin_user, "ban"), {"reason": "Oops"})

    assert not User.objects.get(pk=admin_user.pk).is_banned


def test_who_may_only_look_can_do_nothing(client: Client) -> None:
    staff, person = UserFactory.create(is_staff=True), UserFactory.create()
    staff.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(staff)

    assert links(client, person) == []
    assert client.get(deed(person, "ban")).status_code == 403
    assert client.post(deed(person, "ban"), {"reason": "x"}).status_code == 403
    assert not User.objects.get(pk=person.pk).is_banned


def test_a_giveaway_that_is_open_is_cancelled_once(admin_client: Client) -> None:
    giveaway = GiveawayFactory.create(open=True)
    assert links(admin_client, giveaway) == ["Cancel"]

    admin_client.post(deed(giveaway, "cancel"), {"reason": "The prize is gone"})
    again = admin_client.post(deed(giveaway, "cancel"), {"reason": "Once more"}, follow=True)

    giveaway.refresh_from_db()
    assert (giveaway.status, giveaway.ended_reason) == (Giveaway.Status.CANCELLED, "The prize is gone")
    assert "This cannot be done (any more)." in again.text
    assert "Cancelled: The prize is gone" in again.text


def test_tickets_are_granted_to_who_takes_part_and_to_nobody_else(admin_client: Client) -> None:
    giveaway = GiveawayFactory.create(open=True, allow_tickets=True)
    entrant = IdentityFactory.create(provider="telegram", subject="5000000001").user
    ParticipantFactory.create(giveaway=giveaway, user=entrant)

    refused = admin_client.post(
        deed(giveaway, "tickets"), {"telegram_id": "5000000002", "count": "3", "reason": "Helped"}
    )
    done = admin_client.post(
        deed(giveaway, "tickets"), {"telegram_id": "5000000001", "count": "3", "reason": "Helped"}, follow=True
    )

    assert refused.context["form"].non_field_errors() == ["This person does not take part."]
    assert "5000000001 now has 3 tickets." in done.text
    assert list(Ticket.objects.values_list("user_id", "count")) == [(entrant.pk, 3)]


def test_a_giveaway_whose_time_is_over_is_drawn(admin_client: Client) -> None:
    giveaway = GiveawayFactory.create(
        started_at=datetime.now(UTC) - timedelta(days=2), ends_at=datetime.now(UTC) - timedelta(days=1)
    )
    entrant = ParticipantFactory.create(giveaway=giveaway)
    assert links(admin_client, giveaway) == ["Draw now"]

    done = admin_client.post(deed(giveaway, "draw"), follow=True)

    assert "The winners are drawn." in done.text
    assert list(WinRecord.objects.values_list("user_id", "place")) == [(entrant.user_id, 1)]
    assert Draw.objects.get().drawn_at is not None
    assert "Proof of the draw" in done.text


def test_a_place_is_drawn_again_and_its_prize_handed_over(admin_client: Client) -> None:
    giveaway = GiveawayFactory.create(
        started_at=datetime.now(UTC) - timedelta(days=2), ends_at=datetime.now(UTC) - timedelta(days=1)
    )
    ParticipantFactory.create_batch(2, giveaway=giveaway)
    admin_client.post(deed(giveaway, "draw"))
    first = WinRecord.objects.get()
    assert links(admin_client, giveaway) == ["Draw places again"]

    junk = admin_client.post(deed(giveaway, "draw-again"), {"places": "1, x", "reason": "Gone"})
    unknown = admin_client.post(deed(giveaway, "draw-again"), {"places": "7", "reason": "Gone"})
    admin_client.post(deed(giveaway, "draw-again"), {"places": "1", "reason": "Gone"})

    assert junk.context["form"].errors["places"] == ["These are not numbers separated by commas."]
    assert "Nobody has won place 7." in unknown.text
    first.refresh_from_db()
    second = WinRecord.objects.exclude(pk=first.pk).get()
    assert first.status == WinRecord.Status.CANCELLED
    assert (second.place, second.status) == (1, WinRecord.Status.PENDING)
    assert second.user_id != first.user_id
    assert (links(admin_client, first), links(admin_client, second)) == ([], ["Prize handed over"])

    admin_client.post(deed(second, "hand-over"))

    second.refresh_from_db()
    assert second.status == WinRecord.Status.DISTRIBUTED
    assert links(admin_client, second) == []
