"""Where a giveaway stands, for the top of its page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone

from giveaways.models import Draw, EntryCount, Giveaway


@dataclass(frozen=True)
class Life:
    """`sentence` says where the giveaway stands, `proof_url` where anyone can check its draw (empty: not yet)."""

    sentence: str
    entries: int
    proof_url: str


def life_of(giveaway: Giveaway) -> Life:
    entries = EntryCount.objects.filter(giveaway_id=giveaway.pk).aggregate(sum=Sum("count"))["sum"] or 0
    draw = Draw.objects.filter(giveaway=giveaway, number=0).defer("seed").first()
    proof = f"/api/giveaways/{giveaway.pk}/proof" if draw else ""
    return Life(_sentence(giveaway, draw), entries, proof)


def _sentence(giveaway: Giveaway, draw: Draw | None) -> str:
    Status = Giveaway.Status
    ended = giveaway.ends_at <= timezone.now()
    if giveaway.status == Status.ACTIVE:
        return (
            "Its time is over: it waits to be drawn" if ended else f"Open until {giveaway.ends_at:%Y-%m-%d %H:%M} UTC"
        )
    if giveaway.status == Status.PROCESSING:
        if draw and draw.frozen_at:
            return "Its entries are frozen; it waits for its beacon" if draw.beacon_chain else "Its entries are frozen"
        return "Closed: what it asks for is checked once more"
    if giveaway.status == Status.CUSTOM:
        due = f" until {giveaway.list_due_at:%Y-%m-%d %H:%M} UTC" if giveaway.list_due_at else ""
        return f"It waits for its creator's list of winners{due}"
    if giveaway.status == Status.CANCELLED:
        return f"Cancelled: {giveaway.ended_reason}" if giveaway.ended_reason else "Cancelled"
    if draw and draw.drawn_at:
        return f"Drawn at {draw.drawn_at:%Y-%m-%d %H:%M} UTC"
    return str(giveaway.get_status_display())
