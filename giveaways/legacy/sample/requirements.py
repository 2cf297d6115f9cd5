"""What one has to do to take part: the key of its own in three generations, and the copy inside the giveaway."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from .casting import Giveaway
from .channels import Channel
from .dirt import Hit
from .golang import Fields, marshal
from .store import Store
from .words import DEEDS
from .world import World

_UNKNOWN_TYPES = ("invite", "", "like")


@dataclass(frozen=True)
class Requirements:
    """`copy` is what the giveaway says itself; None where it says null, as a giveaway that was never finished does."""

    items: list[Fields]
    copy: list[Fields] | None
    hits: dict[int, Hit] = field(default_factory=dict)  # by index

    def value(self, giveaway: Giveaway) -> bytes:
        if giveaway.era == "first":
            join_type = "any" if giveaway.position % 2 else "all"
            return marshal({"enabled": giveaway.position % 4 != 3, "requirements": self.items, "join_type": join_type})
        return marshal(self.items)


def plan_requirements(world: World, giveaway: Giveaway) -> Requirements:
    if giveaway.bare or not (giveaway.blame or giveaway.status == "custom" or giveaway.position % 3):
        return Requirements([], _finished([], giveaway))
    items = _items(world, giveaway)
    finished = _finished(_copy(items, giveaway), giveaway)
    hits = {}
    if not giveaway.blame:
        plain = finished is None and giveaway.era == "current"
        for hit in world.toll("requirements").levy(len(items), room=2 if plain else 0):
            hits[len(items)] = hit
            items.append({"name": "Do it", "type": _UNKNOWN_TYPES[hit.turn % 3], "username": ""})
    return Requirements(items, finished, hits)


def write_requirements(store: Store, giveaway: Giveaway, requirements: Requirements) -> None:
    if not requirements.items:
        return  # then there is no key
    key = f"giveaway:{giveaway.id}:requirements"
    store.add_string("requirements", key, requirements.value(giveaway), records=len(requirements.items))
    for index in range(len(requirements.items)):
        if giveaway.blame:
            store.spoiled("requirements", giveaway.blame, key, index)
        elif index in requirements.hits:
            store.spoiled("requirements", requirements.hits[index].kind.slug, key, index)


def _items(world: World, giveaway: Giveaway) -> list[Fields]:
    random, make = giveaway.random, _MAKERS[giveaway.era]
    start, size = int(random.random() * len(world.channels)), 1 + int(random.random() * 3)
    chosen = [world.channels[(start + number) % len(world.channels)] for number in range(size)]
    items = [make(channel, random) for channel in chosen]
    if giveaway.status == "custom":
        deed = DEEDS[int(random.random() * len(DEEDS))]
        items.append({"name": f"Custom: {deed}", "type": "custom", "username": "", "description": deed})
    return items


def _first(channel: Channel, random: Random) -> Fields:
    kind = "boost" if random.random() < 0.3 else "subscription"
    level = 1 + int(random.random() * 4) if kind == "boost" else 0
    return {"type": kind, "chat_id": channel.bot_id, "chat_title": channel.title, "min_level": level}


def _second(channel: Channel, random: Random) -> Fields:
    """The value is one name or several; the id stood beside it as a number, and was not always known."""
    kind = "boost" if random.random() < 0.3 else "subscription"
    name = f"@{channel.username}" if channel.username else str(channel.bot_id)
    value: str | list[str] = [name, "@another_one"] if random.random() < 0.3 else name
    chat_id = 0 if random.random() < 0.1 else channel.bot_id
    return {"name": f"Follow {name}", "value": value, "type": kind, "chat_id": chat_id}


def _current(channel: Channel, random: Random) -> Fields:
    """The username with the @ or without it; the id where there is no username."""
    kind, verb = ("boost", "Boost") if random.random() < 0.3 else ("subscription", "Follow")
    at = "@" if random.random() < 0.6 else ""
    name = f"{at}{channel.username}" if channel.username else str(channel.bot_id)
    item = {"name": f"{verb} {name}", "type": kind, "username": name}
    return item | {"description": f"Join <{channel.title}>"} if random.random() < 0.15 else item


_MAKERS: dict[str, Callable[[Channel, Random], Fields]] = {"first": _first, "second": _second, "current": _current}


def _copy(items: list[Fields], giveaway: Giveaway) -> list[Fields]:
    """Mostly the same. What the current program read in older forms lost all but its type; and the key was edited at
    times after the copy had been made."""
    if giveaway.era != "current":
        verbs = {"subscription": "Follow", "boost": "Boost"}
        return [{"name": f"{verbs[item['type']]} ", "type": item["type"], "username": ""} for item in items]
    if giveaway.turn % 6 == 2:
        return items[1:]
    if giveaway.turn % 6 == 4:
        return [*items[:-1], items[-1] | {"name": "Follow @elsewhere", "username": "@elsewhere"}]
    return list(items)


def _finished(copy: list[Fields], giveaway: Giveaway) -> list[Fields] | None:
    """Whoever changes the state in a transaction writes the copy; whoever creates or edits writes null."""
    written = giveaway.status != "active" and giveaway.position % 4 != 0
    return copy if written else None
