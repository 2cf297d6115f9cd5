"""A giveaway is made, looked at, changed, called off and made once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.models import User
from accounts.telegram_auth import telegram
from giveaways import documents
from giveaways.actions.creating import create, recreate
from giveaways.actions.editing import edit
from giveaways.actions.ending import cancel
from giveaways.limits import creations_limited
from giveaways.models import Giveaway
from giveaways.schemas import CancelIn, GiveawayChanges, GiveawayDetail, GiveawayIn
from giveaways.views.callers import KEPT_ANSWER, OR_NOBODY, anyone, unshared, viewer
from operations.idempotency import idempotent

router = Router(tags=["giveaways"])


@router.post("", auth=telegram, response={201: GiveawayDetail}, openapi_extra=KEPT_ANSWER)
@unshared
@creations_limited
def create_giveaway(request: HttpRequest, giveaway: GiveawayIn) -> HttpResponse:
    """Start a giveaway. It is open from this moment on, and its draw is promised.

    Whoever is signed in may call this.
    """
    user: User = request.auth  # type: ignore[attr-defined]
    return _made(request, user, lambda: create(creator=user, plan=giveaway.plan, beacon=giveaway.beacon))


@router.api_operation(
    ["GET", "HEAD"], "/{uuid:giveaway_id}", auth=anyone, response=GiveawayDetail, openapi_extra=OR_NOBODY
)
@unshared
def giveaway_detail(request: HttpRequest, giveaway_id: UUID) -> Any:
    """A giveaway with its prizes, requirements and sponsors, and the promise of its draw.

    Anyone may call this; its creator and giveaway admins see more.
    """
    return documents.detail(giveaway_id=giveaway_id, viewer=viewer(request))


@router.patch("/{uuid:giveaway_id}", auth=telegram, response=GiveawayDetail)
@unshared
def edit_giveaway(request: HttpRequest, giveaway_id: UUID, giveaway: GiveawayChanges) -> Any:
    """Change what is named, in the first minutes of a giveaway.

    Its creator and giveaway admins may call this.
    """
    edit(giveaway_id=giveaway_id, by=request.auth, changes=giveaway.changes)  # type: ignore[attr-defined]
    return documents.detail(giveaway_id=giveaway_id, viewer=viewer(request))


@router.post("/{uuid:giveaway_id}/cancel", auth=telegram, response=GiveawayDetail)
@unshared
def cancel_giveaway(request: HttpRequest, giveaway_id: UUID, cancellation: CancelIn) -> Any:
    """Call a giveaway off, in its first minutes and while few have joined. The reason is shown to everybody.

    Its creator and giveaway admins may call this.
    """
    cancel(giveaway_id=giveaway_id, by=request.auth, reason=cancellation.reason)  # type: ignore[attr-defined]
    return documents.detail(giveaway_id=giveaway_id, viewer=viewer(request))


@router.post("/{uuid:giveaway_id}/recreate", auth=telegram, response={201: GiveawayDetail}, openapi_extra=KEPT_ANSWER)
@unshared
@creations_limited
def recreate_giveaway(request: HttpRequest, giveaway_id: UUID) -> HttpResponse:
    """Start a giveaway that is over once more, as long as before, with prizes of its own and without entrants.

    Its creator and giveaway admins may call this.
    """
    user: User = request.auth  # type: ignore[attr-defined]
    return _made(request, user, lambda: recreate(giveaway_id=giveaway_id, by=user))


def _made(request: HttpRequest, user: User, make: Callable[[], Giveaway]) -> HttpResponse:
    """The new giveaway and where it is; with an Idempotency-Key, that of the first time."""

    def run() -> tuple[int, Any]:
        return 201, GiveawayDetail(**documents.detail(giveaway_id=make().pk, viewer=user))

    response = idempotent(request, user.pk, run)
    response.headers["Location"] = f"/api/giveaways/{msgspec.json.decode(response.content, type=_Made).id}"
    return response


class _Made(msgspec.Struct):
    id: str
