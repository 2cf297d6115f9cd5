"""The database as it is filled: commands go out in bulk, records are counted by entity, dirt is written down."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import redis

from .dirt import FATES, Fate

Key = str | bytes
Element = bytes | int | None

_COMMANDS_AT_ONCE, _ARGUMENTS_AT_ONCE, _MEMBERS_AT_ONCE = 4_000, 20_000, 10_000
_MILLISECOND = 10**6


@dataclass(frozen=True)
class DirtyRecord:
    """A record that is wrong. `element` is the member of a set, the field of a hash, or the index in a JSON array;
    None where the record is the whole value of the key."""

    entity: str
    key: str
    element: Element
    kind: str
    fate: Fate


class Store:
    def __init__(self, client: redis.Redis) -> None:
        self._pipeline = client.pipeline(transaction=False)
        self._arguments = 0
        self.records: Counter[str] = Counter()
        self.elements = 0
        self.dirty: list[DirtyRecord] = []

    def add_string(self, entity: str, key: Key, value: bytes, *, ttl: int | None = None, records: int = 1) -> None:
        """A STRING of so many records; `ttl` in nanoseconds."""
        expiry = ("PX", ttl // _MILLISECOND) if ttl is not None else ()
        self.command(entity, "SET", key, value, *expiry, records=records)

    def add_members(self, entity: str, key: Key, members: Sequence[bytes]) -> None:
        for start in range(0, len(members), _MEMBERS_AT_ONCE):
            chunk = members[start : start + _MEMBERS_AT_ONCE]
            self.command(entity, "SADD", key, *chunk, records=len(chunk), elements=len(chunk))

    def add_fields(self, entity: str, key: Key, values: Mapping[bytes, bytes]) -> None:
        if values:
            words = [word for pair in values.items() for word in pair]
            self.command(entity, "HSET", key, *words, records=len(values), elements=len(values))

    def command(self, entity: str, *words: Key | int, records: int = 1, elements: int = 1) -> None:
        """A command that makes so many records of the entity and so many values in the database."""
        self.count(entity, records)
        self.elements += elements
        self._pipeline.execute_command(*words)  # type: ignore[no-untyped-call]
        self._arguments += len(words)
        if self._arguments > _ARGUMENTS_AT_ONCE or len(self._pipeline) > _COMMANDS_AT_ONCE:
            self.flush()

    def count(self, entity: str, records: int) -> None:
        """Records that are nested in a value of another entity."""
        self.records[entity] += records

    def spoiled(self, entity: str, slug: str, key: str, element: Element = None) -> None:
        self.dirty.append(DirtyRecord(entity, key, element, slug, FATES[entity, slug]))

    def flush(self) -> None:
        self._pipeline.execute()
        self._arguments = 0
