"""People: their own records in both generations, the channels that they manage, the wallets that they prove."""

from random import Random

from .dirt import BEYOND_64_BITS
from .golang import DAY, HOUR, MINUTE, SECOND, Fields, marshal, moment_near, stamp
from .store import Store
from .words import FIRST_NAMES, HANDLES, LAST_NAMES
from .world import World, telegram_id

_FIRST_GENERATION = 0.15  # the oldest of all people never came back and are as the first program wrote them
_CHANNELS_EVERY = 10

# How often, how the key begins, how long it lives.
_PROOFS = ((25, "ton_proof", 30 * DAY), (70, "tonproof:proof", DAY))
_STATES = ((90, "ton_state", 15 * MINUTE), (120, "tonproof:state", 5 * MINUTE))


def write_people(store: Store, world: World) -> None:
    random, username = world.random("users"), ""
    for who in range(world.users):
        username = _username(random, who, username)
        _write_user(store, world, who, _user(world, random, who, username))
    _write_channels(store, world)
    _write_wallets(store, world)


def _username(random: Random, who: int, previous: str) -> str:
    """Mostly of one's own; empty for those who hide it; at times the one before, in capitals or as it is: usernames
    change hands, and stored records do not learn of it."""
    if previous and who % 40 == 39:
        return previous.swapcase()
    if previous and who % 55 == 54:
        return previous
    return "" if random.random() < 0.2 else f"{HANDLES[int(random.random() * len(HANDLES))]}_{who}"


def _user(world: World, random: Random, who: int, username: str) -> Fields:
    draw = random.random
    age = (who + 1) / (world.users + 1)
    created = moment_near(world.opened + int((world.now - world.opened) * age) - HOUR, random)
    names = {
        "username": username,
        "first_name": "" if draw() < 0.03 else FIRST_NAMES[int(draw() * len(FIRST_NAMES))],
        "last_name": LAST_NAMES[int(draw() * len(LAST_NAMES))],
    }
    identity = telegram_id(who)
    if age < _FIRST_GENERATION:
        return {
            "id": str(identity),
            **names,
            "is_premium": draw() < 0.3,
            "avatar": "" if draw() < 0.3 else f"https://t.me/i/userpic/320/{identity}.jpg",
            "created_at": stamp(created - created % SECOND, random),
        }
    updated = created if draw() < 0.4 else moment_near(created + int(draw() * (world.now - created)), random)
    return {
        "id": identity,
        **names,
        "role": "admin" if who % 53 == 30 else "user",
        "status": "banned" if who % 37 == 20 else "active",
        "created_at": stamp(created, random),
        "updated_at": stamp(updated, random),
    }


def _write_user(store: Store, world: World, who: int, user: Fields) -> None:
    hit = world.spoiled_users.get(who)
    if hit is None:
        store.add_string("users", f"user:{user['id']}", marshal(user))
        return
    if hit.kind is BEYOND_64_BITS:
        user = user | {"id": _beyond_64_bits(who, user)}
    assert hit.kind.spoil is not None
    key = f"user:{user['id']}"
    store.add_string("users", key, hit.kind.spoil(user, hit.turn))
    store.spoiled("users", hit.kind.slug, key)


def _beyond_64_bits(who: int, user: Fields) -> str | int:
    number = 99_999_999_999_999_999_999 - who
    return str(number) if isinstance(user["id"], str) else number


def _write_channels(store: Store, world: World) -> None:
    random = world.random("users", "channels")
    for who in range(0, world.users, _CHANNELS_EVERY):
        start, size = int(random.random() * len(world.channels)), 1 + int(random.random() * 3)
        chosen = [world.channels[(start + number) % len(world.channels)] for number in range(size)]
        store.add_members(
            "user_channels", f"user:{telegram_id(who)}:channels", [b"%d" % channel.bot_id for channel in chosen]
        )


def _write_wallets(store: Store, world: World) -> None:
    random = world.random("users", "wallets")
    for every, prefix, lifetime in _PROOFS:
        for who in range(0, world.users, every):
            ttl = int(lifetime * (0.5 + random.random() / 2))
            proof = {
                "user_id": telegram_id(who),
                "address": f"0:{random.getrandbits(256):064x}",
                "network": "-239" if random.random() < 0.9 else "-3",
                "verified_at": stamp(moment_near(world.now - lifetime + ttl, random), random),
            }
            store.add_string("ton_proofs", f"{prefix}:{telegram_id(who)}", marshal(proof), ttl=ttl)
    for every, prefix, lifetime in _STATES:
        for who in range(0, world.users, every):
            state = {
                "user_id": telegram_id(who),
                "state": f"{random.getrandbits(128):032x}",
                "created_at": stamp(moment_near(world.now, random), random),
            }
            store.add_string("ton_states", f"{prefix}:{telegram_id(who)}", marshal(state), ttl=lifetime)
