"""Prizes reach their winners: said by those who may, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from giveaways.actions.distributing import distribute
from giveaways.errors import NotYours, WrongState
from giveaways.models import Giveaway, WinRecord
from tests.config.test_api import assert_error
from tests.factories.accounts import UserFactory
from tests.factories.giveaways import GiveawayFactory, WinRecordFactory
from tests.giveaways.callers import Caller, somebody, stranger

pytestmark = pytest.mark.django_db


@pytest.fixture
def creator() -> Caller:
    return somebody()


@pytest.fixture
def giveaway(creator: Caller) -> Giveaway:
    return GiveawayFactory.create(creator=creator.user, completed=True)


def columns(win: WinRecord) -> dict[str, Any]:
    return WinRecord.objects.values().get(pk=win.pk)


def test_a_prize_is_handed_over_once() -> None:
    win, before = WinRecordFactory.create(), timezone.now()

    first = distribute(win_record=win, by=win.giveaway.creator)
    again = distribute(win_record=win, by=win.giveaway.creator)

    assert first.status == "distributed"
    assert first.received_at is not None
    assert before <= first.received_at <= timezone.now()
    assert again.received_at == columns(win)["received_at"] == first.received_at


def test_what_was_handed_over_at_an_unknown_time_keeps_that() -> None:
    win = WinRecordFactory.create(status="distributed", received_at=None)

    assert distribute(win_record=win, by=win.giveaway.creator).received_at is None


def test_a_win_that_was_taken_back_gets_no_prize() -> None:
    win = WinRecordFactory.create(status="cancelled")
    before = columns(win)

    with pytest.raises(WrongState):
        distribute(win_record=win, by=win.giveaway.creator)

    assert columns(win) == before


def test_nobody_else_may_say_so() -> None:
    win = WinRecordFactory.create()
    before = columns(win)

    for other in (win.user, UserFactory.create(), UserFactory.create(is_staff=True)):
        with pytest.raises(NotYours):
            distribute(win_record=win, by=other)

    assert columns(win) == before


def test_its_creator_and_admins_say_so_over_http(giveaway: Giveaway, creator: Caller, settings: Any) -> None:
    admin = somebody()
    settings.ADMIN_IDS = frozenset({admin.telegram_id})
    wins = [WinRecordFactory.create(giveaway=giveaway, place=place) for place in (1, 2)]

    for caller, win in ((creator, wins[0]), (admin, wins[1])):
        response = caller("post", f"/{giveaway.pk}/winners/{win.place}/distributed")

        assert response.status_code == 200
        received = columns(win)["received_at"].isoformat().replace("+00:00", "Z")
        assert response.json() == {"place": win.place, "status": "distributed", "received_at": received}
        assert response.headers["Cache-Control"] == "no-store"


def test_others_are_refused_over_http(giveaway: Giveaway) -> None:
    win = WinRecordFactory.create(giveaway=giveaway, place=1)
    before, path = columns(win), f"/{giveaway.pk}/winners/1/distributed"

    assert_error(somebody()("post", path), 403, "not_yours", {})
    assert somebody(is_banned=True)("post", path).status_code == 403
    assert stranger()("post", path).status_code == 401

    assert columns(win) == before


def test_what_is_not_there_is_told_so(giveaway: Giveaway, creator: Caller) -> None:
    nowhere = "018f0000-0000-7000-8000-000000000000"

    assert creator("post", f"/{nowhere}/winners/1/distributed").status_code == 404
    assert creator("post", f"/{giveaway.pk}/winners/1/distributed").status_code == 404
    assert creator("post", f"/{giveaway.pk}/winners/99999999999/distributed").status_code == 422


def test_a_place_that_was_drawn_again_has_its_latest_winner(giveaway: Giveaway, creator: Caller) -> None:
    taken_back = WinRecordFactory.create(giveaway=giveaway, place=1, status="cancelled")
    standing = WinRecordFactory.create(giveaway=giveaway, place=1)

    assert creator("post", f"/{giveaway.pk}/winners/1/distributed").status_code == 200

    assert columns(taken_back)["status"] == "cancelled"
    assert columns(standing)["status"] == "distributed"
