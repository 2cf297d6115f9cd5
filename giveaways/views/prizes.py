"""What becomes of prizes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from ninja import Path, Router

from accounts.telegram_auth import telegram
from giveaways.actions.distributing import distribute
from giveaways.errors import GiveawayNotFound, WinnerNotFound
from giveaways.models import Giveaway, WinRecord
from giveaways.rights import require_manager
from giveaways.schemas import HIGHEST, Distributed
from giveaways.views.callers import unshared

router = Router(tags=["giveaways"])


@router.post("/{uuid:giveaway_id}/winners/{int:place}/distributed", auth=telegram, response=Distributed)
@unshared
def distributed(request: HttpRequest, giveaway_id: UUID, place: int = Path(ge=1, le=HIGHEST)) -> Any:
    """Say that the winner of a place has the prize. Said again, it changes nothing.

    Its creator and giveaway admins may call this.
    """
    by = request.auth  # type: ignore[attr-defined]
    giveaway = Giveaway.objects.using(DEFAULT_DB_ALIAS).filter(pk=giveaway_id).first()
    if giveaway is None:
        raise GiveawayNotFound
    require_manager(giveaway, by)
    wins = giveaway.win_records.using(DEFAULT_DB_ALIAS).filter(place=place)
    # The legacy tool gave some places more than once; a place that was drawn again has its latest winner.
    standing = wins.exclude(status=WinRecord.Status.CANCELLED).order_by("-created_at", "-id").first()
    if standing is None:
        raise WinnerNotFound
    win = distribute(win_record=standing, by=by)
    return {"place": win.place, "status": win.status, "received_at": win.received_at}
