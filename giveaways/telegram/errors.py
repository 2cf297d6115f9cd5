"""What the Bot API can answer besides a result, by what it means for whoever asked."""

from __future__ import annotations


class BotApiError(Exception):
    """Telegram gave no result. No message holds the bot's token."""


class NotKnownYet(BotApiError):
    """A limit or an outage: it says nothing about what was asked. `retry_after` is Telegram's own, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Misconfigured(NotKnownYet):
    """There is no token, or Telegram does not know it: nothing can be asked until an operator sets it right."""


class ChatNotFound(BotApiError):
    """No such chat, or the bot has never seen it."""


class NoAccess(BotApiError):
    """The bot is no member of the chat, was removed from it, or lacks the rights to ask."""


class UserNotFound(BotApiError):
    """Telegram knows no such person there."""


class Unreachable(BotApiError):
    """The person blocked the bot, never started it, or is no more: no message will ever arrive."""


class Refused(BotApiError):
    """The request itself is wrong; the same will be refused again."""


class ChatMoved(BotApiError):
    """The group became a supergroup with an id of its own."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("The group has another id now.")
        self.chat_id = chat_id
