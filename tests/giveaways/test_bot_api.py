"""The client of the Bot API against a server with every fault."""

from __future__ import annotations

import logging
import time
import traceback
from typing import Any

import pytest

from giveaways.telegram import client
from giveaways.telegram.client import BotApi
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
from tests.giveaways.bot_api import (
    TOKEN,
    BotApiServer,
    Fault,
    body,
    cut_off,
    dripping,
    limited,
    refused,
    reset,
    silent,
)

CHANNEL, PERSON = -1_001_234_567_890, 7_000_000_001


@pytest.fixture(autouse=True)
def quick_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)


def asked() -> str:
    return BotApi().get_chat_member(CHANNEL, PERSON).status


def test_each_method_says_what_the_bot_api_wants_to_hear(bot_api: BotApiServer) -> None:
    bot_api.chats["@stars"] = {"id": CHANNEL, "type": "channel", "title": "Stars", "username": "stars", "new": [1]}
    bot_api.members[CHANNEL, PERSON] = "administrator"
    bot_api.boosts["@stars", PERSON] = 2
    api = BotApi()

    chat = api.get_chat("@stars")
    member = api.get_chat_member(CHANNEL, PERSON)
    boosts = api.get_user_chat_boosts("@stars", PERSON)
    message = api.send_message(PERSON, "You have won")

    assert (chat.id, chat.type, chat.title, chat.username) == (CHANNEL, "channel", "Stars", "stars")
    assert (member.status, member.belongs) == ("administrator", True)
    assert [boost["boost_id"] for boost in boosts.boosts] == ["0", "1"]
    assert message.message_id == 4
    assert [(call.method, call.content) for call in bot_api.calls] == [
        ("getChat", {"chat_id": "@stars"}),
        ("getChatMember", {"chat_id": CHANNEL, "user_id": PERSON}),
        ("getUserChatBoosts", {"chat_id": "@stars", "user_id": PERSON}),
        ("sendMessage", {"chat_id": PERSON, "text": "You have won"}),
    ]


