"""What the columns of one sample file share: how many rows there are, which are lost, who the people are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

from .forms import Keys, noise, solana_address

_WALLET_SHARE, _BLANK_WALLET_SHARE = 0.70, 0.05
_TELEGRAM_SHARE, _BLANK_TELEGRAM_SHARE = 0.60, 0.05
_BIG_TELEGRAM_SHARE = 0.4  # of those who have one: ids beyond 2**31, which Telegram has handed out since 2021


@dataclass
class World:
    """Rows are named by entity ("user", "track", ...) and position; position 0 is the first row of its table.

    `dirty` are the positions that will be spoiled. `lost` are those of them that cannot be loaded: nothing clean
    refers to them. `lost_by_name` are the lost ones whose key is still what it was, so that others can refer to them.
    """

    seed: int
    rows: Mapping[str, int]
    dirty: dict[str, frozenset[int]] = field(default_factory=dict)
    lost: dict[str, frozenset[int]] = field(default_factory=dict)
    lost_by_name: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def random(self, *path: str | int) -> Random:
        """A generator of its own for each place, so that one column can change without moving the others."""
        return Random("/".join(map(str, (self.seed, *path))))

    @cached_property
    def keys(self) -> dict[str, Callable[[int], str]]:
        keys: dict[str, Callable[[int], str]] = {
            entity: Keys(self.seed, entity, rows) for entity, rows in self.rows.items()
        }
        # People are referred to by nearly every row of every table; their keys are worth keeping.
        people = [keys["user"](position) for position in range(self.rows["user"])]
        return keys | {"user": people.__getitem__}

    @cached_property
    def wallets(self) -> list[str | None]:
        """The Solana wallet of each user: NULL and '' both occur, and neither says that two people are one."""
        random = self.random("user", "wallet")
        return [
            _some(random.random(), _WALLET_SHARE, _BLANK_WALLET_SHARE, solana_address(random))
            for _ in range(self.rows["user"])
        ]

    @cached_property
    def telegrams(self) -> list[str | None]:
        random = self.random("user", "telegram")
        return [
            _some(random.random(), _TELEGRAM_SHARE, _BLANK_TELEGRAM_SHARE, _telegram_id(random, position))
            for position in range(self.rows["user"])
        ]

    def intact(self, entity: str, position: int) -> bool:
        return position not in self.lost.get(entity, frozenset())

    def mint(self, entity: str, position: int) -> str:
        return solana_address(self.random(entity, position, "mint"))

    def partner(self, position: int, *, telegram: bool = False) -> int:
        """The last clean person before `position` who has a wallet (and, if asked, a Telegram id).

        Before, because people are taken in the order of their rows: whoever comes later is the one to be merged.
        """
        for other in range(position - 1, -1, -1):
            if other in self.dirty["user"] or not self.wallets[other]:
                continue
            if not telegram or self.telegrams[other]:
                return other
        raise ValueError("no clean person is there to share a proof with; write more users or less dirt")

    def stranger(self, *path: str | int) -> str:
        """A key of the usual form that nothing in the file has."""
        return "cgone" + noise(self.random(*path, "stranger"), 20)


def _some(pick: float, share: float, blank: float, value: str) -> str | None:
    if pick < share:
        return value
    return "" if pick < share + blank else None


def _telegram_id(random: Random, position: int) -> str:
    base = 5_000_000_000 if random.random() < _BIG_TELEGRAM_SHARE else 100_000_000
    return str(base + position * 97)  # the two ranges meet only beyond fifty million people: no id comes twice
