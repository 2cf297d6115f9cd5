"""The giveaway tool's Redis, imported: every record ends as the sample states."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import redis

from accounts.models import Identity, User
from giveaways.legacy.giveaways import GIVEAWAY_TOOL
from giveaways.legacy.sample import Sample, write_sample
from giveaways.models import (
    Giveaway,
    GiveawayPrize,
    Participant,
    PreWinnerList,
    Prize,
    Requirement,
    Sponsor,
    Ticket,
    WinRecord,
)
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.report import ImportReport
from operations.importing.undo import find_run, undo_run
from operations.importing.verifying import verify_source
from operations.models import LandedRecord, Rejection
from operations.sandbox import Sandbox

pytestmark = pytest.mark.django_db

ONE, OTHER, THIRD = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
GIVEAWAY = {
    "id": ONE,
    "creator_id": 7,
    "title": "Кружка <3",
    "description": "",
    "started_at": "2025-06-01T10:00:00.123456789+03:00",
    "ends_at": "0001-01-01T00:00:00Z",
    "duration": 300,
    "winners_count": 1,
    "status": "completed",
    "created_at": "2025-06-01T10:00:00+03:00",
    "updated_at": "0001-01-01T00:00:00Z",
    "allow_tickets": False,
    "requirements": None,
    "msg_id": 0,
    "sponsors": None,
}


@pytest.fixture(scope="module")
def store() -> Iterator[Sandbox]:
    with Sandbox(("cache",)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[Sandbox, Sample]]:
    with Sandbox(("cache",)) as sandbox:
        sample = write_sample(sandbox.cache.url, giveaways=150, users=400, entrants=5_000, seed=5)
        with closing(redis.Redis.from_url(sandbox.cache.url)) as client:
            for key in sample.locks:
                client.persist(key)
        yield sandbox, sample


@pytest.fixture
def client(store: Sandbox) -> Iterator[redis.Redis]:
    with closing(redis.Redis.from_url(store.cache.url)) as client:
        client.flushall()
        yield client


def imported(sandbox: Sandbox, **options: Any) -> ImportReport:
    return import_source(GIVEAWAY_TOOL, sandbox.cache.url, Options(**options))


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int, int, int]]:
    return {
        one.entity: (one.read, one.loaded, one.merged, one.kept, one.rejected, one.unchanged) for one in report.entities
    }


def reasons(entity: str) -> Counter[tuple[str, str]]:
    return Counter(Rejection.objects.filter(entity__name=entity).values_list("reason", "column"))


def write(client: redis.Redis, **values: Any) -> None:
    """Giveaways by their numbers' names, people by theirs."""
    for name, value in values.items():
        key = f"user:{name[1:]}" if name.startswith("u") else f"giveaway:{value['id']}"
        client.set(key, json.dumps(value))


def test_every_record_of_a_sample_ends_as_it_states(filled: tuple[Sandbox, Sample]) -> None:
    sandbox, sample = filled

    report = imported(sandbox)

    assert report.ok
    found = {one.entity: one for one in report.entities}
    for entity in (
        "users",
        "giveaways",
        "giveaway_prizes",
        "giveaway_sponsors",
        "requirements",
        "participants",
        "tickets",
    ):
        assert found[entity].read == sample.records[entity], entity
        assert found[entity].rejected == sample.fates(entity)["rejected"], entity
        assert found[entity].loaded == found[entity].read - found[entity].rejected, entity
    assert found["win_records"].read + found["nameless_wins"].kept == sample.records["win_records"]
    assert found["win_records"].rejected == sample.fates("win_records")["rejected"]
    assert found["winners"].read + found["winners_recorded"].kept == sample.records["winners"]
    assert set(map(str, sample.strangers)) <= set(
        LandedRecord.objects.filter(entity__name="strangers", outcome="loaded").values_list("key", flat=True)
    )
    for entity in ("user_channels", "participants_count", "memberships", "prize_assignments", "ton_proofs", "locks"):
        assert found[entity].kept == found[entity].read == sample.records[entity], entity


