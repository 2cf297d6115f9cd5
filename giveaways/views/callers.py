"""Who calls, and how what is theirs goes out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from ninja.decorators import decorate_view

from accounts.models import User
from accounts.telegram_auth import HEADER, telegram
from operations.idempotency import HEADER as IDEMPOTENCY_KEY

View = TypeVar("View", bound=Callable[..., Any])
CREDENTIALS = ("HTTP_AUTHORIZATION", f"HTTP_{HEADER.upper().replace('-', '_')}")


def stranger(request: HttpRequest) -> AnonymousUser | None:
    """Lets in who brings no credentials; those of others must be good."""
    return None if any(name in request.META for name in CREDENTIALS) else AnonymousUser()


anyone = (*telegram, stranger)
"""For operations that everybody may call, and that show more to some."""

OR_NOBODY: dict[str, Any] = {"security": [{}]}
"""For the description of those operations: credentials may be left out."""


def viewer(request: HttpRequest) -> User | None:
    user: Any = request.auth  # type: ignore[attr-defined]
    return user if user.is_authenticated else None


def _unshared(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return wrapped


unshared = decorate_view(_unshared)
"""The answer depends on who asks and on this very moment: no cache keeps it."""

KEPT_ANSWER: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": IDEMPOTENCY_KEY,
            "required": False,
            "description": "Made up by the client: a request that is sent again with it is not done again.",
            "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
        }
    ]
}
"""For the description of operations that take the header."""
