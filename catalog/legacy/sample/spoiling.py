"""How a value is spoiled: small makers of bad values, which the register of dirt puts into columns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .forms import Value, noise
from .world import World


@dataclass(frozen=True)
class BrokenText:
    """Bytes that stand in a TEXT cell without being UTF-8; only SQL's CAST can put them there."""

    raw: bytes


@dataclass(frozen=True)
class Spot:
    """The record to be spoiled; `turn` counts the records of this table that the same kind of dirt has hit before."""

    world: World
    entity: str
    position: int
    turn: int


Spoiled: TypeAlias = Value | BrokenText
Spoil: TypeAlias = Callable[[Spot], Spoiled]

_BROKEN = (
    b"caf\xe9",  # Latin-1
    b"\xcd\xee\xf7\xfc",  # windows-1251
    b"cut \xe2\x82",  # the end of a euro sign is missing
    b"\xed\xa0\x80 lone",  # a surrogate in UTF-8
    b"\xc0\xaf slash",  # overlong
)
_BLOBS = (b"\x89PNG\r\n\x1a\n", b"\x00\x01\x02", "Текст".encode(), b"")


def always(value: Value) -> Spoil:
    return lambda spot: value


def in_turn(*values: Value) -> Spoil:
    return lambda spot: values[spot.turn % len(values)]


def broken_text(spot: Spot) -> Spoiled:
    """Different at every spot: the column may be unique."""
    return BrokenText(_BROKEN[spot.turn % len(_BROKEN)] + b" %d" % spot.position)


blob = in_turn(*_BLOBS)


def numbered(text: str) -> Spoil:
    """The text with the position in place of `#`."""
    return lambda spot: text.replace("#", str(spot.position))


def long_text(length: int) -> Spoil:
    return lambda spot: noise(spot.world.random(spot.entity, spot.position, "long"), length)


def stranger(spot: Spot) -> Spoiled:
    return spot.world.stranger(spot.entity, spot.position)


def lost(entity: str) -> Spoil:
    """The key of a record that exists and cannot be loaded."""

    def spoil(spot: Spot) -> Spoiled:
        positions = spot.world.lost_by_name[entity]
        return spot.world.keys[entity](positions[spot.turn % len(positions)])

    return spoil


def beyond_64_bits(spot: Spot) -> Spoiled:
    return str(99_999_999_999_999_999_999 - spot.position)


def telegram_of_another(spot: Spot) -> Spoiled:
    return spot.world.telegrams[partner_by_telegram(spot)]


def wallet_of_another(spot: Spot) -> Spoiled:
    return spot.world.wallets[partner_by_wallet(spot)]


def wallet_of_a_third(spot: Spot) -> Spoiled:
    world = spot.world
    return world.wallets[world.partner(partner_by_telegram(spot))]


def partner_by_telegram(spot: Spot) -> int:
    return spot.world.partner(spot.position, telegram=True)


def partner_by_wallet(spot: Spot) -> int:
    return spot.world.partner(spot.position)


def someone_without_wallet(spot: Spot) -> Spoiled:
    world = spot.world
    for step in range(world.rows["user"]):
        other = (spot.position + step) % world.rows["user"]
        if world.wallets[other] is None and other not in world.dirty["user"]:
            return world.keys["user"](other)
    raise ValueError("everybody has a wallet; write more users")


def mint_of_another(spot: Spot) -> Spoiled:
    return spot.world.mint(spot.entity, partner_by_mint(spot))


def partner_by_mint(spot: Spot) -> int:
    """The last clean token before this one."""
    dirty = spot.world.dirty[spot.entity]
    return next(position for position in range(spot.position - 1, -1, -1) if position not in dirty)
