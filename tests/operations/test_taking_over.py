"""People whom the giveaways and the music platform both know show what the music platform says, whoever came first."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Identity, User
from catalog.models import Track
from giveaways.models import Giveaway
from operations.importing.mending import mend_and_replay
from operations.importing.report import TakeOver
from operations.models import LandedRecord
from tests.factories.accounts import UserFactory
from tests.operations.legacy_files import state, undone, versions
from tests.operations.two_systems import ANN, BY_ANN, BY_PAT, PLAYER, TRACKS, Systems, fates, shown

pytestmark = pytest.mark.django_db


def test_the_row_says_what_the_system_says_that_stands_first(systems: Systems) -> None:
    systems.giveaways()
    assert shown(telegram="7") == BY_PAT

    report = systems.music(tracks=TRACKS)

    assert shown(normaldance="u1") == shown(giveaways="7") == shown(solana="W") == BY_ANN
    assert fates() == {"normaldance u1": "loaded 7", "giveaways 7": "merged 7"}
    assert (report.merges, report.takeovers) == ((), (TakeOver("users", "u1", "7"),))
    assert Track.objects.get().artist == Giveaway.objects.get().creator


def test_either_order_ends_alike(systems: Systems) -> None:
    with undone():
        systems.music()
        systems.giveaways()
        expected = User.objects.values().get()
        names = set(Identity.objects.values_list("provider", "subject"))
    systems.seen.clear()
    systems.giveaways()
    systems.music()

    found = User.objects.values().get()
    assert (expected.pop("id"), found.pop("id")) == ("u1", "7")
    assert found == expected
    assert set(Identity.objects.values_list("provider", "subject")) == names


@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_first_of_several_records_takes_over_and_the_others_are_merged(systems: Systems, size: int) -> None:
    systems.giveaways()
    two, three = {"id": "u2", "telegramId": "7", "name": "Bea"}, {"id": "u3", "solanaAddress": "W", "name": "Cid"}

    systems.music(ANN, two, three, batch_size=size)

    assert fates() == {
        "normaldance u1": "loaded 7",
        "normaldance u2": "merged 7",
        "normaldance u3": "merged 7",
        "giveaways 7": "merged 7",
    }
    assert shown(giveaways="7") == BY_ANN


def test_a_dry_run_foresees_it_and_leaves_nothing(systems: Systems) -> None:
    systems.giveaways()
    before = state(), versions()

    foreseen = systems.music(dry_run=True)

    assert (state(), versions()) == before
    report = systems.music()
    assert (foreseen.entities, foreseen.takeovers) == (report.entities, report.takeovers)


def test_later_changes_of_either_system_are_written_where_they_belong(systems: Systems) -> None:
    systems.giveaways()
    systems.music()

    systems.music(ANN | {"name": "Anna", "email": "anna@x.ru"})
    assert shown(giveaways="7")[:2] == ("Anna", "anna@x.ru")
    systems.giveaways(says=PLAYER | {"first_name": "Patricia"})
    assert shown(giveaways="7")[:4] == ("Anna", "anna@x.ru", True, None)
    assert fates() == {"normaldance u1": "loaded 7", "giveaways 7": "merged 7"}
    unchanged = systems.giveaways(says=PLAYER | {"first_name": "Patricia"})
    assert [one.unchanged for one in unchanged.entities if one.entity == "users"] == [1]


def test_a_record_that_changes_for_the_worse_has_its_row_still(systems: Systems) -> None:
    systems.giveaways()
    systems.music()

    for report in (systems.music(ANN | {"createdAt": "never"}), systems.giveaways(says=PLAYER | {"status": "gone"})):
        assert sum(one.rejected for one in report.entities) >= 1
    assert fates() == {"normaldance u1": "rejected 7", "giveaways 7": "rejected 7"}
    assert shown(giveaways="7") == BY_ANN
    systems.giveaways()
    systems.music(ANN | {"name": "Anna"})

    assert fates() == {"normaldance u1": "loaded 7", "giveaways 7": "merged 7"}
    assert shown(giveaways="7")[0] == "Anna"


def test_a_mended_record_takes_over(systems: Systems) -> None:
    systems.giveaways()
    systems.music(ANN | {"createdAt": "never"})
    record = LandedRecord.objects.get(entity__source="normaldance", entity__name="users")

    mend_and_replay(record, record.raw.replace('"never"', "1"))

    assert shown(giveaways="7") == BY_ANN
    assert systems.verify() == set()


def test_what_staff_changed_is_not_taken_over(systems: Systems) -> None:
    systems.giveaways()
    User.objects.update(first_name="Patrick", bio="Ours")

    systems.music(tracks=TRACKS)

    assert fates() == {"normaldance u1": "merged 7", "giveaways 7": "loaded"}
    assert User.objects.values_list("first_name", "bio", "display_name").get() == ("Patrick", "Ours", None)
    assert systems.verify() == {"7 first_name"}


def test_a_ban_that_staff_lifted_stays_lifted(systems: Systems) -> None:
    systems.giveaways()
    User.objects.update(is_banned=False)

    systems.music()

    assert fates() == {"normaldance u1": "merged 7", "giveaways 7": "loaded"}
    assert systems.verify() == {"7 is_banned"}


@pytest.mark.parametrize("change", [{"is_staff": True}, {"is_banned": True}])
def test_what_neither_system_writes_over_survives(systems: Systems, change: dict[str, Any]) -> None:
    systems.giveaways(says=PLAYER | {"status": "active"})
    User.objects.update(**change)

    systems.music()

    assert shown(giveaways="7")[0] == "Ann"
    assert User.objects.filter(**change).exists()


def test_a_person_whom_no_import_made_is_nobodys_to_take(systems: Systems) -> None:
    user = UserFactory(display_name="Staff", email="ann@x.ru")
    Identity.objects.create(user=user, provider="telegram", subject="7")

    systems.music(ANN, {"id": "u2", "email": "ann@x.ru"})

    assert fates() == {"normaldance u1": f"merged {user.pk}", "normaldance u2": "loaded"}
    assert User.objects.values_list("display_name", "email").get(pk=user.pk) == ("Staff", "ann@x.ru")
    assert User.objects.values_list("email", "contested_email").get(pk="u2") == (None, "ann@x.ru")


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_wallet_that_leads_to_another_account_makes_both_one(systems: Systems, size: int, reverse: bool) -> None:
    """u2 has the wallet of u1 and the Telegram id of a player: all three are one, though u1 alone was not known."""
    by_wallet = {"id": "u1", "solanaAddress": "W", "name": "Ann", "email": "ann@x.ru", "isArtist": 1}
    by_both = {"id": "u2", "solanaAddress": "W", "telegramId": "7", "name": "Bea"}
    orders = [systems.giveaways, lambda: systems.music(by_wallet, by_both, batch_size=size)]
    for one in reversed(orders) if reverse else orders:
        one()

    row = "u1" if reverse else "7"
    assert shown(giveaways="7") == shown(solana="W") == BY_ANN
    assert User.objects.get().pk == row
    assert {fate.rpartition(" ")[0] or fate for key, fate in fates().items() if key != "normaldance u1"} == {"merged"}
    again = systems.music(by_wallet, by_both)
    assert [one.unchanged for one in again.entities if one.entity == "users"] == [2]


@pytest.mark.parametrize("first", ["7", "8"])
def test_two_players_of_one_wallet_are_one_if_nothing_refers_to_one_of_them(systems: Systems, first: str) -> None:
    systems.giveaways(7, 8)
    second = "8" if first == "7" else "7"

    systems.music(
        {"id": "u1", "name": "Ann", "telegramId": first, "solanaAddress": "W"},
        {"id": "u2", "name": "Bea", "telegramId": second, "solanaAddress": "W"},
    )

    assert fates() == {
        "normaldance u1": "loaded 7",
        "normaldance u2": "merged 7",
        "giveaways 7": "merged 7",
        "giveaways 8": "merged 7",
    }
    assert shown(giveaways="8") == ("Ann", None, False, None, None, None, True)


def test_two_rows_that_others_refer_to_are_not_made_one(systems: Systems) -> None:
    systems.giveaways()
    systems.music({"id": "u1", "solanaAddress": "W"}, tracks=TRACKS)

    systems.music({"id": "u1", "solanaAddress": "W", "telegramId": "7"}, tracks=TRACKS)

    assert fates() == {"normaldance u1": "rejected u1", "giveaways 7": "loaded"}


def test_a_player_to_whom_nothing_refers_goes_into_the_row_of_the_musician(systems: Systems) -> None:
    systems.giveaways(7, 8)
    systems.music({"id": "u1", "name": "Ann"}, tracks=TRACKS)

    systems.music({"id": "u1", "name": "Ann", "telegramId": "8"}, tracks=TRACKS)

    assert fates() == {"normaldance u1": "loaded", "giveaways 7": "loaded", "giveaways 8": "merged u1"}
    assert shown(giveaways="8") == ("Ann", None, False, None, None, None, True)
    assert systems.verify() == set()
