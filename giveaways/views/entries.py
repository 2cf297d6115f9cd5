"""Joining, and what belongs to those who have: their entry, their tickets, the list of who met a custom requirement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from accounts.models import User
from accounts.telegram_auth import telegram
from giveaways import documents
from giveaways.actions.joining import join
from giveaways.actions.lists import confirm_winners, upload_winners
from giveaways.actions.tickets import grant_tickets
from giveaways.errors import ListTooLarge
from giveaways.limits import joins_limited
from giveaways.schemas import (
    GiveawayDetail,
    GrantIn,
    Joined,
    Participation,
    TicketOut,
    UploadedList,
    Winners,
    WinnersQuery,
)
from giveaways.views.callers import KEPT_ANSWER, OR_NOBODY, anyone, unshared, viewer
from operations.idempotency import idempotent

router = Router(tags=["giveaways"])
FORM_OVERHEAD = 4096  # bytes of a form around its file, at most
LIST_BODY = {
    "requestBody": {
        "required": True,
        "description": "Telegram ids between newlines, commas, blanks or tabs.",
        "content": {
            "text/plain": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"list": {"type": "string", "format": "binary"}},
                    "required": ["list"],
                }
            },
        },
    }
}


@router.post("/{uuid:giveaway_id}/join", auth=telegram, response={200: Joined, 201: Joined})
@unshared
@joins_limited
def join_giveaway(request: HttpRequest, giveaway_id: UUID) -> HttpResponse:
    """Take part. Whoever does already gets the same entry again (200).

    Whoever is signed in may call this.
    """
    joined = join(giveaway_id=giveaway_id, user=request.auth)  # type: ignore[attr-defined]
    body = msgspec.json.encode({"entry": joined.entry})
    return HttpResponse(body, status=201 if joined.is_new else 200, content_type="application/json")


@router.api_operation(["GET", "HEAD"], "/{uuid:giveaway_id}/participation", auth=telegram, response=Participation)
@unshared
def my_participation(request: HttpRequest, giveaway_id: UUID) -> Any:
    """Whether I take part, with how many tickets, and what I have won.

    Whoever is signed in may call this.
    """
    return documents.participation(giveaway_id=giveaway_id, user=request.auth)  # type: ignore[attr-defined]


@router.api_operation(
    ["GET", "HEAD"], "/{uuid:giveaway_id}/winners", auth=anyone, response=Winners, openapi_extra=OR_NOBODY
)
@unshared
def winners(request: HttpRequest, giveaway_id: UUID, query: Query[WinnersQuery]) -> Any:
    """Who has won which place; nobody before the draw.

    Anyone may call this; its creator and giveaway admins see what has become of each prize.
    """
    return documents.winners(giveaway_id=giveaway_id, viewer=viewer(request), limit=query.limit, after=query.after)


@router.post("/{uuid:giveaway_id}/tickets", auth=telegram, response=TicketOut, openapi_extra=KEPT_ANSWER)
@unshared
def grant(request: HttpRequest, giveaway_id: UUID, grant: GrantIn) -> HttpResponse:
    """Give an entrant more tickets, before the entries are frozen.

    Giveaway admins may call this.
    """
    user: User = request.auth  # type: ignore[attr-defined]

    def run() -> tuple[int, Any]:
        ticket = grant_tickets(giveaway_id=giveaway_id, by=user, telegram_id=grant.telegram_id, count=grant.count)
        return 200, {"telegram_id": grant.telegram_id, "tickets": ticket.count}

    return idempotent(request, user.pk, run)


@router.post("/{uuid:giveaway_id}/winner-list", auth=telegram, response=UploadedList, openapi_extra=LIST_BODY)
@unshared
def upload_winner_list(request: HttpRequest, giveaway_id: UUID) -> Any:
    """Say who met a custom requirement; what was not understood is reported. A second list replaces the first.

    Its creator may call this, while the giveaway waits for the list.
    """
    report = upload_winners(giveaway_id=giveaway_id, by=request.auth, content=_content(request))  # type: ignore[attr-defined]
    return documents.uploaded(report)


@router.post("/{uuid:giveaway_id}/complete", auth=telegram, response={202: GiveawayDetail})
@unshared
def complete_giveaway(request: HttpRequest, giveaway_id: UUID) -> Any:
    """Have the uploaded list decide: those on it are drawn first. The draw follows in a moment.

    Its creator may call this, while the giveaway waits for the list.
    """
    confirm_winners(giveaway_id=giveaway_id, by=request.auth)  # type: ignore[attr-defined]
    return Status(202, documents.detail(giveaway_id=giveaway_id, viewer=viewer(request)))


def _content(request: HttpRequest) -> bytes:
    """The file `list` of a form, or the body as it is. Too large a request is refused before it is read."""
    most = settings.GIVEAWAYS["list_bytes"]
    is_form = request.content_type == "multipart/form-data"
    if int(request.META.get("CONTENT_LENGTH") or 0) > most + (FORM_OVERHEAD if is_form else 0):
        raise ListTooLarge
    if not is_form:
        return request.body
    file = request.FILES.get("list")
    return file.read(most + 1) if file else b""
