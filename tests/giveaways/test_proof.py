"""What is published of a draw, and that docs/verify_draw.py finds whatever was bent."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from giveaways.actions.closing import close
from giveaways.actions.drawing import advance, commit_to_draw, complete_with_list
from giveaways.actions.freezing import freeze
from giveaways.actions.rerolling import reroll
from giveaways.drawing import merkle
from giveaways.drawing.ranking import Entry
from giveaways.frozen import inclusion
from giveaways.models import Draw, Giveaway
from tests.factories.giveaways import GiveawayFactory, ParticipantFactory, TicketFactory
from tests.giveaways.callers import somebody, stranger
from tests.giveaways.drand import GENESIS, PERIOD, QUICKNET, RANDOMNESS, Relay
from tests.giveaways.test_drawing import entrants, finish, listed, waiting_for_list, with_entrants
from tests.giveaways.verifying import SCRIPT, entries_of, proof_of, verify

pytestmark = pytest.mark.django_db


def drawn(**fields: Any) -> Giveaway:
    giveaway = with_entrants(9, **{"winners_count": 3} | fields)
    finish(giveaway)
    return giveaway


def drawn_with_tickets() -> Giveaway:
    giveaway = with_entrants(9, winners_count=6, allow_tickets=True)
    for number, user in enumerate(entrants(giveaway)[:4], start=1):
        TicketFactory.create(giveaway=giveaway, user=user, count=number)
    finish(giveaway)
    return giveaway


def drawn_by_list() -> Giveaway:
    giveaway = waiting_for_list(9, winners_count=4)
    listed(giveaway, entrants(giveaway)[3:5])
    complete_with_list(giveaway_id=giveaway.pk, by=giveaway.creator)
    advance(giveaway_id=giveaway.pk)
    return giveaway


def drawn_again() -> Giveaway:
    giveaway = drawn()
    reroll(giveaway=giveaway, places=[2], reason="does not answer", by=giveaway.creator)
    reroll(giveaway=giveaway, places=[3, 2], reason="do not answer", by=giveaway.creator)
    return giveaway


def drawn_from_nobody() -> Giveaway:
    giveaway = with_entrants(1)
    user = entrants(giveaway)[0]
    user.is_banned = True
    user.save()
    finish(giveaway)
    return giveaway


VARIANTS = [drawn, drawn_with_tickets, drawn_by_list, drawn_again, drawn_from_nobody]


@pytest.mark.parametrize("made", VARIANTS)
def test_the_verifier_comes_to_the_same_winners(made: Callable[[], Giveaway], tmp_path: Path) -> None:
    giveaway = made()
    proof = proof_of(giveaway)

    assert proof["status"] == "completed"
    assert verify(tmp_path, proof) == (0, "OK")
    assert verify(tmp_path, {**proof, "entries": {**proof["entries"], "list": None}}, entries_of(giveaway)) == (0, "OK")


def bent(proof: Any, path: str, value: Any) -> Any:
    """The proof with another value at a path such as draws.0.seed; a function makes it from the one that there is."""
    proof = copy.deepcopy(proof)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = proof
    for part in way:
        place = place[part]
    place[last] = value(place[last]) if callable(value) else value
    return proof


def other_hex(text: str) -> str:
    return ("1" if text[0] == "0" else "0") + text[1:]


BENDS: list[tuple[str, Any, str]] = [
    ("algorithm", "slipway-draw-2", "algorithm"),
    ("giveaway", "00000000-0000-4000-8000-000000000000", "winners of draw 0"),
    ("winners_count", 4, "places"),
    ("entries.count", 10, "sums of the entries"),
    ("entries.tickets", "10", "sums of the entries"),
    ("entries.root", other_hex, "root of the entries"),
    ("entries.list", lambda lines: lines[1:], "root of the entries"),
    ("entries.list", lambda lines: lines[::-1], "order of the entries"),
    ("entries.list", lambda lines: [*lines, lines[-1]], "order of the entries"),
    ("entries.list.0.1", 2, "root of the entries"),
    ("entries.list.0.2", 1, "root of the entries"),
    ("draws.0.seed", other_hex, "commitment of draw 0"),
    ("draws.0.commitment", other_hex, "commitment of draw 0"),
    ("draws.0.places", [1, 3, 2], "places"),
    ("draws.0.winners", lambda won: won[::-1], "winners of draw 0"),
    ("draws.0.winners", lambda won: won[:2], "winners of draw 0"),
    ("draws.0.winners.0.entry", "00000000-0000-4000-8000-000000000000", "winners of draw 0"),
    ("draws.1.commitment", other_hex, "commitment of draw 1"),
    ("draws.1.seed", other_hex, "commitment of draw 1"),
    ("draws.1.excluded", [], "excluded entries of draw 1"),
    ("draws.1.places", [4], "number or places of draw 1"),
    ("draws.1.winners.0.place", 1, "winners of draw 1"),
    ("draws.2.excluded", lambda ids: ids[1:], "excluded entries of draw 2"),
    ("draws", lambda draws: [draws[0], draws[2]], "number or places of draw 1"),
]


def test_the_verifier_names_whatever_was_bent(tmp_path: Path) -> None:
    proof = proof_of(drawn_again())

    for path, value, named in BENDS:
        status, said = verify(tmp_path, bent(proof, path, value))
        assert (status, named in said) == (1, True), (path, said)


def test_a_commitment_is_public_before_anybody_joins_and_the_seed_only_after_the_draw() -> None:
    giveaway = GiveawayFactory.create(winners_count=2)
    draw = commit_to_draw(giveaway=giveaway, at=giveaway.started_at)

    before = proof_of(giveaway)
    ParticipantFactory.create_batch(4, giveaway=giveaway)
    close(giveaway_id=giveaway.pk, at=giveaway.ends_at)
    freeze(draw_id=draw.pk, at=giveaway.ends_at)
    between = proof_of(giveaway)
    finish(giveaway)
    after = proof_of(giveaway)

    assert [before["entries"], before["draws"][0]["winners"], before["committed_late"]] == [None, [], False]
    assert between["entries"]["count"] == 4
    assert [proof["draws"][0]["seed"] for proof in (before, between)] == [None, None]
    assert after["draws"][0]["seed"] == bytes(draw.seed).hex()
    assert len({proof["draws"][0]["commitment"] for proof in (before, between, after)}) == 1
    secrets = [bytes(draw.seed).hex(), bytes(draw.seed_origin or b"").hex()]
    assert not [secret for secret in secrets if secret in json.dumps([before, between])]
    assert secrets[1] not in json.dumps(after)


def test_a_commitment_that_came_after_the_end_is_said_to_be_late(tmp_path: Path) -> None:
    giveaway = GiveawayFactory.create()
    ParticipantFactory.create(giveaway=giveaway)
    finish(giveaway)

    proof = proof_of(giveaway)

    assert proof["committed_late"] is True
    assert verify(tmp_path, proof) == (0, "OK")


def test_the_verifier_says_that_nothing_has_been_drawn_yet(tmp_path: Path) -> None:
    assert verify(tmp_path, proof_of(with_entrants(2))) == (1, "It is not drawn yet.")


def test_the_proof_names_nobody() -> None:
    giveaway = drawn()
    text = json.dumps(proof_of(giveaway)) + entries_of(giveaway)

    for user in entrants(giveaway):
        assert user.pk not in text
        assert str(user.email) not in text
        assert f'"{user.display_name}"' not in text


def test_the_entries_come_a_line_each_from_any_position_on() -> None:
    giveaway = drawn()
    ids = sorted(str(pk) for pk in giveaway.participants.values_list("pk", flat=True))

    lines = entries_of(giveaway)

    assert [json.loads(line) for line in lines.splitlines()] == [[entry, 1, 0] for entry in ids]
    assert entries_of(giveaway, "?start=2&limit=3") == "".join(lines.splitlines(keepends=True)[2:5])
    assert entries_of(giveaway, "?start=9") == ""


def test_entries_never_change_and_caches_may_keep_them(client: Client) -> None:
    giveaway = drawn()
    address = f"/api/giveaways/{giveaway.pk}/proof/entries"

    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(address).headers["ETag"] == first.headers["ETag"]


def test_an_entrant_gets_a_proof_of_inclusion_and_nobody_else_does() -> None:
    ada, other, banned = somebody(), somebody(), somebody()
    giveaway = with_entrants(6)
    mine = ParticipantFactory.create(giveaway=giveaway, user=ada.user)
    ParticipantFactory.create(giveaway=giveaway, user=banned.user)
    path = f"/{giveaway.pk}/proof/inclusion"
    assert ada("get", path).status_code == 404
    finish(giveaway)
    assert banned.user is not None
    banned.user.is_banned = True
    banned.user.save()

    answer = ada("get", path).json()

    assert answer["entry"] == str(mine.pk)
    leaf = merkle.leaf(Entry(UUID(answer["entry"]), answer["tickets"], answer["stratum"]).packed)
    siblings = [bytes.fromhex(sibling) for sibling in answer["path"]]
    root = merkle.root_of_path(leaf, answer["position"], answer["count"], siblings)
    assert root is not None
    assert root.hex() == answer["root"] == proof_of(giveaway)["entries"]["root"]
    assert other("get", path).status_code == 404
    assert stranger()("get", path).status_code == 401
    assert banned("get", path).status_code == 403


@pytest.mark.parametrize("path", ["/proof", "/proof/entries"])
def test_without_a_draw_there_is_no_proof(client: Client, path: str) -> None:
    legacy = GiveawayFactory.create(completed=True)

    for giveaway_id in (legacy.pk, UUID(int=1)):
        response = client.get(f"/api/giveaways/{giveaway_id}{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_entries_are_not_shown_before_they_are_frozen(client: Client) -> None:
    giveaway = with_entrants(3)

    assert client.get(f"/api/giveaways/{giveaway.pk}/proof/entries").status_code == 404


def ending(before_round: int, **fields: Any) -> Giveaway:
    """A giveaway so that the beacon's round is the first one a minute after its end."""
    ends_at = datetime.fromtimestamp(GENESIS + (before_round - 2) * PERIOD, UTC) - timedelta(seconds=60)
    giveaway = GiveawayFactory.create(ends_at=ends_at, started_at=ends_at - timedelta(days=1), **fields)
    commit_to_draw(giveaway=giveaway, beacon=True, at=giveaway.started_at)
    ParticipantFactory.create_batch(5, giveaway=giveaway)
    assert Draw.objects.get(giveaway=giveaway).beacon_round == before_round
    return giveaway


