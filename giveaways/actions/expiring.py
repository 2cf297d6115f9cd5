"""Lists of winners that nobody used in their time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from giveaways.models import Giveaway, PreWinnerList


@transaction.atomic
def expire_lists(*, at: datetime) -> int:
    """Removes lists whose time is over; their history stays. Gives how many.

    Not those that are being drawn from: such a giveaway is processing, or locked.
    """
    over = Giveaway.objects.filter(pre_winner_list__expires_at__lte=at).exclude(status=Giveaway.Status.PROCESSING)
    free = over.order_by("pk").select_for_update(skip_locked=True, of=("self",))
    _, removed = PreWinnerList.objects.filter(giveaway__in=[giveaway.pk for giveaway in free]).delete()
    return removed.get(PreWinnerList._meta.label, 0)
