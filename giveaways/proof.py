"""What proves a draw: all that was published, in the shape in which docs/verify_draw.py reads it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from ninja import Schema
from pydantic import Field

from accounts.models import User
from giveaways.drawing.beacon import CHAINS
from giveaways.errors import GiveawayNotFound
from giveaways.frozen import entries, inclusion
from giveaways.models import Draw, Giveaway, Participant

INLINE = 1000
"""More entries than these are fetched by themselves."""
Lines = list[tuple[UUID, int, int]]
Hex = str


class Beacon(Schema):
    """A round of drand; see https://docs.drand.love."""

    chain: Hex
    round: int = Field(description="Named at creation, or a later one if the entries were not frozen in time for it.")
    time: datetime = Field(description="When the round comes.")
    randomness: Hex | None = Field(description="SHA-256 of the signature; null until it is known.")
    signature: Hex | None


class Entries(Schema):
    """What was frozen: all who could win, by the ids of their entries."""

    count: int
    tickets: str = Field(description="Of all together; a whole number of any size.")
    root: Hex = Field(description="Of the Merkle tree over them (RFC 6962).")
    url: str = Field(description="Where they are, a line each.")
    list: Lines | None = Field(description=f"Entry, tickets and stratum of each; null if they are more than {INLINE}.")


class Winner(Schema):
    place: int
    entry: UUID


class DrawProof(Schema):
    number: int = Field(description="0: of all places; 1 and up: of some of them once more.")
    commitment: Hex = Field(description="SHA-256 of the seed; of a later draw it is the seed of the one before.")
    committed_at: datetime
    frozen_at: datetime | None = Field(description="When the list of entries was closed, or the places named.")
    drawn_at: datetime | None
    seed: Hex | None = Field(description="Null until it is drawn.")
    beacon: Beacon | None = Field(description="Null: the giveaway names none.")
    places: list[int] = Field(description="In the order in which they are drawn; empty until the entries are frozen.")
    excluded: list[UUID] = Field(description="Entries that won in an earlier draw.")
    reason: str = Field(description="Why places were drawn again.")
    winners: list[Winner]


class Proof(Schema):
    algorithm: str
    giveaway: UUID
    status: str
    winners_count: int
    ends_at: datetime
    committed_late: bool = Field(description="Whether the seed was fixed after the end only: the giveaway is older.")
    entries: Entries | None = Field(description="Null until they are frozen.")
    draws: list[DrawProof]


class InclusionProof(Schema):
    giveaway: UUID
    entry: UUID
    tickets: int
    stratum: int
    position: int = Field(description="In the list, from 0.")
    count: int
    root: Hex
    path: list[Hex] = Field(description="The siblings from the leaf to the root.")


def proof_of(giveaway_id: UUID) -> Proof:
    """Raises GiveawayNotFound, also where nothing was ever committed to."""
    draws = _draws(giveaway_id)
    giveaway = draws[0].giveaway
    return Proof(
        algorithm=draws[0].algorithm,
        giveaway=giveaway.pk,
        status=giveaway.status,
        winners_count=giveaway.winners_count,
        ends_at=giveaway.ends_at,
        committed_late=draws[0].committed_at >= giveaway.ends_at,
        entries=_entries(draws[0]),
        draws=[_draw(draw) for draw in draws],
    )


def listing(giveaway_id: UUID) -> Draw:
    """The draw whose entries are frozen. Raises GiveawayNotFound."""
    draw = _draws(giveaway_id)[0]
    if draw.frozen_at is None:
        raise GiveawayNotFound("Its entries are not frozen yet.")
    return draw


def inclusion_of(giveaway_id: UUID, user: User) -> InclusionProof:
    """The proof that a person's entry is in the list. Raises GiveawayNotFound."""
    draw = listing(giveaway_id)
    entrants = Participant.objects.using(DEFAULT_DB_ALIAS).filter(giveaway=giveaway_id, user=user)
    entry = entrants.values_list("pk", flat=True).first()
    found = inclusion(draw, entry) if entry else None
    if found is None:
        raise GiveawayNotFound("You are not in the list of entries.")
    return InclusionProof(
        giveaway=giveaway_id,
        entry=found.entry.id,
        tickets=found.entry.tickets,
        stratum=found.entry.stratum,
        position=found.position,
        count=draw.entries_count or 0,
        root=draw.entries_root,
        path=[sibling.hex() for sibling in found.path],
    )


def _draws(giveaway_id: UUID) -> list[Draw]:
    draws = Draw.objects.using(DEFAULT_DB_ALIAS).filter(giveaway=giveaway_id).select_related("giveaway")
    found = list(draws.order_by("number"))
    if found:
        return found
    if Giveaway.objects.using(DEFAULT_DB_ALIAS).filter(pk=giveaway_id).exists():
        raise GiveawayNotFound("There is no proof of this giveaway: it was not drawn here.")
    raise GiveawayNotFound


def _entries(draw: Draw) -> Entries | None:
    if draw.frozen_at is None:
        return None
    few = (draw.entries_count or 0) <= INLINE
    return Entries(
        count=draw.entries_count or 0,
        tickets=str(draw.tickets_count),
        root=draw.entries_root,
        url=f"/api/giveaways/{draw.giveaway_id}/proof/entries",
        list=[(entry.id, entry.tickets, entry.stratum) for entry in entries(draw)] if few else None,
    )


def _draw(draw: Draw) -> DrawProof:
    return DrawProof(
        number=draw.number,
        commitment=draw.commitment,
        committed_at=draw.committed_at,
        frozen_at=draw.frozen_at,
        drawn_at=draw.drawn_at,
        seed=bytes(draw.seed).hex() if draw.drawn_at else None,
        beacon=_beacon(draw),
        places=draw.places,
        excluded=draw.excluded,
        reason=draw.reason,
        winners=[Winner(place=place, entry=entry) for place, entry in zip(draw.places, draw.winners, strict=False)],
    )


def _beacon(draw: Draw) -> Beacon | None:
    if not draw.beacon_chain:
        return None
    number = draw.beacon_round or 0
    return Beacon(
        chain=draw.beacon_chain,
        round=number,
        time=CHAINS[draw.beacon_chain].time_of(number),
        randomness=draw.beacon_randomness or None,
        signature=draw.beacon_signature or None,
    )
