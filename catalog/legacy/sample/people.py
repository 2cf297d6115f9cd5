"""Columns of people and of their music: names, addresses, titles, and who stands in for whom."""

from collections.abc import Iterator
from itertools import count

from .columns import Maker, Place, where
from .forms import Value, solana_address
from .words import DOMAINS, HANDLES, NAMES, TITLE_ENDINGS, TITLES

_TWIN_EMAIL_EVERY, _TWIN_USERNAME_EVERY, _TWIN_NAME_EVERY = 40, 60, 45
_BLANK_EMAIL_AT = 5  # the column is UNIQUE: '' fits in once


def emails(*, null: float = 0.0) -> Maker:
    """Unique to SQLite, which compares bytes; every so often two people differ by case alone."""

    def stream(place: Place) -> Iterator[Value]:
        draw, previous = place.random().random, ""
        for position in count():
            handle, domain = HANDLES[int(draw() * len(HANDLES))], DOMAINS[int(draw() * len(DOMAINS))]
            email: str | None = f"{handle}.{position}@{domain}"
            if position == _BLANK_EMAIL_AT:
                email = ""
            elif previous and position % _TWIN_EMAIL_EVERY == _TWIN_EMAIL_EVERY - 1:
                email = previous.upper()
            elif draw() < null:
                email = None
            previous = email or ""
            yield email

    return stream


def usernames(place: Place) -> Iterator[Value]:
    """Handles, the `user_…` names that a wallet signup makes, and twins by case."""
    draw, wallets, previous = place.random().random, place.world.wallets, ""
    for position, wallet in enumerate(wallets):
        if position % _TWIN_USERNAME_EVERY == _TWIN_USERNAME_EVERY - 1:
            previous = previous.upper()
        elif wallet and draw() < 0.3:
            previous = f"user_{wallet[:8]}"
        else:
            previous = f"{HANDLES[int(draw() * len(HANDLES))]}_{position}"
        yield previous


def names(place: Place) -> Iterator[Value]:
    draw, previous = place.random().random, NAMES[0]
    for position in count():
        twin = position % _TWIN_NAME_EVERY == _TWIN_NAME_EVERY - 1
        previous = previous.upper() if twin else NAMES[int(draw() * len(NAMES))]
        yield previous


def wallets(place: Place) -> Iterator[Value]:
    return iter(place.world.wallets)


def unique_wallets(place: Place) -> Iterator[Value]:
    """The same, for a UNIQUE column: '' once, NULL where it would come again."""
    blank_seen = False
    for wallet in place.world.wallets:
        yield None if wallet == "" and blank_seen else wallet
        blank_seen = blank_seen or wallet == ""


def telegrams(place: Place) -> Iterator[Value]:
    return iter(place.world.telegrams)


def titles(place: Place) -> Iterator[Value]:
    draw = place.random().random
    while True:
        yield TITLES[int(draw() * len(TITLES))] + TITLE_ENDINGS[int(draw() * len(TITLE_ENDINGS))]


def wallet_owners(place: Place) -> Iterator[Value]:
    """Keys of people who can be loaded and have a wallet: a token without one is a case of its own."""
    return map(place.world.keys["user"], _wallet_owners(place))


def owner_addresses(place: Place) -> Iterator[Value]:
    """The wallets of the same people; somebody else's where nobody has any, for the column must not be empty."""
    wallets, elsewhere = place.world.wallets, solana_address(place.random())
    return (wallets[position] or elsewhere for position in _wallet_owners(place))


def _wallet_owners(place: Place) -> Iterator[int]:
    world, draw = place.world, place.random().random
    people = [position for position in range(world.rows["user"]) if world.intact("user", position)]
    owners = [position for position in people if world.wallets[position]] or people
    while True:
        yield owners[int(draw() ** 2 * len(owners))]


def minted_addresses(place: Place) -> Iterator[Value]:
    random = place.random()
    for position in count():
        if is_minted(position):
            yield solana_address(random)
        else:
            yield None if random.random() < 0.8 else ""


def is_published(position: int) -> bool:
    """Nine of ten tracks are out; the flag, the status and the date of publishing agree on which."""
    return (position * 2_654_435_761 >> 7) % 10 != 3


def is_minted(position: int) -> bool:
    return (position * 2_654_435_761 >> 9) % 7 == 0


def on_ton(position: int) -> bool:
    return position % 4 == 3


def by_chain(solana: Maker, ton: Maker) -> Maker:
    return where(on_ton, ton, solana)
