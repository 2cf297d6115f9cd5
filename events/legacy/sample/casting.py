"""Decides what each event is: when it came in, where it went, what became of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from .content import context, misfit, ticket
from .draft import NOTHING, Draft, uuid1_text

MONTHS_BACK = timedelta(days=365)
_MICROSECOND = timedelta(microseconds=1)
_NODE = 0x0242AC120003  # a container's network card

# Out of twenty: what pipeline an event is for, and whether that came to its end. Escalated ones never did: the node
# that escalates fails. Those for other addresses were refused.
_CAST = (
    *[("support", "done")] * 10, *[("helpdesk", "done")] * 4, ("support", "escalated"), ("support", "escalated"),
    ("support", "unprocessed"), ("helpdesk", "unprocessed"), ("other", "unprocessed"), ("other", "unprocessed"),
)  # fmt: skip
# How a row without a result looks: a worker that never came, one that wrote None, one that began.
_NO_RESULT: tuple[Any, ...] = (NOTHING, NOTHING, None, {}, NOTHING)

_RETRIED_EVERY, _MISFIT_EVERY, _UNKNOWN_TIME_EVERY, _OTHER_KEY_EVERY = 40, 300, 150, 60
_TYPES = {"support": "SUPPORT", "helpdesk": "HELPDESK", "other": "CONTENT"}


def cast_events(seed: int, events: int, now: datetime, *, typed: bool) -> Iterator[Draft]:
    """In the order in which they came in. `typed`: the schema has `workflow_type`, and contexts a `should_stop`."""
    random = Random(f"{seed}/events")
    opened = now - MONTHS_BACK
    step = MONTHS_BACK / events
    before: tuple[Any, Any, str, str] | None = None
    for position in range(events):
        at = opened + position * step + random.random() * step * 0.9
        draft = _cast(random, at, position, typed=typed)
        if before and position % _RETRIED_EVERY in (11, 12):  # sent once more, and yet once more
            draft.data, draft.context, draft.pipeline, draft.workflow_type = before
        before = draft.data, draft.context, draft.pipeline, draft.workflow_type  # before somebody spoils it
        yield draft


def _cast(random: Random, at: datetime, position: int, *, typed: bool) -> Draft:
    pipeline, fate = _CAST[int(random.random() * len(_CAST))]
    if position % _MISFIT_EVERY == 13:
        pipeline, fate, data = "other", "unprocessed", misfit(random, at, position)
    else:
        data = ticket(random, at, pipeline, position)
    made: Any = NOTHING
    if fate == "done":
        made = context(random, data, pipeline, stops=typed)
    elif fate == "unprocessed":
        made = _NO_RESULT[position % len(_NO_RESULT)]
    created = at + (20 + int(random.random() * 400)) * _MICROSECOND
    processed = random.random() * 20 * timedelta(seconds=1) if fate == "done" else timedelta()
    draft = Draft(
        position=position,
        id=uuid1_text(at, position // 10_000 + 77, _NODE + position % 2),
        at=at,
        created=created,
        updated=created + processed + (3 + int(random.random() * 30)) * _MICROSECOND,
        data=data,
        context=made,
        pipeline=pipeline,
        workflow_type=_TYPES[pipeline] if typed else "",
    )
    if position % _UNKNOWN_TIME_EVERY == 17:
        draft.created = draft.updated = None
    elif position % _OTHER_KEY_EVERY == 23:
        draft.id = str(UUID(int=random.getrandbits(128), version=4))
    return draft
