"""A client of the Telegram Bot API (https://core.telegram.org/bots/api): four methods, and every way they can fail.

The address of a request holds the bot's token. So it never leaves `_post`: no exception carries it, and none that
httpx2 raised is passed on. httpx2 logs addresses at INFO, which is why the settings keep its logger at WARNING.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import cache as cache_once
from typing import Any, TypeVar

import httpx2
import msgspec
from django.conf import settings
from django.core.cache import cache

from giveaways.telegram.answers import Answer, Boosts, Chat, ChatMember, Parameters, SentMessage
from giveaways.telegram.errors import (
    BotApiError,
    ChatMoved,
    ChatNotFound,
    Misconfigured,
    NoAccess,
    NotKnownYet,
    Refused,
    Unreachable,
    UserNotFound,
)

ChatId = int | str
Result = TypeVar("Result", bound=msgspec.Struct)

LARGEST_ANSWER = 1_048_576  # bytes
FIRST_WAIT = 0.2  # seconds; doubled with each attempt
LONGEST_TEXT = 4096  # UTF-16 units

# Telegram's words for people, chats and rights (error codes 400 and 403), the more particular ones first.
MEANINGS: tuple[tuple[str, type[BotApiError]], ...] = (
    ("bot was blocked by the user", Unreachable),
    ("user is deactivated", Unreachable),
    ("bot can't initiate conversation", Unreachable),
    ("bot can't send messages to bots", Unreachable),
    ("user not found", UserNotFound),
    ("member not found", UserNotFound),
    ("participant_id_invalid", UserNotFound),
    ("user_id_invalid", UserNotFound),
    ("invalid user_id specified", UserNotFound),
    ("chat not found", ChatNotFound),
    ("peer_id_invalid", ChatNotFound),
    ("username_invalid", ChatNotFound),
    ("username_not_occupied", ChatNotFound),
    ("member list is inaccessible", NoAccess),
    ("chat_admin_required", NoAccess),
    ("not enough rights", NoAccess),
    ("channel_private", NoAccess),
)


class BotApi:
    """Asks with the token of the settings. A call may take TELEGRAM_BUDGET, waits and retries included; with `in_all`
    all calls together may.

    Every method raises NotKnownYet for a limit that outlasts the time, an outage or an answer that is none.
    """

    def __init__(self, *, in_all: bool = False) -> None:
        self._end = time.monotonic() + settings.TELEGRAM_BUDGET if in_all else math.inf

    def get_chat(self, chat_id: ChatId) -> Chat:
        return self._ask("getChat", {"chat_id": chat_id}, Chat)

    def get_chat_member(self, chat_id: ChatId, user_id: int) -> ChatMember:
        return self._ask("getChatMember", {"chat_id": chat_id, "user_id": user_id}, ChatMember)

    def get_user_chat_boosts(self, chat_id: ChatId, user_id: int) -> Boosts:
        return self._ask("getUserChatBoosts", {"chat_id": chat_id, "user_id": user_id}, Boosts)

    def send_message(self, chat_id: ChatId, text: str) -> SentMessage:
        """Sends plain text, cut to what Telegram takes. Tried once: a second attempt could send it twice."""
        content = {"chat_id": chat_id, "text": shortened(text)}
        return self._call("sendMessage", content, SentMessage, self._deadline(), attempts=1)

    def _deadline(self) -> float:
        deadline: float = min(time.monotonic() + settings.TELEGRAM_BUDGET, self._end)
        if time.monotonic() >= deadline:
            raise NotKnownYet("There was no time left to ask Telegram.")
        return deadline

    def _ask(self, method: str, content: Mapping[str, Any], kind: type[Result]) -> Result:
        """A question: asked again after a failure, and by nobody while Telegram has said to wait."""
        deadline = self._deadline()
        pause = f"telegram:pause:{method}"
        left = (cache.get(pause) or 0.0) - time.time()
        if left > deadline - time.monotonic():
            raise NotKnownYet("Telegram is asked too much; it said when to ask again.", left)
        try:
            return self._call(method, content, kind, deadline, attempts=settings.TELEGRAM_ATTEMPTS)
        except NotKnownYet as error:
            if error.retry_after:
                cache.set(pause, time.time() + error.retry_after, timeout=math.ceil(error.retry_after))
            raise

    def _call(
        self, method: str, content: Mapping[str, Any], kind: type[Result], deadline: float, attempts: int
    ) -> Result:
        for attempt in range(1, attempts + 1):
            try:
                return result_of(_post(method, content, deadline), kind)
            except Misconfigured:
                raise
            except NotKnownYet as error:
                wait = error.retry_after or FIRST_WAIT * 2 ** (attempt - 1)
                if attempt == attempts or time.monotonic() + wait >= deadline:
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")  # pragma: no cover


@cache_once
def _http() -> httpx2.Client:
    """One client of this process: its connections are used again. The environment's proxies are not asked."""
    return httpx2.Client(trust_env=False, limits=httpx2.Limits(max_connections=None))


