"""The second generation: families plan together; a "Meal" is a slot of a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .world import DISHES, INGREDIENTS, PEOPLE, START, World

_UNITS = ("г", "шт", "порции", "мл", "кг", "л")
_TYPES = ("BREAKFAST", "LUNCH", "DINNER", "SNACK")


def family_rows(world: World) -> dict[str, list[tuple[Any, ...]]]:
    random = world.random("families")
    names = (
        "User Family FamilyMember Ingredient Recipe RecipeIngredient MealPlan Meal MealEntry MealIngredient "
        "GroceryList GroceryItem"
    )
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in names.split()}
    keys = iter(world.keys("all", 1_000 + world.users * (60 + 16 * world.days)))
    for number in range(world.users):
        key, email = next(keys), f"person{number}@example.org"
        missing = world.spoils("email_missing", random)
        if missing:
            world.note("User", "email_missing", key)
        rows["User"].append((key, None if missing else email, PEOPLE[number % len(PEOPLE)], START, START))
    for number, name in enumerate(INGREDIENTS):
        figures = (4.4, 22.69, None, 0.0) if number % 5 == 0 else (343.0, 12.6, 3.3, 62.1)
        rows["Ingredient"].append((next(keys), name, "продукти", _UNITS[number % len(_UNITS)], *figures))
    food = [row[0] for row in rows["Ingredient"]]
    for start in range(0, world.users, 2):
        family = next(keys)
        rows["Family"].append((family, f"Родина {start}", START, START))
        members: list[tuple[Any, ...]] = [
            (next(keys), family, user[0], "", "ADMIN", 2000.0) for user in rows["User"][start : start + 2]
        ]
        members.append((next(keys), family, None, "Дитина", "MEMBER", None))
        rows["FamilyMember"] += members
        recipes = [next(keys) for _ in range(3)]
        for recipe in recipes:
            rows["Recipe"].append(
                (recipe, family, random.choice(DISHES), None, 4, 30, "Варити.", random.random() < 0.2, START, START)
            )
            for ingredient in random.sample(food, 3):
                _line(world, rows, "RecipeIngredient", random, keys, recipe, ingredient)
        for day in range(world.days):
            plan = next(keys)
            rows["MealPlan"].append((plan, family, (START + timedelta(days=day)).date()))
            for kind in random.sample(_TYPES, 2):
                slot = next(keys)
                rows["Meal"].append((slot, plan, kind, None))
                eaten = START + timedelta(days=day, hours=12) if random.random() < 0.5 else None
                member = random.choice(members)[0]
                dish = random.choice(recipes) if random.random() < 0.95 else None
                rows["MealEntry"].append((next(keys), slot, member, dish, 1.5, eaten is not None, eaten))
                _line(world, rows, "MealIngredient", random, keys, slot, random.choice(food))
        shopping = next(keys)
        rows["GroceryList"].append((shopping, family, START.date(), START.date(), False, START, START))
        for ingredient in random.sample(food, 4):
            bought = START if random.random() < 0.4 else None
            category = random.choice(("BUY", "CHECK_AVAILABILITY"))
            rows["GroceryItem"].append(
                (next(keys), shopping, ingredient, 500.0, "г", 1.0, "кг", 44.9, category, bought is not None, bought)
            )
    return rows


def _line(world: World, rows: Any, table: str, random: Any, keys: Any, whole: str, ingredient: str) -> None:
    """One line, or two of the same thing in the same unit."""
    unit = random.choice(_UNITS)
    rows[table].append((next(keys), whole, ingredient, 100.0, unit))
    if world.spoils("item_twice", random):
        key = next(keys)
        rows[table].append((key, whole, ingredient, 22.69, unit))
        world.note(table, "item_twice", key)
