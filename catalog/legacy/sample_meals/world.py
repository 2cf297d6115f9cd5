"""What all parts of one sample share: keys, names, times, and which records are going to be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, TypeAlias
from uuid import UUID

from .schema import Generation

# `loaded`: with the fact recorded; `summed`: into the line of the first record; `rejected`: a reference leads nowhere.
Fate: TypeAlias = Literal["loaded", "summed", "rejected"]
START = datetime(2025, 6, 2)  # noqa: DTZ001  the legacy columns have no zone
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

KINDS: dict[str, Fate] = {
    "email_missing": "loaded",
    "email_other_case": "loaded",
    "meal_orphaned": "loaded",
    "day_twice": "loaded",
    "time_on_another_date": "loaded",
    "servings_ambiguous": "loaded",
    "name_misspelt": "loaded",
    "item_twice": "summed",
    "portion_collides": "loaded",
    "portion_without_item": "loaded",
    "owner_lost": "loaded",
    "portion_missing": "loaded",
}


@dataclass(frozen=True)
class DirtyRecord:
    """A record in which something is wrong: `key` is its primary key, joined by `/` where it has several columns."""

    table: str
    key: str
    kind: str
    fate: Fate


@dataclass
class World:
    seed: int
    generation: Generation
    days: int
    users: int
    dirt: float
    dirty: list[DirtyRecord] = field(default_factory=list)
    turns: Counter[str] = field(default_factory=Counter)

    def random(self, *path: str | int) -> Random:
        """A generator of its own for each place, so that one part can change without moving the others."""
        return Random("/".join(map(str, (self.seed, self.generation, *path))))  # noqa: S311  made-up data, no secrets

    def keys(self, table: str, count: int) -> list[str]:
        return list(self._keys(self.random(table, "keys"), count))

    def _keys(self, random: Random, count: int) -> Iterator[str]:
        for _ in range(count):
            if self.generation == "families":
                number = random.getrandbits(120)
                yield "c" + "".join(_BASE36[(number >> (5 * place)) % 32] for place in range(24))
            else:
                yield str(UUID(int=random.getrandbits(128), version=4))

    def spoils(self, kind: str, random: Random, *, first: bool = True) -> bool:
        """Whether a record goes wrong so; the first that could always does, if there is dirt at all."""
        if not self.dirt:
            return False
        self.turns[kind] += 1
        return (first and self.turns[kind] == 1) or random.random() < self.dirt

    def note(self, table: str, kind: str, *key: str) -> None:
        self.dirty.append(DirtyRecord(table, "/".join(key), kind, KINDS[kind]))

    def moment(self, random: Random) -> datetime:
        return START + timedelta(milliseconds=random.randrange(self.days * 86_400_000))


Rows: TypeAlias = Iterable[tuple[Any, ...]]
INGREDIENTS = (
    "Гречка", "Рис басматі", "Куряче філе", "Яйце", "Молоко 2,5%", "Сметана", "Сир твердий", "Творог", "Масло",
    "Олія", "Хлеб ржаной", "Картопля", "Морква", "Буряк", "Цибуля", "Помідор", "Огірок", "Яблуко", "Банан", "Мед",
)  # fmt: skip
DISHES = ("Борщ", "Омлет", "Сирники", "Плов", "Каша", "Салат овощной", "Суп с фрикадельками", "Вареники", "Запіканка")
SNACKS = ("Кава з молоком", "Піца", "Шаурма", "Печиво", "Морозиво", "Торт «Київський»")
PEOPLE = ("Олена", "Іван", "Марія", "Пётр", "Zoë", "O'Hara", "Ґвінтівка", "Юлія")
