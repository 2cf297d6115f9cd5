"""What the people, days and menus of the meal planner mean here: hand-made records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest

from accounts.models import Identity, User
from catalog.legacy.meals import MEAL_PLANNER
from catalog.legacy.sample_meals import Generation
from catalog.models import (
    FamilyMember,
    Ingredient,
    Meal,
    MealEntry,
    MealEntryIngredient,
    MealEntryMeal,
    MealEntryQuickMeal,
    MealIngredient,
    QuickMeal,
    ShoppingList,
)
from operations.importing.importer import Options, import_source
from operations.sandbox import Sandbox
from tests.catalog.meals_databases import Row, imported, keyed, planner, rejections

pytestmark = pytest.mark.django_db

HASH = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"


# People


def test_people_are_known_by_their_accounts_and_hashes_stay_good(sandbox: Sandbox) -> None:
    imported(
        sandbox,
        "first",
        User=[
            {"id": "a", "email": "One@example.org", "password": HASH, "role": "ADMIN", "image": "a.png"},
            {"id": "b", "email": "oNE@EXAMPLE.ORG", "password": "secret", "role": "USER"},
            {"id": "c", "email": "", "role": "USER"},
            {"id": "d", "email": None, "role": "USER"},
        ],
        Account=[
            {"id": "x", "userId": "a", "provider": "google", "providerAccountId": "1"},
            {"id": "y", "userId": "a", "provider": "github", "providerAccountId": "1"},
        ],
    )

    people = User.objects.order_by("id").values_list("id", "email", "password", "role", "avatar", "created_at")
    assert list(people) == [
        ("a", "One@example.org", f"bcrypt${HASH}", "ADMIN", "a.png", None),
        ("b", "oNE@EXAMPLE.ORG", "!", "USER", None, None),
        ("c", None, "!", "USER", None, None),
        ("d", None, "!", "USER", None, None),
    ]
    known_as = Identity.objects.filter(user="a").values_list("provider", "subject")
    assert set(known_as) == {("meals", "a"), ("google", "1"), ("github", "1")}


def test_accounts_without_a_key_of_their_own_are_known_by_what_they_say(sandbox: Sandbox) -> None:
    account = {"id": "x", "userId": "a", "provider": "google", "providerAccountId": "1"}
    with planner(sandbox, "first", {"User": [{"id": "a", "role": "USER"}], "Account": [account]}) as url:
        with psycopg.connect(url) as connection:
            connection.execute('ALTER TABLE "Account" DROP COLUMN id')

        report = import_source(MEAL_PLANNER, url, Options())

    assert report.ok
    assert set(Identity.objects.values_list("user", "provider", "subject")) == {
        ("a", "google", "1"),
        ("a", "meals", "a"),
    }


def test_clerk_proves_who_somebody_is_and_an_address_does_not(sandbox: Sandbox) -> None:
    known = User.objects.create(id="known", email="known@example.org")
    Identity.objects.create(user=known, provider="clerk", subject="user_1")

    imported(
        sandbox,
        "clerk",
        users=[
            {"id": "user_1", "email": "other@example.org"},
            {"id": "user_2", "email": "KNOWN@example.org"},
            {"id": "user_3", "email": "known@example.org"},
            {"id": "user_4", "email": ""},
        ],
        families=keyed("f"),
        family_members=[{"id": user, "familyId": "f", "userId": user} for user in ("user_1", "user_2")],
    )

    assert set(User.objects.values_list("id", "email", "contested_email")) == {
        ("known", "known@example.org", None),
        ("user_2", "KNOWN@example.org", None),
        ("user_3", None, "known@example.org"),
        ("user_4", None, None),
    }
    assert set(FamilyMember.objects.values_list("id", "user")) == {("user_1", "known"), ("user_2", "user_2")}
    assert rejections() == set()
    assert Identity.objects.filter(provider="clerk", subject="user_4", user="user_4").exists()


def test_the_users_of_clerk_may_stand_in_the_table_of_their_first_name(sandbox: Sandbox) -> None:
    with planner(sandbox, "clerk", {"users": [{"id": "user_1", "email": "a@example.org", "imageUrl": "a.png"}]}) as url:
        with psycopg.connect(url) as connection:
            connection.execute('ALTER TABLE users RENAME TO "User"')
        report = import_source(MEAL_PLANNER, url, Options())

    assert (report.ok, report.generation) == (True, "Clerk")
    assert User.objects.values_list("id", "avatar").get() == ("user_1", "a.png")
    assert Identity.objects.filter(provider="clerk", subject="user_1").exists()


def test_a_planner_of_which_clerk_has_only_the_people_is_imported(sandbox: Sandbox) -> None:
    rows = {"users": [{"id": "user_1", "email": "a@example.org", "name": "Ann"}, {"id": "user_2", "email": ""}]}
    with planner(sandbox, "clerk", rows) as url:
        with psycopg.connect(url) as connection:
            connection.execute('ALTER TABLE users RENAME TO "User"')
            connection.execute("DROP TABLE meal_entries, portion_history, meals, ingredients CASCADE")
        report = import_source(MEAL_PLANNER, url, Options())

    assert (report.ok, report.generation) == (True, "Clerk's people")
    assert set(User.objects.values_list("id", "email", "display_name")) == {
        ("user_1", "a@example.org", "Ann"),
        ("user_2", None, None),
    }
    assert set(Identity.objects.filter(provider="clerk").values_list("user", "subject")) == {
        ("user_1", "user_1"),
        ("user_2", "user_2"),
    }


def test_people_of_clerk_are_known_by_their_ids_beside_menus_too(sandbox: Sandbox) -> None:
    people = [{"id": "user_1", "email": "a@example.org", "role": "USER"}, {"id": "old", "role": "USER"}]
    with planner(sandbox, "first", {"User": people}) as url:
        with psycopg.connect(url) as connection:
            connection.execute('ALTER TABLE "User" RENAME COLUMN image TO "imageUrl"')
        report = import_source(MEAL_PLANNER, url, Options())

    assert (report.ok, report.generation) == (True, "menus")
    assert set(User.objects.values_list("id", flat=True)) == {"user_1", "old"}
    assert Identity.objects.filter(provider="clerk").values_list("subject", flat=True).get() == "user_1"


def test_a_table_that_an_older_generation_left_behind_is_not_the_recipes(sandbox: Sandbox) -> None:
    rows: dict[str, list[Row]] = {"users": [{"id": "u"}], "meals": [{"id": "r", "userId": "u", "name": "Soup"}]}
    with planner(sandbox, "clerk", rows) as url:
        with psycopg.connect(url) as connection:
            for leftover in ("recipes", '"Recipe"'):
                connection.execute(f"CREATE TABLE {leftover} (id text PRIMARY KEY, name text)".encode())
                connection.execute(f"INSERT INTO {leftover} VALUES ('old', 'Leftover')".encode())
        report = import_source(MEAL_PLANNER, url, Options())

    assert report.ok
    assert Meal.objects.values_list("id", "name").get() == ("r", "Soup")
    kept = {one.entity: one.kept for one in report.entities if one.entity.lower().startswith("recipe") and one.kept}
    assert kept == {"recipes (table)": 1, "Recipe": 1}


# The first generation


SLOT: dict[str, list[Row]] = {
    "User": [{"id": "u", "role": "USER"}],
    "menus": [{"id": "m", "userId": "u"}],
    "meals": [{"id": "s", "type": "lunch", "menuId": "m", "sortOrder": 2}],
    "ingredients": keyed("i", calories=0.0, protein=22.69, fat=0.1 + 0.2),
    "recipes": keyed("r"),
    "unplanned_meals": keyed("q", fat=4.4),
}


def test_what_was_everybodys_is_public(sandbox: Sandbox) -> None:
    imported(sandbox, "first", **SLOT, recipe_ingredients=[{"recipeId": "r", "ingredientId": "i", "quantity": 22.69}])

    for model in (Ingredient, Meal, QuickMeal):
        assert model.objects.public().count() == 1, model
    ingredient = Ingredient.objects.get()
    figures = (ingredient.calories, ingredient.proteins, ingredient.fats)
    assert figures == (0, Decimal("22.69"), Decimal("0.3"))
    line = MealIngredient.objects.get()
    assert (line.meal_id, line.ingredient_id, line.amount, line.unit) == ("r", "i", Decimal("22.69"), "GRAMS")


@pytest.mark.parametrize(
    ("number", "unit", "rule"),
    [
        (0.1562, "SHARE", "share"),
        (0.999, "SHARE", "share"),
        (1.0, "SERVING", "servings"),
        (10.0, "SERVING", "servings"),
        (10.5, "GRAMS", "grams"),
        (350.0, "GRAMS", "grams"),
    ],
)
def test_the_size_of_a_number_decides_its_unit(sandbox: Sandbox, number: float, unit: str, rule: str) -> None:
    imported(
        sandbox,
        "first",
        **SLOT,
        meal_recipes=[{"mealId": "s", "recipeId": "r", "servings": number}],
        meal_unplanned_meals=[{"mealId": "s", "unplannedMealId": "q", "quantity": number}],
        meal_ingredients=[{"mealId": "s", "ingredientId": "i", "quantity": number}],
    )

    exact = Decimal(str(number))
    for model in (MealEntryMeal, MealEntryQuickMeal):
        line = model.objects.get()
        assert (line.amount, line.recorded_amount, line.unit, line.servings_rule) == (exact, exact, unit, rule), model
    stated = MealEntryIngredient.objects.get()
    assert (stated.amount, stated.unit, stated.servings_rule) == (exact, "GRAMS", "stated")


@pytest.mark.parametrize("number", [float("nan"), -1.0])
def test_no_number_and_less_than_nothing_are_rejected(sandbox: Sandbox, number: float) -> None:
    imported(sandbox, "first", **SLOT, meal_recipes=[{"mealId": "s", "recipeId": "r", "servings": number}])

    assert not MealEntryMeal.objects.exists()
    ((entity, _, reason, column),) = rejections()
    assert (entity, reason, column) == ("meal_recipes", "not_a_number" if number != number else "negative", "servings")


def test_a_slot_without_a_menu_is_nobodys_and_keeps_what_is_in_it(sandbox: Sandbox) -> None:
    late = datetime(2025, 6, 2, 22)  # noqa: DTZ001  as it is stored
    rows = {**SLOT, "meals": [{"id": "s", "type": "snack", "menuId": None, "mealTime": late}]}

    imported(sandbox, "first", **rows, meal_recipes=[{"mealId": "s", "recipeId": "r", "servings": 1.0}])

    entry = MealEntry.objects.ownerless().get()
    assert (entry.date, entry.type, entry.plan_key) == (None, "SNACK", None)
    assert entry.eaten_at == datetime(2025, 6, 2, 22, tzinfo=UTC)
    assert entry.meals.get().meal_id == "r"


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        (None, (date(2025, 6, 2), date(2025, 6, 2), date(2025, 6, 2))),
        ("Europe/Kyiv", (date(2025, 6, 2), date(2025, 6, 2), date(2025, 6, 3))),
        ("America/New_York", (date(2025, 6, 1), date(2025, 6, 2), date(2025, 6, 2))),
    ],
)
@pytest.mark.parametrize("generation", ["first", "clerk"])
def test_a_day_is_one_of_the_zone(
    sandbox: Sandbox, generation: Generation, zone: str | None, days: tuple[date, ...]
) -> None:
    """The seeds' midnight, the interface's noon, and the midnight of somebody east of Greenwich."""
    moments = [datetime(2025, 6, 2), datetime(2025, 6, 2, 12), datetime(2025, 6, 2, 21)]  # noqa: DTZ001  as it is stored
    numbered = [(str(number), moment) for number, moment in enumerate(moments)]
    if generation == "first":
        imported(
            sandbox,
            "first",
            zone=zone,
            User=SLOT["User"],
            menus=[{"id": key, "userId": "u", "date": moment} for key, moment in numbered],
            meals=[{"id": key, "type": "lunch", "menuId": key} for key, _ in numbered],
        )
    else:
        imported(
            sandbox,
            "clerk",
            zone=zone,
            users=[{"id": "u"}],
            meal_entries=[{"id": key, "userId": "u", "date": moment, "mealType": "LUNCH"} for key, moment in numbered],
            shopping_lists=[
                {"id": key, "ownerId": "u", "ownerType": "USER", "dateFrom": moment, "dateTo": moment}
                for key, moment in numbered
            ],
        )
        covered = ShoppingList.objects.order_by("id").values_list("date_from", "date_to")
        assert list(covered) == [(day, day) for day in days]

    assert tuple(MealEntry.objects.order_by("id").values_list("date", flat=True)) == days


def test_a_day_that_is_stored_as_one_has_no_zone(sandbox: Sandbox) -> None:
    rows = {"users": [{"id": "u"}], "meal_entries": [{"id": "e", "userId": "u", "mealType": "LUNCH"}]}
    with planner(sandbox, "clerk", rows) as url:
        with psycopg.connect(url) as connection:
            connection.execute("ALTER TABLE meal_entries ALTER date TYPE date")
        assert import_source(MEAL_PLANNER, url, Options(zone="America/New_York")).ok

    assert MealEntry.objects.get().date == date(2025, 6, 2)