def test_a_second_import_writes_nothing_and_an_undo_leaves_nothing(filled: tuple[Sandbox, Sample]) -> None:
    sandbox, _ = filled
    first = imported(sandbox)

    second = imported(sandbox)

    for one in second.entities:
        assert (one.loaded, one.merged, one.kept) == (0, 0, 0), one
        assert one.unchanged == one.read, one
    undone = undo_run(find_run(first.run), planned=False)
    assert undone.staying == 0
    assert not LandedRecord.objects.exists()
    for model in (User, Identity, Giveaway, Prize, Sponsor, Participant, Ticket, WinRecord, Requirement):
        assert not model.objects.exists(), model


def test_a_landed_record_of_what_is_no_key_is_named_and_undone(store: Sandbox, client: redis.Redis) -> None:
    write(client, u7={"id": 7}, g=GIVEAWAY)
    report = imported(store)
    LandedRecord.objects.filter(entity__name="giveaways").update(target="~")

    proofs = verify_source(GIVEAWAY_TOOL, store.cache.url)

    named = {(one.key, one.column) for one in proofs.sql.named + proofs.source.named}
    assert (ONE, "(row)") in named
    undo_run(find_run(report.run), planned=False)
    # The row is not known to be that record's: it stays, and with it its creator.
    assert [*LandedRecord.objects.values_list("entity__name", flat=True)] == ["users"]
    assert Giveaway.objects.get().creator == User.objects.get()


def test_a_dry_run_and_the_inspection_foresee_every_count(filled: tuple[Sandbox, Sample]) -> None:
    sandbox, _ = filled
    inspection = inspect_source(GIVEAWAY_TOOL, sandbox.cache.url)

    rehearsed = imported(sandbox, dry_run=True)

    assert not LandedRecord.objects.exists()
    real = imported(sandbox)
    assert counts(rehearsed) == counts(real)
    assert {one.entity: one.reasons for one in rehearsed.entities} == {one.entity: one.reasons for one in real.entities}
    foreseen = {one.entity: one.prediction for one in inspection.entities}
    for one in real.entities:
        if one.entity in foreseen:
            prediction = foreseen[one.entity]
            assert (prediction.loaded, prediction.merged, prediction.rejected, prediction.reasons) == (
                one.loaded,
                one.merged,
                one.rejected,
                one.reasons,
            ), one.entity


def test_an_end_beyond_every_date_is_foreseen(store: Sandbox, client: redis.Redis) -> None:
    spans = (300, 10**9, 10**12, 10**15, -1, "long")
    every = {
        f"g{number}": GIVEAWAY | {"id": str(UUID(int=number)), "duration": span} for number, span in enumerate(spans, 1)
    }
    write(client, u7={"id": 7}, **every)
    inspection = inspect_source(GIVEAWAY_TOOL, store.cache.url)

    report = imported(store)

    [foreseen] = [one for one in inspection.entities if one.entity == "giveaways"]
    [found] = [one for one in report.entities if one.entity == "giveaways"]
    assert found.reasons == {"negative": 1, "not_integer": 1, "out_of_range": 2}
    assert (foreseen.prediction.loaded, foreseen.prediction.reasons) == (found.loaded, found.reasons)
    assert {column.name for column in foreseen.columns if column.use == "unknown"} == set()


def test_a_giveaway_has_its_real_end_and_no_invented_time(store: Sandbox, client: redis.Redis) -> None:
    write(client, g1=GIVEAWAY, u7={"id": 7, "username": "", "status": "banned", "role": "user", "first_name": "Аня"})
    client.sadd(f"giveaway:{ONE}:participants", "8")

    report = imported(store)

    assert report.ok
    giveaway = Giveaway.objects.get()
    assert giveaway.started_at == datetime(2025, 6, 1, 7, 0, 0, 123456, tzinfo=UTC)
    assert giveaway.ends_at == datetime(2025, 6, 1, 7, 5, 0, 123456, tzinfo=UTC)
    assert (giveaway.updated_at, giveaway.message_id, giveaway.max_participants) == (None, None, None)
    creator = giveaway.creator
    assert (creator.is_banned, creator.username, creator.first_name) == (True, None, "Аня")
    entry = Participant.objects.get()
    assert entry.joined_at is None
    assert (entry.user_id, entry.user.created_at) == ("8", None)
    assert set(Identity.objects.values_list("provider", "subject")) == {
        ("telegram", "7"),
        ("telegram", "8"),
        ("giveaways", "7"),
        ("giveaways", "8"),
    }


