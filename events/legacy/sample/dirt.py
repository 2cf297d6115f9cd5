"""The register of dirt: every way in which a legacy event goes wrong, and what should become of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias
from uuid import UUID

from events.keys import EPOCH

from .draft import NOTHING, Draft

Fate: TypeAlias = Literal["loaded", "loaded_with_raw", "rejected"]
Spoil: TypeAlias = Callable[[Draft, int], None]
"""Spoils the draft; takes how often this kind has struck before, too."""


@dataclass(frozen=True)
class Kind:
    """One kind of dirt. `json_only`: a jsonb column cannot hold it.

    `fate` is what an importer owes such an event: `loaded`; `loaded_with_raw`, where jsonb can hold something close to
    what it says, and the exact text is kept beside that; or `rejected` with a reason.
    """

    slug: str
    fate: Fate
    spoil: Spoil
    json_only: bool = False


def _data_text(*endings: str) -> Spoil:
    """The data as text, with another member behind the others."""

    def spoil(draft: Draft, turn: int) -> None:
        draft.data_text = f"{json.dumps(draft.data)[:-1]}, {endings[turn % len(endings)]}}}"

    return spoil


def _context_text(member: str) -> Spoil:
    def spoil(draft: Draft, turn: int) -> None:
        draft.context = draft.context if draft.done else {"event": draft.data, "nodes": {}, "metadata": {}}
        draft.context_text = f"{json.dumps(draft.context)[:-1]}, {member}}}"

    return spoil


def _created(*texts: str) -> Spoil:
    def spoil(draft: Draft, turn: int) -> None:
        draft.created_text = texts[turn % len(texts)]

    return spoil


def _data(*values: Any) -> Spoil:
    """Such an event cannot have been processed, nor its address be read."""

    def spoil(draft: Draft, turn: int) -> None:
        draft.data, draft.context, draft.pipeline = values[turn % len(values)], NOTHING, "other"

    return spoil


def _context(*values: Any) -> Spoil:
    def spoil(draft: Draft, turn: int) -> None:
        draft.context = values[turn % len(values)]

    return spoil


def _key_without_time(draft: Draft, turn: int) -> None:
    random = Random(f"{draft.id}/{turn}")
    draft.id, draft.created, draft.at = str(UUID(int=random.getrandbits(128), version=4)), None, EPOCH


def _long_texts(draft: Draft, turn: int) -> None:
    """Longer than an index may take, and not to be compressed."""
    noise = f"{Random(draft.id).getrandbits(40_000):x}"
    draft.data = draft.data | {"ticket_id": noise, "to_email": f"{noise}@shop.example"}
    draft.context, draft.pipeline = NOTHING, "other"


def _deep(draft: Draft, turn: int) -> None:
    draft.data_text = f'{json.dumps(draft.data)[:-1]}, "thread": {"[" * 2_000}{"]" * 2_000}}}'


KINDS: tuple[Kind, ...] = (
    Kind("data_null", "loaded", _data(NOTHING)),
    Kind("data_json_null", "loaded", _data(None)),
    Kind("data_not_object", "loaded", _data([], "text", 42, True, [{"ticket_id": 1}])),
    Kind("context_not_object", "loaded", _context([], "done", 0, False)),
    Kind("text_long", "loaded", _long_texts),
    Kind("nul_escape", "loaded_with_raw", _data_text('"note": "a\\u0000b"', '"\\u0000": 1'), json_only=True),
    Kind("nul_escape_in_context", "loaded_with_raw", _context_text('"metadata": "\\u0000"'), json_only=True),
    Kind(
        "lone_surrogate",
        "loaded_with_raw",
        _data_text('"note": "\\ud83d"', '"note": "\\udc00 low"', '"\\ud800": "\\uDBFF\\u0041"'),
        json_only=True,
    ),
    Kind("member_twice", "loaded_with_raw", _data_text('"subject": "again"', '"subject": null'), json_only=True),
    Kind("number_beyond_numeric", "rejected", _data_text('"n": 1e200000', '"n": [-9e999999]'), json_only=True),
    Kind("nested_too_deep", "rejected", _deep),
    Kind("time_before_1970", "rejected", _created("1969-12-31 23:00:00", "0001-01-01 00:00:00", "0044-03-15 BC")),
    Kind("time_infinite", "rejected", _created("infinity", "-infinity")),
    Kind("key_without_time", "loaded", _key_without_time),
)

FULL_EVENTS = 500  # events from which on a sample has every kind, whatever share of dirt was asked for


@dataclass(frozen=True)
class Hit:
    """One event that is going to be spoiled; `turn` counts those that the same kind has hit before."""

    kind: Kind
    turn: int


def plan_dirt(seed: int, events: int, share: float, *, json_only: bool) -> dict[int, Hit]:
    """Which positions are spoiled, and how: spread evenly, all kinds in turn."""
    kinds = [kind for kind in KINDS if json_only or not kind.json_only]
    wanted = max(round(events * share), len(kinds)) if events >= FULL_EVENTS else int(events * share)
    if not share or not wanted:
        return {}
    random, step = Random(f"{seed}/dirt"), events // wanted
    return {
        number * events // wanted + int(random.random() * step): Hit(
            kinds[(seed + number) % len(kinds)], number // len(kinds)
        )
        for number in range(wanted)
    }
