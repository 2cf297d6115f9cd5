"""Whether a person meets one requirement, in the words of every generation of the legacy tool."""

from __future__ import annotations

from giveaways.models import Requirement
from giveaways.telegram.client import BotApi, ChatId
from giveaways.telegram.errors import ChatMoved, ChatNotFound, UserNotFound

LINKS = ("https://t.me/", "http://t.me/", "t.me/")


def channels_of(requirement: Requirement) -> tuple[ChatId, ...]:
    """The channels that a requirement names: by id where it is known, for names change hands.

    The current form has one name, with or without @, or the id as text. The second generation had one name or several
    in `value` beside an id, which is that of the first one.
    """
    value = requirement.extra.get("value")
    names = [requirement.username] if requirement.username else value if isinstance(value, list) else [value]
    found = [channel for channel in map(channel_named, names) if channel]
    if requirement.chat_id:
        found[:1] = [requirement.chat_id]
    return tuple(dict.fromkeys(found))


def meets(requirement: Requirement, telegram_id: int, api: BotApi) -> bool:
    """Asks Telegram about every channel that is named, until one says no. Raises BotApiError where it says nothing."""
    channels = channels_of(requirement)
    if not channels:
        raise ChatNotFound("The requirement names no channel.")
    return all(_belongs(requirement, channel, telegram_id, api) for channel in channels)


def _belongs(requirement: Requirement, channel: ChatId, telegram_id: int, api: BotApi) -> bool:
    try:
        return _ask(requirement, channel, telegram_id, api)
    except ChatMoved as moved:
        return _ask(requirement, moved.chat_id, telegram_id, api)


def _ask(requirement: Requirement, channel: ChatId, telegram_id: int, api: BotApi) -> bool:
    try:
        if requirement.type == Requirement.Type.BOOST:
            return bool(api.get_user_chat_boosts(channel, telegram_id).boosts)
        return api.get_chat_member(channel, telegram_id).belongs
    except UserNotFound:  # whom Telegram does not know is no member
        return False


def channel_named(name: object) -> ChatId | None:
    """`@name`, or an id; by a name with or without @, a link, or an id as text. None for what is neither."""
    if not isinstance(name, str):
        return None
    text = name.strip()
    for link in LINKS:
        text = text.removeprefix(link)
    text = text.removeprefix("@").rstrip("/")
    if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
        return int(text) if 0 < abs(int(text[:20])) < 2**63 else None
    return f"@{text}" if text else None