def test_places_for_all_lost_prizes_and_requirements_of_every_generation(store: Sandbox, client: redis.Redis) -> None:
    places = [
        {"place": "all", "prize_id": "", "prize_type": "custom"},
        {"place": 1, "prize_id": THIRD, "prize_type": ""},
    ]
    embedded = [{"name": "Follow @a", "type": "subscription", "username": "@a"}]
    write(client, g1=GIVEAWAY | {"prizes": places, "requirements": embedded}, u7={"id": 7})
    write(client, g2=GIVEAWAY | {"id": OTHER, "requirements": embedded}, g3=GIVEAWAY | {"id": THIRD})
    old = {"enabled": True, "requirements": [{"type": "boost", "chat_id": -100123, "min_level": 2}], "join_type": "any"}
    client.set(f"giveaway:{ONE}:requirements", json.dumps(old))
    client.set(f"giveaway:{THIRD}:requirements", "[{")

    report = imported(store)

    assert report.ok
    assert list(GiveawayPrize.objects.order_by("position").values_list("place", "prize", "type")) == [
        (None, None, "custom"),
        (1, None, ""),
    ]
    first = Requirement.objects.get(giveaway_id=ONE)
    assert (first.type, first.chat_id, first.min_level) == ("boost", -100123, 2)
    assert first.extra == {"enabled": True, "join_type": "any"}
    assert Requirement.objects.get(giveaway_id=OTHER).username == "@a"
    assert reasons("requirements") == {("invalid_json", "value"): 1}
    assert counts(report)["requirement_copies"] == (1, 0, 0, 1, 0, 0)


def test_a_channel_that_is_named_where_its_number_stands_is_known_by_its_name(
    store: Sandbox, client: redis.Redis
) -> None:
    write(client, u7={"id": 7}, g1=GIVEAWAY)
    chats: list[dict[str, Any]] = [
        {"chat_id": "@news"}, {"chat_id": "news", "username": ""}, {"chat_id": "@news", "username": "@other"},
        {"chat_id": "-1001", "username": "@news"}, {"chat_id": ""}, {"chat_id": None},
    ]  # fmt: skip
    asked = [{"name": "", "type": "boost", "value": ["@news"]} | chat for chat in chats]
    client.set(f"giveaway:{ONE}:requirements", json.dumps(asked))

    assert imported(store).ok

    found = Requirement.objects.order_by("position").values_list("username", "chat_id", "extra")
    value = {"value": ["@news"]}
    assert list(found) == [
        ("@news", None, value),
        ("news", None, value),
        ("@other", None, value | {"chat": "@news"}),
        ("@news", -1001, value),
        (None, None, value),
        (None, None, value),
    ]


def test_a_list_of_winners_to_be_may_be_empty(store: Sandbox, client: redis.Redis) -> None:
    write(client, u7={"id": 7}, g1=GIVEAWAY)
    client.set(f"pre_winner_list:{ONE}", json.dumps({"giveaway_id": ONE, "user_ids": None, "users": None}))

    assert imported(store).ok

    assert PreWinnerList.objects.values_list("user_ids", "users").get() == ([], None)


