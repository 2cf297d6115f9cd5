"""The rows to which references must lead, as the proof from the source expects them."""

from __future__ import annotations

from typing import Any

from operations.importing.declaration import Reference
from operations.importing.expectation import as_text
from operations.importing.getters import Getter, Row, value_getter
from operations.importing.session import Session
from operations.importing.target import LANDED


class References:
    """Where a key of one entity can only lead to its own row, few keys lead elsewhere: those are known beforehand.

    Otherwise the keys of each batch are looked up, by `look_up`, before its rows are compared.
    """

    def __init__(self, session: Session, entity_ids: dict[str, int]) -> None:
        self.session = session
        self.entity_ids = entity_ids
        self._looked_up: list[tuple[list[int], Getter, dict[str, str]]] = []

    def getter(self, rule: Reference, places: list[int]) -> Getter:
        if not places:
            return lambda row: None
        entities = [self.entity_ids[name] for name in rule.entities]
        if len(entities) == 1 and not rule.dangling:
            moved = self._moved(entities[0])

            def led(value: Any) -> str:
                key = _text(value)
                return moved.get(key, key)

            return value_getter(places, led, None, trim=False)
        rows: dict[str, str] = {}
        self._looked_up.append((entities, value_getter(places, _key, None, trim=False), rows))
        return value_getter(places, lambda value: rows.get(_text(value)), None, trim=False)

    def _moved(self, entity: int) -> dict[str, str]:
        return dict(
            self.session.fetch(
                f"SELECT key, target FROM {LANDED} WHERE entity_id = %(entity)s AND target IS NOT NULL",
                {"entity": entity},
            )
        )

    def look_up(self, batch: list[Row]) -> None:
        for entities, referred, rows in self._looked_up:
            rows.clear()
            keys = {key for key in map(referred, batch) if key is not None}
            found = self.session.fetch(
                f"SELECT key, coalesce(target, key), entity_id FROM {LANDED} WHERE entity_id = ANY(%(entities)s) "
                "AND key = ANY(%(keys)s) AND (outcome IN ('loaded', 'merged') OR target IS NOT NULL)",
                {"entities": entities, "keys": list(keys)},
            )
            # The entity that is named first wins.
            rows.update((key, row) for key, row, entity in sorted(found, key=lambda one: -entities.index(one[2])))


def _key(value: Any) -> str | None:
    """None for what no record can have as its key."""
    return None if isinstance(value, bytes) else _text(value)


def _text(value: Any) -> str:
    text = as_text(value)
    assert text is not None
    return text
