"""What the sample says of itself is checked against the database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from catalog.legacy.sample_meals import GENERATIONS, KINDS, Generation, MealsSample, write_meals_sample
from operations.sandbox import Sandbox

OF: dict[str, set[str]] = {
    "first": {
        *("email_missing", "email_other_case", "meal_orphaned", "day_twice", "time_on_another_date"),
        *("servings_ambiguous", "name_misspelt"),
    },
    "families": {"email_missing", "item_twice"},
    "clerk": {"portion_collides", "portion_without_item", "owner_lost", "portion_missing", "time_on_another_date"},
}
# How a look at the database finds the dirt of a kind.
LOOKS: list[tuple[Generation, str, str]] = [
    ("first", "email_missing", 'SELECT count(*) FROM "User" WHERE email IS NULL'),
    ("first", "email_other_case", "SELECT count(*) - count(DISTINCT lower(email)) FROM \"User\" WHERE email <> ''"),
    ("first", "meal_orphaned", 'SELECT count(*) FROM meals WHERE "menuId" IS NULL'),
    ("first", "day_twice", 'SELECT count(*) - count(DISTINCT ("userId", date::date)) FROM menus'),
    ("first", "name_misspelt", "SELECT count(*) - count(DISTINCT trim(name)) FROM ingredients"),
    (
        "first",
        "servings_ambiguous",
        (
            "SELECT (SELECT count(*) FROM meal_recipes WHERE servings <> 1) + "
            "(SELECT count(*) FROM meal_unplanned_meals WHERE quantity <> 1)"
        ),
    ),
    (
        "families",
        "item_twice",
        (
            'SELECT (SELECT count(*) - count(DISTINCT ("recipeId", "ingredientId", unit)) FROM "RecipeIngredient") + '
            '(SELECT count(*) - count(DISTINCT ("mealId", "ingredientId", unit)) FROM "MealIngredient")'
        ),
    ),
    (
        "clerk",
        "portion_collides",
        'SELECT count(*) - count(DISTINCT ("userId", "itemId", "itemType")) FROM portion_history',
    ),
    (
        "clerk",
        "owner_lost",
        (
            'SELECT count(*) FROM shopping_lists WHERE "ownerId" NOT IN '
            "(SELECT id FROM users UNION ALL SELECT id FROM families)"
        ),
    ),
]


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    name = f"meals_{secrets.token_hex(4)}"
    with sandbox.primary.connect("postgres") as primary:
        primary.execute(f"CREATE DATABASE {name}")
        yield sandbox.primary.url.replace("/slipway?", f"/{name}?")
        primary.execute(f"DROP DATABASE {name} WITH (FORCE)")


def asked(url: str, query: str) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def written(url: str, generation: Generation, **options: Any) -> MealsSample:
    return write_meals_sample(url, **{"generation": generation, "users": 8, "days": 10, "dirt": 0.1, **options})


@pytest.mark.parametrize("generation", GENERATIONS)
def test_tables_hold_as_many_rows_as_the_sample_says(url: str, generation: Generation) -> None:
    sample = written(url, generation)

    counts = {name: asked(url, f'SELECT count(*) FROM "{name}"')[0][0] for name in sample.rows}
    assert counts == dict(sample.rows)
    assert min(counts.values()) > 0
    assert {record.kind for record in sample.dirty} == OF[generation]
    assert all(record.fate == KINDS[record.kind] for record in sample.dirty)


@pytest.mark.parametrize(("generation", "kind", "query"), LOOKS)
def test_dirt_is_as_much_as_the_sample_says(url: str, generation: Generation, kind: str, query: str) -> None:
    sample = written(url, generation)

    assert asked(url, query) == [(sum(record.kind == kind for record in sample.dirty),)]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_clean_sample_has_no_dirt(url: str, generation: Generation) -> None:
    sample = written(url, generation, dirt=0)

    assert sample.dirty == ()
    assert [asked(url, query) for of, _, query in LOOKS if of == generation] == [
        [(0,)] for of, _, _ in LOOKS if of == generation
    ]


def test_a_database_with_tables_is_refused(url: str) -> None:
    first = written(url, "clerk")

    with pytest.raises(ValueError, match="tables already"):
        written(url, "first")

    assert asked(url, "SELECT count(*) FROM users") == [(first.rows["users"],)]


def test_the_same_seed_says_the_same_and_another_does_not(url: str) -> None:
    sample = written(url, "families")
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute('DROP TYPE IF EXISTS "MealType"')

    again = written(url, "families")

    assert (again.rows, again.dirty) == (sample.rows, sample.dirty)
