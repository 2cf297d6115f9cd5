"""What hand-made records of the meal planner mean here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

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
    PortionHistory,
    QuickMeal,
    ShoppingList,
    ShoppingListItem,
)
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.models import Rejection
from operations.sandbox import Sandbox
from tests.catalog.meals_databases import planner

pytestmark = pytest.mark.django_db

HASH = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
Row = dict[str, Any]


class Import(Protocol):
    def __call__(self, generation: Generation, /, *, zone: str | None = None, **rows: list[Row]) -> ImportReport: ...


@pytest.fixture
def imported(sandbox: Sandbox) -> Iterator[Import]:
    """Imports these records; whatever they are, nothing may be lost."""
    with ExitStack() as stack:

        def run(generation: Generation, /, *, zone: str | None = None, **rows: list[Row]) -> ImportReport:
            url = stack.enter_context(planner(sandbox, generation, rows))
            report = import_source(MEAL_PLANNER, url, Options(zone=zone))
            assert report.ok
            return report

        yield run


def keyed(*keys: str, **fields: Any) -> list[Row]:
    return [{"id": key, "name": key, **fields} for key in keys]


def rejections() -> set[tuple[str, str, str, str]]:
    return set(Rejection.objects.values_list("entity__name", "key", "reason", "column"))


# People


def test_people_are_known_by_their_accounts_and_hashes_stay_good(imported: Import) -> None:
    imported(
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


def test_clerk_proves_who_somebody_is_and_an_address_does_not(imported: Import) -> None:
    known = User.objects.create(id="known", email="known@example.org")
    Identity.objects.create(user=known, provider="clerk", subject="user_1")

    imported(
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

    assert set(User.objects.values_list("id", "email")) == {
        ("known", "known@example.org"),
        ("user_2", "KNOWN@example.org"),
        ("user_4", None),
    }
    assert set(FamilyMember.objects.values_list("id", "user")) == {("user_1", "known"), ("user_2", "user_2")}
    assert rejections() == {("people", "user_3", "duplicate_value", "email")}
    assert Identity.objects.filter(provider="clerk", subject="user_4", user="user_4").exists()


def test_the_users_of_clerk_may_stand_in_the_table_of_their_first_name(sandbox: Sandbox) -> None:
    with planner(sandbox, "clerk", {"users": [{"id": "user_1", "email": "a@example.org", "imageUrl": "a.png"}]}) as url:
        with psycopg.connect(url) as connection:
            connection.execute('ALTER TABLE users RENAME TO "User"')
        report = import_source(MEAL_PLANNER, url, Options())

    assert (report.ok, report.generation) == (True, "Clerk")
    assert User.objects.values_list("id", "avatar").get() == ("user_1", "a.png")
    assert Identity.objects.filter(provider="clerk", subject="user_1").exists()


# The first generation


SLOT: dict[str, list[Row]] = {
    "User": [{"id": "u", "role": "USER"}],
    "menus": [{"id": "m", "userId": "u"}],
    "meals": [{"id": "s", "type": "lunch", "menuId": "m", "sortOrder": 2}],
    "ingredients": keyed("i", calories=0.0, protein=22.69, fat=0.1 + 0.2),
    "recipes": keyed("r"),
    "unplanned_meals": keyed("q", fat=4.4),
}


def test_what_was_everybodys_is_public(imported: Import) -> None:
    imported("first", **SLOT, recipe_ingredients=[{"recipeId": "r", "ingredientId": "i", "quantity": 22.69}])

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
def test_the_size_of_a_number_decides_its_unit(imported: Import, number: float, unit: str, rule: str) -> None:
    imported(
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
def test_no_number_and_less_than_nothing_are_rejected(imported: Import, number: float) -> None:
    imported("first", **SLOT, meal_recipes=[{"mealId": "s", "recipeId": "r", "servings": number}])

    assert not MealEntryMeal.objects.exists()
    ((entity, _, reason, column),) = rejections()
    assert (entity, reason, column) == ("meal_recipes", "not_a_number" if number != number else "negative", "servings")


def test_a_slot_without_a_menu_is_nobodys_and_keeps_what_is_in_it(imported: Import) -> None:
    late = datetime(2025, 6, 2, 22)  # noqa: DTZ001  as it is stored
    rows = {**SLOT, "meals": [{"id": "s", "type": "snack", "menuId": None, "mealTime": late}]}

    imported("first", **rows, meal_recipes=[{"mealId": "s", "recipeId": "r", "servings": 1.0}])

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
    imported: Import, generation: Generation, zone: str | None, days: tuple[date, ...]
) -> None:
    """The seeds' midnight, the interface's noon, and the midnight of somebody east of Greenwich."""
    moments = [datetime(2025, 6, 2), datetime(2025, 6, 2, 12), datetime(2025, 6, 2, 21)]  # noqa: DTZ001  as it is stored
    numbered = [(str(number), moment) for number, moment in enumerate(moments)]
    if generation == "first":
        imported(
            "first",
            zone=zone,
            User=SLOT["User"],
            menus=[{"id": key, "userId": "u", "date": moment} for key, moment in numbered],
            meals=[{"id": key, "type": "lunch", "menuId": key} for key, _ in numbered],
        )
    else:
        imported(
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


# The second generation


FAMILY: dict[str, list[Row]] = {
    "Family": keyed("f"),
    "FamilyMember": keyed("x", "y", familyId="f", role="MEMBER"),
    "Ingredient": keyed("i", defaultUnit="шт") + keyed("j", defaultUnit="г"),
    "Recipe": keyed("r", familyId="f", cookingTime=30),
    "MealPlan": [{"id": "p", "familyId": "f", "date": date(2025, 6, 2)}],
    "Meal": [{"id": "s", "mealPlanId": "p", "type": "DINNER"}],
}


def test_one_thing_twice_in_one_unit_is_summed_and_says_of_what(imported: Import) -> None:
    line = {"recipeId": "r", "ingredientId": "i"}
    report = imported(
        "families",
        **FAMILY,
        RecipeIngredient=[
            {"id": "l2", **line, "amount": 22.69, "unit": "г"},
            {"id": "l1", **line, "amount": 4.4, "unit": "г"},
            {"id": "l3", **line, "amount": 2.0, "unit": "шт"},
            {"id": "l4", **line, "amount": 2.0, "unit": "жменя"},
        ],
    )

    lines = MealIngredient.objects.order_by("id").values_list("id", "amount", "unit", "parts")
    assert list(lines) == [
        ("l1", Decimal("27.09"), "GRAMS", [{"key": "l1", "amount": 4.4}, {"key": "l2", "amount": 22.69}]),
        ("l3", 2, "PIECES", None),
    ]
    assert rejections() == {("recipe_lines", "l4", "unknown_value", "unit")}
    kept = next(one for one in report.entities if one.entity == "RecipeIngredient")
    assert (kept.read, kept.kept) == (4, 4)
    assert set(Ingredient.objects.values_list("id", "default_unit")) == {("i", "PIECES"), ("j", "GRAMS")}


def test_what_members_ate_is_summed_for_each_of_them(imported: Import) -> None:
    noon = datetime(2025, 6, 2, 12)  # noqa: DTZ001  as it is stored
    eaten = {"mealId": "s", "recipeId": "r", "isConsumed": True, "consumedAt": noon, "servings": 1.5}
    imported(
        "families",
        **FAMILY,
        MealEntry=[
            {"id": "1", **eaten, "familyMemberId": "x"},
            {"id": "2", **eaten, "familyMemberId": "x", "isConsumed": False},
            {"id": "3", **eaten, "familyMemberId": "y"},
            {"id": "4", **eaten, "familyMemberId": None},
            {"id": "5", **eaten, "familyMemberId": None},
            {"id": "6", **eaten, "familyMemberId": "x", "recipeId": None},
        ],
    )

    lines = MealEntryMeal.objects.order_by("id").values_list("id", "meal", "member", "amount", "unit", "is_eaten")
    assert list(lines) == [
        ("1", "r", "x", 3, "SERVING", None),
        ("3", "r", "y", Decimal("1.5"), "SERVING", True),
        ("4", "r", None, Decimal("1.5"), "SERVING", True),
        ("5", "r", None, Decimal("1.5"), "SERVING", True),
        ("6", None, "x", Decimal("1.5"), "SERVING", True),
    ]
    entry = MealEntry.objects.get()
    assert (entry.family_id, entry.date, entry.type, entry.plan_key) == ("f", date(2025, 6, 2), "DINNER", "p")
    assert Meal.objects.values_list("family", "cook_time").get() == ("f", 30)


def test_groceries_keep_their_word_and_are_bought_when_all_of_them_are(imported: Import) -> None:
    item = {"groceryListId": "g", "unit": "г", "packageSize": 1.0, "packageUnit": "кг", "estimatedPrice": 44.9}
    imported(
        "families",
        **FAMILY,
        GroceryList=[{"id": "g", "familyId": "f", "startDate": date(2025, 6, 2), "endDate": date(2025, 6, 8)}],
        GroceryItem=[
            {"id": "1", **item, "ingredientId": "i", "requiredAmount": 500.0, "category": "BUY", "isPurchased": True},
            {"id": "2", **item, "ingredientId": "i", "requiredAmount": 100.0, "category": "CHECK_AVAILABILITY"},
            {"id": "3", **item, "ingredientId": "j", "category": "CHECK_AVAILABILITY", "isPurchased": True},
        ],
    )

    first, second = ShoppingListItem.objects.order_by("id")
    assert (first.amount, first.status, first.category, first.bought_at) == (600, "MUST_BUY", None, None)
    assert (first.package_size, first.package_unit, first.estimated_price) == (1, "KILOGRAMS", Decimal("89.8"))
    assert [part["key"] for part in first.parts] == ["1", "2"]
    assert (second.status, second.category, second.parts) == ("BOUGHT", "CHECK_AVAILABILITY", None)
    covered = ShoppingList.objects.values_list("family", "date_from", "date_to", "lost_owner").get()
    assert covered == ("f", date(2025, 6, 2), date(2025, 6, 8), None)


# The third generation


CLERK: dict[str, list[Row]] = {
    "users": [{"id": "u", "email": "u@example.org"}],
    "families": keyed("f"),
    "ingredients": keyed("i", userId=None) + keyed("own", userId="u", gramsPerPiece=0.0),
    "meals": keyed("m", userId="u"),
    "cooked_meals": keyed("c", userId="u", mealId="m", totalGrams=900.0) + keyed("d", userId="u", mealId="gone"),
    "meal_entries": [{"id": "e", "userId": "u", "mealType": "DINNER"}],
}


def test_portions_that_collide_are_kept_and_entries_have_their_own_amounts(imported: Import) -> None:
    portion = {"userId": "u", "itemId": "m", "itemType": "MEAL", "unit": "GRAMS"}
    imported(
        "clerk",
        **CLERK,
        portion_history=[
            {"id": "p1", **portion, "amount": 100.0, "mealId": "m"},
            {"id": "p2", **portion, "amount": 350.0},
            {"id": "p3", **portion, "itemId": "c", "itemType": "COOKED_MEAL", "amount": 2.0, "unit": "SERVING"},
            {"id": "p4", **portion, "itemId": "gone", "amount": 4.4},
        ],
        meal_entry_meals=[{"id": "l1", "mealEntryId": "e", "mealId": "m", "portionHistoryId": "p2"}],
        meal_entry_cooked_meals=[{"id": "l2", "mealEntryId": "e", "cookedMealId": "c", "portionHistoryId": "p3"}],
        meal_entry_ingredients=[{"id": "l3", "mealEntryId": "e", "ingredientId": "i", "portionHistoryId": "nowhere"}],
    )

    portions = PortionHistory.objects.order_by("id").values_list("id", "meal", "item_key", "amount")
    assert list(portions) == [
        ("p1", "m", "m", 100),
        ("p2", "m", "m", 350),
        ("p3", "c", "c", 2),
        ("p4", None, "gone", Decimal("4.4")),
    ]
    lines = MealEntryMeal.objects.order_by("id").values_list("id", "meal", "portion", "amount", "unit", "servings_rule")
    assert list(lines) == [("l1", "m", "p2", 350, "GRAMS", "stated"), ("l2", "c", "p3", 2, "SERVING", "stated")]
    without = MealEntryIngredient.objects.get()
    assert (without.amount, without.unit, without.portion_id) == (None, "GRAMS", None)


def test_what_was_cooked_is_a_meal_of_its_own(imported: Import) -> None:
    line = {"cookedMealId": "c", "ingredientId": "own", "unit": "GRAMS"}
    imported(
        "clerk",
        **CLERK,
        cooked_meal_ingredients=[{"id": "1", **line, "amount": 90.0}, {"id": "2", **line, "amount": 10.0}],
        ingredient_packaging=[{"id": "k", "ingredientId": "i", "packageName": "Пачка", "unit": "GRAMS"}],
    )

    meals = Meal.objects.order_by("id").values_list("id", "kind", "cooked_from", "actual_yield")
    assert list(meals) == [("c", "COOKED", "m", 900), ("d", "COOKED", None, None), ("m", "RECIPE", None, None)]
    line_of = MealIngredient.objects.get()
    assert (line_of.meal_id, line_of.amount, len(line_of.parts)) == ("c", 100, 2)
    assert Ingredient.objects.public().get().packages.get().name == "Пачка"
    assert Ingredient.objects.of_person("u").get().grams_per_piece is None


@pytest.mark.parametrize(
    ("named", "owner"),
    [
        ({"ownerId": "u", "ownerType": "USER"}, ("u", None, None)),
        ({"ownerId": "f", "ownerType": "FAMILY", "userId": "u"}, (None, "f", None)),
        ({"ownerId": "f", "ownerType": "USER", "familyId": "f"}, (None, "f", None)),
        ({"ownerId": "gone", "ownerType": "FAMILY", "userId": "u", "familyId": "f"}, ("u", None, None)),
        ({"ownerId": "gone", "ownerType": "FAMILY", "userId": "gone"}, (None, None, "FAMILY:gone")),
    ],
)
def test_a_list_belongs_to_the_first_owner_that_exists(
    imported: Import, named: Row, owner: tuple[str | None, str | None, str | None]
) -> None:
    imported(
        "clerk",
        **CLERK,
        shopping_lists=[{"id": "l", **named}],
        shopping_list_items=[{"id": "1", "listId": "l", "ingredientId": "i", "totalGrams": 450.5, "status": "BOUGHT"}],
    )

    assert ShoppingList.objects.values_list("user", "family", "lost_owner").get() == owner
    item = ShoppingListItem.objects.get()
    assert (item.amount, item.unit, item.status) == (Decimal("450.5"), "GRAMS", "BOUGHT")
