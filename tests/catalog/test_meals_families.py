"""What families and the third generation of the meal planner recorded, and what it means here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest

from catalog.legacy.meals import MEAL_PLANNER
from catalog.models import (
    Ingredient,
    Meal,
    MealEntry,
    MealEntryIngredient,
    MealEntryMeal,
    MealIngredient,
    PortionHistory,
    ShoppingList,
    ShoppingListItem,
)
from operations.importing.importer import Options, import_source
from operations.sandbox import Sandbox
from tests.catalog.meals_databases import Row, imported, keyed, planner, rejections

pytestmark = pytest.mark.django_db

# The second generation


FAMILY: dict[str, list[Row]] = {
    "Family": keyed("f"),
    "FamilyMember": keyed("x", "y", familyId="f", role="MEMBER"),
    "Ingredient": keyed("i", defaultUnit="шт") + keyed("j", defaultUnit="г"),
    "Recipe": keyed("r", familyId="f", cookingTime=30),
    "MealPlan": [{"id": "p", "familyId": "f", "date": date(2025, 6, 2)}],
    "Meal": [{"id": "s", "mealPlanId": "p", "type": "DINNER"}],
}


def test_one_thing_twice_in_one_unit_is_summed_and_says_of_what(sandbox: Sandbox) -> None:
    line = {"recipeId": "r", "ingredientId": "i"}
    report = imported(
        sandbox,
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


def test_units_are_one_however_they_are_written_and_none_is_grams(sandbox: Sandbox) -> None:
    line = {"recipeId": "r", "ingredientId": "i"}
    words = ["кг", " Кг. ", "KILOGRAMS", "", "Г", "  ", "GRAMS", " жменя"]
    item = {"groceryListId": "g", "ingredientId": "i", "category": "BUY", "requiredAmount": 2.0, "packageSize": 1.0}
    imported(
        sandbox,
        "families",
        **FAMILY,
        RecipeIngredient=[
            {"id": str(number), **line, "amount": 10.0**number, "unit": word} for number, word in enumerate(words)
        ],
        GroceryList=[{"id": "g", "familyId": "f"}],
        GroceryItem=[
            {"id": "1", **item, "unit": "", "packageUnit": "кг "},
            {"id": "2", **item, "unit": " г", "packageUnit": "кг"},
            {"id": "3", **item, "ingredientId": "j", "unit": "л", "packageUnit": " "},
            {"id": "4", **item, "ingredientId": "j", "unit": "л"},
        ],
    )

    lines = MealIngredient.objects.order_by("id").values_list("id", "amount", "unit")
    assert list(lines) == [("0", 111, "KILOGRAMS"), ("3", 1_111_000, "GRAMS")]
    assert rejections() == {("recipe_lines", "7", "unknown_value", "unit")}
    items = ShoppingListItem.objects.order_by("id").values_list("id", "amount", "unit", "package_size", "package_unit")
    assert list(items) == [("1", 4, "GRAMS", 1, "KILOGRAMS"), ("3", 4, "LITRES", 1, None)]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), -1.0, 1e12])
def test_an_amount_that_is_none_is_rejected_without_what_it_would_be_summed_with(sandbox: Sandbox, bad: float) -> None:
    """Whichever of them is the first."""
    line = {"recipeId": "r", "ingredientId": "i", "unit": "шт"}
    eaten = {"mealId": "s", "recipeId": "r", "familyMemberId": "x"}
    item = {"groceryListId": "g", "ingredientId": "i", "unit": "г", "category": "BUY"}
    imported(
        sandbox,
        "families",
        **FAMILY,
        RecipeIngredient=[
            {"id": "1", **line, "amount": bad},
            {"id": "2", **line, "amount": 3.0},
            {"id": "3", **line, "amount": 0.0},
            {"id": "4", **line, "amount": bad},
        ],
        MealIngredient=[
            {"id": "1", "mealId": "s", "ingredientId": "i", "amount": 2.0, "unit": "г"},
            {"id": "2", "mealId": "s", "ingredientId": "i", "amount": bad, "unit": "г"},
        ],
        MealEntry=[{"id": "1", **eaten, "servings": bad}, {"id": "2", **eaten, "servings": 2.0}],
        GroceryList=[{"id": "g", "familyId": "f"}],
        GroceryItem=[
            {"id": "1", **item, "requiredAmount": bad},
            {"id": "2", **item, "requiredAmount": 4.0, "estimatedPrice": 5.0},
            {"id": "3", **item, "requiredAmount": 1.0, "estimatedPrice": None},
        ],
    )

    line_of = MealIngredient.objects.get()
    assert (line_of.id, line_of.amount, [part["key"] for part in line_of.parts]) == ("2", 3, ["2", "3"])
    assert MealEntryIngredient.objects.values_list("id", "amount", "parts").get() == ("1", 2, None)
    assert MealEntryMeal.objects.values_list("id", "amount", "parts").get() == ("2", 2, None)
    assert ShoppingListItem.objects.values_list("id", "amount", "estimated_price").get() == ("2", 5, 5)
    reason = {-1.0: "negative", 1e12: "out_of_range"}.get(bad, "not_a_number")
    assert rejections() == {
        *(("recipe_lines", key, reason, "amount") for key in "14"),
        ("entry_ingredients", "2", reason, "amount"),
        ("entry_meals", "1", reason, "amount"),
        ("list_items", "1", reason, "amount"),
    }


def test_what_members_ate_is_summed_for_each_of_them(sandbox: Sandbox) -> None:
    noon = datetime(2025, 6, 2, 12)  # noqa: DTZ001  as it is stored
    eaten = {"mealId": "s", "recipeId": "r", "isConsumed": True, "consumedAt": noon, "servings": 1.5}
    imported(
        sandbox,
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


def test_groceries_keep_their_word_and_are_bought_when_all_of_them_are(sandbox: Sandbox) -> None:
    item = {"groceryListId": "g", "unit": "г", "packageSize": 1.0, "packageUnit": "кг", "estimatedPrice": 44.9}
    imported(
        sandbox,
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


def test_slots_and_groceries_are_as_old_as_their_tables_say(sandbox: Sandbox) -> None:
    item = {"groceryListId": "l", "ingredientId": "i", "requiredAmount": 1.0, "unit": "шт", "category": "BUY"}
    rows = {
        **FAMILY,
        "GroceryList": [{"id": "l", "familyId": "f"}],
        "GroceryItem": [{"id": "1", **item}, {"id": "2", **item}],
    }
    with planner(sandbox, "families", rows) as url:
        with psycopg.connect(url) as connection:
            for table in ("Meal", "GroceryItem"):
                connection.execute(f'ALTER TABLE "{table}" ADD "createdAt" TIMESTAMP(3), ADD "updatedAt" TIMESTAMP(3)')
            connection.execute("""UPDATE "Meal" SET "createdAt" = '2025-06-01', "updatedAt" = '2025-06-02'""")
            connection.execute("""
                UPDATE "GroceryItem" SET "createdAt" = '2025-06-01'::date + id::int, "updatedAt" = '2025-06-03'
            """)
        assert import_source(MEAL_PLANNER, url, Options()).ok

    first, second, third = (datetime(2025, 6, day, tzinfo=UTC) for day in (1, 2, 3))
    assert MealEntry.objects.values_list("created_at", "updated_at").get() == (first, second)
    assert ShoppingListItem.objects.values_list("created_at", "updated_at").get() == (second, third)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, 1e11])
def test_a_price_that_is_none_is_rejected_without_the_other_groceries(sandbox: Sandbox, bad: float) -> None:
    item = {"groceryListId": "g", "ingredientId": "i", "unit": "г", "category": "BUY", "requiredAmount": 2.0}
    imported(
        sandbox,
        "families",
        **FAMILY,
        GroceryList=[{"id": "g", "familyId": "f"}],
        GroceryItem=[{"id": "1", **item, "estimatedPrice": bad}, {"id": "2", **item, "estimatedPrice": 5.0}],
    )

    assert ShoppingListItem.objects.values_list("id", "amount", "estimated_price").get() == ("2", 2, 5)
    reason = {-1.0: "negative", 1e11: "out_of_range"}.get(bad, "not_a_number")
    assert rejections() == {("list_items", "1", reason, "estimatedPrice")}


# The third generation


CLERK: dict[str, list[Row]] = {
    "users": [{"id": "u", "email": "u@example.org"}],
    "families": keyed("f"),
    "ingredients": keyed("i", userId=None) + keyed("own", userId="u", gramsPerPiece=0.0),
    "meals": keyed("m", userId="u"),
    "cooked_meals": keyed("c", userId="u", mealId="m", totalGrams=900.0) + keyed("d", userId="u", mealId="gone"),
    "meal_entries": [{"id": "e", "userId": "u", "mealType": "DINNER"}],
}


def test_portions_that_collide_are_kept_and_entries_have_their_own_amounts(sandbox: Sandbox) -> None:
    portion = {"userId": "u", "itemId": "m", "itemType": "MEAL", "unit": "GRAMS"}
    imported(
        sandbox,
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


def test_what_was_cooked_is_a_meal_of_its_own(sandbox: Sandbox) -> None:
    line = {"cookedMealId": "c", "ingredientId": "own", "unit": "GRAMS"}
    imported(
        sandbox,
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
    sandbox: Sandbox, named: Row, owner: tuple[str | None, str | None, str | None]
) -> None:
    imported(
        sandbox,
        "clerk",
        **CLERK,
        shopping_lists=[{"id": "l", **named}],
        shopping_list_items=[{"id": "1", "listId": "l", "ingredientId": "i", "totalGrams": 450.5, "status": "BOUGHT"}],
    )

    assert ShoppingList.objects.values_list("user", "family", "lost_owner").get() == owner
    item = ShoppingListItem.objects.get()
    assert (item.amount, item.unit, item.status) == (Decimal("450.5"), "GRAMS", "BOUGHT")


@pytest.mark.parametrize("is_recorded", [True, False])
def test_what_says_when_it_was_made_and_what_does_not_are_loaded_alike(sandbox: Sandbox, is_recorded: bool) -> None:
    portion = {"id": "p", "userId": "u", "itemType": "INGREDIENT", "itemId": "i", "unit": "GRAMS", "amount": 1.0}
    lists = [{"id": "l", "ownerId": "u", "ownerType": "USER"}]
    change = """ADD COLUMN IF NOT EXISTS "createdAt" TIMESTAMP(3) DEFAULT '2025-06-02'"""
    if not is_recorded:
        change = 'DROP COLUMN IF EXISTS "createdAt", DROP COLUMN IF EXISTS "updatedAt"'
    with planner(sandbox, "clerk", {**CLERK, "portion_history": [portion], "shopping_lists": lists}) as url:
        with psycopg.connect(url) as connection:
            for table in ("meal_entries", "portion_history", "shopping_lists"):
                connection.execute(f"ALTER TABLE {table} {change}".encode())
        assert import_source(MEAL_PLANNER, url, Options()).ok

    made = [model.objects.get().created_at for model in (MealEntry, PortionHistory, ShoppingList)]
    assert [moment is not None for moment in made] == [is_recorded] * 3


def test_links_and_list_items_are_summed_where_no_index_tells_them_apart(sandbox: Sandbox) -> None:
    portion = {"userId": "u", "itemType": "INGREDIENT", "itemId": "i", "unit": "GRAMS"}
    rows = {
        **CLERK,
        "portion_history": [
            {"id": "p1", **portion, "amount": 100.0},
            {"id": "p2", **portion, "amount": 150.0},
            {"id": "p3", **portion, "amount": 2.0, "unit": "PIECES"},
            {"id": "p4", **portion, "amount": float("nan")},
        ],
        "shopping_lists": [{"id": "l", "ownerId": "u", "ownerType": "USER"}],
    }
    with planner(sandbox, "clerk", rows) as url:
        with psycopg.connect(url) as connection:
            connection.execute('DROP INDEX "meal_entry_ingredients_mealEntryId_ingredientId_key"')
            connection.execute('DROP INDEX "shopping_list_items_listId_ingredientId_key"')
            connection.execute("""ALTER TABLE shopping_list_items ADD "createdAt" TIMESTAMP(3) DEFAULT '2025-06-02'""")
            connection.execute("""
                INSERT INTO meal_entry_ingredients (id, "mealEntryId", "ingredientId", "portionHistoryId") VALUES
                    ('1', 'e', 'i', 'p1'), ('2', 'e', 'i', 'p2'), ('3', 'e', 'i', 'p3'), ('4', 'e', 'i', 'p4'),
                    ('5', 'e', 'own', 'p1'), ('6', 'e', 'own', 'p1')
            """)
            connection.execute("""
                INSERT INTO shopping_list_items (id, "listId", "ingredientId", "totalGrams", status) VALUES
                    ('1', 'l', 'i', 450.5, 'BOUGHT'), ('2', 'l', 'i', 50, 'CHECK_AVAILABILITY'),
                    ('3', 'l', 'i', 'NaN', 'BOUGHT'), ('4', 'l', 'own', 1, 'BOUGHT'), ('5', 'l', 'own', 2, 'BOUGHT')
            """)
        assert import_source(MEAL_PLANNER, url, Options()).ok

    lines = MealEntryIngredient.objects.order_by("id")
    assert [(line.id, line.amount, line.unit, line.portion_id) for line in lines] == [
        ("1", 250, "GRAMS", None),
        ("3", 2, "PIECES", "p3"),
        ("5", 200, "GRAMS", "p1"),
    ]
    assert lines[0].parts == [{"key": "1", "amount": 100}, {"key": "2", "amount": 150}]
    items = ShoppingListItem.objects.order_by("id").values_list("id", "amount", "status")
    assert list(items) == [("1", Decimal("500.5"), "CHECK_AVAILABILITY"), ("4", 3, "BOUGHT")]
    assert set(ShoppingListItem.objects.values_list("created_at", flat=True)) == {datetime(2025, 6, 2, tzinfo=UTC)}
    assert rejections() == {
        ("portions", "p4", "not_a_number", "amount"),
        ("entry_ingredients", "4", "not_a_number", "amount"),
        ("list_items", "3", "not_a_number", "totalGrams"),
    }
