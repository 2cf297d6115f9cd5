"""Init data: what Telegram signs for a mini app to say who opened it. Pure functions; nothing is looked up here.

Both algorithms of https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app: by the bot's token
(HMAC-SHA-256), and by Telegram's own public key (Ed25519) where the token is not known.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_to_bytes

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

PRODUCTION_KEY = "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d"
TEST_KEY = "40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec"
"""Published by Telegram, for its production and its test environment."""

LONGEST = 8192  # characters: names of emoji take 12 for each half of one
MOST_FIELDS = 32
CLOCK_TOLERANCE = 30  # seconds that Telegram's clock may be ahead of ours
LARGEST_ID = 2**53  # by Telegram's own word; most are beyond 2^31

TOLD = {
    "too_long": "The init data is too long.",
    "malformed": "The init data is not a query string in percent-encoded UTF-8.",
    "duplicate_field": "A field of the init data is given twice.",
    "missing_field": "A field of the init data is missing.",
    "bad_signature": "The signature of the init data is wrong.",
    "from_the_future": "The init data is from the future.",
    "expired": "The init data is too old. Open the app anew.",
    "malformed_user": "The user of the init data cannot be understood.",
    "replayed": "The init data has been exchanged for a token before. Use the token, or open the app anew.",
}


class InitDataRefused(Exception):
    """Init data that proves nothing. `code` is stable and one of `TOLD`."""

    def __init__(self, code: str) -> None:
        super().__init__(TOLD[code])
        self.code = code


@dataclass(frozen=True)
class TelegramUser:
    """Names that the person does not have or does not show are None."""

    id: int
    first_name: str | None
    last_name: str | None
    username: str | None


@dataclass(frozen=True)
class InitData:
    """What was proven."""

    user: TelegramUser
    signed_at: datetime
    digest: bytes
    """SHA-256 of all that is signed: the same however it is encoded or ordered, and by either algorithm."""


def proven_by_token(text: str, *, token: str, now: datetime, seconds: int) -> InitData:
    """Init data for the bot that has `token`, not older than `seconds`. Raises InitDataRefused."""
    secret = hmac.digest(b"WebAppData", token.encode(), "sha256")

    def is_right(fields: dict[str, str]) -> bool:
        given = _field(fields, "hash")
        right = hmac.digest(secret, _data_check_string(fields, without=("hash",)), "sha256").hex()
        # Of anything but ASCII the comparison would raise, and so tell more than no.
        return hmac.compare_digest(given.encode(), right.encode())

    return _proven(text, is_right, now, seconds)


def proven_by_telegram(text: str, *, bot_id: int, public_key: str, now: datetime, seconds: int) -> InitData:
    """Init data for the bot `bot_id`, signed by Telegram's `public_key` (hex). Raises InitDataRefused."""
    key = VerifyKey(bytes.fromhex(public_key))

    def is_right(fields: dict[str, str]) -> bool:
        given = _field(fields, "signature")
        if not re.fullmatch(r"[A-Za-z0-9_-]{86}", given):
            return False
        signed = f"{bot_id}:WebAppData\n".encode() + _data_check_string(fields, without=("hash", "signature"))
        try:
            key.verify(signed, urlsafe_b64decode(f"{given}=="))
        except BadSignatureError:
            return False
        return True

    return _proven(text, is_right, now, seconds)


def _proven(text: str, is_right: Callable[[dict[str, str]], bool], now: datetime, seconds: int) -> InitData:
    fields = _fields(text)
    date, user = _field(fields, "auth_date"), _field(fields, "user")
    if not is_right(fields):
        raise InitDataRefused("bad_signature")
    if not re.fullmatch(r"[0-9]{1,11}", date):
        raise InitDataRefused("malformed")
    age = now.timestamp() - int(date)
    if age < -CLOCK_TOLERANCE:
        raise InitDataRefused("from_the_future")
    if age > seconds:
        raise InitDataRefused("expired")
    digest = sha256(_data_check_string(fields, without=("hash", "signature"))).digest()
    return InitData(_user(user), datetime.fromtimestamp(int(date), UTC), digest)


def _fields(text: str) -> dict[str, str]:
    """The fields, each once. Nothing is guessed: what two readers could read differently is refused."""
    if len(text) > LONGEST:
        raise InitDataRefused("too_long")
    pairs = [pair.partition("=") for pair in text.split("&", MOST_FIELDS)] if text else []
    if len(pairs) > MOST_FIELDS or not all(name and equals for name, equals, _ in pairs):
        raise InitDataRefused("malformed")
    fields: dict[str, str] = {}
    for name, _, value in pairs:
        name = _decoded(name)
        if name in fields:
            raise InitDataRefused("duplicate_field")
        fields[name] = _decoded(value)
    return fields


def _decoded(part: str) -> str:
    if not part.isascii() or re.search(r"%(?![0-9A-Fa-f]{2})", part):
        raise InitDataRefused("malformed")
    try:
        return unquote_to_bytes(part.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise InitDataRefused("malformed") from None


def _field(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise InitDataRefused("missing_field")
    return fields[name]


def _data_check_string(fields: dict[str, str], without: tuple[str, ...]) -> bytes:
    return "\n".join(f"{name}={value}" for name, value in sorted(fields.items()) if name not in without).encode()


def _user(text: str) -> TelegramUser:
    try:
        found = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise InitDataRefused("malformed_user") from None
    key = found.get("id") if isinstance(found, dict) else None
    if type(key) is not int or not 0 < key <= LARGEST_ID or "first_name" not in found:
        raise InitDataRefused("malformed_user")
    return TelegramUser(key, *(_name(found.get(name)) for name in ("first_name", "last_name", "username")))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _name(value: Any) -> str | None:
    """A name that PostgreSQL can store: no NUL, no half of a character, and no longer than a name is."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 255 or re.search("[\x00\ud800-\udfff]", value):
        raise InitDataRefused("malformed_user")
    return value or None
