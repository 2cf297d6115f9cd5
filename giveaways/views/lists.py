"""Lists of giveaways, page by page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from accounts.telegram_auth import telegram
from giveaways import documents
from giveaways.models import Giveaway
from giveaways.schemas import GiveawayPage, NewestQuery, StatusQuery, TopQuery
from giveaways.states import OVER
from giveaways.views.callers import OR_NOBODY, anyone, unshared

router = Router(tags=["giveaways"])


@router.api_operation(["GET", "HEAD"], "/top", auth=anyone, response=GiveawayPage, openapi_extra=OR_NOBODY)
@unshared
def top(request: HttpRequest, query: Query[TopQuery]) -> Any:
    """Open giveaways, those with the most entrants first. A giveaway that grows while you page may come twice.

    Anyone may call this.
    """
    return documents.top(limit=query.limit, after=query.after)


@router.api_operation(["GET", "HEAD"], "/mine", auth=telegram, response=GiveawayPage)
@unshared
def mine(request: HttpRequest, query: Query[StatusQuery]) -> Any:
    """What I have set up, newest first.

    Whoever is signed in may call this.
    """
    giveaways = Giveaway.objects.created_by(request.auth.pk)  # type: ignore[attr-defined]
    if query.status:
        giveaways = giveaways.filter(status__in=query.status)
    return documents.newest(giveaways, limit=query.limit, after=query.after)


@router.api_operation(["GET", "HEAD"], "/joined", auth=telegram, response=GiveawayPage)
@unshared
def joined(request: HttpRequest, query: Query[StatusQuery]) -> Any:
    """What I take part in, newest giveaway first.

    Whoever is signed in may call this.
    """
    giveaways = Giveaway.objects.joined_by(request.auth.pk)  # type: ignore[attr-defined]
    if query.status:
        giveaways = giveaways.filter(status__in=query.status)
    return documents.newest(giveaways, limit=query.limit, after=query.after)


@router.api_operation(["GET", "HEAD"], "/awaiting", auth=telegram, response=GiveawayPage)
@unshared
def awaiting(request: HttpRequest, query: Query[NewestQuery]) -> Any:
    """My giveaways that wait for me to say who met their custom requirement, newest first.

    Whoever is signed in may call this.
    """
    giveaways = Giveaway.objects.created_by(request.auth.pk)  # type: ignore[attr-defined]
    return documents.newest(giveaways.filter(status=Giveaway.Status.CUSTOM), limit=query.limit, after=query.after)


@router.api_operation(["GET", "HEAD"], "/history", auth=telegram, response=GiveawayPage)
@unshared
def history(request: HttpRequest, query: Query[NewestQuery]) -> Any:
    """My giveaways that are over, newest first: drawn, cancelled, or ended by the legacy tool.

    Whoever is signed in may call this.
    """
    giveaways = Giveaway.objects.created_by(request.auth.pk)  # type: ignore[attr-defined]
    return documents.newest(giveaways.filter(status__in=OVER), limit=query.limit, after=query.after)