def test_a_draw_waits_for_its_beacon_and_takes_its_randomness(drand: Relay, tmp_path: Path) -> None:
    giveaway = ending(before_round=1000, winners_count=2)

    assert finish(giveaway, timedelta(seconds=-1)) == "active"
    assert finish(giveaway) == "processing"
    assert drand.asked == []  # its time has not come
    waiting = proof_of(giveaway)
    assert finish(giveaway, timedelta(minutes=2)) == "processing"
    assert len(drand.asked) == 1  # it is silent
    drand.publish(1000)
    assert finish(giveaway, timedelta(minutes=3)) == "completed"

    assert waiting["entries"]["count"] == 5
    assert (waiting["draws"][0]["seed"], waiting["draws"][0]["beacon"]["randomness"]) == (None, None)
    proof = proof_of(giveaway)
    assert proof["draws"][0]["beacon"]["randomness"].startswith("fe290beca10872ef")
    status, said = verify(tmp_path, proof)
    assert status == 0
    compared = f"https://api.drand.sh/{QUICKNET}/public/1000: {RANDOMNESS[1000]}"
    assert said.splitlines() == [f"Compare with {compared}", "OK"]
    for path, value, named in (
        ("draws.0.beacon.randomness", other_hex, "randomness of draw 0"),
        ("draws.0.beacon.signature", other_hex, "randomness of draw 0"),
        ("draws.0.beacon.round", 900, "time of its round of draw 0"),
        ("draws.0.beacon.chain", other_hex, "chain of the beacon"),
        ("draws.0.beacon", None, "winners of draw 0"),
    ):
        status, said = verify(tmp_path, bent(proof, path, value))
        assert (status, named in said) == (1, True), (path, said)