PASSING: dict[str, Fault] = {
    "a fault of the server": refused(500, "Internal Server Error"),
    "a gateway's page": body(b"<html>502 Bad Gateway</html>", 502),
    "no answer": silent,
    "a reset": reset,
    "an answer that ends in the middle": cut_off,
    "garbage": body(b"\xff\xfe{not json"),
    "JSON of another shape": body(b'[{"ok": true}]'),
    "a result of another shape": body(b'{"ok": true, "result": {"status": 7}}'),
    "a result that is missing": body(b'{"ok": true}'),
    "nesting without end": body(b'{"ok": true, "result": ' + b"[" * 100_000),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_asked_again_and_what_stays_is_not_known(bot_api: BotApiServer, fault: Fault) -> None:
    bot_api.members[CHANNEL, PERSON] = "member"
    bot_api.faults = [fault]
    assert asked() == "member"
    assert len(bot_api.calls) == 2

    bot_api.faults, bot_api.always = [], fault
    with pytest.raises(NotKnownYet) as caught:
        asked()

    assert caught.value.retry_after is None
    assert 2 <= len(bot_api.calls) - 2 <= 3


def test_a_server_that_drips_is_left_when_the_time_is_over(bot_api: BotApiServer) -> None:
    bot_api.always = dripping
    began = time.monotonic()

    with pytest.raises(NotKnownYet):
        asked()

    assert 0.9 < time.monotonic() - began < 10  # it would drip for ever
    assert len(bot_api.calls) == 1


def test_nobody_listens(bot_api: BotApiServer, settings: Any) -> None:
    settings.TELEGRAM_API_URL = "http://127.0.0.1:1"

    with pytest.raises(NotKnownYet, match=r"^Telegram cannot be reached \(ConnectError\)\.$"):
        asked()


def test_a_short_limit_is_waited_for(bot_api: BotApiServer, settings: Any) -> None:
    settings.TELEGRAM_BUDGET = 3.0
    bot_api.members[CHANNEL, PERSON] = "member"
    bot_api.faults = [limited(1)]

    assert asked() == "member"

    assert 1.0 <= bot_api.calls[1].at - bot_api.calls[0].at < 2.0


def test_a_long_limit_is_told_and_nobody_asks_while_it_lasts(bot_api: BotApiServer) -> None:
    bot_api.members[CHANNEL, PERSON] = "member"
    bot_api.faults = [limited(37)]

    with pytest.raises(NotKnownYet) as first:
        asked()
    with pytest.raises(NotKnownYet) as second:
        asked()

    assert first.value.retry_after == 37
    assert second.value.retry_after == pytest.approx(37, abs=1)
    assert len(bot_api.calls) == 1
    assert BotApi().get_user_chat_boosts(CHANNEL, PERSON).boosts == []


@pytest.mark.parametrize("seconds", [0, -5, 10**9])
def test_a_limit_that_cannot_be_meant_is_put_into_bounds(bot_api: BotApiServer, seconds: int) -> None:
    bot_api.always = limited(seconds)

    with pytest.raises(NotKnownYet) as caught:
        asked()

    assert caught.value.retry_after is not None
    assert 1 <= caught.value.retry_after <= 3600


FINAL = [
    (400, "Bad Request: chat not found", ChatNotFound),
    (400, "Bad Request: PARTICIPANT_ID_INVALID", UserNotFound),
    (400, "Bad Request: user not found", UserNotFound),
    (400, "Bad Request: member list is inaccessible", NoAccess),
    (400, "Bad Request: CHAT_ADMIN_REQUIRED", NoAccess),
    (403, "Forbidden: bot was kicked from the channel chat", NoAccess),
    (403, "Forbidden: bot is not a member of the channel chat", NoAccess),
    (403, "Forbidden: bot was blocked by the user", Unreachable),
    (403, "Forbidden: user is deactivated", Unreachable),
    (403, "Forbidden: bot can't initiate conversation with a user", Unreachable),
    (400, "Bad Request: message text is empty", Refused),
    (401, "Unauthorized", Misconfigured),
    (404, "Not Found", Misconfigured),
]


@pytest.mark.parametrize(("code", "description", "meaning"), FINAL)
def test_a_refusal_has_a_meaning_and_is_not_asked_again(
    bot_api: BotApiServer, code: int, description: str, meaning: type[BotApiError]
) -> None:
    bot_api.always = refused(code, description)

    with pytest.raises(BotApiError) as caught:
        asked()

    assert type(caught.value) is meaning
    assert len(bot_api.calls) == 1


def test_a_group_that_moved_tells_where(bot_api: BotApiServer) -> None:
    bot_api.always = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009)

    with pytest.raises(ChatMoved) as caught:
        asked()

    assert caught.value.chat_id == -1009


def test_a_message_is_not_sent_twice_by_one_call(bot_api: BotApiServer) -> None:
    bot_api.always = cut_off

    with pytest.raises(NotKnownYet):
        BotApi().send_message(PERSON, "You have won")

    assert bot_api.texts == ["You have won"]


def test_a_text_is_cut_to_what_telegram_takes(bot_api: BotApiServer) -> None:
    BotApi().send_message(PERSON, "😀" * 2048)
    BotApi().send_message(PERSON, "😀" * 2049)

    assert bot_api.texts == ["😀" * 2048, "😀" * 2047 + "…"]


def test_without_a_token_nobody_is_asked(bot_api: BotApiServer, settings: Any) -> None:
    settings.BOT_TOKEN = ""

    with pytest.raises(Misconfigured):
        asked()

    assert bot_api.calls == []


@pytest.mark.parametrize("fault", [*PASSING.values(), limited(50), refused(401, "Unauthorized")])
def test_no_error_and_no_log_holds_the_token(
    bot_api: BotApiServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # as the settings have it
    bot_api.always = fault

    with pytest.raises(NotKnownYet) as caught:
        asked()

    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert TOKEN not in told
    assert TOKEN not in caplog.text


def test_the_settings_keep_the_address_of_requests_out_of_every_log(settings: Any) -> None:
    assert settings.LOGGING["loggers"]["httpx2"] == {"level": "WARNING"}
