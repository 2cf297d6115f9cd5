"""What all parts of one sample share: its sizes, who its people are, and which records will be spoiled."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from uuid import UUID

from .channels import Channel, make_channels
from .dirt import FULL_ENTRANTS, FULL_GIVEAWAYS, FULL_USERS, Hit, Toll, choose
from .golang import DAY

_GIVEAWAYS_PER_CHANNEL = 8
_SPARE_STRANGERS = 8


@dataclass
class World:
    """People are named by position: 0 is the oldest of those who have a `user:` key.

    Positions of `users` and beyond are strangers: people who took part and whose key is gone, or never was.
    """

    seed: int
    giveaways: int
    users: int
    entrants: int
    dirt: float
    now: int  # nanoseconds since 1970
    met: set[int] = field(default_factory=set)  # the strangers to whom records lead that can be loaded
    handed_out: set[str] = field(default_factory=set)  # ids of prizes
    _tolls: dict[str, Toll] = field(default_factory=dict)
    _pool: list[bytes] = field(default_factory=list)

    def random(self, *path: str | int) -> Random:
        """A generator of its own for each place, so that one part can change without moving the others."""
        return Random("/".join(map(str, (self.seed, *path))))  # noqa: S311  made-up data, no secrets

    @property
    def opened(self) -> int:
        """When the first giveaway began."""
        return self.now - 185 * DAY

    @property
    def full(self) -> bool:
        return self.giveaways >= FULL_GIVEAWAYS and self.users >= FULL_USERS and self.entrants >= FULL_ENTRANTS

    def toll(self, entity: str) -> Toll:
        if entity not in self._tolls:
            self._tolls[entity] = Toll(entity, self.dirt, full=self.full)
        return self._tolls[entity]

    def chosen(self, entity: str, rows: int) -> dict[int, Hit]:
        return choose(self.random(entity, "dirt"), entity, rows, self.dirt, full=self.full)

    @cached_property
    def spoiled_users(self) -> dict[int, Hit]:
        """None of them can be loaded, and nothing leads to them."""
        return self.chosen("users", self.users)

    @cached_property
    def known(self) -> list[bytes]:
        """Ids of all people who can be loaded, shuffled: any run of them is a crowd."""
        ids = [b"%d" % telegram_id(who) for who in range(self.users) if who not in self.spoiled_users]
        self.random("known").shuffle(ids)
        return ids

    @cached_property
    def _known_twice(self) -> list[bytes]:
        return self.known + self.known

    def crowd(self, random: Random, size: int) -> list[bytes]:
        """So many different people with keys; no more than there are."""
        start = int(random.random() * len(self.known))
        return self._known_twice[start : start + min(size, len(self.known))]

    def strangers(self, random: Random, size: int) -> list[bytes]:
        """So many different people without keys, many of whom are met again elsewhere; whoever asks names them all."""
        wanted = max(2 * size, self.users // 20) + _SPARE_STRANGERS if size else 0
        self._pool += [b"%d" % telegram_id(self.users + number) for number in range(len(self._pool), wanted)]
        start = int(random.random() * (len(self._pool) - size))
        chosen = self._pool[start : start + size]
        self.met.update(map(int, chosen))
        return chosen

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        return make_channels(self.random("channels"), max(8, self.giveaways // _GIVEAWAYS_PER_CHANNEL))

    @cached_property
    def counters(self) -> defaultdict[str, int]:
        """How many times each rare form had its chance: rare forms come every so often, not by luck."""
        return defaultdict(int)

    def turn(self, what: str) -> int:
        self.counters[what] += 1
        return self.counters[what] - 1


def telegram_id(who: int) -> int:
    """Different for everybody and never next to another: small ids, ids beyond 2**31, and few up to 2**52."""
    step, pick = who * 97, who % 25
    if pick == 4:
        return 2**52 - (who - 4) * 97
    return step + (100_000_000, 5_000_000_000, 100_000_000, 5_000_000_000, 7_000_000_000)[who % 5]


def new_uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