def test_requirements_inside_a_giveaway_may_be_of_the_first_generation(store: Sandbox, client: redis.Redis) -> None:
    old = {"enabled": True, "requirements": [{"type": "boost", "chat_id": -1001}], "join_type": "all"}
    write(client, u7={"id": 7}, g1=GIVEAWAY | {"requirements": old})
    write(client, g2=GIVEAWAY | {"id": OTHER, "requirements": old})
    write(client, g3=GIVEAWAY | {"id": THIRD, "requirements": old | {"requirements": None}})
    client.set(f"giveaway:{OTHER}:requirements", "[]")

    report = imported(store)

    assert report.ok
    required = Requirement.objects.get()
    assert (required.giveaway_id, required.type, required.chat_id) == (UUID(ONE), "boost", -1001)
    assert required.extra == {"enabled": True, "join_type": "all"}
    assert counts(report)["requirement_copies"] == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    "broken", ["junk", 5, True, {}, {"place": 1, "type": "boost", "id": 5}], ids=("text", "number", "true", "{}", "one")
)
def test_a_list_that_is_no_array_is_rejected_as_one_part(store: Sandbox, client: redis.Redis, broken: Any) -> None:
    lists = ("prizes", "sponsors", "requirements")
    write(client, u7={"id": 7}, g1=GIVEAWAY | dict.fromkeys(lists, broken))
    write(client, g2=GIVEAWAY | {"id": OTHER} | dict.fromkeys(lists), g3=GIVEAWAY | {"id": THIRD})
    client.set(f"giveaway:{THIRD}:requirements", json.dumps(broken))

    report = imported(store)

    assert report.ok
    assert Giveaway.objects.count() == 3
    found = counts(report)
    for entity in ("giveaway_prizes", "sponsors", "giveaway_sponsors"):
        assert found[entity] == (1, 0, 0, 0, 1, 0), entity
    assert found["requirements"] == (2, 0, 0, 0, 2, 0)
    for entity in ("giveaway_prizes", "sponsors", "requirements"):
        assert {*reasons(entity)} == {("not_an_object", "value")}, entity


def test_sponsors_share_an_id_and_a_channel_changes_its_title(store: Sandbox, client: redis.Redis) -> None:
    shown = [
        {"id": 0, "title": "A", "username": "a"},
        {"id": 0, "title": "B", "username": "b"},
        {"id": 5, "title": "C"},
    ]
    write(client, u7={"id": 7}, g1=GIVEAWAY | {"sponsors": shown})
    write(client, g2=GIVEAWAY | {"id": OTHER, "sponsors": [{"id": 5, "title": "C again"}, shown[0]]})

    assert imported(store).ok

    assert set(Sponsor.objects.values_list("channel_id", "title")) == {
        (None, "A"),
        (None, "B"),
        (5, "C"),
        (5, "C again"),
    }
    other = Giveaway.objects.get(pk=OTHER).giveaway_sponsors.order_by("position")
    assert [link.sponsor.title for link in other] == ["C again", "A"]


def test_winners_of_an_array_are_wins_unless_a_record_says_so(store: Sandbox, client: redis.Redis) -> None:
    write(client, u7={"id": 7}, u8={"id": 8}, g1=GIVEAWAY)
    client.set(f"giveaway:{ONE}:winners", json.dumps([{"user_id": 7, "place": 1}, {"user_id": 8, "place": 3}]))
    win = {"id": OTHER, "giveaway_id": ONE, "user_id": 7, "prize_id": "", "place": 1, "status": "distributed"}
    client.set(f"win_record:{OTHER}", json.dumps(win))
    client.set("win_record:", json.dumps(win | {"id": ""}))

    report = imported(store)

    assert report.ok
    wins = WinRecord.objects.order_by("place").values_list("user", "place", "status", "prize", "created_at")
    assert list(wins) == [("7", 1, "distributed", None, None), ("8", 3, "pending", None, None)]
    assert counts(report)["winners_recorded"] == counts(report)["nameless_wins"] == (1, 0, 0, 1, 0, 0)


EXACT = 2**53 + 1  # as a float it is 2**53


@pytest.mark.parametrize(
    ("recorded", "listed", "wins"),
    [
        (2, "2", 1),
        ("2", 2, 1),
        (EXACT, str(EXACT), 1),
        (str(EXACT), EXACT, 1),
        (EXACT, EXACT - 1, 2),
        (str(EXACT), EXACT - 1, 2),
        (EXACT, str(EXACT - 1), 2),
    ],
)
def test_a_winner_has_one_win_whether_ids_are_numbers_or_text(
    store: Sandbox, client: redis.Redis, recorded: int | str, listed: int | str, wins: int
) -> None:
    write(client, u7={"id": 7}, g1=GIVEAWAY)
    client.set(f"giveaway:{ONE}:winners", json.dumps([{"user_id": listed, "username": "a", "place": 1}]))
    win = {"id": OTHER, "giveaway_id": ONE, "user_id": recorded, "place": 1, "status": "distributed"}
    client.set(f"win_record:{OTHER}", json.dumps(win))

    report = imported(store)

    assert report.ok
    assert WinRecord.objects.count() == wins
    assert set(WinRecord.objects.values_list("user", flat=True)) == {str(recorded), str(listed)}
    assert counts(report)["winners_recorded"][0] == 2 - wins


