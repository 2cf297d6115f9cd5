"""What stands around the giveaways: the sets of their states, locks, and keys that nobody can explain."""

from .casting import Giveaway
from .golang import SECOND
from .store import Store
from .world import World, new_uuid

LOCK_TTL = 30 * SECOND
_LOCKS_EVERY = 50

# The set in which a giveaway of the state is found. Drawn and custom ones are never taken out of `active`.
_SETS = {
    "active": ("active",),
    "custom": ("active",),
    "pending": ("pending",),
    "processing": ("processing",),
    "completed": ("active", "history"),
    "cancelled": ("history",),
    "expired": ("history",),
    "history": ("history",),
}
_IN_NO_SET_EVERY, _IN_ONE_SET_EVERY = 10, 3


def write_memberships(store: Store, world: World, cast: list[Giveaway]) -> None:
    members: dict[str, list[bytes]] = {name: [] for name in ("active", "pending", "history", "processing")}
    for giveaway in cast:
        if giveaway.gone:
            members["history" if giveaway.turn % 2 else "pending"].append(giveaway.id.encode())
        elif giveaway.position % _IN_NO_SET_EVERY != 7:
            names = _SETS[giveaway.status]
            for name in names[-1:] if giveaway.position % _IN_ONE_SET_EVERY == 1 else names:
                members[name].append(giveaway.id.encode())
    members["active"].append(new_uuid(world.random("memberships")).encode())  # of a giveaway that never was
    for name, ids in members.items():
        store.add_members("memberships", f"giveaways:{name}", ids)


def write_locks(store: Store, cast: list[Giveaway]) -> list[str]:
    """Locks of both programs, and their keys: in 30 seconds they are gone."""
    keys = []
    for giveaway in cast[::_LOCKS_EVERY]:
        keys += [f"giveaway:{giveaway.id}:lock", f"lock:giveaway:{giveaway.id}"]
    for key in keys:
        store.add_string("locks", key, b"locked", ttl=LOCK_TTL)
    return keys


def write_unknown(store: Store, world: World) -> None:
    """Other programs' keys, of every type, and values of a wrong type where a known key would be: each one record."""
    random = world.random("unknown")
    lost, other, third = (new_uuid(random) for _ in range(3))
    commands: tuple[tuple[str | bytes | int, ...], ...] = (
        ("SET", "bot:offset", "845120077"),
        ("SET", "stats:last_error", b"caf\xe9 \xff\xfe"),
        ("SET", b"session:\x00\xff\xe9", b"\x89PNG\r\n\x1a\n\x00"),
        ("SET", "", "the empty key"),
        ("SET", "{user}:5", "{}"),
        ("HSET", b"\xf0\x28\x8c\x28", b"field\xff", b"\x00\x01", "", ""),
        ("RPUSH", "queue:notifications", '{"user_id":7}', "", b"\xff", '{"user_id":7}'),
        ("ZADD", "leaderboard", "1.5", "7", "-inf", "8", "0.1", b"\xe9"),
        ("XADD", "audit", "1763600000000-0", "event", "join", "user", "7"),
        ("XADD", "audit", "1763600000000-1", "event", b"\xff", "user", ""),
        ("SETBIT", "flags", 70, 1),
        ("PFADD", "visitors", "7", "8", "9"),
        ("SET", "giveaways:top", "never written by the tool"),
        ("RPUSH", "user:5", "1", "2"),
        ("SET", "user:5:channels", "-1001234567890"),
        ("SADD", f"giveaway:{lost}", "7"),
        ("SET", f"giveaway:{lost}:participants", "7,8,9"),
        ("RPUSH", f"giveaway:{other}:tickets", "7", "8"),
        ("HSET", f"prize:{other}", "name", "Stars"),
        ("ZADD", f"win_record:{third}", "1", "7"),
        ("SADD", f"giveaway:participants_count:{third}", "1"),
        ("HSET", "giveaways:archived", lost, "1"),
    )
    seen = set()
    for command in commands:
        store.command("unknown", *command, records=int(command[1] not in seen), elements=0)
        seen.add(command[1])
