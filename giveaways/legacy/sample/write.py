"""Fills one database: people and channels first, then each giveaway with all that belongs to it."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import redis

from .bodies import Body, wanted_winners, write_body
from .casting import Giveaway, cast_giveaways
from .channels import write_channels
from .dirt import Fate
from .entries import write_entries
from .golang import Fields
from .outcomes import write_nameless_win, write_outcome
from .people import write_people
from .prizes import plan_places, write_prizes, write_templates
from .requirements import plan_requirements, write_requirements
from .store import DirtyRecord, Store
from .strays import write_locks, write_memberships, write_unknown
from .world import World

MOST_DIRT = 0.5  # clean records need clean ones to lead to
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ENTITIES = (
    "users", "user_channels", "giveaways", "giveaway_prizes", "giveaway_sponsors", "requirements", "participants",
    "participants_count", "tickets", "winners", "locks", "memberships", "prizes", "prize_assignments",
    "prize_distributions", "prize_templates", "requirement_templates", "win_records", "pre_winner_lists",
    "channel_infos", "channel_texts", "ton_proofs", "ton_states", "unknown",
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """What a sample database holds: `records` by entity, and every dirty record.

    A record is a key, except for those of `user_channels`, `participants`, `memberships` and `requirement_templates`
    (members of sets), `tickets` (fields of hashes), `winners` and `requirements` (elements of the arrays in their own
    keys), `giveaway_prizes` and `giveaway_sponsors` (elements of the arrays inside giveaways).
    `strangers` are the Telegram ids without a `user:` key to which participants, tickets, wins or creators lead that
    can be loaded. `locks` are the keys that are gone in half a minute: PERSIST them where counts must hold for longer.
    `elements` counts the strings, members and fields of the known families.
    """

    url: str = field(repr=False)  # it may have a password in it
    seed: int
    records: Mapping[str, int]
    dirty: tuple[DirtyRecord, ...] = field(repr=False)
    strangers: frozenset[int] = field(repr=False)
    locks: tuple[str, ...] = field(repr=False)
    elements: int

    def fates(self, entity: str) -> Counter[Fate]:
        """How many dirty records of the entity should come to which end; all others should be loaded (or kept)."""
        return Counter(record.fate for record in self.dirty if record.entity == entity)


def write_sample(
    url: str, *, giveaways: int, users: int, entrants: int, seed: int = 1, dirt: float = 0.01, now: datetime = NOW
) -> Sample:
    """Fills the empty Redis database at `url` as the giveaway tool would have, and says exactly what is in it.

    `entrants` is the number of members of all participants sets together. The same arguments give the same keys and
    values. `dirt` is the share of spoiled records, 0 (none) to 0.5; samples of 100 giveaways, 100 users and 1,000
    entrants and more have every kind of dirt at least once, even if that is more than the share. A database that is
    not empty and impossible numbers are refused with ValueError; what an interrupted call wrote stays.
    """
    if giveaways < 1 or users < 1 or entrants < 0:
        raise ValueError("a sample needs at least one giveaway and one user, and no fewer than 0 entrants")
    if not 0 <= dirt <= MOST_DIRT:
        raise ValueError(f"dirt is a share from 0 to {MOST_DIRT}, not {dirt}")
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    world = World(seed, giveaways, users, entrants, dirt, (now - _EPOCH) // timedelta(microseconds=1) * 1_000)
    with closing(redis.Redis.from_url(url)) as client:
        present = client.dbsize()
        if present:
            raise ValueError(f"the database holds {present} keys already; name an empty one (such as another ?db=)")
        return _fill(Store(client), world, url)


def _fill(store: Store, world: World, url: str) -> Sample:
    write_people(store, world)
    write_channels(store, world)
    write_templates(store)
    cast = cast_giveaways(world)
    before: list[Fields] = []
    for giveaway in cast:
        before = _write_giveaway(store, world, giveaway, before)
    write_nameless_win(store, world, cast)
    write_memberships(store, world, cast)
    write_unknown(store, world)
    locks = write_locks(store, cast)  # last: they live for half a minute
    store.flush()
    return Sample(
        url=url,
        seed=world.seed,
        records={entity: store.records[entity] for entity in ENTITIES},
        dirty=tuple(store.dirty),
        strangers=frozenset(world.met),
        locks=tuple(locks),
        elements=store.elements,
    )


def _write_giveaway(store: Store, world: World, giveaway: Giveaway, before: list[Fields]) -> list[Fields]:
    """Returns the places that the next giveaway may take over, if it is this one made again."""
    wanted = wanted_winners(giveaway)
    # Fewer came than were to win: then the number was lowered, for good.
    winners = min(wanted, giveaway.size) if giveaway.drawn and giveaway.size else wanted
    places = plan_places(world, giveaway, wanted, before)
    requirements = plan_requirements(world, giveaway)
    if not giveaway.gone:
        write_body(store, world, Body(giveaway, winners, places, requirements))
    write_prizes(store, world, giveaway, places)
    write_requirements(store, giveaway, requirements)
    entries = write_entries(store, world, giveaway)
    write_outcome(store, world, giveaway, entries, places.items, winners)
    return [] if places.hits or giveaway.era != "current" else places.items