@pytest.mark.parametrize("missing", ["user_id", "giveaway_id"])
def test_a_win_record_of_nobody_hides_no_winner(store: Sandbox, client: redis.Redis, missing: str) -> None:
    write(client, u7={"id": 7}, g1=GIVEAWAY)
    client.set(f"giveaway:{ONE}:winners", json.dumps([{"user_id": 7, "place": 1}]))
    win = {"id": OTHER, "giveaway_id": ONE, "user_id": 7, "place": 1, "status": "distributed"}
    client.set(f"win_record:{OTHER}", json.dumps(win | {missing: None}))

    report = imported(store)

    assert report.ok
    assert counts(report)["winners"] == (1, 1, 0, 0, 0, 0)
    assert counts(report)["win_records"] == (1, 0, 0, 0, 1, 0)


def test_a_list_of_winners_keeps_its_expiry_as_a_moment(store: Sandbox, client: redis.Redis) -> None:
    write(client, u7={"id": 7}, g1=GIVEAWAY | {"status": "custom"})
    value = {"giveaway_id": ONE, "user_ids": [7, 2**53 + 1], "users": None, "created_at": 1_795_188_527}
    client.set(f"pre_winner_list:{ONE}", json.dumps(value), pxat=4_102_444_800_123)

    assert imported(store).ok

    listed = PreWinnerList.objects.get()
    assert listed.user_ids == [7, 2**53 + 1]
    assert listed.users is None
    assert listed.created_at == datetime.fromtimestamp(1_795_188_527, UTC)
    assert listed.expires_at == datetime(2100, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)


def test_a_stranger_who_gets_a_key_is_the_same_person(store: Sandbox, client: redis.Redis) -> None:
    write(client, u7={"id": 7}, g1=GIVEAWAY)
    client.sadd(f"giveaway:{ONE}:participants", "8")
    imported(store)
    write(client, u8={"id": 8, "status": "banned"})

    report = imported(store)

    assert counts(report)["users"] == (2, 1, 0, 0, 0, 1)
    assert User.objects.count() == 2
    assert Participant.objects.get().user.is_banned
    assert report.proofs.sql.differences == 0


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("user:9", b"{", ("invalid_json", "value")),
        ("user:9", b"[]", ("not_an_object", "value")),
        ("user:9", b'{"id": 10}', ("disagrees", "value.id")),
        ("user:9", b'{"first_name": "\\u0000"}', ("unstorable_json", "value")),
        ("user:9", b'{"first_name": "\xff"}', ("unstorable_text", "value")),
        ("user:9", b'{"id": 9, "status": "gone"}', ("not_boolean", "value.status")),
        ("user:99999999999999999999", b"{}", ("out_of_range", "telegram_id")),
    ],
)
def test_a_broken_value_is_rejected_alone(
    store: Sandbox, client: redis.Redis, key: str, value: bytes, reason: tuple[str, str]
) -> None:
    write(client, u7={"id": 7})
    client.set(key, value)

    report = imported(store)

    assert report.ok
    assert counts(report)["users"] == (2, 1, 0, 0, 1, 0)
    assert reasons("users") == {reason: 1}


def test_keys_of_other_forms_are_kept(store: Sandbox, client: redis.Redis) -> None:
    write(client, u7={"id": 7})
    client.set("user:007", "{}")
    client.sadd(f"giveaway:{ONE}", "7")
    client.rpush("queue", "a", "a", b"\xff")

    report = imported(store)

    assert report.ok
    assert counts(report)["unknown"] == (5, 0, 0, 5, 0, 0)
