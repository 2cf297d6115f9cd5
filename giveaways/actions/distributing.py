"""A prize reaches its winner."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giveaways.errors import WrongState
from giveaways.models import WinRecord
from giveaways.rights import require_manager

Status = WinRecord.Status


@transaction.atomic
def distribute(*, win_record: WinRecord, by: User) -> WinRecord:
    """Says that the winner has the prize; said again, it changes nothing. By the creator or a giveaway admin.

    Raises NotYours, and WrongState for a win that was taken back.
    """
    win = WinRecord.objects.select_for_update(of=("self",)).select_related("giveaway", "prize").get(pk=win_record.pk)
    require_manager(win.giveaway, by)
    if win.status == Status.CANCELLED:
        raise WrongState("This win was taken back: the place was drawn again.")
    if win.status == Status.PENDING:
        win.status, win.received_at = Status.DISTRIBUTED, timezone.now()
        win.save(update_fields=["status", "received_at", "updated_at"])
    return win
