"""Lists of giveaways over HTTP: whose they are, their order, their pages, their queries."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from giveaways.models import Giveaway
from tests.config.test_api import assert_error
from tests.factories.giveaways import GiveawayFactory, ParticipantFactory
from tests.giveaways.callers import Caller, somebody, stranger

pytestmark = pytest.mark.django_db

PERSONAL = ["/mine", "/joined", "/awaiting", "/history"]


def ids(giveaways: list[Giveaway]) -> list[str]:
    return [str(giveaway.pk) for giveaway in giveaways]


def listed(caller: Caller, path: str) -> list[str]:
    response = caller("get", path)
    assert response.status_code == 200, response.json()
    return [giveaway["id"] for giveaway in response.json()["giveaways"]]


def paged(caller: Caller, path: str, limit: int) -> list[str]:
    """All of a list, page by page."""
    found, after = [], ""
    while after is not None:
        page = caller("get", f"{path}?limit={limit}{after and f'&after={after}'}").json()
        assert len(page["giveaways"]) <= limit
        found += [giveaway["id"] for giveaway in page["giveaways"]]
        after = page["next"]
    return found


def joined_by(caller: Caller, **values: Any) -> Giveaway:
    giveaway: Giveaway = ParticipantFactory.create(
        user=caller.user, **{f"giveaway__{name}": value for name, value in values.items()}
    ).giveaway
    return giveaway


def test_top_are_open_giveaways_with_the_most_entrants_first() -> None:
    few, many, none = GiveawayFactory.create_batch(3, open=True)
    ParticipantFactory.create_batch(2, giveaway=few)
    ParticipantFactory.create_batch(3, giveaway=many)
    ParticipantFactory.create(giveaway__open=True, giveaway__completed=True)
    ParticipantFactory.create()  # its time is over

    assert listed(stranger(), "/top") == ids([many, few, none])
    assert listed(somebody(), "/top") == ids([many, few, none])
    assert [giveaway["participants"] for giveaway in stranger()("get", "/top").json()["giveaways"]] == [3, 2, 0]
    assert_error(somebody(is_banned=True)("get", "/top"), 403, "forbidden")


def test_a_list_shows_no_more_of_a_person_than_their_name() -> None:
    giveaway = GiveawayFactory.create(open=True, creator__display_name=None, creator__username="olga")

    shown = stranger()("get", "/top")

    assert shown.json()["giveaways"][0]["creator"] == {
        "name": "olga",
        "username": "olga",
        "avatar": giveaway.creator.avatar,
    }
    assert giveaway.creator.email not in shown.content.decode()


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_top_has_every_giveaway_once_page_by_page(limit: int) -> None:
    giveaways = GiveawayFactory.create_batch(5, open=True)
    for giveaway, entrants in zip(giveaways, (1, 0, 2, 1, 1), strict=True):
        ParticipantFactory.create_batch(entrants, giveaway=giveaway)

    found = paged(stranger(), "/top", limit)

    assert found == listed(stranger(), "/top")
    assert sorted(found) == sorted(ids(giveaways))


@pytest.mark.parametrize("path", PERSONAL)
def test_a_personal_list_is_of_the_person_who_asks(path: str) -> None:
    caller, other = somebody(), somebody()
    for person in (caller, other):
        for values in ({"custom": True}, {"completed": True}):
            GiveawayFactory.create(creator=person.user, **values)
            joined_by(person, **values)

    shown = listed(caller, path)

    own = Giveaway.objects.filter(creator=caller.user)
    joined = Giveaway.objects.filter(participants__user=caller.user)
    expected = {
        "/mine": own,
        "/joined": joined,
        "/awaiting": own.filter(status="custom"),
        "/history": own.filter(status="completed"),
    }[path]
    assert sorted(shown) == sorted(ids(list(expected)))
    assert listed(somebody(), path) == []
    assert_error(stranger()("get", path), 401, "unauthenticated")
    assert_error(somebody(is_banned=True)("get", path), 403, "forbidden")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("path", ["/mine", "/joined"])
def test_the_newest_come_first_and_those_of_an_unknown_age_last(path: str, limit: int) -> None:
    caller = somebody()

    def made(**values: Any) -> Giveaway:
        giveaway = GiveawayFactory.create(creator=caller.user, **values)
        if path == "/joined":
            ParticipantFactory.create(user=caller.user, giveaway=giveaway)
        return giveaway

    unknown = sorted((made(created_at=None) for _ in range(2)), key=lambda giveaway: giveaway.pk, reverse=True)
    older, newer = made(), made()
    twins = sorted((made(created_at=newer.created_at), newer), key=lambda giveaway: giveaway.pk, reverse=True)

    assert paged(caller, path, limit) == ids([*twins, older, *unknown])


def test_a_list_may_be_of_some_states_only() -> None:
    caller = somebody()
    active, completed, _ = (
        GiveawayFactory.create(creator=caller.user, status=s) for s in ("active", "completed", "custom")
    )

    assert listed(caller, "/mine?status=active&status=completed") == ids([completed, active])
    assert listed(caller, "/joined?status=active") == []
    refused = caller("get", "/mine?status=paused")
    assert refused.status_code == 422
    assert list(refused.json()["error"]["fields"]) == ["status.0"]


def test_history_is_of_all_that_is_over() -> None:
    caller = somebody()
    made = {status: GiveawayFactory.create(creator=caller.user, status=status) for status in Giveaway.Status.values}

    over = [made[status] for status in ("history", "expired", "cancelled", "completed")]
    assert listed(caller, "/history") == ids(over)


@pytest.mark.parametrize("path", ["/top", *PERSONAL])
@pytest.mark.parametrize("count", [1, 9])
def test_a_list_is_so_many_queries_however_long(path: str, count: int, django_assert_num_queries: Any) -> None:
    caller = somebody()
    for _ in range(count):
        for values in ({"open": True}, {"custom": True}, {"completed": True}):
            joined_by(caller, **values)
            GiveawayFactory.create(creator=caller.user, **values)
    signed_in = 1

    with django_assert_num_queries(signed_in + 1):
        caller("get", path)


@pytest.mark.parametrize("path", ["/top", *PERSONAL])
@pytest.mark.parametrize("after", ["x", "W10", "WzEsMl0", "bnVsbA", "%00", "é"])
def test_what_is_no_cursor_is_refused(path: str, after: str) -> None:
    response = somebody()("get", f"{path}?after={after}")

    assert_error(response, 422, "invalid_request", {"after": "This is not a cursor of this list."})


@pytest.mark.parametrize("path", ["/top", "/mine", "/018f0000-0000-7000-8000-000000000000/winners"])
def test_a_cursor_of_endless_depth_is_refused(path: str) -> None:
    deep = f'[1,"018f0000-0000-7000-8000-000000000000",{"[" * 3000}'.encode()
    after = urlsafe_b64encode(deep).decode().rstrip("=")

    response = somebody()("get", f"{path}?after={after}")

    assert_error(response, 422, "invalid_request", {"after": "This is not a cursor of this list."})


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "wat=1", "limit=1&limit=2"])
def test_a_parameter_that_cannot_be_is_refused(query: str) -> None:
    assert somebody()("get", f"/mine?{query}").status_code == 422
