"""Sign-ins of Telegram for tests, signed as Telegram signs them."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings


def init_data(telegram_id: int, *, token: str = "", auth_date: int | None = None, **user_fields: Any) -> str:
    """What a mini app of the test bot gets when this person opens it: `headers={"X-Telegram-Init-Data": ...}`.

    `auth_date` is Unix seconds; without it, now.
    """
    user = {"id": telegram_id, "first_name": "Ada", "language_code": "en", **user_fields}
    when = int(time.time()) if auth_date is None else auth_date
    return signed({"query_id": f"AA{telegram_id}", "user": json.dumps(user), "auth_date": str(when)}, token)


def signed(fields: dict[str, str], token: str = "") -> str:
    """The fields with the hash that belongs to them, as a query string."""
    secret = hmac.digest(b"WebAppData", (token or settings.BOT_TOKEN).encode(), "sha256")
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return urlencode({**fields, "hash": hmac.digest(secret, lines.encode(), "sha256").hex()}, quote_via=quote)
