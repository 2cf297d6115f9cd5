"""Who calls the API in tests."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts.models import User
from tests.factories.accounts import IdentityFactory
from tests.factories.telegram import init_data


class Caller:
    """A client that signs in by Telegram with every request; a stranger brings nothing."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user
        self.telegram_id = int(user.identities.get(provider="telegram").subject) if user else 0
        self.client = Client(raise_request_exception=True, enforce_csrf_checks=True)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request below /api/giveaways; a body that is no bytes goes as JSON."""
        kind = "text/plain" if isinstance(body, bytes) else "application/json"
        return self.client.generic(
            method.upper(),
            f"/api/giveaways{path}",
            body if isinstance(body, bytes) else _json(body),
            content_type=kind,
            headers={**self.credentials, **headers},
        )

    @property
    def credentials(self) -> dict[str, str]:
        return {"X-Telegram-Init-Data": init_data(self.telegram_id)} if self.user else {}


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def somebody(**values: Any) -> Caller:
    """Somebody with a Telegram account, by the names that Telegram tells: signing in changes nothing of them."""
    values = {"first_name": "Ada", "last_name": None, "username": None, **values}
    return Caller(IdentityFactory.create(**{f"user__{name}": value for name, value in values.items()}).user)


def stranger() -> Caller:
    return Caller()
