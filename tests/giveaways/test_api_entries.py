"""Joining over HTTP, and what belongs to an entrant, for everybody who may ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from giveaways import scheduling
from giveaways.models import Giveaway, Participant, PreWinnerList, RequirementCheck, Ticket, WinRecord
from tests.config.test_api import assert_error
from tests.factories.giveaways import (
    GiveawayFactory,
    ParticipantFactory,
    RequirementFactory,
    TicketFactory,
    WinRecordFactory,
)
from tests.giveaways.callers import Caller, somebody, stranger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_jobs")]

NOWHERE = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def admin(settings: Any) -> Caller:
    caller = somebody()
    settings.ADMIN_IDS = frozenset({caller.telegram_id})
    return caller


def test_the_first_join_makes_the_entry_and_others_give_it_again() -> None:
    giveaway, caller = GiveawayFactory.create(open=True), somebody()

    first, second = (caller("post", f"/{giveaway.pk}/join") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == {"entry": str(Participant.objects.get().pk)}
    assert Participant.objects.get().user == caller.user


def test_what_keeps_somebody_from_joining_is_told_by_its_code(settings: Any) -> None:
    settings.TELEGRAM_API_URL = "http://127.0.0.1:1"
    caller = somebody()
    full = GiveawayFactory.create(open=True, max_participants=1)
    ParticipantFactory.create(giveaway=full)
    unknown, unmet = GiveawayFactory.create_batch(2, open=True)
    RequirementFactory.create(giveaway=unknown, position=1)
    requirement = RequirementFactory.create(giveaway=unmet, position=1, name="Follow @news")
    RequirementCheck.objects.create(requirement=requirement, user=caller.user, met=False, checked_at=timezone.now())
    expected = [
        (GiveawayFactory.create(), 409, "giveaway_closed", {}),
        (GiveawayFactory.create(open=True, cancelled=True), 409, "giveaway_closed", {}),
        (full, 409, "giveaway_full", {}),
        (GiveawayFactory.create(open=True, creator=caller.user), 409, "own_giveaway", {}),
        (
            unmet,
            409,
            "requirements_unmet",
            {"requirements.1": "Follow @news: Telegram sees no membership of yours there."},
        ),
    ]

    for giveaway, status, code, fields in expected:
        assert_error(caller("post", f"/{giveaway.pk}/join"), status, code, fields)
    response = caller("post", f"/{unknown.pk}/join")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "requirements_unknown")
    assert response.headers["Retry-After"] == "5"
    assert_error(caller("post", f"/{NOWHERE}/join"), 404, "not_found")
    assert not Participant.objects.filter(user=caller.user).exists()


def test_only_those_who_prove_who_they_are_join() -> None:
    giveaway = GiveawayFactory.create(open=True)
    path = f"/{giveaway.pk}/join"

    assert_error(stranger()("post", path), 401, "unauthenticated")
    assert_error(somebody(is_banned=True)("post", path), 403, "forbidden")
    assert somebody()("post", path, **{"X-Telegram-Init-Data": "user=%7B%22id%22%3A7%7D&hash=00"}).status_code == 401
    assert not Participant.objects.exists()


def test_somebody_new_is_made_known_by_their_join() -> None:
    giveaway, caller = GiveawayFactory.create(open=True), somebody()
    caller.telegram_id = 77

    assert caller("post", f"/{giveaway.pk}/join").status_code == 201
    assert Participant.objects.get().user.identities.get().subject == "77"


def test_a_person_sees_what_is_theirs() -> None:
    caller = somebody()
    entrant = ParticipantFactory.create(user=caller.user, giveaway__completed=True)
    TicketFactory.create(giveaway=entrant.giveaway, user=caller.user, count=5)
    WinRecordFactory.create(giveaway=entrant.giveaway, user=caller.user, place=2, prize__name="Cup")
    other = ParticipantFactory.create(giveaway=entrant.giveaway)
    WinRecordFactory.create(giveaway=entrant.giveaway, user=other.user, place=1)

    shown = caller("get", f"/{entrant.giveaway_id}/participation").json()

    joined_at = entrant.joined_at.isoformat().replace("+00:00", "Z")
    assert shown == {
        "joined": True,
        "entry": str(entrant.pk),
        "joined_at": joined_at,
        "tickets": 5,
        "won": [{"place": 2, "prize": "Cup", "status": "pending"}],
    }


def test_who_has_not_joined_is_told_so() -> None:
    giveaway = ParticipantFactory.create().giveaway
    nothing = {"joined": False, "entry": None, "joined_at": None, "tickets": 0, "won": []}

    assert somebody()("get", f"/{giveaway.pk}/participation").json() == nothing
    assert_error(stranger()("get", f"/{giveaway.pk}/participation"), 401, "unauthenticated")
    assert_error(somebody(is_banned=True)("get", f"/{giveaway.pk}/participation"), 403, "forbidden")
    assert_error(somebody()("get", f"/{NOWHERE}/participation"), 404, "not_found")


def drawn(owner: Caller, winners: int) -> Giveaway:
    giveaway = GiveawayFactory.create(creator=owner.user, completed=True)
    for place in range(1, winners + 1):
        entrant = ParticipantFactory.create(giveaway=giveaway)
        WinRecordFactory.create(giveaway=giveaway, user=entrant.user, place=place, prize__name=f"Cup {place}")
    return giveaway


def test_winners_are_shown_by_place_with_their_entries_and_no_more() -> None:
    owner = somebody()
    giveaway = drawn(owner, 2)
    WinRecord.objects.filter(place=2).update(prize=None)
    WinRecordFactory.create(giveaway=giveaway, place=3, status="cancelled")

    response = stranger()("get", f"/{giveaway.pk}/winners")

    entrants = [Participant.objects.get(user=win.user) for win in WinRecord.objects.order_by("place")[:2]]
    assert response.json() == {
        "winners": [
            {
                "place": place,
                "person": {
                    "name": entrant.user.display_name,
                    "username": entrant.user.username,
                    "avatar": entrant.user.avatar,
                },
                "entry": str(entrant.pk),
                "prize": prize,
                "status": None,
            }
            for place, entrant, prize in zip((1, 2), entrants, ("Cup 1", None), strict=True)
        ],
        "next": None,
    }
    assert [win["status"] for win in owner("get", f"/{giveaway.pk}/winners").json()["winners"]] == ["pending"] * 2
    assert_error(stranger()("get", f"/{NOWHERE}/winners"), 404, "not_found")


@pytest.mark.parametrize("count", [1, 7])
def test_winners_come_in_pages_of_so_many_queries(count: int, django_assert_num_queries: Any) -> None:
    giveaway = drawn(somebody(), count)

    places, after = [], ""
    while after is not None:
        with django_assert_num_queries(2):
            page = stranger()("get", f"/{giveaway.pk}/winners?limit=3{after and f'&after={after}'}").json()
        places += [win["place"] for win in page["winners"]]
        after = page["next"]

    assert places == list(range(1, count + 1))


def test_an_admin_gives_tickets(admin: Caller) -> None:
    caller = somebody()
    entrant = ParticipantFactory.create(user=caller.user, giveaway__open=True, giveaway__allow_tickets=True)
    path = f"/{entrant.giveaway_id}/tickets"
    grant = {"telegram_id": caller.telegram_id, "count": 3}

    assert admin("post", path, grant).json() == {"telegram_id": caller.telegram_id, "tickets": 3}
    assert admin("post", path, grant).json()["tickets"] == 6
    assert_error(admin("post", path, grant | {"telegram_id": 1}), 409, "not_an_entrant")
    assert admin("post", path, grant | {"count": 0}).json()["error"]["fields"].keys() == {"count"}
    assert Ticket.objects.get().count == 6


def test_nobody_else_gives_tickets() -> None:
    owner = somebody()
    entrant = ParticipantFactory.create(
        user=somebody().user, giveaway__open=True, giveaway__allow_tickets=True, giveaway__creator=owner.user
    )
    path, grant = f"/{entrant.giveaway_id}/tickets", {"telegram_id": 1, "count": 3}

    for caller, status, code in [
        (owner, 403, "admins_only"),
        (Caller(entrant.user), 403, "admins_only"),
        (stranger(), 401, "unauthenticated"),
        (somebody(is_banned=True), 403, "forbidden"),
    ]:
        assert_error(caller("post", path, grant), status, code)
    assert not Ticket.objects.exists()


@pytest.fixture
def owner() -> Caller:
    return somebody()


@pytest.fixture
def waiting(owner: Caller) -> Giveaway:
    giveaway: Giveaway = GiveawayFactory.create(
        creator=owner.user, custom=True, list_due_at=timezone.now() + timedelta(hours=1)
    )
    return giveaway


def test_a_list_is_taken_as_text_and_reported_on(owner: Caller, waiting: Giveaway) -> None:
    response = owner("post", f"/{waiting.pk}/winner-list", b"7, 8\n8\t@me \xff")

    assert response.status_code == 200, response.json()
    report = response.json()
    assert report.pop("expires_at") > waiting.started_at.isoformat()
    assert report == {
        "accepted": 2,
        "not_understood": {"count": 2, "first": [{"line": 2, "text": "@me"}, {"line": 2, "text": "\\xff"}]},
        "repeated": {"count": 1, "first": [{"line": 2, "text": "8"}]},
        "not_entrants": {"count": 2, "first": [7, 8]},
    }
    assert PreWinnerList.objects.get().user_ids == [7, 8]


def test_a_list_is_taken_as_a_file_of_a_form(owner: Caller, waiting: Giveaway) -> None:
    path = f"/api/giveaways/{waiting.pk}/winner-list"
    file = SimpleUploadedFile("winners.txt", b"7\n8")

    response = owner.client.post(path, {"list": file}, headers=owner.credentials)

    assert response.status_code == 200, response.json()
    assert PreWinnerList.objects.get().user_ids == [7, 8]
    assert_error(owner.client.post(path, {"wat": "7"}, headers=owner.credentials), 422, "empty_list")


def test_a_list_that_is_too_large_is_refused_in_either_form(owner: Caller, waiting: Giveaway) -> None:
    path = f"/{waiting.pk}/winner-list"
    file = SimpleUploadedFile("winners.txt", b"7" * 1_048_577)

    assert_error(owner("post", path, b"7" * 1_048_577), 413, "too_large")
    response = owner.client.post(f"/api/giveaways{path}", {"list": file}, headers=owner.credentials)
    assert_error(response, 413, "too_large")
    assert not PreWinnerList.objects.exists()


def test_a_report_names_the_first_and_counts_all(owner: Caller, waiting: Giveaway) -> None:
    report = owner("post", f"/{waiting.pk}/winner-list", b"7 " + b"x " * 300).json()

    assert (report["not_understood"]["count"], len(report["not_understood"]["first"])) == (300, 100)


def test_a_list_comes_from_the_creator_alone(waiting: Giveaway, admin: Caller) -> None:
    for caller, status, code in [
        (somebody(), 403, "not_yours"),
        (admin, 403, "not_yours"),
        (stranger(), 401, "unauthenticated"),
        (somebody(is_banned=True), 403, "forbidden"),
    ]:
        assert_error(caller("post", f"/{waiting.pk}/winner-list", b"7"), status, code)
    assert not PreWinnerList.objects.exists()


def test_a_list_that_nobody_waits_for_is_refused(owner: Caller) -> None:
    giveaway = GiveawayFactory.create(creator=owner.user, open=True)

    assert_error(owner("post", f"/{giveaway.pk}/winner-list", b"7"), 409, "wrong_state")
    assert_error(owner("post", f"/{NOWHERE}/winner-list", b"7"), 404, "not_found")


def test_the_creator_has_the_list_decide(owner: Caller, waiting: Giveaway) -> None:
    path = f"/{waiting.pk}/complete"
    assert_error(owner("post", path), 409, "wrong_state")
    owner("post", f"/{waiting.pk}/winner-list", b"7")
    for caller, status, code in [
        (somebody(), 403, "not_yours"),
        (stranger(), 401, "unauthenticated"),
        (somebody(is_banned=True), 403, "forbidden"),
    ]:
        assert_error(caller("post", path), status, code)

    response = owner("post", path)

    assert (response.status_code, response.json()["status"]) == (202, "processing")
    assert ProcrastinateJob.objects.filter(task_name=scheduling.FINISH).count() == 1
    assert_error(owner("post", path), 409, "wrong_state")
    assert_error(owner("post", f"/{waiting.pk}/winner-list", b"8"), 409, "wrong_state")
    assert PreWinnerList.objects.get().user_ids == [7]


def test_tickets_are_given_once_for_a_key(admin: Caller) -> None:
    caller = somebody()
    entrant = ParticipantFactory.create(user=caller.user, giveaway__open=True, giveaway__allow_tickets=True)
    grant = {"telegram_id": caller.telegram_id, "count": 3}

    for _ in range(2):
        admin("post", f"/{entrant.giveaway_id}/tickets", grant, **{"Idempotency-Key": "abc"})

    assert Ticket.objects.get().count == 3


def test_who_asks_to_join_too_often_is_held_up(settings: Any) -> None:
    settings.JOIN_LIMIT = (2, 60)
    giveaway, caller = GiveawayFactory.create(open=True), somebody()

    answers = [caller("post", f"/{giveaway.pk}/join") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert answers[2].headers["Retry-After"] == "60"
    assert somebody()("post", f"/{giveaway.pk}/join").status_code == 201


def test_an_address_from_which_too_many_join_is_held_up(settings: Any) -> None:
    settings.JOIN_ADDRESS_LIMIT = (40, 60)  # more than the twenty shares that processes take
    giveaway = GiveawayFactory.create(open=True)

    statuses = [somebody()("post", f"/{giveaway.pk}/join").status_code for _ in range(41)]

    assert statuses == [201] * 40 + [429]
    assert Participant.objects.count() == 40
