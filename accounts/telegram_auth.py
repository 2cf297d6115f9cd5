"""Signing in by Telegram, for operations of the API: `auth=telegram` gives them `request.auth`, a User."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyHeader, HttpBearer

from accounts.actions import sign_in
from accounts.models import User
from accounts.staff_rights import is_shut_out
from accounts.telegram import (
    PRODUCTION_KEY,
    TEST_KEY,
    InitData,
    InitDataRefused,
    proven_by_telegram,
    proven_by_token,
)
from operations.refusals import Refused

HEADER = "X-Telegram-Init-Data"
SALT = "accounts.telegram_auth"
CHALLENGE = 'Bearer realm="slipway"'


def proven(text: str) -> InitData:
    """What the init data proves. Raises Refused: 401 if nothing, 503 where the site has no bot."""
    now, seconds = timezone.now(), settings.INIT_DATA_TTL
    try:
        if settings.BOT_TOKEN:
            return proven_by_token(text, token=settings.BOT_TOKEN, now=now, seconds=seconds)
        if settings.TELEGRAM_BOT_ID:
            key = TEST_KEY if settings.TELEGRAM_TEST_KEYS else PRODUCTION_KEY
            bot = settings.TELEGRAM_BOT_ID
            return proven_by_telegram(text, bot_id=bot, public_key=key, now=now, seconds=seconds)
    except InitDataRefused as refusal:
        raise unproven(refusal) from None
    raise Refused(503, "Signing in by Telegram is not set up here: the site has no BOT_TOKEN.")


def unproven(refusal: InitDataRefused) -> Refused:
    challenge = f'{CHALLENGE}, TelegramInitData realm="slipway", error="{refusal.code}"'
    return Refused(401, str(refusal), fields={"init_data": refusal.code}, headers={"WWW-Authenticate": challenge})


def admitted(user: User) -> User:
    if is_shut_out(user):
        raise Refused(403, "This account is shut out.")
    return user


def token_for(user: User) -> str:
    """A bearer token for as long as TELEGRAM_TOKEN_TTL says. The server keeps nothing of it."""
    expires = int(timezone.now().timestamp()) + settings.TELEGRAM_TOKEN_TTL
    return signing.dumps({"user": user.pk, "expires": expires}, salt=SALT)


def user_of_token(token: str) -> User:
    try:
        claims = signing.loads(token, salt=SALT)
        user, expires = claims["user"], claims["expires"]
    except (signing.BadSignature, LookupError, TypeError, ValueError):
        raise _bad_token("The token is not one of ours.") from None
    if timezone.now().timestamp() >= expires:
        raise _bad_token("The token has expired. Exchange new init data for another one.")
    known = User.objects.filter(pk=user)
    # On a replica somebody who came a moment ago may be missing.
    found: User | None = known.first() or known.using("default").first()
    if found is None:
        raise _bad_token("The account of the token is gone.")
    return found


def _bad_token(message: str) -> Refused:
    challenge = f'{CHALLENGE}, error="invalid_token"'
    return Refused(401, message, headers={"WWW-Authenticate": challenge})


def _signed_in(request: HttpRequest, user: User) -> User:
    request.user = admitted(user)  # whose changes the history shows them as
    return user


class ByToken(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return _signed_in(request, user_of_token(token))


class ByInitData(APIKeyHeader):
    param_name = HEADER

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if key is None:
            return None
        init = proven(key)
        try:
            return _signed_in(request, sign_in(init=init))
        except InitDataRefused as refusal:
            raise unproven(refusal) from None


telegram = (ByToken(), ByInitData())
"""Either is enough. A token that is no good is refused, whatever else the request carries."""
