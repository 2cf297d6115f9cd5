"""Requests that may be sent again without being done again: the header `Idempotency-Key`.

As draft-ietf-httpapi-idempotency-key-header has it: the client makes up a key for what it wants once, and sends the
request again with the same key for as long as it has not seen an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import msgspec
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from psycopg.errors import LockNotAvailable
from pydantic import BaseModel

from operations.models import IdempotentAnswer
from operations.refusals import Refused

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
# Whoever comes second waits here until the first has committed or given up.
CLAIM = """
    INSERT INTO operations_idempotentanswer (digest, request, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT (digest) DO UPDATE SET request = excluded.request, expires_at = excluded.expires_at
    WHERE operations_idempotentanswer.expires_at <= statement_timestamp()
    RETURNING true
"""
PURGE = """
    DELETE FROM operations_idempotentanswer WHERE digest IN (
        SELECT digest FROM operations_idempotentanswer
        WHERE expires_at <= statement_timestamp() LIMIT 10 FOR UPDATE SKIP LOCKED
    )
"""


def idempotent(request: HttpRequest, principal: str, run: Callable[[], tuple[int, Any]]) -> HttpResponse:
    """The JSON answer of `run()` (its status and body), which runs once for each key that `principal` sends.

    It runs in one transaction with the storing of its answer. What it raises undoes both, so a request that was refused
    may be sent again. A key that comes with another request is refused with 422. Without a key there is no promise.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return _response(*_encoded(run()))
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise Refused(422, f"{HEADER} is 1 to 255 characters of ASCII without blanks.", fields={HEADER: "Bad value."})
    digest = _digest(principal.encode(), key.encode())
    asked = _digest((request.method or "").encode(), request.get_full_path().encode(), request.body)
    try:
        return _once(digest, asked, run)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            message = "The first request with this key is still being worked on."
            raise Refused(409, message, headers={"Retry-After": "1"}) from None
        raise


@transaction.atomic
def _once(digest: bytes, asked: bytes, run: Callable[[], tuple[int, Any]]) -> HttpResponse:
    expires_at = timezone.now() + timedelta(hours=settings.IDEMPOTENCY_HOURS)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [digest, asked, expires_at])
        first = cursor.fetchone() is not None
    if not first:
        return _replayed(IdempotentAnswer.objects.get(digest=digest), asked)
    status, body = _encoded(run())
    IdempotentAnswer.objects.filter(digest=digest).update(status=status, body=body)
    with connection.cursor() as cursor:
        cursor.execute(PURGE)
    return _response(status, body)


def _replayed(kept: IdempotentAnswer, asked: bytes) -> HttpResponse:
    if bytes(kept.request) != asked:
        raise Refused(422, "This key was used for another request.", fields={HEADER: "Used before."})
    response = _response(kept.status, bytes(kept.body))
    response.headers[REPLAYED] = "true"
    return response


def _encoded(answer: tuple[int, Any]) -> tuple[int, bytes]:
    status, body = answer
    return status, msgspec.json.encode(body, enc_hook=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON")


def _response(status: int, body: bytes) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _digest(*parts: bytes) -> bytes:
    """Of the parts and where each ends."""
    return blake2b(b"".join(len(part).to_bytes(8) + part for part in parts), digest_size=32).digest()
