"""A second import: what is new, changed or mended since the first is written, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Identity, User
from catalog.legacy.sample import GENERATIONS, write_sample
from catalog.models import NFTMemorial, Track
from operations.importing.report import Vanished
from operations.importing.session import Session
from operations.models import LandedRecord, Rejection
from tests.operations.legacy_files import counts, imported, legacy_file, outcomes, reasons

pytestmark = pytest.mark.django_db


class Legacy:
    """A legacy file that goes on living: each `store` writes it anew."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def store(self, *, batch_size: int = 100, **tables: Any) -> dict[str, tuple[int, ...]]:
        """Write the tables, import them, and give the counts."""
        self.path.unlink(missing_ok=True)
        report = imported(legacy_file(self.path, **tables), batch_size=batch_size)
        assert (report.ok, report.proofs.sql.named, report.proofs.source.named) == (True, [], [])
        return counts(report)


@pytest.fixture
def legacy(tmp_path: Path) -> Legacy:
    return Legacy(tmp_path / "production.db")


# read, loaded, merged, kept, rejected, unchanged
def test_new_changed_and_unchanged_records_are_told_apart(legacy: Legacy) -> None:
    users = [{"id": f"u{n}", "bio": "old"} for n in range(5)]
    assert legacy.store(users=users)["users"] == (5, 5, 0, 0, 0, 0)

    users[1] = {"id": "u1", "bio": "new", "name": "Ann"}
    users.append({"id": "u5", "bio": "old"})
    found = legacy.store(users=[{"name": None, **user} for user in users])

    # A column that is new to the table makes every record of it a changed one.
    assert found["users"] == (6, 6, 0, 0, 0, 0)
    users[2]["bio"] = "newer"
    assert legacy.store(users=[{"name": None, **user} for user in users])["users"] == (6, 1, 0, 0, 0, 5)
    assert dict(User.objects.values_list("id", "bio")) == {
        "u0": "old", "u1": "new", "u2": "newer", "u3": "old", "u4": "old", "u5": "old",
    }  # fmt: skip
    assert User.objects.get(id="u1").display_name == "Ann"


