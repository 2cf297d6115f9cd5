"""Prizes: what is won, and which place wins it."""

from dataclasses import dataclass
from random import Random

from .casting import Giveaway
from .dirt import Hit
from .golang import ZERO_TIME, Fields, marshal
from .store import Store
from .words import PRIZE_FIELDS, PRIZES
from .world import World, new_uuid

_ASSIGNED_EVERY = 40


@dataclass(frozen=True)
class Places:
    """The array inside the giveaway, and the prizes that it is the first to name; `hits` by index in the array."""

    items: list[Fields]
    new: list[Fields]
    hits: dict[int, Hit]


def plan_places(world: World, giveaway: Giveaway, winners: int, before: list[Fields]) -> Places:
    """`before` are the places of the giveaway that this one may be made again from."""
    if giveaway.bare or (giveaway.blame is None and giveaway.position % 11 == 7):
        return Places([], [], {})
    if giveaway.blame is None and giveaway.era == "current" and giveaway.position % 11 == 5 and before:
        items, new = _made_again(before)
    else:
        items, new = _items(giveaway, winners)
    hits = {}
    if giveaway.blame is None:  # only what nobody has won yet leads nowhere
        for hit in world.toll("giveaway_prizes").levy(len(items), room=1 if giveaway.status == "active" else 0):
            hits[len(items)] = hit
            items.append(_place(len(items) + 1, new_uuid(giveaway.random), "custom", []))
    return Places(items, new, hits)


def _made_again(before: list[Fields]) -> tuple[list[Fields], list[Fields]]:
    """The same prizes are won once more."""
    return list(before), []


def _items(giveaway: Giveaway, winners: int) -> tuple[list[Fields], list[Fields]]:
    random, number = giveaway.random, giveaway.position % 11
    if giveaway.era != "current":
        return _early_items(giveaway, winners)
    if number == 1:  # one prize for all was expanded to a place each
        prize = _prize(random, "Prize for all winners")
        return [_named_place(place, prize) for place in range(1, winners + 1)], [prize]
    if number == 3:  # several were not
        prizes = [_prize(random, "Prize for all winners") for _ in range(2)]
        return [_named_place("all", prize) for prize in prizes], prizes
    if number == 9:  # edited by a client, which sends no ids
        return [_place(place, "", *_kind(random)) for place in range(1, winners + 1)], []
    places = max(1, winners - 1) if number == 8 else winners
    prizes = [_prize(random, f"Prize for place {place}") for place in range(1, places + 1)]
    return [_named_place(place, prize) for place, prize in enumerate(prizes, 1)], prizes


def _early_items(giveaway: Giveaway, winners: int) -> tuple[list[Fields], list[Fields]]:
    """Places were numbers only, and one version had no prizes of their own."""
    random = giveaway.random
    if giveaway.era == "second" and giveaway.position % 2:
        items = []
        for place in range(1, winners + 1):
            kind, fields = _kind(random)
            items.append({"place": place, "prize_type": kind, **({"fields": fields} if fields else {})})
        return items, []
    prizes = [_prize(random, f"Prize for place {place}") for place in range(1, winners + 1)]
    return [_named_place(place, prize) for place, prize in enumerate(prizes, 1)], prizes


def _kind(random: Random) -> tuple[str, list[Fields]]:
    kind, _ = PRIZES[int(random.random() * len(PRIZES))]
    start = int(random.random() * len(PRIZE_FIELDS))
    return kind, list(PRIZE_FIELDS[start : start + int(random.random() * 3)])


def _prize(random: Random, name: str) -> Fields:
    kind, fields = _kind(random)
    prize: Fields = {"id": new_uuid(random), "type": kind, "name": "Кружка <3" if kind == "custom" else name}
    if random.random() < 0.15:
        prize["description"] = "By post & with love"
    prize["is_internal"] = dict(PRIZES)[kind]
    if fields:
        prize["fields"] = fields
    return prize | {"created_at": ZERO_TIME, "updated_at": ZERO_TIME}


def _named_place(place: int | str, prize: Fields) -> Fields:
    return _place(place, prize["id"], prize["type"], prize.get("fields", []))


def _place(place: int | str, prize_id: str, kind: str, fields: list[Fields]) -> Fields:
    item: Fields = {"place": place, "prize_id": prize_id, "prize_type": kind}
    return item | {"fields": fields} if fields else item


def write_prizes(store: Store, world: World, giveaway: Giveaway, places: Places) -> None:
    """The prizes themselves: they stand alone, and outlive their giveaway."""
    for prize in places.new:
        store.add_string("prizes", f"prize:{prize['id']}", marshal(prize))
        number = world.turn("prize")
        if number % _ASSIGNED_EVERY == 0:
            winner = int(world.known[number % len(world.known)])
            assignment = marshal({"UserID": winner, "Place": 1})
            store.add_string("prize_assignments", f"prize:{prize['id']}:assignment", assignment)
    for hit in world.toll("prizes").levy(len(places.new)):
        prize = _prize(giveaway.random, "Prize for place 1")
        assert hit.kind.spoil is not None
        key = f"prize:{prize['id']}"
        store.add_string("prizes", key, hit.kind.spoil(prize, hit.turn))
        store.spoiled("prizes", hit.kind.slug, key)


def write_templates(store: Store) -> None:
    prizes = [{"id": f"{kind}_template", "name": kind.replace("_", " ").title(), "type": kind} for kind, _ in PRIZES]
    store.add_string("prize_templates", "prize:templates", marshal(prizes))
    requirements: list[Fields] = [
        {"id": "channel_subscription_en", "name": "Channel Subscription", "type": "subscription"},
        {"id": "channel_boost_en", "name": "Channel Boost", "type": "boost"},
        {"id": "custom_requirement_en", "name": "Custom Requirement", "type": "custom"},
    ]
    store.add_members("requirement_templates", "requirement:templates", [marshal(item) for item in requirements])
