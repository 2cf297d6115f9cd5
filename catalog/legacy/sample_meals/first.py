"""The first generation: one menu a day for each person, global ingredients, NextAuth."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from .world import DISHES, INGREDIENTS, PEOPLE, SNACKS, START, World

_HASH = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
_HOURS = {"breakfast": 8, "lunch": 13, "dinner": 19, "snack": 23}
_KYIV = timedelta(hours=3)


def first_rows(world: World) -> dict[str, list[tuple[Any, ...]]]:
    rows = _people(world) | _food(world)
    rows |= {name: [] for name in ("menus", "meals", "meal_ingredients", "meal_recipes", "meal_unplanned_meals")}
    random = world.random("menus")
    keys = iter(world.keys("meals", world.users * world.days * 8 + 8))
    for user in (row[0] for row in rows["User"]):
        for day in range(world.days):
            twice = world.spoils("day_twice", random)
            for number in range(1 + twice):
                menu, seeded = next(keys), random.random() < 0.3
                rows["menus"].append((menu, START + timedelta(days=day, hours=0 if seeded else 12), user))
                if number:
                    world.note("menus", "day_twice", menu)
                for order, kind in enumerate(random.sample(sorted(_HOURS), 2)):
                    _meal(world, rows, random, next(keys), menu, START + timedelta(days=day), kind, order)
    return rows


def _people(world: World) -> dict[str, list[tuple[Any, ...]]]:
    random, keys = world.random("users"), world.keys("User", world.users)
    users: list[tuple[Any, ...]] = []
    accounts: list[tuple[Any, ...]] = []
    for number, key in enumerate(keys):
        email: str | None = f"Person{number}@example.org"
        if number % 3 == 2 and world.spoils("email_other_case", random):
            email = str(users[number - 2][2]).swapcase()  # everybody of that place in three has one
            world.note("User", "email_other_case", key)
        elif number % 3 == 1 and world.spoils("email_missing", random):
            email = None
            world.note("User", "email_missing", key)
        secret = _HASH if number % 2 else None
        verified = START if number % 4 == 0 else None
        users.append((key, PEOPLE[number % len(PEOPLE)], email, secret, verified, None, "USER" if number else "ADMIN"))
        accounts += [
            (f"{key}-{provider}", key, "oauth", provider, f"{provider}-{number}")
            for provider in ("google", "github")[: number % 3]
        ]
    sessions = [(f"{key}-session", f"token-{key}", key, START + timedelta(days=30)) for key in keys[::3]]
    tokens = [(f"person{number}@example.org", f"verify-{number}", START) for number in range(0, world.users, 5)]
    return {"User": users, "Account": accounts, "Session": sessions, "VerificationToken": tokens}


def _food(world: World) -> dict[str, list[tuple[Any, ...]]]:
    random = world.random("food")
    names = list(INGREDIENTS)
    keys = world.keys("ingredients", 2 * len(names))
    ingredients = []
    for name in INGREDIENTS:
        if world.spoils("name_misspelt", random):
            names.append(f"{name} ")  # another name, by its bytes
            world.note("ingredients", "name_misspelt", keys[len(names) - 1])
    for key, name in zip(keys, names, strict=False):
        ingredients.append((key, name, 4.4, 22.69, 0.1 + 0.2, round(random.random() * 90, 2)))
    recipes = list(zip(world.keys("recipes", len(DISHES)), DISHES, strict=True))
    lines = [
        (recipe, ingredient[0], float(random.randrange(5, 400)))
        for recipe, _ in recipes
        for ingredient in random.sample(ingredients, 4)
    ]
    snacks = zip(world.keys("unplanned_meals", len(SNACKS)), SNACKS, strict=True)
    quick = [(key, name, round(random.random() * 500, 1), 4.4, 30.5, 12.0) for key, name in snacks]
    return {"ingredients": ingredients, "recipes": recipes, "recipe_ingredients": lines, "unplanned_meals": quick}


def _meal(
    world: World,
    rows: dict[str, list[tuple[Any, ...]]],
    random: Random,
    meal: str,
    menu: str,
    day: datetime,
    kind: str,
    order: int,
) -> None:
    orphaned = world.spoils("meal_orphaned", random)
    time = day + timedelta(hours=_HOURS[kind]) - _KYIV if random.random() < 0.8 else None
    if orphaned:
        world.note("meals", "meal_orphaned", meal)
    elif time and world.spoils("time_on_another_date", random):
        time = day - timedelta(hours=1)
        world.note("meals", "time_on_another_date", meal)
    rows["meals"].append((meal, time, kind, None if orphaned else menu, order))
    for ingredient in random.sample(rows["ingredients"], 2):
        rows["meal_ingredients"].append((meal, ingredient[0], random.choice((4.4, 22.69, 100.0, 350.0))))
    for table, items, usual in (
        ("meal_recipes", rows["recipes"], 1.0),
        ("meal_unplanned_meals", rows["unplanned_meals"], 1.0),
    ):
        item = random.choice(items)[0]
        number = usual
        if world.spoils("servings_ambiguous", random, first=world.turns["servings_ambiguous"] < 1):
            number = random.choice((0.1562, 0.5, 100.0, 350.0))
            world.note(table, "servings_ambiguous", meal, item)
        rows[table].append((meal, item, number))
