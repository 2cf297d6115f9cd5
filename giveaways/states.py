"""The life of a giveaway as one state machine: every change of its status is one of the transitions below.

docs/giveaways.md has the same table with its picture; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils import timezone

from giveaways.models import Giveaway

Status = Giveaway.Status


class Actor(StrEnum):
    CREATOR = "creator"
    ADMIN = "giveaway admin"
    STAFF = "staff"
    CLOCK = "clock"


@dataclass(frozen=True)
class Transition:
    before: Giveaway.Status
    after: Giveaway.Status
    by: tuple[Actor, ...]
    when: str


TRANSITIONS = (
    Transition(
        Status.ACTIVE,
        Status.CANCELLED,
        (Actor.CREATOR, Actor.ADMIN, Actor.STAFF),
        "within the first minutes and with few entrants; staff at any time before its end",
    ),
    Transition(Status.ACTIVE, Status.COMPLETED, (Actor.CLOCK,), "its time is over, and nobody joined"),
    Transition(Status.ACTIVE, Status.CUSTOM, (Actor.CLOCK,), "its time is over, and it has a custom requirement"),
    Transition(Status.ACTIVE, Status.PROCESSING, (Actor.CLOCK,), "its time is over"),
    Transition(Status.CUSTOM, Status.PROCESSING, (Actor.CREATOR,), "the list of winners is there and confirmed"),
    Transition(Status.CUSTOM, Status.PROCESSING, (Actor.CLOCK,), "no list was confirmed in time"),
    Transition(Status.PROCESSING, Status.COMPLETED, (Actor.CLOCK,), "its winners are drawn"),
)
ALLOWED = frozenset((transition.before, transition.after) for transition in TRANSITIONS)
# Nothing leads out of these. `pending`, `expired` and `history` come from the legacy tool alone.
OVER = frozenset({Status.COMPLETED, Status.CANCELLED, Status.EXPIRED, Status.HISTORY})


class ImpossibleTransition(ValueError):
    """The code asks for a transition that the machine does not have."""


def ways_to(status: str) -> tuple[Giveaway.Status, ...]:
    """The states that lead to `status` in one step."""
    return tuple(dict.fromkeys(step.before for step in TRANSITIONS if step.after == status))


def is_allowed(before: str, after: str) -> bool:
    return (before, after) in ALLOWED


def move(*, giveaway_id: UUID, to: str, before: Iterable[str] | None = None, **changes: Any) -> int:
    """Brings a giveaway into a state, from one of `before` (else: from any that leads there); gives 1, else 0.

    One conditional statement: of two who try, one succeeds. `changes` are other columns of the same statement. Raises
    ImpossibleTransition for what the machine does not have, whatever the state of the giveaway.
    """
    sources = ways_to(to) if before is None else tuple(before)
    impossible = [source for source in sources if not is_allowed(source, to)]
    if impossible or not sources:
        raise ImpossibleTransition(f"Nothing leads from {', '.join(impossible) or 'any state'} to {to}.")
    waiting = Giveaway.objects.filter(pk=giveaway_id, status__in=sources)
    return waiting.update(status=to, updated_at=timezone.now(), **changes)