@pytest.mark.parametrize(
    "lie",
    [
        {"randomness": "00" * 32},
        {"signature": "00" * 48},
        {"signature": ""},
        {"signature": None},
        {"randomness": None},
        {"round": 999},
    ],
)
def test_an_answer_that_is_not_the_round_is_silence(drand: Relay, lie: dict[str, Any]) -> None:
    giveaway = ending(before_round=1000)
    drand.publish(1000, **lie)

    assert finish(giveaway) == "processing"
    assert finish(giveaway, timedelta(minutes=2)) == "processing"
    assert Draw.objects.get().beacon_randomness == ""


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"[" * 100_000, b"[1000]", b"\xff", b'"x"'])
def test_an_answer_that_cannot_be_read_is_silence(drand: Relay, answer: bytes) -> None:
    giveaway = ending(before_round=1000)
    drand.answers[1000] = answer

    finish(giveaway)

    assert finish(giveaway, timedelta(minutes=2)) == "processing"


def test_another_relay_is_asked_where_the_first_does_not_answer(drand: Relay, settings: Any) -> None:
    giveaway = ending(before_round=1000)
    settings.DRAND_URLS = ["http://127.0.0.1:9", drand.url]
    drand.publish(1000)
    finish(giveaway)

    assert finish(giveaway, timedelta(minutes=2)) == "completed"


