"""Who won: win records, the array that an older path wrote, and the lists that creators upload beforehand."""

from random import Random

from .bodies import is_automatic
from .casting import Giveaway
from .entries import Entries
from .golang import DAY, HOUR, MINUTE, SECOND, Fields, marshal, moment_near, stamp
from .store import Store
from .words import HANDLES
from .world import World, new_uuid

LIST_TTL = DAY
_MOST_LISTED = 500


def write_outcome(
    store: Store, world: World, giveaway: Giveaway, entries: Entries, places: list[Fields], winners_count: int
) -> None:
    """`places` are those of the giveaway; a winner's prize is found by position, whatever place an element names."""
    if giveaway.status == "custom" and giveaway.blame is None:
        _write_list(store, world, giveaway, entries)
    if not giveaway.drawn or giveaway.bare or not entries.participants:
        return
    winners = _draw(world, giveaway, entries, winners_count)
    known_by = "win records" if giveaway.blame else {1: "array", 3: "nobody"}.get(giveaway.turn % 8, "win records")
    if giveaway.gone or known_by == "array":
        _write_winners(store, giveaway, winners)
    if known_by == "win records":
        _write_wins(store, world, giveaway, winners, places)


def _draw(world: World, giveaway: Giveaway, entries: Entries, winners_count: int) -> dict[int, int]:
    """Winners by place. Where tickets decide, a winner without a key is left out and the place stays empty."""
    pool = list(entries.tickets) if entries.tickets else entries.participants
    drawn = giveaway.random.sample(pool, min(winners_count, len(pool)))
    gap = 2 if giveaway.turn % 4 == 2 and len(drawn) > 2 else 0
    without_key = world.met if entries.tickets else ()
    winners = {place: int(winner) for place, winner in enumerate(drawn, 1) if place != gap}
    return {place: winner for place, winner in winners.items() if winner not in without_key}


def _write_winners(store: Store, giveaway: Giveaway, winners: dict[int, int]) -> None:
    key = f"giveaway:{giveaway.id}:winners"
    items = [
        {"user_id": winner, "username": _username(giveaway.random, winner), "place": place}
        for place, winner in winners.items()
    ]
    store.add_string("winners", key, marshal(items), records=len(items))
    if giveaway.blame:
        for index in range(len(items)):
            store.spoiled("winners", giveaway.blame, key, index)


def _username(random: Random, user_id: int) -> str:
    return f"user_{user_id}" if random.random() < 0.3 else f"{HANDLES[user_id % len(HANDLES)]}_{user_id}"


def _write_wins(store: Store, world: World, giveaway: Giveaway, winners: dict[int, int], places: list[Fields]) -> None:
    """No win without a prize, except where the creator chose the winners: then the prize is not named."""
    chosen_by_hand = giveaway.turn % 7 == 5
    for place, winner in winners.items():
        if chosen_by_hand:
            prize: Fields = {}
        elif place <= len(places):
            prize = places[place - 1]
        else:
            continue
        _write_win(store, world, giveaway, _win(giveaway, winner, prize, place))


def _win(giveaway: Giveaway, winner: int, prize: Fields, place: int) -> Fields:
    random = giveaway.random
    created = moment_near(giveaway.ended + int(random.random() * MINUTE), random)
    automatic = prize.get("prize_type") == "internal" and is_automatic(giveaway)
    pick = random.random()
    status = "distributed" if automatic or pick < 0.5 else "cancelled" if pick < 0.6 else "pending"
    received = created if automatic else moment_near(created + int(random.random() * 2 * HOUR), random)
    win = {
        "id": new_uuid(random),
        "giveaway_id": giveaway.id,
        "user_id": winner,
        "prize_id": prize.get("prize_id", ""),
        "place": place,
        "status": status,
        "created_at": stamp(created, random),
        "updated_at": stamp(received if status == "distributed" else created, random),
    }
    return win | {"received_at": stamp(received, random)} if status == "distributed" else win


def _write_win(store: Store, world: World, giveaway: Giveaway, win: Fields) -> None:
    key = f"win_record:{win['id']}"
    store.add_string("win_records", key, marshal(win))
    if giveaway.blame:
        store.spoiled("win_records", giveaway.blame, key)
    # One prize may be won at several places and in several giveaways: what was handed out last is what is known.
    if is_automatic(giveaway) and win["prize_id"] and win["status"] == "distributed":
        if win["prize_id"] in world.handed_out:
            return
        world.handed_out.add(win["prize_id"])
        distribution = {"GiveawayID": giveaway.id, "UserID": win["user_id"], "Time": win["received_at"]}
        store.add_string("prize_distributions", f"prize:{win['prize_id']}:distribution", marshal(distribution))


def write_nameless_win(store: Store, world: World, cast: list[Giveaway]) -> None:
    """The one key that every win of the older path was written to, each over the one before."""
    giveaway = next((giveaway for giveaway in cast if giveaway.status == "processing" and not giveaway.blame), None)
    if not world.full or not world.dirt or giveaway is None:
        return
    win = _win(giveaway, int(world.known[0]), {}, 1) | {"id": ""}
    store.add_string("win_records", "win_record:", marshal(win))
    store.spoiled("win_records", "id_empty", "win_record:")


def _write_list(store: Store, world: World, giveaway: Giveaway, entries: Entries) -> None:
    """Numbers in one place and texts in the other; the expiry was lost where a backup was restored."""
    random = giveaway.random
    listed = [int(user) for user in entries.participants[:_MOST_LISTED:2] or world.crowd(random, 2)]
    users = [
        {
            "username": f"{HANDLES[user % len(HANDLES)]}_{user}" if user % 3 else "",
            "avatar_url": f"https://t.me/i/userpic/320/{user}.jpg" if user % 2 else "",
            "user_id": str(user),
        }
        for user in listed
    ]
    age = int(random.random() * LIST_TTL / 2)
    value = {
        "giveaway_id": giveaway.id,
        "user_ids": listed,
        "users": None if giveaway.turn % 3 == 1 else users,
        "created_at": (world.now - age) // SECOND,
    }
    ttl = None if giveaway.turn % 4 == 2 else LIST_TTL - age
    store.add_string("pre_winner_lists", f"pre_winner_list:{giveaway.id}", marshal(value), ttl=ttl)