def test_only_what_is_new_or_changed_is_copied_again(legacy: Legacy, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ["a'b", 'a"b', "a\\b", "a\nb\x01\x02", "{a,b}", "ключ 👩", "u1", "U1", " u1 ", "null", "5"]
    users = [{"id": key, "bio": key} for key in odd]
    tracks = [{"id": f"t{n}", "artistId": key} for n, key in enumerate(odd)]
    script = "CREATE TABLE likes (id INTEGER PRIMARY KEY, userId); INSERT INTO likes SELECT value, 'u' || value FROM "
    script += "json_each('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]')"
    legacy.store(users=users, tracks=tracks, script=script)
    landed = set(LandedRecord.objects.values_list("entity__name", "key", "sha256", "run"))
    copied = watched_copies(monkeypatch)

    found = legacy.store(users=users, tracks=tracks, script=script)

    assert [found[name] for name in ("users", "tracks", "likes")] == [(11, 0, 0, 0, 0, 11)] * 3
    assert copied == []
    assert set(LandedRecord.objects.values_list("entity__name", "key", "sha256", "run")) == landed
    script += "; UPDATE likes SET userId = 'nobody' WHERE id = 3; INSERT INTO likes VALUES (99, 'u1')"
    assert legacy.store(users=users, tracks=tracks, script=script)["likes"] == (12, 0, 0, 2, 0, 10)
    assert sorted(copied) == ["3", "99"]


def watched_copies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of what is copied to the server from now on; keys with line ends are not understood."""
    copied: list[str] = []
    copy_in = Session.copy_in

    def watched(session: Session, statement: str, block: bytes) -> None:
        copied.extend(line.split(b"\x02")[1].decode() for line in block.splitlines())
        copy_in(session, statement, block)

    monkeypatch.setattr(Session, "copy_in", watched)
    return copied


def test_what_refers_to_a_newer_record_is_looked_at_again_and_nothing_else(
    legacy: Legacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [{"id": f"u{n}", "bio": "old"} for n in range(3)]
    tracks = [{"id": f"t{n}", "artistId": f"u{n % 3}"} for n in range(6)]
    legacy.store(users=users, tracks=tracks)
    users[1]["bio"] = "new"
    copied = watched_copies(monkeypatch)

    found = legacy.store(users=users, tracks=tracks)

    assert (found["users"], found["tracks"]) == ((3, 1, 0, 0, 0, 2), (6, 0, 0, 0, 0, 6))
    assert copied == ["u1", "t1", "t4"]


def test_a_damaged_record_is_no_obstacle_to_the_next_import(tmp_path: Path) -> None:
    path, users = tmp_path / "production.db", [{"id": "u1", "bio": "old"}, {"id": "u2"}]
    tracks = [{"id": "t1", "artistId": "u1"}, {"id": "t2", "artistId": "u2"}]
    imported(legacy_file(path, users=users, tracks=tracks))
    LandedRecord.objects.filter(entity__name="tracks", key="t1").update(raw="{broken")
    path.unlink()
    users[1]["bio"] = "new"

    report = imported(legacy_file(path, users=users, tracks=tracks))

    assert counts(report)["tracks"] == (2, 0, 0, 0, 0, 2)
    assert [(one.key, one.column) for one in report.proofs.sql.named] == [("t1", "(landed record)")]


def test_an_orphan_is_loaded_when_its_user_appears(legacy: Legacy) -> None:
    tracks = [{"id": "t1", "artistId": "u1"}, {"id": "t2", "artistId": "u2"}]
    assert legacy.store(users=[{"id": "u1"}], tracks=tracks)["tracks"] == (2, 1, 0, 0, 1, 0)

    found = legacy.store(users=[{"id": "u1"}, {"id": "u2"}], tracks=tracks)

    assert (found["users"], found["tracks"]) == ((2, 1, 0, 0, 0, 1), (2, 1, 0, 0, 0, 1))
    assert Track.objects.get(id="t2").artist_id == "u2"
    assert not Rejection.objects.exists()


def test_a_rejected_record_is_loaded_when_it_is_corrected(legacy: Legacy) -> None:
    assert legacy.store(users=[{"createdAt": "never"}])["users"] == (1, 0, 0, 0, 1, 0)

    assert legacy.store(users=[{"createdAt": "2024-05-01"}])["users"] == (1, 1, 0, 0, 0, 0)

    assert (outcomes("users"), Rejection.objects.count()) == ({"u1": "loaded"}, 0)


def test_a_rejection_follows_its_record_to_another_reason(legacy: Legacy) -> None:
    track = [{"id": "t1", "artistId": "u1"}]
    legacy.store(users=[], tracks=track)
    assert reasons("tracks") == {"t1": ("missing_reference", "artistId")}

    found = legacy.store(users=[{"createdAt": "never"}], tracks=track)

    assert found["tracks"] == (1, 0, 0, 0, 1, 0)
    assert reasons("tracks") == {"t1": ("rejected_reference", "artistId")}
    assert legacy.store(users=[{"createdAt": "never"}], tracks=track)["tracks"] == (1, 0, 0, 0, 0, 1)


def test_a_record_that_changes_for_the_worse_keeps_its_row_and_is_reported(legacy: Legacy) -> None:
    tracks = [{"id": "t1", "artistId": "u1"}]
    legacy.store(users=[{"name": "Ann"}], tracks=tracks)

    found = legacy.store(users=[{"name": "Bea", "createdAt": "never"}], tracks=tracks)

    assert (found["users"], found["tracks"]) == ((1, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0, 1))
    assert User.objects.get().display_name == "Ann"
    assert reasons("users") == {"u1": ("not_a_time", "createdAt")}
    assert legacy.store(users=[{"name": "Bea"}], tracks=tracks)["users"] == (1, 1, 0, 0, 0, 0)
    assert (User.objects.get().display_name, Rejection.objects.count()) == ("Bea", 0)


def test_a_merged_record_that_changes_for_the_worse_stays_part_of_its_person(legacy: Legacy) -> None:
    ann, also_ann = {"id": "u1", "telegramId": "5"}, {"id": "u2", "telegramId": "5"}
    tracks = [{"id": "t1", "artistId": "u2"}]
    legacy.store(users=[ann, also_ann], tracks=tracks)

    legacy.store(users=[ann, {**also_ann, "createdAt": "never"}], tracks=tracks)

    assert outcomes("users") == {"u1": "loaded", "u2": "rejected"}
    assert (Track.objects.get().artist_id, User.objects.count()) == ("u1", 1)
    # Mended, it is merged again, and the person keeps the values of the first record.
    legacy.store(users=[ann, {**also_ann, "createdAt": "2024-05-01"}], tracks=tracks)
    assert outcomes("users") == {"u1": "loaded", "u2": "merged into u1"}
    assert User.objects.get().created_at != Track.objects.get().created_at


def test_a_person_with_a_row_who_proves_to_be_another_is_reported_and_not_merged_away(legacy: Legacy) -> None:
    legacy.store(users=[{"id": "u1", "solanaAddress": "W"}, {"id": "u2"}], tracks=[{"artistId": "u2"}])

    found = legacy.store(
        users=[{"id": "u1", "solanaAddress": "W"}, {"id": "u2", "solanaAddress": "W"}], tracks=[{"artistId": "u2"}]
    )

    assert found["users"] == (2, 0, 0, 0, 1, 1)
    assert reasons("users") == {"u2": ("conflicting_proof", "solanaAddress")}
    assert (User.objects.count(), Track.objects.get().artist_id) == (2, "u2")


def test_a_person_who_is_no_longer_another_gets_a_row_and_their_music(legacy: Legacy) -> None:
    first, second = {"id": "u1", "solanaAddress": "W"}, {"id": "u2", "solanaAddress": "W"}
    tracks = [{"id": "t1", "artistId": "u1"}, {"id": "t2", "artistId": "u2"}]
    legacy.store(users=[first, second], tracks=tracks)
    assert set(Track.objects.values_list("artist_id", flat=True)) == {"u1"}

    found = legacy.store(users=[first, {**second, "solanaAddress": "V"}], tracks=tracks)

    assert (found["users"], found["tracks"]) == ((2, 1, 0, 0, 0, 1), (2, 1, 0, 0, 0, 1))
    assert set(Track.objects.values_list("id", "artist_id")) == {("t1", "u1"), ("t2", "u2")}
    assert Identity.objects.get(provider="normaldance", subject="u2").user_id == "u2"


def test_a_memorial_follows_the_wallet_of_its_owner(legacy: Legacy) -> None:
    nfts = [
        {"id": "n1", "ownerId": "u1"},
        {"id": "n2", "ownerId": "u2"},
        {"id": "n3", "ownerId": "u1", "ownerAddress": "Own"},
    ]
    first, second = {"id": "u1", "solanaAddress": "V"}, {"id": "u2", "solanaAddress": "X"}
    legacy.store(users=[first, second], nfts=nfts)

    found = legacy.store(users=[{**first, "solanaAddress": "W"}, second], nfts=nfts)

    assert found["memorials"] == (3, 1, 0, 0, 0, 2)
    assert list(NFTMemorial.objects.order_by("id").values_list("owner_wallet", flat=True)) == ["W", "X", "Own"]
    assert legacy.store(users=[{**first, "solanaAddress": "W"}, second], nfts=nfts)["memorials"] == (3, 0, 0, 0, 0, 3)


def test_a_duplicate_is_loaded_when_the_first_lets_go_of_the_value(legacy: Legacy) -> None:
    legacy.store(users=[{"id": "u1", "email": "a@x"}, {"id": "u2", "email": "a@x"}])

    found = legacy.store(users=[{"id": "u1", "email": "b@x"}, {"id": "u2", "email": "a@x"}])

    # The second record has not changed; what it had to do without is given back.
    assert found["users"] == (2, 1, 0, 0, 0, 1)
    assert list(User.objects.order_by("id").values_list("id", "email", "contested_email")) == [
        ("u1", "b@x", None),
        ("u2", "a@x", None),
    ]


@pytest.mark.parametrize("size", [100, 1])
def test_people_exchange_their_addresses_and_a_third_one_waits(legacy: Legacy, size: int) -> None:
    def addresses(one: str, two: str) -> list[dict[str, Any]]:
        return [{"id": f"u{place}", "email": email} for place, email in enumerate((one, two, "b@x"), 1)]

    legacy.store(users=addresses("a@x", "b@x"))

    found = legacy.store(users=addresses("b@x", "a@x"), batch_size=size)

    assert found["users"] == (3, 2, 0, 0, 0, 1)
    assert set(User.objects.values_list("id", "email", "contested_email")) == {
        ("u1", "b@x", None),
        ("u2", "a@x", None),
        ("u3", None, "b@x"),
    }
    assert legacy.store(users=addresses("b@x", "a@x"))["users"] == (3, 0, 0, 0, 0, 3)


def test_tokens_exchange_their_addresses(legacy: Legacy) -> None:
    legacy.store(users=[], nfts=[{"id": f"n{n}", "mintAddress": mint} for n, mint in enumerate("abc")])

    # Each takes what another lets go of: a ring of three, and one that comes new.
    found = legacy.store(users=[], nfts=[{"id": f"n{n}", "mintAddress": mint} for n, mint in enumerate("bcda")])

    assert found["memorials"] == (4, 4, 0, 0, 0, 0)
    assert dict(NFTMemorial.objects.values_list("id", "memorial_id")) == {"n0": "b", "n1": "c", "n2": "d", "n3": "a"}


def test_a_token_whose_record_is_refused_keeps_its_address(legacy: Legacy) -> None:
    legacy.store(users=[], nfts=[{"id": "n1", "mintAddress": "a"}, {"id": "n2", "mintAddress": "b"}])

    legacy.store(
        users=[], nfts=[{"id": "n1", "mintAddress": "b"}, {"id": "n2", "mintAddress": "a", "createdAt": "never"}]
    )

    assert reasons("memorials") == {"n1": ("duplicate_value", "mintAddress"), "n2": ("not_a_time", "createdAt")}
    assert dict(NFTMemorial.objects.values_list("id", "memorial_id")) == {"n1": "a", "n2": "b"}


def test_a_row_that_staff_deleted_costs_only_what_needs_it(legacy: Legacy) -> None:
    users = [{"id": "u1"}, {"id": "u2"}]
    legacy.store(users=users)
    User.objects.get(id="u2").delete()

    legacy.path.unlink()
    report = imported(
        legacy_file(legacy.path, users=users, tracks=[{"id": f"t{n}", "artistId": f"u{n}"} for n in (1, 2)])
    )

    assert counts(report)["tracks"] == (2, 1, 0, 0, 1, 0)
    assert reasons("tracks") == {"t2": ("refused_by_database", "")}
    assert [(one.key, one.column) for one in report.proofs.source.changes] == [("u2", "(row)")]


def test_vanished_records_are_reported_stay_and_are_still_proven(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{"id": "u1", "solanaAddress": "W"}, {"id": "u2", "name": "Bea"}])
    imported(path)
    path.unlink()

    report = imported(legacy_file(path, users=[{"id": "u2", "name": "Bea"}, {"id": "u3"}]))

    assert report.ok
    assert report.vanished == (Vanished("users", 1, keys=["u1"]),)
    assert (User.objects.count(), LandedRecord.objects.count()) == (3, 3)


def test_vanished_records_are_removed_on_demand_unless_they_are_in_use(tmp_path: Path) -> None:
    people = [{"id": f"u{n}", "email": f"{n}@x"} for n in range(1, 6)]
    songs = [{"id": "t1", "artistId": "u1"}, {"id": "t2", "artistId": "u2"}]
    path = legacy_file(
        tmp_path / "p.db", users=people, tracks=songs, script="CREATE TABLE l (id); INSERT INTO l VALUES (1)"
    )
    imported(path)
    User.objects.filter(id="u3").update(bio="by staff")
    path.unlink()
    legacy_file(path, users=people[4:], tracks=songs[:1], script="CREATE TABLE l (id);")

    foreseen = imported(path, delete_vanished=True, dry_run=True)
    assert User.objects.count() == 5
    report = imported(path, delete_vanished=True)

    assert report.vanished == foreseen.vanished
    assert {one.entity: (one.count, one.removed, one.stay) for one in report.vanished} == {
        "users": (4, 2, 2),
        "tracks": (1, 1, 0),
        "l": (1, 1, 0),
    }
    # The first is the artist of a track that is still there; the third was changed since.
    assert set(User.objects.values_list("id", flat=True)) == {"u1", "u3", "u5"}
    assert imported(path, delete_vanished=True).vanished[0].removed == 0


def test_what_takes_the_place_of_a_vanished_record_gets_its_name(tmp_path: Path) -> None:
    """A row that was deleted and made anew has another key, and all that was unique of the old one."""
    path = legacy_file(tmp_path / "p.db", nfts=[{"id": "n1", "mintAddress": "M"}, {"id": "n2", "mintAddress": "N"}])
    imported(path)
    path.unlink()
    legacy_file(path, nfts=[{"id": "n2", "mintAddress": "N"}, {"id": "n9", "mintAddress": "M"}])

    foreseen = imported(path, delete_vanished=True, dry_run=True)
    report = imported(path, delete_vanished=True)

    assert report.ok
    assert outcomes("memorials") == {"n2": "loaded", "n9": "loaded"}
    assert set(NFTMemorial.objects.values_list("id", "memorial_id")) == {("n2", "N"), ("n9", "M")}
    assert report.vanished == foreseen.vanished == (Vanished("memorials", 1, removed=1, keys=["n1"]),)
    assert imported(path, delete_vanished=True).vanished == ()


@pytest.mark.parametrize("order", ["ABCD", "DCBA", "BDAC"])
def test_files_of_several_generations_can_follow_each_other(tmp_path: Path, order: str) -> None:
    for place, generation in enumerate(order):
        assert generation in GENERATIONS
        sample = write_sample(
            tmp_path / f"{generation}.db",
            generation=generation,
            users=210 + place,
            tracks=400 + place,  # type: ignore[arg-type]
        )
        report = imported(sample.path)
        assert (report.ok, report.proofs.sql.named, report.proofs.source.named) == (True, [], [])
    again = imported(sample.path)
    assert (again.ok, [one.unchanged for one in again.entities]) == (True, [one.read for one in again.entities])


def test_only_some_entities_at_a_time(tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "p.db", users=[{}], tracks=[{}], nfts=[{"ownerId": "u1", "trackId": "t1"}])

    assert counts(imported(path, only=["tracks"])) == {"tracks": (1, 0, 0, 0, 1, 0)}
    assert counts(imported(path, only=["users"])) == {"users": (1, 1, 0, 0, 0, 0)}
    assert counts(imported(path, only=["Nft", "tracks"])) == {
        "tracks": (1, 1, 0, 0, 0, 0),
        "memorials": (1, 1, 0, 0, 0, 0),
    }
    assert NFTMemorial.objects.values_list("owner_id", "track_id").get() == ("u1", "t1")
