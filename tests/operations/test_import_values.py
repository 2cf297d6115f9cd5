"""Values over a whole import: what stands in the file stands in the row, or the record is rejected and says why."""

from __future__ import annotations

import json
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalog.models import NFTMemorial, Track
from operations.models import LandedRecord, Rejection
from tests.operations.legacy_files import Broken, counts, imported, legacy_file, reasons, undone
from tests.operations.legacy_values import stored

pytestmark = pytest.mark.django_db


def tracks(path: Path, *rows: dict[str, Any]) -> Path:
    """A file of tracks t1, t2 and so on by one artist."""
    return legacy_file(
        path, users=[{"id": "u1"}], tracks=[{"id": f"t{place}", **row} for place, row in enumerate(rows, 1)]
    )


def test_text_arrives_to_the_last_byte(tmp_path: Path) -> None:
    titles = [
        "%s %d %%",
        "\\N",
        "\\.",
        "a\tb\nc\rd",
        "\rx",
        "\x01\x02",
        "e\u0301",
        "é",
        "x ",
        " x",
        "\u2028",
        "👩🏽‍🎤" * 9,
        "x" * 5_000_000,
    ]

    assert imported(tracks(tmp_path / "p.db", *({"title": title} for title in titles)), batch_size=7).ok

    found = dict(Track.objects.values_list("id", "title"))
    assert found == {f"t{place}": title for place, title in enumerate(titles, 1)}


def test_money_of_a_real_column_is_exact(tmp_path: Path) -> None:
    prices = [0.1 + 0.2, 1.1, 1e-9, 0, None, "2.50", 19.99, 99_999_999_999.0]

    assert imported(tracks(tmp_path / "p.db", *({"price": price, "currency": ""} for price in prices))).ok

    found = Track.objects.order_by("id").values_list("price", "currency")
    expected = ["0.3", "1.1", "1e-9", "0", None, "2.50", "19.99", "99999999999"]
    assert list(found) == [(price and Decimal(price), None) for price in expected]


def test_json_too_deep_for_the_server_costs_its_own_record_only(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"metadata": '{"n": 1}'} for _ in range(40)]
    rows[17]["metadata"] = "[" * 20_000 + "]" * 20_000
    rows[30]["metadata"] = '{"a": ' * 50_000
    rows[31]["metadata"] = "[" * 501 + "]" * 501

    report = imported(tracks(tmp_path / "p.db", *rows))

    assert report.ok
    assert counts(report)["tracks"] == (40, 37, 0, 0, 3, 0)
    assert reasons("tracks") == {
        "t18": ("refused_by_database", ""),
        "t31": ("refused_by_database", ""),
        "t32": ("too_deep", "metadata"),
    }
    rejection = Rejection.objects.get(key="t18")
    assert rejection.sentence == "PostgreSQL refuses the record: stack depth limit exceeded"
    assert imported(tmp_path / "p.db").entities[1].unchanged == 40


def test_a_rejection_shows_the_column_that_the_value_came_from(tmp_path: Path) -> None:
    bad = {
        "artistId": "gone",
        "price": "free",
        "isMinted": "maybe",
        "createdAt": "never",
        "title": " ",
        "coverArt": b"\x89PNG",
    }
    user = {"id": "u1", "userId": "u1"}

    assert imported(
        legacy_file(tmp_path / "p.db", users=[user], tracks=[bad, {"id": "t2", "artistId": "", "userId": "u9"}])
    ).ok

    first = Rejection.objects.get(key="t1")
    assert [(one["reason"], one["column"], one["value"]) for one in first.problems] == [
        ("missing", "title", " "),
        ("missing_reference", "artistId", "gone"),
        ("unstorable_text", "coverArt", "{'$blob': 'iVBORw=='}"),
        ("not_a_number", "price", "free"),
        ("not_boolean", "isMinted", "maybe"),
        ("not_a_time", "createdAt", "never"),
    ]
    assert (first.reason, first.column, first.value) == ("missing", "title", " ")
    assert first.sentence == "title is empty, and the record means nothing without it."
    assert reasons("tracks")["t2"] == ("missing_reference", "userId")