def disconnect() -> None:
    """Close the connections of this process; the next call opens new ones."""
    _http().close()
    _http.cache_clear()


def _post(method: str, content: Mapping[str, Any], deadline: float) -> bytes:
    """The body of whatever was answered before the deadline. Raises NotKnownYet."""
    if not settings.BOT_TOKEN:
        raise Misconfigured("There is no bot token: set BOT_TOKEN.")
    failure = ""
    try:
        return _received(method, content, deadline)
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
        failure = type(error).__name__
    # Outside of the except block: what httpx2 raised would be the context of this, and it knows the address.
    raise NotKnownYet(f"Telegram cannot be reached ({failure}).")


def _received(method: str, content: Mapping[str, Any], deadline: float) -> bytes:
    url = f"{settings.TELEGRAM_API_URL.rstrip('/')}/bot{settings.BOT_TOKEN}/{method}"
    left = max(0.05, deadline - time.monotonic())
    timeout = httpx2.Timeout(min(left, settings.TELEGRAM_TIMEOUT), connect=min(left, settings.TELEGRAM_CONNECT_TIMEOUT))
    body = bytearray()
    with _http().stream("POST", url, json=content, timeout=timeout) as response:
        for chunk in response.iter_bytes():
            body += chunk
            # Each chunk has the timeout of a read: a server that drips would keep us for ever.
            if time.monotonic() > deadline or len(body) > LARGEST_ANSWER:
                raise httpx2.ReadTimeout("too slow or too large")
    return bytes(body)


def result_of(body: bytes, kind: type[Result]) -> Result:
    """The result in an answer. Raises the error that the answer is."""
    try:
        answer = msgspec.json.decode(body, type=Answer)
        if answer.ok:
            return msgspec.json.decode(answer.result, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotKnownYet("Telegram's answer cannot be read.") from None
    raise error_of(answer)


def error_of(answer: Answer) -> BotApiError:
    said = answer.description[:200]
    if answer.parameters.retry_after is not None or answer.error_code == 429:
        return NotKnownYet("Telegram is asked too much; it said when to ask again.", waiting_time(answer.parameters))
    if answer.parameters.migrate_to_chat_id:
        return ChatMoved(answer.parameters.migrate_to_chat_id)
    if answer.error_code in (401, 404):
        return Misconfigured("Telegram does not know the bot's token: correct BOT_TOKEN.")
    if not 400 <= answer.error_code < 500:
        return NotKnownYet(f"Telegram has a fault ({answer.error_code}).")
    meaning = next((kind for words, kind in MEANINGS if words in said.lower()), None)
    if meaning is None:
        meaning = NoAccess if answer.error_code == 403 else Refused
    return meaning(f"Telegram says: {said}")


def waiting_time(parameters: Parameters) -> float:
    """Seconds; one at least, and an hour at most: what is longer is asked again then."""
    return min(max(parameters.retry_after or 1.0, 1.0), 3600.0)


def shortened(text: str) -> str:
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) <= 2 * LONGEST_TEXT:
        return text
    return encoded[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