def test_a_round_that_is_known_when_the_entries_are_frozen_is_replaced_by_one_to_come(drand: Relay) -> None:
    giveaway = ending(before_round=42)
    frozen_at = datetime.fromtimestamp(GENESIS + 998 * PERIOD, UTC) - timedelta(seconds=60)
    drand.publish(1000)

    assert advance(giveaway_id=giveaway.pk, at=frozen_at) == "processing"
    assert Draw.objects.get().beacon_round == 1000
    assert advance(giveaway_id=giveaway.pk, at=frozen_at + timedelta(seconds=63)) == "completed"


def test_many_entries_are_kept_in_blocks_and_proven_all_the_same(monkeypatch: Any, tmp_path: Path) -> None:
    for name, value in {
        "giveaways.actions.freezing.BLOCK": 4,
        "giveaways.frozen.BLOCK": 4,
        "giveaways.frozen.FETCHED": 2,
        "giveaways.proof.INLINE": 18,
    }.items():
        monkeypatch.setattr(name, value)
    giveaway = with_entrants(19, winners_count=7)
    finish(giveaway)
    reroll(giveaway=giveaway, places=[1, 7], reason="again")

    draw, proof, lines = Draw.objects.get(giveaway=giveaway, number=0), proof_of(giveaway), entries_of(giveaway)

    assert [len(bytes(block.entries)) // 25 for block in draw.blocks.order_by("number")] == [4, 4, 4, 4, 3]
    assert proof["entries"]["list"] is None
    assert verify(tmp_path, proof, lines) == (0, "OK")
    assert entries_of(giveaway, "?start=6&limit=7") == "".join(lines.splitlines(keepends=True)[6:13])
    for position, line in enumerate(lines.splitlines()):
        found = inclusion(draw, UUID(json.loads(line)[0]))
        assert found is not None
        leaf = merkle.leaf(found.entry.packed)
        assert (found.position, merkle.root_of_path(leaf, position, 19, found.path)) == (
            position,
            bytes.fromhex(draw.entries_root),
        )
    assert inclusion(draw, UUID(int=0)) is inclusion(draw, UUID(int=2**128 - 1)) is None


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[]", b"{}", b'{"draws": []}'])
def test_the_verifier_says_what_it_takes_where_it_is_given_no_proof(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "proof.json"
    if content is not None:
        path.write_bytes(content)

    ran = subprocess.run([sys.executable, "-I", SCRIPT, path], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("This cannot be checked (")
    assert "python3 verify_draw.py proof.json [entries.ndjson]" in ran.stderr


def test_the_verifier_is_short_enough_to_be_read() -> None:
    assert len(SCRIPT.read_text().splitlines()) < 80
