"""What the API shows of giveaways: a fixed number of queries for each document, whatever its length."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import User
from giveaways.actions.lists import Uploaded
from giveaways.cursors import Largest, Newest, Place
from giveaways.errors import GiveawayNotFound
from giveaways.models import Giveaway, GiveawayPrize, Participant, Ticket, WinRecord
from giveaways.models.entry import how_many
from giveaways.models.giveaway import GiveawayQuerySet
from giveaways.rights import may_manage
from giveaways.winner_list import Item

SHOWN = ("id", "title", "status", "started_at", "ends_at", "winners_count", "max_participants", "allow_tickets")
PERSON = ("display_name", "first_name", "last_name", "username", "avatar")
FIRST = 100
"""So many of a kind are named in the report of a list; all are counted."""


def person(user: User) -> dict[str, Any]:
    full_name = " ".join(filter(None, (user.first_name, user.last_name)))
    return {
        "name": user.display_name or full_name or user.username or None,
        "username": user.username or None,
        "avatar": user.avatar or None,
    }


def short(giveaway: Any) -> dict[str, Any]:
    """Of a giveaway that was read by `with_count`."""
    shown = {name: getattr(giveaway, name) for name in SHOWN}
    return shown | {"participants": giveaway.joined, "creator": person(giveaway.creator)}


def with_count(giveaways: QuerySet[Giveaway]) -> QuerySet[Any]:
    return giveaways.select_related("creator").annotate(joined=how_many("pk"))


def top(*, limit: int, after: Largest | None) -> dict[str, Any]:
    """Open giveaways, those with the most entrants first."""
    found = with_count(Giveaway.objects.open()).order_by("-joined", "-id")
    if after:
        found = found.largest_after(after.participants, after.giveaway_id)  # type: ignore[attr-defined]
    page, is_last = _page(_for_a_list(found), limit)
    following = None if is_last else Largest(page[-1].joined, page[-1].pk).cursor
    return {"giveaways": [short(giveaway) for giveaway in page], "next": following}


def newest(giveaways: GiveawayQuerySet, *, limit: int, after: Newest | None) -> dict[str, Any]:
    """A page of giveaways that come newest first."""
    found = giveaways.newest_after(after.created_at, after.giveaway_id) if after else giveaways
    page, is_last = _page(_for_a_list(with_count(found)), limit)
    following = None if is_last else Newest(page[-1].created_at, page[-1].pk).cursor
    return {"giveaways": [short(giveaway) for giveaway in page], "next": following}


def _for_a_list(giveaways: QuerySet[Any]) -> QuerySet[Any]:
    return giveaways.only(*SHOWN, "created_at", *(f"creator__{name}" for name in PERSON))


def _page(rows: QuerySet[Any], limit: int) -> tuple[list[Any], bool]:
    # One more than is shown tells whether another page follows.
    page = list(rows[: limit + 1])
    return page[:limit], len(page) <= limit


def detail(*, giveaway_id: UUID, viewer: User | None) -> dict[str, Any]:
    """All that the viewer may see; None is a stranger. Raises GiveawayNotFound."""
    giveaway = with_count(Giveaway.objects.filter(pk=giveaway_id)).first()
    if giveaway is None:
        raise GiveawayNotFound
    prizes = list(giveaway.giveaway_prizes.select_related("prize").order_by("position"))
    manages = viewer is not None and may_manage(giveaway, viewer)
    columns = ("description", "duration", "ended_reason")
    return {
        **short(giveaway),
        **{name: getattr(giveaway, name) for name in columns},
        "recreated_from": giveaway.recreated_from_id,
        "prizes": [_prize(row) for row in prizes],
        "requirements": list(
            giveaway.requirements.order_by("position").values("type", "name", "username", "description")
        ),
        "sponsors": [
            {name: getattr(row.sponsor, name) for name in ("username", "title", "channel_url", "avatar_url")}
            for row in giveaway.giveaway_sponsors.select_related("sponsor").order_by("position")
        ],
        "draw": _promise(giveaway),
        "private": _private(giveaway, prizes) if manages else None,
    }


def _prize(row: GiveawayPrize) -> dict[str, Any]:
    prize = row.prize
    return {
        "place": row.place or "all",
        "type": prize.type if prize else row.type,
        "name": str(prize) if prize else row.type,
        "description": prize.description if prize else None,
    }


def _promise(giveaway: Giveaway) -> dict[str, Any] | None:
    draw = giveaway.draws.filter(number=0).values("commitment", "beacon_chain", "beacon_round").first()
    return {**draw, "beacon_chain": draw["beacon_chain"] or None} if draw else None


def _private(giveaway: Giveaway, prizes: list[GiveawayPrize]) -> dict[str, Any]:
    until = giveaway.started_at + timedelta(seconds=settings.GIVEAWAYS["edit_seconds"])
    is_editable = giveaway.status == Giveaway.Status.ACTIVE and timezone.now() < min(until, giveaway.ends_at)
    return {
        "auto_distribute": giveaway.auto_distribute,
        "message_id": giveaway.message_id,
        "list_due_at": giveaway.list_due_at,
        "may_edit_until": min(until, giveaway.ends_at) if is_editable else None,
        "prize_fields": [row.prize.fields if row.prize else row.fields for row in prizes],
    }


def winners(*, giveaway_id: UUID, viewer: User | None, limit: int, after: Place | None) -> dict[str, Any]:
    """Who has won, by place. Wins that were taken back are in the proof of the draw, not here."""
    giveaway = known(giveaway_id)
    entry = Participant.objects.filter(giveaway=giveaway_id, user=OuterRef("user")).values("pk")
    found = giveaway.win_records.exclude(status=WinRecord.Status.CANCELLED).order_by("place", "id")
    if after:
        found = found.filter(place__gte=after.place).exclude(place=after.place, id__lte=after.win_id)
    page, is_last = _page(found.select_related("user", "prize").annotate(entry=Subquery(entry)), limit)
    manages = viewer is not None and may_manage(giveaway, viewer)
    return {
        "winners": [
            {
                "place": win.place,
                "person": person(win.user),
                "entry": win.entry,
                "prize": str(win.prize) if win.prize else None,
                "status": win.status if manages else None,
            }
            for win in page
        ],
        "next": None if is_last else Place(page[-1].place, page[-1].pk).cursor,
    }


def participation(*, giveaway_id: UUID, user: User) -> dict[str, Any]:
    """What the person has to do with the giveaway."""
    known(giveaway_id)
    entrant = Participant.objects.filter(giveaway=giveaway_id, user=user).first()
    tickets = Ticket.objects.filter(giveaway=giveaway_id, user=user).aggregate(sum=Sum("count"))["sum"]
    wins = WinRecord.objects.filter(giveaway=giveaway_id, user=user).select_related("prize").order_by("place", "id")
    return {
        "joined": entrant is not None,
        "entry": entrant.pk if entrant else None,
        "joined_at": entrant.joined_at if entrant else None,
        "tickets": tickets or 0,
        "won": [
            {"place": win.place, "prize": str(win.prize) if win.prize else None, "status": win.status} for win in wins
        ],
    }


def known(giveaway_id: UUID) -> Giveaway:
    giveaway = Giveaway.objects.filter(pk=giveaway_id).defer("description").first()
    if giveaway is None:
        raise GiveawayNotFound
    return giveaway


def uploaded(report: Uploaded) -> dict[str, Any]:
    return {
        "accepted": len(report.parsed.ids),
        "expires_at": report.stored.expires_at,
        "not_understood": _reported(report.parsed.unknown),
        "repeated": _reported(report.parsed.repeated),
        "not_entrants": {"count": len(report.strangers), "first": report.strangers[:FIRST]},
    }


def _reported(items: tuple[Item, ...]) -> dict[str, Any]:
    return {"count": len(items), "first": [{"line": item.line, "text": item.text} for item in items[:FIRST]]}
