"""People whom the giveaways and the music platform both know show what the music platform says, whoever came first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from accounts.models import Identity, User
from catalog.legacy.normaldance import NORMALDANCE
from catalog.models import Track
from giveaways.legacy.giveaways import GIVEAWAY_TOOL
from giveaways.models import Giveaway
from operations.importing.declaration import LegacySource
from operations.importing.importer import Options, import_source
from operations.importing.mending import mend_and_replay
from operations.importing.report import ImportReport, TakeOver
from operations.importing.undo import UndoReport, find_run, undo_run
from operations.importing.verifying import verify_source
from operations.models import LandedRecord
from operations.sandbox import Sandbox
from tests.factories.accounts import UserFactory
from tests.operations.legacy_files import legacy_file, state, undone, versions

pytestmark = pytest.mark.django_db

GIVEAWAY = {
    "id": "00000001-0000-4000-8000-000000000000",
    "creator_id": 7,
    "title": "A mug",
    "started_at": "2025-06-01T10:00:00Z",
    "duration": 300,
    "winners_count": 1,
    "status": "completed",
}
PLAYER = {"first_name": "Pat", "last_name": "P", "username": "pat", "role": "user", "status": "banned"}
ANN = {"id": "u1", "name": "Ann", "telegramId": "7", "email": "ann@x.ru", "isArtist": 1, "solanaAddress": "W"}
TRACKS = ({"id": "t1", "artistId": "u1"},)


@pytest.fixture(scope="module")
def store() -> Iterator[Sandbox]:
    with Sandbox(("cache",)) as sandbox:
        yield sandbox


class Systems:
    """The two systems; each import writes what there is anew and proves both, also that of the other."""

    def __init__(self, folder: Path, address: str) -> None:
        self.path = folder / "music.db"
        self.address = address
        self.seen: set[str] = set()

    def music(self, *users: dict[str, Any], tracks: tuple[dict[str, Any], ...] = (), **options: Any) -> ImportReport:
        self.path.unlink(missing_ok=True)
        legacy_file(self.path, users=users or (ANN,), tracks=tracks)
        return self._imported(NORMALDANCE, f"sqlite:///{self.path}", options)

    def giveaways(self, *players: int, **options: Any) -> ImportReport:
        says = options.pop("says", PLAYER)
        with closing(redis.Redis.from_url(self.address)) as client:
            client.flushall()
            for player in players or (7,):
                client.set(f"user:{player}", json.dumps({"id": player, **says}))
            client.set(f"giveaway:{GIVEAWAY['id']}", json.dumps(GIVEAWAY))
        return self._imported(GIVEAWAY_TOOL, self.address, options)

    def _imported(self, source: LegacySource, address: str, options: dict[str, Any]) -> ImportReport:
        report = import_source(source, address, Options(**options))
        assert (report.ok, report.proofs.sql.named, report.proofs.source.named) == (True, [], [])
        if not report.dry_run:
            self.seen.add(source.name)
            self.verify()
        return report

    def verify(self) -> set[str]:
        """Both proofs of both; what they name as changed later."""
        changed: set[str] = set()
        for source, address in ((NORMALDANCE, f"sqlite:///{self.path}"), (GIVEAWAY_TOOL, self.address)):
            if source.name in self.seen:
                proofs = verify_source(source, address)
                assert (proofs.sql.named, proofs.source.named) == ([], [])
                both = [{f"{one.key} {one.column}" for one in part.changes} for part in (proofs.sql, proofs.source)]
                assert both[0] == both[1]
                changed |= both[0]
        return changed


@pytest.fixture
def systems(tmp_path: Path, store: Sandbox) -> Systems:
    return Systems(tmp_path, store.cache.url)


def fates() -> dict[str, str]:
    """What became of the records of people: system, key, and the row where it is not their own."""
    return {
        f"{source} {key}": outcome if outcome == "loaded" and target in (None, key) else f"{outcome} {target}"
        for source, key, outcome, target in LandedRecord.objects.filter(
            entity__name__in=("users", "strangers")
        ).values_list("entity__source", "key", "outcome", "target")
    }


def shown(**known: str) -> tuple[Any, ...]:
    """What the row of a person says: of the music, of the giveaways, and what both can."""
    [(provider, subject)] = known.items()
    fields = ("display_name", "email", "is_artist", "first_name", "role", "username", "is_banned")
    return User.objects.known_as(provider, subject).values_list(*fields).get()


BY_ANN = ("Ann", "ann@x.ru", True, None, None, None, True)
BY_PAT = (None, None, False, "Pat", "user", "pat", True)


def undo(report: ImportReport) -> UndoReport:
    """What was foreseen is what is done."""
    plan = undo_run(find_run(report.run), planned=True)
    done = undo_run(find_run(report.run), planned=False)
    assert plan.entities == done.entities
    return done


def handed_over(report: UndoReport) -> list[tuple[str, tuple[str, ...]]]:
    return [(stay.key, stay.about) for one in report.entities for stay in one.stays if stay.verdict == "handed_over"]


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


def test_undoing_the_one_that_took_over_hands_the_row_back(systems: Systems) -> None:
    systems.giveaways()
    before = state()
    report = undo(systems.music(tracks=TRACKS))
    systems.seen.remove("normaldance")

    assert handed_over(report) == [("7", ("giveaways.users 7",))]
    assert (report.going, report.staying) == (2, 0)
    assert state() == before
    assert systems.verify() == set()
    systems.music(tracks=TRACKS)
    assert shown(giveaways="7") == BY_ANN


def test_a_row_goes_over_to_who_was_merged_into_it(systems: Systems) -> None:
    first = systems.music()
    systems.giveaways()

    undo(first)

    systems.seen.remove("normaldance")
    assert shown(giveaways="7") == BY_PAT
    assert fates() == {"giveaways 7": "loaded u1"}
    assert set(Identity.objects.values_list("provider", "subject")) == {("telegram", "7"), ("giveaways", "7")}
    assert systems.verify() == set()
    systems.music()
    assert fates() == {"normaldance u1": "loaded", "giveaways 7": "merged u1"}


def test_undoing_the_one_that_was_taken_over_leaves_the_other(systems: Systems) -> None:
    untouched = state()
    report = systems.giveaways()
    music = systems.music()

    assert undo(report).staying == 0
    systems.seen.remove("giveaways")
    assert fates() == {"normaldance u1": "loaded 7"}
    assert shown(normaldance="u1") == (*BY_ANN[:-1], False)
    assert systems.verify() == set()
    assert undo(music).staying == 0
    assert state() == untouched


def test_a_changed_row_is_not_handed_over(systems: Systems) -> None:
    systems.giveaways()
    report = systems.music()
    User.objects.update(bio="Ours")

    done = undo(report)

    assert [stay.verdict for one in done.entities for stay in one.stays] == ["changed"]
    assert fates() == {"normaldance u1": "loaded 7", "giveaways 7": "merged 7"}
    assert shown(giveaways="7") == BY_ANN


def test_who_vanishes_from_the_first_system_is_the_others_again(systems: Systems) -> None:
    systems.giveaways()
    systems.music(ANN, {"id": "u2"})

    report = systems.music({"id": "u2"}, delete_vanished=True)

    assert [(one.removed, one.stay) for one in report.vanished] == [(1, 0)]
    assert shown(giveaways="7") == BY_PAT


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
