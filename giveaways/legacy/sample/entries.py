"""Who takes part: the set of participants, its counter, and the tickets."""

from dataclasses import dataclass

from .casting import Giveaway
from .dirt import Hit
from .store import Store
from .words import JUNK_MEMBERS
from .world import World

_STRANGERS_SHARE = 16  # one participant in so many has no key
_TICKET_HOLDERS = 0.3


@dataclass(frozen=True)
class Entries:
    """The ids of those who took part, and the tickets by id, without what cannot be loaded."""

    participants: list[bytes]
    tickets: dict[bytes, bytes]


def write_entries(store: Store, world: World, giveaway: Giveaway) -> Entries:
    junk = _junk(world, giveaway)
    participants = _people(world, giveaway, giveaway.size - len(junk))
    key = f"giveaway:{giveaway.id}:participants"
    store.add_members("participants", key, participants + list(junk))
    for member, hit in junk.items():
        store.spoiled("participants", hit.kind.slug, key, member)
    if giveaway.blame:
        for member in participants:
            store.spoiled("participants", giveaway.blame, key, member)
    _write_counter(store, giveaway)
    return Entries(participants, _write_tickets(store, world, giveaway, participants))


def _people(world: World, giveaway: Giveaway, size: int) -> list[bytes]:
    if giveaway.blame:
        return world.crowd(giveaway.random, size)
    strangers = max(size // _STRANGERS_SHARE, size - len(world.known))
    return world.crowd(giveaway.random, size - strangers) + world.strangers(giveaway.random, strangers)


def _junk(world: World, giveaway: Giveaway) -> dict[bytes, Hit]:
    if giveaway.blame or not giveaway.size:
        return {}
    hits = world.toll("participants").levy(giveaway.size, room=(giveaway.size + 1) // 2)
    return {_junk_member(hit): hit for hit in hits}


def _junk_member(hit: Hit) -> bytes:
    if hit.kind.slug == "member_beyond_64_bits":
        return b"%d" % (99_999_999_999_999_999_999 - hit.turn)
    round_, number = divmod(hit.turn, len(JUNK_MEMBERS))
    return JUNK_MEMBERS[number] + (b" #%d" % round_ if round_ else b"")


def _write_counter(store: Store, giveaway: Giveaway) -> None:
    """Joins race: the counter may run ahead of the set. The oldest giveaways had none, deleted ones lost theirs."""
    if giveaway.gone or giveaway.era == "first":
        return
    ahead = 1 + giveaway.position % 3 if giveaway.size and giveaway.position % 7 == 3 else 0
    store.add_string(
        "participants_count", f"giveaway:participants_count:{giveaway.id}", b"%d" % (giveaway.size + ahead)
    )


def _write_tickets(store: Store, world: World, giveaway: Giveaway, participants: list[bytes]) -> dict[bytes, bytes]:
    if not giveaway.allows_tickets or not participants:
        return {}
    draw, key = giveaway.random.random, f"giveaway:{giveaway.id}:tickets"
    holders = participants[: 1 + int(len(participants) * _TICKET_HOLDERS)]
    without = participants[len(holders) :]
    if not giveaway.blame:
        holders = holders + _outsiders(world, giveaway, participants)
    tickets = {holder: b"%d" % (1 + int(draw() ** 4 * 60)) for holder in holders}
    junk = [] if giveaway.blame else world.toll("tickets").levy(len(tickets), room=len(without))
    spoiled = {holder: _junk_ticket(hit) for holder, hit in zip(without, junk, strict=False)}
    store.add_fields("tickets", key, tickets | spoiled)
    for holder, hit in zip(spoiled, junk, strict=True):
        store.spoiled("tickets", hit.kind.slug, key, holder)
    if giveaway.blame:
        for holder in tickets:
            store.spoiled("tickets", giveaway.blame, key, holder)
    return tickets


def _outsiders(world: World, giveaway: Giveaway, participants: list[bytes]) -> list[bytes]:
    """Holders of tickets who do not take part."""
    taking_part = set(participants)
    candidates = world.crowd(giveaway.random, 3) + world.strangers(giveaway.random, 1)
    return [candidate for candidate in candidates if candidate not in taking_part]


def _junk_ticket(hit: Hit) -> bytes:
    if hit.kind.slug == "value_zero":
        return b"0"
    if hit.kind.slug == "value_negative":
        return b"%d" % (-1 - hit.turn)
    return (b"three", b"", b"2.5", b"nil", b"\xff\xfe")[hit.turn % 5]
