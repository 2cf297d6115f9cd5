"""A column is an endless stream of values: what follows makes such streams, a table zips them into rows.

Each maker takes its parameters and gives a `Maker`, which is asked once per file for the stream of one column.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from random import Random
from typing import TypeAlias

from .forms import BASE58, DAY_MS, MONEY, ODD_JSON, Value, day, moment, noise, solana_address, stored_time, ton_address
from .world import World

_USUAL_JSON_SHARE = 0.75


@dataclass(frozen=True)
class Place:
    """The column that a stream is for."""

    world: World
    entity: str
    column: str

    @property
    def rows(self) -> int:
        return self.world.rows[self.entity]

    def random(self) -> Random:
        return self.world.random(self.entity, self.column)


Maker: TypeAlias = Callable[[Place], Iterator[Value]]


def keys(place: Place) -> Iterator[Value]:
    return map(place.world.keys[place.entity], count())


def one_of(*values: Value) -> Maker:
    """Any of the values; name one repeatedly to make it frequent."""

    def stream(place: Place) -> Iterator[Value]:
        draw, size = place.random().random, len(values)
        while True:
            yield values[int(draw() * size)]

    return stream


def optional(maker: Maker, *, null: float = 0.25, blank: float = 0.08) -> Maker:
    """The same stream with shares of NULL and ''."""

    def stream(place: Place) -> Iterator[Value]:
        draw, known = place.world.random(place.entity, place.column, "known").random, null + blank
        for value in maker(place):
            pick = draw()
            yield value if pick >= known else None if pick < null else ""

    return stream


def nullable(maker: Maker, share: float = 0.25) -> Maker:
    return optional(maker, null=share, blank=0)


def numbers(low: int, high: int) -> Maker:
    def stream(place: Place) -> Iterator[Value]:
        draw, size = place.random().random, high - low
        while True:
            yield low + int(draw() ** 3 * size)

    return stream


def positions(place: Place) -> Iterator[Value]:
    return cycle(range(1, 21))


def durations(place: Place) -> Iterator[Value]:
    """Whole seconds; some programs wrote fractions into the INTEGER column, some did not know."""
    draw = place.random().random
    while True:
        pick = draw()
        seconds = 90 + int(draw() * 400)
        yield seconds if pick < 0.94 else seconds + 0.5 if pick < 0.97 else None


def flags(share: float) -> Maker:
    """True for `share` of the rows; one in ten is written out as text."""
    true, false = share * 0.9, share + (1 - share) * 0.9

    def stream(place: Place) -> Iterator[Value]:
        draw = place.random().random
        while True:
            pick = draw()
            yield 1 if pick < true else "true" if pick < share else 0 if pick < false else "false"

    return stream


def flags_where(holds: Callable[[int], bool]) -> Maker:
    """True for the rows whose position has the property, so that other columns can agree with the flag."""

    def stream(place: Place) -> Iterator[Value]:
        draw = place.random().random
        for position in count():
            written = draw() < 0.9
            yield (1 if written else "true") if holds(position) else (0 if written else "false")

    return stream


def where(holds: Callable[[int], bool], maker: Maker, otherwise: Maker) -> Maker:
    def stream(place: Place) -> Iterator[Value]:
        for position, value, other in zip(count(), maker(place), otherwise(place), strict=False):
            yield value if holds(position) else other

    return stream


def times(*, within_days: int = 0) -> Maker:
    """When the row came to be, or up to `within_days` later (a second at least), in all forms of a DATETIME column."""
    spread = within_days * DAY_MS

    def stream(place: Place) -> Iterator[Value]:
        draw, rows = place.random().random, place.rows
        for position in count():
            ms = moment(position, rows)
            yield stored_time(ms + 1_000 + int(draw() * spread) if spread else ms, draw())

    return stream


def dates(place: Place) -> Iterator[Value]:
    """Release dates, years before the record at times; four in ten without a time of day."""
    draw, rows = place.random().random, place.rows
    for position in count():
        ms = moment(position, rows) - int(draw() ** 4 * 20 * 365 * DAY_MS)
        yield day(ms) if draw() < 0.4 else stored_time(ms, draw())


money = one_of(*MONEY)


def json_texts(place: Place) -> Iterator[Value]:
    draw, size = place.random().random, len(ODD_JSON)
    for position in count():
        pick = draw()
        if pick < _USUAL_JSON_SHARE:
            yield f'{{"bpm": {70 + int(draw() * 110)}, "key": "{"ABCDEFG"[position % 7]}m", "take": {position}}}'
        else:
            yield ODD_JSON[int(draw() * size)]


def refer(entity: str) -> Maker:
    """Keys of rows that can be loaded; early rows much more often, as fame is spread."""

    def stream(place: Place) -> Iterator[Value]:
        world = place.world
        draw, rows, key = place.random().random, world.rows[entity], world.keys[entity]
        lost = world.lost.get(entity, frozenset())
        while True:
            position = int(draw() ** 2 * rows)
            if position not in lost:
                yield key(position)

    return stream


def each(entity: str) -> Maker:
    """Keys of rows that can be loaded, each at most once: for tables with a UNIQUE pair."""

    def stream(place: Place) -> Iterator[Value]:
        world = place.world
        lost = world.lost.get(entity, frozenset())
        step = max(1, (world.rows[entity] - len(lost)) // max(1, place.rows))
        loadable = (position for position in range(world.rows[entity]) if position not in lost)
        return map(world.keys[entity], islice(loadable, 0, None, step))

    return stream


def ton_addresses(place: Place) -> Iterator[Value]:
    random = place.random()
    while True:
        yield ton_address(random)


def signatures(place: Place) -> Iterator[Value]:
    """Solana transaction signatures."""
    random = place.random()
    while True:
        yield solana_address(random) + solana_address(random)


def mints(place: Place) -> Iterator[Value]:
    return (place.world.mint(place.entity, position) for position in count())


def ipfs_hashes(place: Place) -> Iterator[Value]:
    """CIDs, and what the upload route wrote when it had none. Halves are shared: a million random ones cost seconds."""
    random, rows = place.random(), place.rows
    draw, halves = random.random, [noise(random, 22, BASE58) for _ in range(4096)]
    for position in count():
        if draw() < 0.05:
            yield f"ipfs_{moment(position, rows)}"
        else:
            yield f"Qm{halves[int(draw() * 4096)]}{halves[int(draw() * 4096)]}"


def links(folder: str, ending: str) -> Maker:
    def stream(place: Place) -> Iterator[Value]:
        return (f"https://cdn.example.com/{folder}/{position}.{ending}" for position in count())

    return stream
