"""Who is one person, who keeps a value, and who owns a token: over whole imports."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Identity, User
from catalog.legacy.normaldance import NOBODYS_SOLANA, NOBODYS_TON, NORMALDANCE
from catalog.models import NFTMemorial, Track
from operations.importing.declaration import PLACEHOLDERS
from operations.importing.inspection.inspector import inspect_source
from operations.models import Rejection
from tests.factories.accounts import UserFactory
from tests.operations.legacy_files import (
    TRACK,
    USER,
    Broken,
    imported,
    legacy_file,
    outcomes,
    reasons,
    state,
    undone,
)

pytestmark = pytest.mark.django_db


def people(path: Path, *users: dict[str, Any], **others: Any) -> Path:
    """A file of users u1, u2 and so on, with `tg`, `sol` and `ton` for short."""
    names = {"tg": "telegramId", "sol": "solanaAddress", "ton": "tonAddress"}
    rows = [
        {"id": f"u{place}"} | {names.get(name, name): value for name, value in user.items()}
        for place, user in enumerate(users, 1)
    ]
    return legacy_file(path, users=rows, **others)


CHAIN: tuple[dict[str, Any], ...] = (
    {"tg": "1"},
    {"tg": "1", "sol": "W"},
    {"sol": "W", "ton": "T"},
    {"tg": "2"},
    {"tg": "2", "sol": "W"},
    {"ton": "T"},
)


@pytest.mark.parametrize("size", [1, 2, 4, 100])
def test_a_chain_of_proofs_is_one_person_and_a_fork_is_nobody(tmp_path: Path, size: int) -> None:
    tracks = [{"id": f"t{n}", "artistId": f"u{n}"} for n in range(1, 7)]

    report = imported(people(tmp_path / "p.db", *CHAIN, tracks=tracks), batch_size=size)

    assert report.ok
    into = "merged into u1"
    assert outcomes("users") == {"u1": "loaded", "u2": into, "u3": into, "u4": "loaded", "u5": "rejected", "u6": into}
    assert reasons("users") == {"u5": ("conflicting_proof", "telegramId")}
    assert set(Identity.objects.values_list("provider", "subject", "user_id")) == {
        ("telegram", "1", "u1"),
        ("solana", "W", "u1"),
        ("ton", "T", "u1"),
        ("telegram", "2", "u4"),
        *(("normaldance", f"u{n}", "u4" if n == 4 else "u1") for n in (1, 2, 3, 4, 6)),
    }
    assert set(Track.objects.values_list("id", "artist_id")) == {
        ("t1", "u1"), ("t2", "u1"), ("t3", "u1"), ("t4", "u4"), ("t6", "u1"),
    }  # fmt: skip
    assert reasons("tracks") == {"t5": ("rejected_reference", "artistId")}


def test_a_telegram_id_is_a_number_however_it_is_written(tmp_path: Path) -> None:
    highest = 2**63 - 1
    path = people(
        tmp_path / "p.db",
        *({"tg": one} for one in ("7", 7, " 007 ", "+7", highest, 2**31, 7.0, "7.0")),
    )

    assert imported(path).ok
    assert set(User.objects.values_list("id", flat=True)) == {"u1", "u5", "u6"}
    found = Identity.objects.filter(provider="telegram").values_list("subject", flat=True)
    assert set(found) == {"7", str(highest), str(2**31)}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("00", "out_of_range"),
        (str(2**63), "out_of_range"),
        ("9" * 30, "out_of_range"),
        ("9" * 31, "not_an_id"),
        ("-5", "not_an_id"),
        ("@ann", "not_an_id"),
        ("7.5", "not_an_id"),
        ("٧", "not_an_id"),
        ("7\n", "not_an_id"),
        (b"7", "unstorable_text"),
        (Broken(b"7\xff"), "unstorable_text"),
        ("7\x00", "unstorable_text"),
    ],
)
def test_what_is_no_telegram_id_rejects_the_record(tmp_path: Path, value: Any, reason: str) -> None:
    assert imported(people(tmp_path / "p.db", {"tg": value}, {"tg": "7"})).ok

    assert reasons("users") == {"u1": (reason, "telegramId")}
    assert list(User.objects.values_list("id", flat=True)) == ["u2"]


NOTHING = (
    *({"tg": one, "sol": one, "ton": one, "email": one} for one in PLACEHOLDERS),
    *({"sol": one} for one in NOBODYS_SOLANA),
    *({"ton": one} for one in NOBODYS_TON),
)


@pytest.mark.parametrize("nothing", NOTHING, ids=lambda one: next(iter(one.values())))
def test_what_programs_write_for_nobody_makes_no_two_people_one(tmp_path: Path, nothing: dict[str, str]) -> None:
    path = people(tmp_path / "p.db", nothing, nothing, {**nothing, "tg": "7"}, {**nothing, "tg": "7"})

    inspection = inspect_source(NORMALDANCE, f"sqlite:///{path}")
    report = imported(path)

    assert report.ok
    assert outcomes("users") == {"u1": "loaded", "u2": "loaded", "u3": "loaded", "u4": "merged into u3"}
    [prediction] = [one.prediction for one in inspection.entities if one.entity == "users"]
    assert (prediction.loaded, prediction.merged, prediction.rejected) == (3, 1, 0)
    assert set(User.objects.values_list("email", "contested_email")) == {(None, None)}
    proven = Identity.objects.exclude(provider="normaldance").values_list("provider", "subject", "user")
    assert list(proven) == [("telegram", "7", "u3")]


def test_wallets_are_compared_as_they_are_written_but_for_blanks_around(tmp_path: Path) -> None:
    path = people(
        tmp_path / "p.db", {"sol": "Wa"}, {"sol": " Wa "}, {"sol": "wa"}, {"sol": ""}, {"sol": " "}, {"sol": None}
    )

    assert imported(path).ok
    assert set(User.objects.values_list("id", flat=True)) == {"u1", "u3", "u4", "u5", "u6"}
    assert set(Identity.objects.filter(provider="solana").values_list("subject", "user_id")) == {
        ("Wa", "u1"),
        ("wa", "u3"),
    }


def test_addresses_are_one_if_they_are_spelled_alike(tmp_path: Path) -> None:
    emails = ["a@x.ru", "A@x.ru", "a@x.ru", "", "", None, None, " a@x.ru"]

    assert imported(people(tmp_path / "p.db", *({"email": one} for one in emails))).ok

    assert User.objects.filter(email=None, contested_email=None).count() == 4
    assert list(User.objects.exclude(contested_email=None).values_list("id", "email", "contested_email")) == [
        ("u3", None, "a@x.ru")
    ]
    assert not Rejection.objects.exists()


def test_somebody_who_was_here_before_keeps_key_and_address(tmp_path: Path) -> None:
    staff = UserFactory(id="u1", email="staff@x.ru")
    path = people(
        tmp_path / "p.db", {"email": "u1@x.ru"}, {"email": "staff@x.ru"}, {"sol": "W"}, tracks=[{"artistId": "u1"}]
    )

    assert imported(path).ok
    staff.refresh_from_db()
    assert staff.email == "staff@x.ru"
    assert set(User.objects.values_list("id", "email")) == {
        ("u1", "staff@x.ru"),
        ("normaldance:u1", "u1@x.ru"),
        ("u2", None),
        ("u3", None),
    }
    assert User.objects.get(id="u2").contested_email == "staff@x.ru"
    assert User.objects.known_as("normaldance", "u1").get().id == "normaldance:u1"
    assert Track.objects.get().artist_id == "normaldance:u1"
    assert not Rejection.objects.exists()


def test_somebody_known_by_wallet_from_elsewhere_is_found_again(tmp_path: Path) -> None:
    known = UserFactory(id="telegram-5")
    known.identities.create(provider="telegram", subject="5")

    assert imported(people(tmp_path / "p.db", {"tg": "5", "sol": "W"}, {"sol": "W"})).ok

    assert outcomes("users") == {"u1": "merged into telegram-5", "u2": "merged into telegram-5"}
    assert list(User.objects.values_list("id", flat=True)) == ["telegram-5"]


def test_a_memorial_takes_the_wallet_of_its_own_record_and_else_that_of_its_owner(tmp_path: Path) -> None:
    nfts = [
        {"id": "n1", "ownerId": "u1", "ownerAddress": "Own"},
        {"id": "n2", "ownerId": "u1", "ownerAddress": ""},
        {"id": "n3", "ownerId": "u2"},  # merged into u1, which has another wallet
        {"id": "n4", "ownerId": "u3"},
        {"id": "n5", "ownerId": ""},
        {"id": "n6"},
        {"id": "n7", "ownerId": "u1", "ownerAddress": "null"},
        {"id": "n8", "ownerId": "u5", "ownerAddress": NOBODYS_SOLANA[0]},
    ]
    # The fourth has no key, so the tokens that name no owner are not theirs.
    users = [
        {"sol": "W1", "tg": "1"},
        {"tg": "1", "address": "W2"},
        {"sol": ""},
        {"id": "", "sol": "W4"},
        {"sol": "N/A"},
    ]

    assert imported(people(tmp_path / "p.db", *users, nfts=nfts)).ok

    assert list(NFTMemorial.objects.order_by("id").values_list("owner_id", "owner_wallet")) == [
        ("u1", "Own"),
        ("u1", "W1"),
        ("u1", "W2"),
        ("u3", None),
        (None, None),
        (None, None),
        ("u1", "W1"),
        ("u5", None),
    ]


few = st.sampled_from
user_rows = st.fixed_dictionaries(
    {
        "telegramId": few([None, "", "1", "2", "01", "@x"]),
        "solanaAddress": few([None, "", "V", "W"]),
        "tonAddress": few([None, None, "S", "T"]),
        "email": few([None, "", "a@x", "b@x", "A@x"]),
        "createdAt": few([1, 1, 1, "never"]),
    }
)
track_rows = st.fixed_dictionaries(
    {
        "artistId": few(["u0", "u1", "u2", "u3", "", "gone"]),
        "title": few(["T", "T", " "]),
        "metadata": few([None, "{", "[" * 9_000]),
    }
)
nft_rows = st.fixed_dictionaries(
    {
        "mintAddress": few([None, "m", "n1"]),
        "ownerId": few([None, "u0", "u1", "u2"]),
        "trackId": few([None, "t0", "t1"]),
    }
)


def keyed(letter: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"{letter}{place}", **row} for place, row in enumerate(rows)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    users=st.lists(user_rows, max_size=7),
    tracks=st.lists(track_rows, max_size=4),
    nfts=st.lists(nft_rows, max_size=4),
)
def test_however_records_fall_into_batches_the_outcome_is_the_same(
    users: list[dict[str, Any]], tracks: list[dict[str, Any]], nfts: list[dict[str, Any]]
) -> None:
    ends = []
    with TemporaryDirectory() as folder:
        path = legacy_file(
            Path(folder) / "p.db", users=keyed("u", users), tracks=keyed("t", tracks), nfts=keyed("n", nfts)
        )
        for size in (20_000, 1, 3):
            with undone():
                report = imported(path, batch_size=size)
                assert report.ok
                ends.append((report.entities, state()))
                again = imported(path)
                assert again.ok
                assert state() == ends[-1][1]
                assert all(one.unchanged == one.read for one in again.entities)

    assert all(one == ends[0] for one in ends)


def test_what_the_helpers_leave_out_is_loadable(tmp_path: Path) -> None:
    assert imported(legacy_file(tmp_path / "p.db", users=[USER], tracks=[TRACK], nfts=[{}])).ok

    assert (User.objects.count(), Track.objects.count(), NFTMemorial.objects.count()) == (1, 1, 1)
