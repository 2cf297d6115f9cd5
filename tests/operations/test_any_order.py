"""All five systems come into one database, in whatever order: the same people, rows and outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from operations.models import LegacyEntity
from operations.sandbox import Sandbox
from tests.operations.five_systems import ADDRESS, KEY, SYSTEMS, TELEGRAM, five_systems, imported, people, standing
from tests.operations.legacy_files import undone

pytestmark = pytest.mark.django_db

ORDERS = (
    SYSTEMS,
    SYSTEMS[::-1],
    ("shop", "events", "giveaways", "meals", "normaldance"),
)


def test_whatever_comes_first_the_result_is_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    ends: list[dict[str, Any]] = []
    holders = set()
    with five_systems(sandbox, tmp_path) as addresses:
        for order in ORDERS:
            with undone():
                counts = {name: imported(name, addresses[name]) for name in order}
                ends.append(standing() | {"counts": counts})
                holders.add(User.objects.values_list("id", flat=True).get(email=ADDRESS))
                check_those_who_appear_in_several()
            assert not LegacyEntity.objects.exists()

    for end in ends[1:]:
        for part, expected in ends[0].items():
            assert end[part] == expected, part
    # Whoever came first holds the address that three have.
    assert len(holders) == 3
    assert ends[0]["address"] == (1, 2)


def check_those_who_appear_in_several() -> None:
    known = set(people().values())
    by_telegram = User.objects.known_as("telegram", str(TELEGRAM)).get()
    assert by_telegram.is_banned
    names = set(by_telegram.identities.values_list("provider", "subject"))
    assert names == {("telegram", str(TELEGRAM)), ("giveaways", str(TELEGRAM)), ("normaldance", KEY)}
    assert frozenset({("shop", KEY)}) in known
    assert User.objects.known_as("shop", KEY).get() != by_telegram
