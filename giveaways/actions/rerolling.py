"""Single places are drawn once more, in the open: who had them cannot win again, and the reason stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from giveaways.actions.awarding import award
from giveaways.actions.commitments import BEACON_MARGIN
from giveaways.actions.holding import held
from giveaways.drawing.beacon import CHAINS
from giveaways.drawing.seeds import LAST, seed_of
from giveaways.errors import NotAccepted, WrongState
from giveaways.models import Draw, Giveaway, WinRecord


@transaction.atomic
def reroll(
    *, giveaway: Giveaway, places: Sequence[int], reason: str, by: User | None = None, at: datetime | None = None
) -> Draw:
    """Draw `places` again from the frozen list of the first draw; all other places stay.

    Who may ask is the caller's business. The seed was fixed with that of the first draw. With a beacon, a round of it
    that nobody knows yet goes in as well, and `advance` draws when it has come. Raises NotAccepted for places that
    nobody has won or whose prize has been handed out, and for an empty reason; WrongState while there is another draw.
    """
    locked = held(giveaway.pk)
    draws = list(locked.draws.order_by("number"))
    _refuse_unless_drawn(locked, draws)
    if not reason.strip():
        raise NotAccepted(fields={"reason": "It is empty."})
    chosen = sorted(set(places))
    records = _standing(locked, draws[0], chosen)
    draw = _committed(draws, at or timezone.now())
    draw.places, draw.reason, draw.asked_by = chosen, reason.strip(), by
    draw.save()
    for record in records:
        record.status = WinRecord.Status.CANCELLED
        record.save(update_fields=["status", "updated_at"])
    if not draw.beacon_chain:
        award(draw_id=draw.pk, at=at)
        draw.refresh_from_db()
    return draw


def _refuse_unless_drawn(giveaway: Giveaway, draws: Sequence[Draw]) -> None:
    if giveaway.status != Giveaway.Status.COMPLETED:
        raise WrongState("It has not been drawn.")
    if not draws or not draws[0].drawn_at:
        raise WrongState("Its winners come from elsewhere: there is no list of entries to draw from again.")
    if not draws[-1].drawn_at:
        raise WrongState("A draw still waits for its beacon.")
    if draws[-1].number >= LAST:
        raise WrongState("There is no seed left that was fixed beforehand.")


def _standing(giveaway: Giveaway, first: Draw, places: Sequence[int]) -> list[WinRecord]:
    """The records that hold the places now."""
    drawn = set(first.places)
    unknown = [place for place in places if place not in drawn]
    if unknown or not places:
        raise NotAccepted(fields={"places": f"Nobody has won place {', '.join(map(str, unknown)) or 'none'}."})
    holding = giveaway.win_records.exclude(status=WinRecord.Status.CANCELLED).filter(
        place__in=places, draw__isnull=False
    )
    records = list(holding.select_for_update().order_by("place"))
    handed_out = [record.place for record in records if record.status == WinRecord.Status.DISTRIBUTED]
    if handed_out:
        raise NotAccepted(fields={"places": f"The prize has been handed out: place {', '.join(map(str, handed_out))}."})
    return records


def _committed(draws: Sequence[Draw], now: datetime) -> Draw:
    """The next draw. The seed of the last one is the commitment to its seed: it stands since the first."""
    first, last = draws[0], draws[-1]
    chain = CHAINS.get(first.beacon_chain)
    return Draw(
        giveaway=first.giveaway,
        number=last.number + 1,
        algorithm=first.algorithm,
        seed=seed_of(bytes(first.seed_origin or b""), last.number + 1),
        commitment=bytes(last.seed).hex(),
        beacon_chain=first.beacon_chain,
        beacon_round=chain.first_after(now + BEACON_MARGIN) if chain else None,
        entries_root=first.entries_root,
        entries_count=first.entries_count,
        tickets_count=first.tickets_count,
        excluded=sorted({entry for draw in draws for entry in draw.winners}),
        committed_at=now,
        frozen_at=now,
    )
