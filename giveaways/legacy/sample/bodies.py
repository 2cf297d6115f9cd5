"""The giveaway itself: one JSON value, with its places and its sponsors nested in it."""

from __future__ import annotations

from dataclasses import dataclass

from .casting import Giveaway
from .channels import sponsors
from .golang import DAY, SECOND, ZERO_TIME, Fields, marshal, moment_near, stamp
from .prizes import Places
from .requirements import Requirements
from .store import Store
from .words import DESCRIPTIONS, TITLES
from .world import World


@dataclass(frozen=True)
class Body:
    giveaway: Giveaway
    winners_count: int
    places: Places
    requirements: Requirements


def wanted_winners(giveaway: Giveaway) -> int:
    """How many winners the creator asked for."""
    draw = giveaway.random.random
    return 10 + int(draw() * 40) if draw() < 0.05 else 1 + int(draw() * 5)


def write_body(store: Store, world: World, body: Body) -> None:
    giveaway, key = body.giveaway, f"giveaway:{body.giveaway.id}"
    fields = _fields(world, body)
    hit = giveaway.hit
    value = marshal(fields) if hit is None or hit.kind.spoil is None else hit.kind.spoil(fields, hit.turn)
    store.add_string("giveaways", key, value)
    store.count("giveaway_prizes", len(body.places.items))
    store.count("giveaway_sponsors", len(fields["sponsors"] or ()))
    if hit:
        store.spoiled("giveaways", hit.kind.slug, key)
    for index, place_hit in body.places.hits.items():
        store.spoiled("giveaway_prizes", place_hit.kind.slug, key, index)
    if giveaway.blame:
        for index in range(len(body.places.items)):
            store.spoiled("giveaway_prizes", giveaway.blame, key, index)
        for index in range(len(fields["sponsors"] or ())):
            store.spoiled("giveaway_sponsors", giveaway.blame, key, index)


def _fields(world: World, body: Body) -> Fields:
    giveaway, random = body.giveaway, body.giveaway.random
    fields: Fields = {
        "id": giveaway.id,
        "creator_id": _creator(world, giveaway),
        "title": TITLES[int(random.random() * len(TITLES))],
        "description": DESCRIPTIONS[int(random.random() * len(DESCRIPTIONS))],
        "started_at": stamp(giveaway.started, random),
        "ends_at": ZERO_TIME,
        "duration": giveaway.duration // SECOND,
    }
    if giveaway.position % 3 == 2:
        spare = 0 if giveaway.position % 2 else int(random.random() * 100)
        fields["max_participants"] = max(giveaway.size + spare, body.winners_count)
    fields["winners_count"] = body.winners_count
    fields["status"] = giveaway.status
    created = giveaway.started if random.random() < 0.8 else moment_near(giveaway.started, random)
    fields["created_at"] = stamp(created, random)
    fields["updated_at"] = stamp(_updated(world, giveaway, created), random)
    return fields | _tail(world, body)


def _tail(world: World, body: Body) -> Fields:
    """The optional parts. Of the copy of the requirements: null has a place of its own, a list stands last."""
    giveaway = body.giveaway
    tail: Fields = {}
    if body.places.items:
        tail["prizes"] = body.places.items
    if is_automatic(giveaway):
        tail["auto_distribute"] = True
    tail["allow_tickets"] = giveaway.allows_tickets
    if body.requirements.copy is None:
        tail["requirements"] = None
    tail["msg_id"] = 0 if giveaway.random.random() < 0.5 else 1 + int(giveaway.random.random() * 90_000)
    tail["sponsors"] = _sponsors(world, giveaway)
    if body.requirements.copy:
        tail["requirements"] = body.requirements.copy
    return tail


def is_automatic(giveaway: Giveaway) -> bool:
    return giveaway.position % 4 == 2


def _creator(world: World, giveaway: Giveaway) -> int:
    if giveaway.blame is None and giveaway.position % 13 == 8:
        return int(world.strangers(giveaway.random, 1)[0])
    return int(world.known[int(giveaway.random.random() ** 3 * len(world.known))])


def _updated(world: World, giveaway: Giveaway, created: int) -> int:
    if giveaway.status in ("active", "pending"):
        return created
    return moment_near(min(giveaway.ended + int(giveaway.random.random() * DAY / 100), world.now), giveaway.random)


def _sponsors(world: World, giveaway: Giveaway) -> list[Fields] | None:
    """A new giveaway has none, whatever was sent: only an update stores them."""
    if giveaway.bare:
        return None
    if giveaway.blame or giveaway.position % 5 in (2, 3):
        return sponsors(world, giveaway.random)
    return [] if giveaway.position % 20 == 10 else None