def test_the_raw_record_holds_what_the_row_cannot(tmp_path: Path) -> None:
    row = {
        "title": "a\x00b",
        "genre": Broken(b"caf\xe9"),
        "price": float("inf"),
        "plan %s": b"\x00\xff",
        "level": "GOLD",
    }

    assert imported(tracks(tmp_path / "p.db", row)).ok

    landed = LandedRecord.objects.get(key="t1")
    raw = json.loads(landed.raw)
    assert raw["title"] == {"$bytes": b64encode(b"a\0b").decode()}
    assert raw["genre"] == {"$bytes": b64encode(b"caf\xe9").decode()}
    assert raw["price"] == {"$real": "inf"}
    assert (raw["plan %s"], raw["level"]) == ({"$blob": "AP8="}, "GOLD")
    assert landed.unstorable == "title\ngenre\nprice\nplan %s"


def test_the_rest_of_a_token_becomes_the_metadata_of_its_memorial(tmp_path: Path) -> None:
    nft = {
        "name": "Dawn",
        "metadata": "{not json",
        "price": 1e22,
        "big": 2**63 - 1,
        "tiny": 5e-324,
        "blob": b"\x00",
        "odd %s": "\\u0000",
    }

    assert imported(legacy_file(tmp_path / "p.db", nfts=[{"id": "n1", "blockchain": "SOL", **nft}])).ok

    memorial = NFTMemorial.objects.get()
    assert memorial.memorial_id == "n1"
    assert memorial.metadata == nft | {"blockchain": "SOL", "blob": {"$blob": "AA=="}}


def test_what_a_record_lacks_is_null_and_not_now(tmp_path: Path) -> None:
    assert imported(legacy_file(tmp_path / "p.db", users=[{"id": "u1", "createdAt": None}], nfts=[{}])).ok

    user, memorial = User.objects.get(), NFTMemorial.objects.get()
    assert (user.created_at, user.updated_at, memorial.created_at, memorial.updated_at) == (None, None, None, None)
    assert (user.email, user.display_name, user.is_active, user.is_artist) == (None, None, True, False)
    assert (user.password, user.is_staff, user.is_superuser, user.has_usable_password()) == ("!", False, False, False)


def rows_of(*columns: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Records with any value in one or two of the columns."""
    return st.lists(st.dictionaries(st.sampled_from(columns), stored, max_size=2), max_size=12)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    users=rows_of("id", "email", "name", "telegramId", "solanaAddress", "isArtist", "createdAt", "bio", "odd"),
    music=rows_of(
        "id", "title", "artistId", "genre", "duration", "price", "metadata", "isMinted", "releaseDate", "playCount"
    ),
    nfts=rows_of("id", "mintAddress", "ownerId", "ownerAddress", "trackId", "metadata", "createdAt"),
)
def test_whatever_a_file_holds_every_record_is_accounted_for_and_proven(
    users: list[dict[str, Any]], music: list[dict[str, Any]], nfts: list[dict[str, Any]]
) -> None:
    def keyed(letter: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"id": f"{letter}{place}", **row} for place, row in enumerate(rows, 1)]

    with TemporaryDirectory() as folder, undone():
        path = legacy_file(
            Path(folder) / "p.db", users=keyed("u", users), tracks=keyed("t", music), nfts=keyed("n", nfts), key=""
        )
        report = imported(path)
        again = imported(path)

    assert (report.proofs.sql.named, report.proofs.source.named, report.ok) == ([], [], True)
    assert {one.entity: one.read for one in report.entities} == {
        "users": len(users), "tracks": len(music), "memorials": len(nfts)
    }  # fmt: skip
    assert (again.ok, [one.unchanged for one in again.entities]) == (True, [one.read for one in again.entities])
