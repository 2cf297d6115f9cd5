"""All five systems come into one database, in whatever order: the same people, rows and outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from operations.models import LegacyEntity
from operations.sandbox import Sandbox
from tests.operations.five_systems import (
    ADDRESS,
    AS_KEY,
    ELSE,
    KEY,
    LOST,
    STRANGER,
    SWAPPED,
    SYSTEMS,
    TELEGRAM,
    TWICE,
    Person,
    five_systems,
    imported,
    people,
    standing,
)
from tests.operations.legacy_files import undone

pytestmark = pytest.mark.django_db

SHOWN = ("display_name", "first_name", "email", "contested_email", "is_banned")
THERE_AND_BACK = (SYSTEMS, SYSTEMS[::-1])
BETWEEN = (
    SYSTEMS,
    ("shop", "events", "giveaways", "meals", "normaldance"),
    ("giveaways", "shop", "normaldance", "events", "meals"),
    ("meals", "normaldance", "shop", "giveaways", "events"),
)


@pytest.mark.parametrize("orders", [THERE_AND_BACK, pytest.param(BETWEEN, marks=pytest.mark.gauntlet)])
def test_whatever_comes_first_the_result_is_the_same(
    orders: tuple[tuple[str, ...], ...], sandbox: Sandbox, tmp_path: Path
) -> None:
    ends: list[dict[str, Any]] = []
    holders = set()
    with five_systems(sandbox, tmp_path) as addresses:
        for order in orders:
            with undone():
                counts = {name: imported(name, addresses[name]) for name in order}
                ends.append(standing() | {"counts": counts})
                holders.add(User.objects.values_list("id", flat=True).get(email=ADDRESS))
                check_those_who_appear_in_several()
            assert not LegacyEntity.objects.exists()

    for end in ends[1:]:
        for part, expected in ends[0].items():
            assert end[part] == expected, part
    # Of the three who have the address, the one of the system that stands first holds it.
    assert holders == {"music-2"}
    check_what_people_show(ends[0]["person"])


def check_what_people_show(person: dict[Person, dict[str, Any]]) -> None:
    shown = {subject: {name: user[name] for name in SHOWN} for who, user in person.items() for _, subject in who}

    def music(key: str, email: str | None, **others: Any) -> dict[str, Any]:
        says = {"display_name": f"Musician {key}", "email": email, "first_name": None, "is_banned": False}
        return says | {"contested_email": None} | others

    assert shown["music-3"] == shown[str(STRANGER)] == music("music-3", "stranger@example.org")
    twice = music("music-4", "twice@example.org", is_banned=True)
    assert shown["music-4"] == shown["music-5"] == shown["music-6"] == shown[str(TWICE)] == twice
    assert (shown[str(LOST)]["first_name"], shown[str(LOST)]["email"]) == ("A", None)
    assert (shown["shop-2"]["email"], shown["shop-2"]["contested_email"]) == (None, "shop@example.org")
    assert (shown["shop-3"]["email"], shown["user_2"]["contested_email"]) == ("both@example.org", "both@example.org")
    assert shown["user_3"]["contested_email"] == "twice@example.org"
    by_key = {who: user for who, user in person.items() if ("normaldance", str(AS_KEY)) in who}
    assert [user["email"] for user in by_key.values()] == ["shop@example.org"]
    assert set().union(*by_key) >= {("giveaways", str(AS_KEY)), ("telegram", str(AS_KEY))}
    assert frozenset({("normaldance", str(ELSE))}) in person
    one = music("music-8", "one@example.org")
    assert shown["music-8"] == shown["music-9"] == shown[str(SWAPPED)] == one


def check_those_who_appear_in_several() -> None:
    known = set(people().values())
    by_telegram = User.objects.known_as("telegram", str(TELEGRAM)).get()
    assert by_telegram.is_banned
    names = set(by_telegram.identities.values_list("provider", "subject"))
    assert names == {("telegram", str(TELEGRAM)), ("giveaways", str(TELEGRAM)), ("normaldance", KEY)}
    assert frozenset({("shop", KEY)}) in known
    assert User.objects.known_as("shop", KEY).get() != by_telegram
