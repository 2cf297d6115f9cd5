"""The JSON views of accounts."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.actions import exchange
from accounts.models import User
from accounts.schemas import Me, TelegramSignIn, Token
from accounts.staff_rights import is_giveaway_admin
from accounts.telegram import InitDataRefused
from accounts.telegram_auth import admitted, proven, telegram, token_for, unproven

router = Router(tags=["accounts"])


@router.post("/auth/telegram", response=Token, auth=None)
def telegram_token(request: HttpRequest, response: HttpResponse, payload: TelegramSignIn) -> Any:
    """Exchange the init data of a Telegram mini app for a token. The init data cannot be used again, here or elsewhere.

    Anyone may call this.
    """
    init = proven(payload.init_data)
    try:
        with transaction.atomic():  # somebody who is shut out uses nothing up
            user = admitted(exchange(init=init))
    except InitDataRefused as refusal:
        raise unproven(refusal) from None
    response.headers["Cache-Control"] = "no-store"
    return {"token": token_for(user), "expires_in": settings.TELEGRAM_TOKEN_TTL, "user": user}


@router.api_operation(["GET", "HEAD"], "/users/me", response=Me, auth=telegram)
def me(request: HttpRequest, response: HttpResponse) -> Any:
    """The person who is signed in.

    Whoever is signed in may call this.
    """
    user = cast("User", request.auth)  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "no-store"
    rights = {"is_giveaway_admin": is_giveaway_admin(user)}
    return {
        "id": user.pk,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": user.username,
    } | rights
