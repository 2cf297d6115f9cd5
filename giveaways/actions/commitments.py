"""The promise that comes before a draw: its seed is fixed, and the hash of it is published."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from giveaways.drawing import ALGORITHM
from giveaways.drawing.beacon import QUICKNET
from giveaways.drawing.seeds import commitment_to, new_origin, seed_of
from giveaways.models import Draw, Giveaway

BEACON_MARGIN = timedelta(seconds=60)
"""So much must lie at least between the freezing of the entries and the beacon's round."""


def commit_to_draw(*, giveaway: Giveaway, beacon: bool = False, at: datetime | None = None) -> Draw:
    """Fix the seed of a giveaway's draw, and with `beacon` the round of drand that goes into it; once per giveaway.

    Belongs into the transaction that makes the giveaway, before anybody can join it. Called again it gives what stands.
    """
    origin = new_origin()
    seed = seed_of(origin, 0)
    draw, _ = Draw.objects.get_or_create(
        giveaway=giveaway,
        number=0,
        defaults={
            "algorithm": ALGORITHM,
            "seed": seed,
            "seed_origin": origin,
            "commitment": commitment_to(seed),
            "beacon_chain": QUICKNET.hash if beacon else "",
            "beacon_round": QUICKNET.first_after(giveaway.ends_at + BEACON_MARGIN) if beacon else None,
            "committed_at": at or timezone.now(),
        },
    )
    return draw
