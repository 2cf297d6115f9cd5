"""Decides what each giveaway is going to be, before anything is written: its age, its state, its size, its dirt."""

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from .dirt import PARENT_MISSING, PARENT_REJECTED, Hit
from .golang import DAY, HOUR, MINUTE, SECOND, moment_near
from .world import World, new_uuid

Era: TypeAlias = Literal["first", "second", "current"]

_FIRST_ERA, _SECOND_ERA = 0.06, 0.16
_ENDED = ("completed", "completed", "cancelled", "expired", "history", "completed")
_STATES = (
    "completed", "active", "completed", "custom", "completed", "pending", "completed", "cancelled", "processing",
    "completed", "active", "completed", "expired", "history", "completed", "active", "completed", "custom",
    "completed", "active",
)  # fmt: skip
_UNDER_WAY = ("active", "custom", "pending", "processing")
_NOBODY_CAME_EVERY = 9
_MOST_AT_CANCELLING = 10
_FEW = 3  # entrants that everybody gets where there are enough of them
_CRAZE = 4  # the power that makes few giveaways large and many small


@dataclass
class Giveaway:
    """`hit` is the dirt of its own value, `blame` that of everything that belongs to it; one that is gone has no value
    at all. `turn` counts the giveaways of the same state. Times and the duration are in nanoseconds."""

    position: int
    id: str
    random: Random
    era: Era
    status: str
    turn: int
    started: int
    duration: int
    hit: Hit | None = None
    blame: str | None = None
    gone: bool = False
    size: int = 0

    @property
    def bare(self) -> bool:
        return self.hit is not None and self.hit.kind.bare

    @property
    def ended(self) -> int:
        return self.started + self.duration

    @property
    def allows_tickets(self) -> bool:
        return self.blame is not None or self.position % 5 == 1

    @property
    def drawn(self) -> bool:
        return self.status in ("completed", "history")


def cast_giveaways(world: World) -> list[Giveaway]:
    """All giveaways that have a value, and after them those that were deleted and left things behind."""
    hits = world.chosen("giveaways", world.giveaways)
    cast = [_cast(world, position, hits.get(position)) for position in range(world.giveaways)]
    cast += [_gone(world, world.giveaways + number) for number in range(_how_many_gone(world))]
    _spread_entrants(world, cast)
    return cast


def _cast(world: World, position: int, hit: Hit | None) -> Giveaway:
    random = world.random("giveaway", position)
    era = _era(position / world.giveaways)
    # What was spoiled is shown with all that may belong to it, so it has been drawn.
    status = "completed" if hit else _STATES[position % 20] if era == "current" else _ENDED[position % 6]
    started, duration = _times(world, random, position, status)
    return Giveaway(
        *(position, new_uuid(random), random, era, status, world.turn(status if hit is None else "spoiled")),
        *(started, duration),
        hit=hit,
        blame=PARENT_REJECTED if hit else None,
    )


def _gone(world: World, position: int) -> Giveaway:
    random = world.random("giveaway", position)
    started, duration = _times(world, random, world.giveaways // 2, "completed")
    return Giveaway(
        *(position, new_uuid(random), random, "current", "completed", world.turn("gone")),
        *(started, duration),
        blame=PARENT_MISSING,
        gone=True,
    )


def _era(age: float) -> Era:
    return "first" if age < _FIRST_ERA else "second" if age < _SECOND_ERA else "current"


def _times(world: World, random: Random, position: int, status: str) -> tuple[int, int]:
    seconds = int((300, HOUR // SECOND, DAY // SECOND, 7 * DAY // SECOND)[int(random.random() * 4)])
    if status == "active":
        duration = seconds * SECOND + 2 * HOUR
        return moment_near(world.now - int(random.random() * min(duration, 3 * DAY)), random), duration
    if status in _UNDER_WAY:
        return moment_near(world.now - seconds * SECOND - int(random.random() * 20 * HOUR), random), seconds * SECOND
    span = world.now - 8 * DAY - world.opened
    started = world.opened + (position + 1) * span // (world.giveaways + 1)
    return moment_near(started + int(random.random() * MINUTE), random), seconds * SECOND


def _how_many_gone(world: World) -> int:
    wanted = int(world.giveaways * world.dirt / 2)
    return max(wanted, 2) if world.full and world.dirt else wanted


def _spread_entrants(world: World, cast: list[Giveaway]) -> None:
    """Exactly `world.entrants` in all: few giveaways have most of them, some have none, cancelled ones have few."""
    clean = [giveaway for giveaway in cast if giveaway.blame is None]
    visited = [giveaway for giveaway in clean if giveaway.position % _NOBODY_CAME_EVERY != 4] or clean
    favourite = next((giveaway for giveaway in visited if giveaway.status != "cancelled"), visited[0])
    visited += [giveaway for giveaway in cast if giveaway.blame is not None and not giveaway.bare]

    each = _FEW if world.entrants >= 2 * _FEW * len(visited) else 0
    draw = world.random("entrants").random
    crazes = [draw() ** _CRAZE + 0.001 for _ in visited]
    left, total = world.entrants - each * len(visited), sum(crazes)
    for giveaway, craze in zip(visited, crazes, strict=True):
        giveaway.size = min(each + int(left * craze / total), _most(world, giveaway))
    favourite.size += world.entrants - sum(giveaway.size for giveaway in visited)


def _most(world: World, giveaway: Giveaway) -> int:
    if giveaway.blame:  # people with keys only: whoever is named by nothing but dirt need not be made
        return min(len(world.known), max(_FEW, world.entrants // 200))
    return _MOST_AT_CANCELLING if giveaway.status == "cancelled" else world.entrants
