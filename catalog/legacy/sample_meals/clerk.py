"""The third generation: Clerk's users, typed links that take their amounts from the portion history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .schema import TABLES
from .world import DISHES, INGREDIENTS, PEOPLE, SNACKS, START, World

_TYPES = ("BREAKFAST", "LUNCH", "DINNER", "SNACK")


def clerk_rows(world: World) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in TABLES["clerk"]}
    random = world.random("clerk")
    keys = iter(world.keys("all", 1_000 + world.users * (60 + 12 * world.days)))
    times = (START, START)
    public = [next(keys) for _ in INGREDIENTS]
    for key, name in zip(public, INGREDIENTS, strict=True):
        rows["ingredients"].append((key, None, name, 343.0, 12.6, 62.1, 3.3, None, *times))
        rows["ingredient_packaging"].append((next(keys), key, "Пачка", 800.0, "GRAMS", "Сільпо"))
    for number in range(world.users):
        user = f"user_{number:024d}"
        email = f"person{number}@example.org" if number else ""  # Clerk's user without an address
        name = PEOPLE[number % len(PEOPLE)]
        rows["users"].append((user, email, name, None, name, None, f"person_{number}", *times, *times))
        if number % 2 == 0:
            family = next(keys)
            rows["families"].append((family, f"Родина {number}", *times))
        rows["family_members"].append((next(keys), family, user, START))
        _of_person(world, rows, random, keys, user, family, public)
    return rows


def _of_person(world: World, rows: Any, random: Any, keys: Any, user: str, family: str, public: list[str]) -> None:
    times = (START, START)
    own, meal, quick, cooked = (next(keys) for _ in range(4))
    rows["ingredients"].append((own, user, "Своє варення", 0.0, None, 70.5, 0.0, 30.0, *times))
    rows["meals"].append((meal, user, random.choice(DISHES), None, None, 1200.0, 1150.5, 10, 40, 300.0, *times))
    for ingredient in (own, *random.sample(public, 2)):
        rows["meal_ingredients"].append((next(keys), meal, ingredient, 22.69, "GRAMS"))
    rows["quick_meals"].append((quick, user, random.choice(SNACKS), None, 250.0, 4.4, 30.0, 12.0, 350.0))
    rows["cooked_meals"].append((cooked, user, meal, "Вчорашнє", 900.0, START))
    rows["cooked_meal_ingredients"].append((next(keys), cooked, own, 90.0, "GRAMS"))
    portions = {}
    for item, kind in ((own, "INGREDIENT"), (meal, "MEAL"), (quick, "QUICK_MEAL"), (cooked, "COOKED_MEAL")):
        portions[kind] = _portion(rows, random, next(keys), user, item, kind)
        if world.spoils("portion_collides", random):
            world.note("portion_history", "portion_collides", _portion(rows, random, next(keys), user, item, kind))
    if world.spoils("portion_without_item", random):
        lost = _portion(rows, random, next(keys), user, next(keys), "GONE")
        world.note("portion_history", "portion_without_item", lost)
    for day in range(world.days):
        for kind in random.sample(_TYPES, 2):
            _entry(world, rows, random, keys, user, day, kind, (own, meal, quick, cooked), portions)
    _shopping(world, rows, random, keys, user, family, public)


def _portion(rows: Any, random: Any, key: str, user: str, item: str, kind: str) -> str:
    columns = {"INGREDIENT": 0, "MEAL": 1, "QUICK_MEAL": 2}
    typed = [item if columns.get(kind) == place else None for place in range(3)]
    item_type = "INGREDIENT" if kind == "GONE" else kind
    amount = random.choice((4.4, 100.0, 22.69, 350.0))
    rows["portion_history"].append((key, user, item, item_type, amount, "GRAMS", 3, START, *typed))
    return key


def _entry(
    world: World, rows: Any, random: Any, keys: Any, user: str, day: int, kind: str, items: Any, portions: Any
) -> None:
    entry, date = next(keys), START + timedelta(days=day)
    eaten = date + timedelta(hours=9) if random.random() < 0.5 else None
    if eaten and world.spoils("time_on_another_date", random):
        eaten = date - timedelta(hours=1)
        world.note("meal_entries", "time_on_another_date", entry)
    rows["meal_entries"].append((entry, user, date, eaten, kind, START, START))
    chosen = random.sample(list(zip(("ingredient", "meal", "quick_meal", "cooked_meal"), items, strict=True)), 2)
    for name, item in chosen:
        key, portion = next(keys), portions[name.upper()]
        if world.spoils("portion_missing", random):
            portion = f"gone-{key}"
            world.note(f"meal_entry_{name}s", "portion_missing", key)
        rows[f"meal_entry_{name}s"].append((key, entry, item, portion))


def _shopping(world: World, rows: Any, random: Any, keys: Any, user: str, family: str, public: list[str]) -> None:
    key = next(keys)
    of_family = random.random() < 0.4
    owner, kind = (family, "FAMILY") if of_family else (user, "USER")
    repeated = random.random() < 0.5
    typed = (user if repeated and not of_family else None, family if repeated and of_family else None)
    if world.spoils("owner_lost", random):
        owner, typed = f"gone-{key}", (None, None)
        world.note("shopping_lists", "owner_lost", key)
    until = START + timedelta(days=6)
    rows["shopping_lists"].append((key, owner, kind, "Список", START, until, *typed, START, START))
    for ingredient in random.sample(public, 3):
        status = random.choice(("MUST_BUY", "CHECK_AVAILABILITY", "BOUGHT"))
        rows["shopping_list_items"].append((next(keys), key, ingredient, 450.5, status))
