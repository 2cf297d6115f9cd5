"""What makes a draw checkable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.telegram_auth import telegram
from giveaways.frozen import BLOCK, entries
from giveaways.models import Draw
from giveaways.proof import InclusionProof, Proof, inclusion_of, listing, proof_of
from giveaways.views.callers import unshared

router = Router(tags=["giveaways"])
READ = ["GET", "HEAD"]
FOR_EVER = "public, max-age=31536000, immutable"
LINES = {
    "responses": {
        200: {
            "description": "A line each: a JSON array of the entry, its tickets and its stratum.",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        },
        304: {"description": "If-None-Match names the answer that there is."},
    }
}


class EntriesQuery(Schema):
    start: int = Field(0, ge=0, lt=2**31, description="The position of the first, from 0.")
    limit: int | None = Field(None, ge=1, lt=2**31, description="How many; without it, all.")


@router.api_operation(READ, "/{uuid:giveaway_id}/proof", auth=None, response=Proof)
@unshared
def proof(request: HttpRequest, giveaway_id: UUID) -> Any:
    """All that is needed to recompute the winners: see docs/draws.md, and docs/verify_draw.py, which does it.

    Anyone may call this, from the giveaway's creation on: the commitment is there before anybody has joined.
    """
    return proof_of(giveaway_id)


@router.api_operation(READ, "/{uuid:giveaway_id}/proof/entries", auth=None, openapi_extra=LINES)
def proof_entries(request: HttpRequest, giveaway_id: UUID, query: Query[EntriesQuery]) -> HttpResponseBase:
    """The frozen entries, in the order in which they are hashed. They never change.

    Anyone may call this.
    """
    draw = listing(giveaway_id)
    etag = f'"{draw.entries_root}"'
    headers = {"Cache-Control": FOR_EVER, "ETag": etag}
    lines = _lines(draw, query.start, query.limit)
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response  # type: ignore[arg-type]


@router.api_operation(READ, "/{uuid:giveaway_id}/proof/inclusion", auth=telegram, response=InclusionProof)
@unshared
def proof_inclusion(request: HttpRequest, giveaway_id: UUID) -> Any:
    """Proof that my entry is in the frozen list, and with how many tickets.

    Whoever is signed in may call this.
    """
    return inclusion_of(giveaway_id, request.auth)  # type: ignore[attr-defined]


def _lines(draw: Draw, start: int, limit: int | None) -> Iterator[bytes]:
    """A block's worth of lines at a time."""
    encoder, lines = msgspec.json.Encoder(), []
    for entry in entries(draw, start, limit):
        lines.append((entry.id, entry.tickets, entry.stratum))
        if len(lines) == BLOCK:
            yield encoder.encode_lines(lines)
            lines.clear()
    yield encoder.encode_lines(lines)
