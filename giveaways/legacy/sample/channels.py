"""Telegram channels: as sponsors of giveaways, and as the caches that the tool and the bot keep of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from .golang import DAY, MINUTE, Fields, marshal
from .store import Store
from .words import CHANNELS, HANDLES

if TYPE_CHECKING:
    from .world import World

INFO_TTL, AVATAR_TTL = 14 * DAY, 15 * MINUTE

# What the Bot API puts before the id of a channel; the tool stores ids with it and without.
_PREFIX = 1_000_000_000_000


@dataclass(frozen=True)
class Channel:
    """`bare_id` is the id as Telegram's clients know it, without sign and prefix."""

    bare_id: int
    title: str
    username: str

    @property
    def bot_id(self) -> int:
        return -(_PREFIX + self.bare_id)

    def info(self, channel_id: int, title: str, username: str) -> Fields:
        return {
            "id": channel_id,
            "title": title,
            "avatar_url": f"https://cdn.example.com/avatars/{self.bare_id}.jpg" if title == self.title else "",
            "channel_url": f"https://t.me/{username.removeprefix('@')}" if username else "",
            "username": username,
        }


def make_channels(random: Random, size: int) -> tuple[Channel, ...]:
    channels = []
    for number in range(size):
        title = CHANNELS[int(random.random() * len(CHANNELS))]
        username = "" if number % 9 == 8 else f"{HANDLES[int(random.random() * len(HANDLES))]}_{number}"
        channels.append(Channel(1_100_000_000 + number * 1_013, title, username))
    return tuple(channels)


def sponsors(world: World, random: Random) -> list[Fields]:
    """One to three different channels, their ids in all the forms that occur: -100…, without sign, 0."""
    start, size = int(random.random() * len(world.channels)), 1 + int(random.random() * 3)
    return [
        _sponsor(world.channels[(start + number) % len(world.channels)], world.turn("sponsor"))
        for number in range(size)
    ]


def _sponsor(channel: Channel, turn: int) -> Fields:
    title = channel.title if turn % 4 else f"{channel.title} (old name)"
    username = f"@{channel.username}" if channel.username and turn % 5 == 1 else channel.username
    if channel.username and turn % 6 in (2, 3):  # in a row: one giveaway may have two of them
        return channel.info(0, title, username)
    return channel.info(channel.bot_id if turn % 3 else _PREFIX + channel.bare_id, title, username)


def write_channels(store: Store, world: World) -> None:
    random = world.random("channels", "caches")
    for number, channel in enumerate(world.channels):
        info = marshal(channel.info(channel.bot_id, channel.title, channel.username))
        ttl = int(INFO_TTL * (0.5 + random.random() / 2))
        store.add_string("channel_infos", f"channel:info:id:{channel.bot_id}", info, ttl=ttl)
        if channel.username:
            store.add_string("channel_infos", f"channel:info:username:{channel.username}", info, ttl=ttl)
            store.add_string("channel_texts", f"channel:{channel.bot_id}:username", channel.username.encode())
        store.add_string("channel_texts", f"channel:{channel.bot_id}:title", channel.title.encode())
        avatar = f"https://cdn.example.com/avatars/{channel.bare_id}.jpg".encode()
        name = channel.username if channel.username and number % 2 else channel.bot_id
        store.add_string("channel_texts", f"channel:{name}:avatar", avatar)
        if number % 3 == 0:
            store.add_string("channel_texts", f"channel:avatar:{channel.bot_id}", avatar, ttl=AVATAR_TTL)
