"""Making, seeing, changing, calling off and repeating giveaways over HTTP, for everybody who may ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from giveaways.models import Giveaway
from tests.config.test_api import assert_error
from tests.factories.giveaways import (
    GiveawayFactory,
    GiveawayPrizeFactory,
    GiveawaySponsorFactory,
    ParticipantFactory,
    RequirementFactory,
)
from tests.giveaways.callers import Caller, somebody, stranger

pytestmark = pytest.mark.django_db

NEW = {
    "title": "Stars",
    "duration": 600,
    "winners_count": 2,
    "max_participants": 10,
    "prizes": [
        {
            "place": 1,
            "type": "telegram_stars",
            "name": "Thousand stars",
            "fields": [{"name": "stars", "type": "number", "value": "1000"}],
        },
        {"place": "all", "type": "custom"},
        {"place": "all", "type": "internal", "is_internal": True},
    ],
    "requirements": [{"type": "subscription", "username": "@news"}, {"type": "custom", "description": "Draw a cat"}],
    "sponsors": [{"username": "news", "title": "News", "channel_url": "https://t.me/news"}],
    "beacon": True,
}


@pytest.fixture
def owner() -> Caller:
    return somebody(display_name="Olga")


@pytest.fixture
def admin(settings: Any) -> Caller:
    caller = somebody()
    settings.ADMIN_IDS = frozenset({caller.telegram_id})
    return caller


def young(owner: Caller, **values: Any) -> Giveaway:
    now = timezone.now()
    return GiveawayFactory.create(
        creator=owner.user, started_at=now, ends_at=now + timedelta(days=1), **{"title": "Stars", **values}
    )


def test_a_giveaway_is_made_and_shown_to_its_creator(owner: Caller) -> None:
    response = owner("post", "", NEW)

    made = Giveaway.objects.get()
    shown = response.json()
    assert response.status_code == 201, shown
    assert response.headers["Location"] == f"/api/giveaways/{made.pk}"
    assert response.headers["Cache-Control"] == "no-store"
    assert shown == owner("get", f"/{made.pk}").json()
    assert made.creator == owner.user
    assert (shown["id"], shown["status"], shown["participants"]) == (str(made.pk), "active", 0)
    assert shown["prizes"] == [
        {"place": 1, "type": "telegram_stars", "name": "Thousand stars", "description": None},
        {"place": "all", "type": "custom", "name": "Prize for all winners", "description": None},
        {"place": "all", "type": "internal", "name": "Prize for all winners", "description": None},
    ]
    assert shown["requirements"] == [
        {"type": "subscription", "name": "Follow @news", "username": "@news", "description": None},
        {"type": "custom", "name": "Custom: Draw a cat", "username": None, "description": "Draw a cat"},
    ]
    assert shown["sponsors"] == [
        {"username": "news", "title": "News", "channel_url": "https://t.me/news", "avatar_url": ""}
    ]
    assert len(shown["draw"]["commitment"]) == 64
    assert shown["draw"]["beacon_round"] > 0
    assert shown["private"]["prize_fields"] == [
        [{"name": "stars", "type": "number", "value": "1000", "description": ""}],
        None,
        None,
    ]


def test_a_stranger_sees_what_is_public_and_no_more(owner: Caller) -> None:
    made = owner("post", "", NEW).json()

    response = stranger()("get", f"/{made['id']}")

    assert response.status_code == 200
    assert response.json() == made | {"private": None}
    for secret in (owner.user.email, owner.user.pk, str(owner.telegram_id), "1000"):  # type: ignore[union-attr]
        assert secret not in response.content.decode()


def test_another_person_sees_what_a_stranger_sees_and_an_admin_all(owner: Caller, admin: Caller) -> None:
    made = owner("post", "", NEW).json()

    assert somebody()("get", f"/{made['id']}").json()["private"] is None
    assert admin("get", f"/{made['id']}").json() == made


def test_the_legacy_tools_giveaways_are_shown_too() -> None:
    giveaway = GiveawayFactory.create(completed=True, created_at=None)
    GiveawayPrizeFactory.create(giveaway=giveaway, prize=None, position=1, place=None, type="telegram_gifts")

    shown = stranger()("get", f"/{giveaway.pk}").json()

    assert shown["draw"] is None
    assert shown["prizes"] == [
        {"place": "all", "type": "telegram_gifts", "name": "telegram_gifts", "description": None}
    ]


@pytest.mark.parametrize("fields", [{"stars": 1000}, [1000], "1000"])
def test_fields_of_prizes_are_shown_as_they_are_stored(owner: Caller, fields: Any) -> None:
    """The legacy tool and staff store what they like."""
    giveaway = young(owner)
    GiveawayPrizeFactory.create(giveaway=giveaway, prize__fields=fields)

    assert owner("get", f"/{giveaway.pk}").json()["private"]["prize_fields"] == [fields]


@pytest.mark.parametrize("parts", [0, 5])
def test_a_detail_is_so_many_queries_however_much_it_shows(parts: int, django_assert_num_queries: Any) -> None:
    giveaway = GiveawayFactory.create(open=True)
    GiveawayPrizeFactory.create_batch(parts, giveaway=giveaway)
    RequirementFactory.create_batch(parts, giveaway=giveaway)
    GiveawaySponsorFactory.create_batch(parts, giveaway=giveaway)
    ParticipantFactory.create_batch(parts, giveaway=giveaway)

    with django_assert_num_queries(5):
        response = stranger()("get", f"/{giveaway.pk}")

    assert response.json()["participants"] == len(response.json()["prizes"]) == parts


@pytest.mark.parametrize("key", ["018f0000-0000-7000-8000-000000000000", "nothing", "1", "%00"])
def test_what_is_not_there_is_not_found(key: str) -> None:
    assert_error(stranger()("get", f"/{key}"), 404, "not_found")


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "a\x00"}, {"title"}),
        ({"title": "a" * 201}, {"title"}),
        ({"duration": "600"}, {"duration"}),
        ({"duration": 2**31}, {"duration"}),
        ({"duration": 1}, {"duration"}),
        ({"winners_count": 11}, {"max_participants"}),
        ({"wat": 1}, {"wat"}),
        (
            {"prizes": [{"place": 0, "type": "custom"}]},
            {"prizes.0.place.constrained-int", "prizes.0.place.literal['all']"},
        ),
        ({"prizes": [{"place": 3, "type": "custom"}]}, {"prizes.0.place"}),
        ({"prizes": [{"place": 1, "type": "car"}]}, {"prizes.0.type"}),
        ({"requirements": [{"type": "subscription"}]}, {"requirements.0.username"}),
        ({"requirements": [{"type": "boost", "username": "a b"}]}, {"requirements.0.username"}),
        ({"sponsors": [{"username": f"news{n}"} for n in range(4)]}, {"sponsors"}),
        ({"sponsors": [{"username": "news", "channel_url": "javascript:alert(1)"}]}, {"sponsors.0.channel_url"}),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(owner: Caller, values: dict[str, Any], fields: set[str]) -> None:
    response = owner("post", "", NEW | values)

    assert response.status_code == 422, response.json()
    assert response.json()["error"]["code"] == "invalid_request"
    assert set(response.json()["error"]["fields"]) == fields
    assert not Giveaway.objects.exists()


@pytest.mark.parametrize("values", [{"prizes": [0] * 5000}, {f"wat{number}": 1 for number in range(5000)}])
def test_of_very_many_faults_the_first_are_named(owner: Caller, values: dict[str, Any]) -> None:
    response = owner("post", "", NEW | values)

    assert response.status_code == 422
    assert len(response.json()["error"]["fields"]) == 100


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"', b"\xff", b'{"title": "\\ud800"}'])
def test_a_body_that_is_no_giveaway_is_refused(owner: Caller, body: bytes) -> None:
    response = owner("post", "", body)

    assert response.status_code in {400, 422}
    assert response.json()["error"]["code"] in {"bad_request", "invalid_request"}
    assert not Giveaway.objects.exists()


def test_an_edit_is_shown(owner: Caller) -> None:
    giveaway = young(owner)

    response = owner("patch", f"/{giveaway.pk}", {"title": "Moons", "max_participants": 5})

    assert response.status_code == 200
    assert (response.json()["title"], response.json()["max_participants"]) == ("Moons", 5)
    assert stranger()("get", f"/{giveaway.pk}").json()["title"] == "Moons"


def test_an_edit_of_nothing_changes_nothing(owner: Caller) -> None:
    giveaway = young(owner)
    before = owner("get", f"/{giveaway.pk}").json()

    assert owner("patch", f"/{giveaway.pk}", {}).json() == before


@pytest.mark.parametrize("name", ["title", "duration", "winners_count", "prizes", "allow_tickets"])
def test_null_is_no_value_of_what_must_be_there(owner: Caller, name: str) -> None:
    response = owner("patch", f"/{young(owner).pk}", {name: None})

    assert response.status_code == 422
    assert set(response.json()["error"]["fields"]) == {name}


def test_a_cancelled_giveaway_says_why(owner: Caller) -> None:
    giveaway = young(owner)

    response = owner("post", f"/{giveaway.pk}/cancel", {"reason": "By mistake"})

    assert response.status_code == 200
    shown = stranger()("get", f"/{giveaway.pk}").json()
    assert (shown["status"], shown["ended_reason"]) == ("cancelled", "By mistake")


def test_a_giveaway_that_is_over_begins_once_more(owner: Caller) -> None:
    first = young(owner, completed=True)

    response = owner("post", f"/{first.pk}/recreate")

    assert response.status_code == 201, response.json()
    again = response.json()
    assert (again["status"], again["recreated_from"]) == ("active", str(first.pk))
    assert response.headers["Location"] == f"/api/giveaways/{again['id']}"


CHANGES = [
    ("patch", "", {"title": "Moons"}),
    ("post", "/cancel", {"reason": "By mistake"}),
    ("post", "/recreate", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_giveaway_is_changed_by_its_creator_and_admins_alone(
    owner: Caller, admin: Caller, method: str, path: str, body: Any
) -> None:
    status = "completed" if path == "/recreate" else "active"
    giveaway = young(owner, status=status)

    assert_error(somebody()(method, f"/{giveaway.pk}{path}", body), 403, "not_yours")
    assert stranger()(method, f"/{giveaway.pk}{path}", body).status_code == 401
    assert somebody(is_banned=True)(method, f"/{giveaway.pk}{path}", body).status_code == 403
    assert Giveaway.objects.values_list("title", "status").get() == ("Stars", status)
    assert admin(method, f"/{giveaway.pk}{path}", body).status_code in {200, 201}


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_what_is_not_there_is_not_changed(owner: Caller, method: str, path: str, body: Any) -> None:
    assert_error(owner(method, f"/018f0000-0000-7000-8000-000000000000{path}", body), 404, "not_found")


def test_strangers_and_the_banned_make_no_giveaway() -> None:
    assert_error(stranger()("post", "", NEW), 401, "unauthenticated")
    assert_error(somebody(is_banned=True)("post", "", NEW), 403, "forbidden")
    assert not Giveaway.objects.exists()


def test_who_is_banned_sees_nothing_by_their_own_name() -> None:
    giveaway = GiveawayFactory.create(open=True)

    assert_error(somebody(is_banned=True)("get", f"/{giveaway.pk}"), 403, "forbidden")


def test_too_late_is_said_so(owner: Caller) -> None:
    giveaway = young(owner)
    Giveaway.objects.update(started_at=timezone.now() - timedelta(seconds=301))

    assert_error(owner("patch", f"/{giveaway.pk}", {"title": "Moons"}), 409, "too_late")
    assert_error(owner("post", f"/{giveaway.pk}/cancel", {"reason": "Late"}), 409, "too_late")
    assert owner("get", f"/{giveaway.pk}").json()["private"]["may_edit_until"] is None


def test_a_request_that_is_sent_again_with_its_key_makes_one_giveaway(owner: Caller) -> None:
    key = {"Idempotency-Key": "abc"}

    first, second = (owner("post", "", NEW, **key) for _ in range(2))
    other = owner("post", "", NEW | {"title": "Moons"}, **key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["Location"] == second.headers["Location"]
    assert other.status_code == 422
    assert Giveaway.objects.count() == 1
    assert somebody()("post", "", NEW, **key).status_code == 201


def test_a_giveaway_is_made_once_more_only_once_with_a_key(owner: Caller) -> None:
    giveaway = young(owner, completed=True)

    first, second = (owner("post", f"/{giveaway.pk}/recreate", **{"Idempotency-Key": "abc"}) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]
    assert Giveaway.objects.count() == 2


def test_who_makes_too_many_is_held_up(owner: Caller, settings: Any) -> None:
    settings.CREATE_LIMIT = (2, 600)
    first = young(owner, completed=True)

    statuses = [
        owner("post", "", NEW).status_code,
        owner("post", f"/{first.pk}/recreate").status_code,
        owner("post", "", NEW).status_code,
        somebody()("post", "", NEW).status_code,
    ]

    assert statuses == [201, 201, 429, 201]


def test_an_address_from_which_too_many_are_made_is_held_up(owner: Caller, settings: Any) -> None:
    settings.CREATE_ADDRESS_LIMIT = (1, 600)

    refused = [owner("post", "", NEW), somebody()("post", "", NEW)][1]

    assert_error(refused, 429, "too_many_requests")
    assert refused.headers["Retry-After"] == "600"
    assert Giveaway.objects.count() == 1
