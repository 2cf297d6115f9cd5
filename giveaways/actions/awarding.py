"""Who has won: the winners are ranked, their places are given, and everybody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giveaways import states
from giveaways.actions.holding import held
from giveaways.drawing.ranking import key_of, winners
from giveaways.frozen import ids_at, listing_of, position_of, tickets_and_strata
from giveaways.models import Draw, Giveaway, GiveawayPrize, Participant, WinRecord
from giveaways.outbox import owe

Status = Giveaway.Status


@dataclass(frozen=True)
class Prizes:
    """What a giveaway gives: for single places, and for all its winners."""

    rows: Sequence[GiveawayPrize]

    def of(self, place: int) -> list[GiveawayPrize]:
        """What a place gets, its own prizes first. Nothing: the winner keeps the place all the same."""
        own = [row for row in self.rows if row.place == place]
        return own + [row for row in self.rows if row.place is None]


@transaction.atomic
def award(*, draw_id: UUID, at: datetime | None = None) -> bool:
    """Give the places of a frozen draw, and publish its seed: win records, states and messages, all or nothing.

    False if it is not to be drawn (any more). Whoever else calls it waits for the draw's row, and finds it done.
    """
    draw = Draw.objects.select_for_update().get(pk=draw_id)
    if draw.drawn_at or not draw.frozen_at or (draw.beacon_chain and not draw.beacon_randomness):
        return False
    drawn = _ranked(draw)
    giveaway = held(draw.giveaway_id)
    if giveaway.status != (Status.COMPLETED if draw.number else Status.PROCESSING):
        return False
    now = at or timezone.now()
    _give_places(draw, giveaway, drawn, now)
    draw.winners, draw.drawn_at = [str(entry) for entry in drawn], now
    draw.save(update_fields=["winners", "drawn_at"])
    if draw.number == 0:
        states.move(giveaway_id=giveaway.pk, to=Status.COMPLETED, before=[Status.PROCESSING])
    return True


def _ranked(draw: Draw) -> list[UUID]:
    """The entries that win, in the order of the places."""
    listing = listing_of(draw)
    key = key_of(
        seed=bytes(draw.seed),
        giveaway=draw.giveaway_id,
        root=bytes.fromhex(draw.entries_root),
        randomness=bytes.fromhex(draw.beacon_randomness),
    )
    tickets, strata = tickets_and_strata(listing)
    excluded = [position_of(listing, UUID(entry)) for entry in draw.excluded]
    positions = winners(
        key=key,
        tickets=tickets,
        strata=strata,
        count=len(draw.places),
        excluded=[position for position in excluded if position is not None],
    )
    return ids_at(listing, positions)


def _give_places(draw: Draw, giveaway: Giveaway, drawn: Sequence[UUID], now: datetime) -> None:
    prizes = Prizes(tuple(giveaway.giveaway_prizes.select_related("prize").order_by("position")))
    entrants = {entrant.pk: entrant.user for entrant in Participant.objects.filter(pk__in=drawn).select_related("user")}
    records = []
    for place, entry in zip(draw.places, drawn, strict=False):
        if entry not in entrants:  # taken out of the records since the list was frozen
            continue
        user, of_place = entrants[entry], prizes.of(place)
        records.append(_record(draw, giveaway, place, user, of_place, now))
        text = _to_winner(giveaway, place, of_place)
        owe(key=f"won:{draw.pk}:{place}", recipient=user, text=text, giveaway=giveaway)
    WinRecord.objects.bulk_create(records)
    text = _to_creator(draw, giveaway, records)
    owe(key=f"drawn:{draw.pk}", recipient=giveaway.creator, text=text, giveaway=giveaway)


def _record(
    draw: Draw, giveaway: Giveaway, place: int, user: User, prizes: Sequence[GiveawayPrize], now: datetime
) -> WinRecord:
    prize = next((row.prize for row in prizes if row.prize), None)
    at_once = giveaway.auto_distribute and prize is not None and prize.is_internal
    return WinRecord(
        draw=draw,
        giveaway=giveaway,
        place=place,
        user=user,
        prize=prize,
        status=WinRecord.Status.DISTRIBUTED if at_once else WinRecord.Status.PENDING,
        received_at=now if at_once else None,
        created_at=now,
    )


def _to_winner(giveaway: Giveaway, place: int, prizes: Sequence[GiveawayPrize]) -> str:
    names = ", ".join(str(row.prize) for row in prizes if row.prize)
    return f"You won place {place} of “{giveaway.title}”{f': {names}' if names else ''}."


def _to_creator(draw: Draw, giveaway: Giveaway, records: Sequence[WinRecord]) -> str:
    waiting = sum(record.status == WinRecord.Status.PENDING for record in records)
    if draw.number:
        places = ", ".join(map(str, draw.places))
        return f"“{giveaway.title}”: drawn again, place {places}. Prizes to hand over: {waiting}."
    if not records:
        return f"“{giveaway.title}” is over. Nobody could win: nobody met what it asks."
    return f"“{giveaway.title}” is over. Winners: {len(records)}. Prizes to hand over: {waiting}."
