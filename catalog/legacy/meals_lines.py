"""The meal planner's recipes in detail, its days and its shopping lists: whatever is made of amounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as Number
from typing import Any

from catalog.legacy.meals_rules import MADE, OWNER, amount, same, unit
from operations.importing.declaration import (
    Boolean,
    Choice,
    Computed,
    Date,
    Decimal,
    Entity,
    Integer,
    Json,
    Reference,
    Rule,
    Text,
    Time,
)

PARTS = Json(field="parts", names=("parts",))
SERVINGS_BELOW, SERVINGS_TO = 1, 10


def _by_size(field: str, share: str, servings: str, grams: str) -> Computed:
    """What a number means that is grams, servings and shares alike: its size alone can tell."""

    def expected(value: str | None, fields: Mapping[str, Any], key: str) -> str:
        number = Number(fields["amount"])
        return share if number < SERVINGS_BELOW else servings if number <= SERVINGS_TO else grams

    return Computed(
        field=field,
        sql=(
            f"CASE WHEN {{amount}} < {SERVINGS_BELOW} THEN '{share}' WHEN {{amount}} <= {SERVINGS_TO} "
            f"THEN '{servings}' ELSE '{grams}' END"
        ),
        expect=expected,
    )


def _thing(field: str, name: str, entity: str | tuple[str, ...]) -> Reference:
    return Reference(field=field, names=(name,), entity=entity, required=True)


INGREDIENT = _thing("ingredient", "ingredientId", "ingredients")

RECIPE_INGREDIENTS = Entity(
    name="recipe_ingredients",
    tables=("recipe_ingredients",),
    model="catalog.MealIngredient",
    key=("recipeId", "ingredientId"),
    derived_key=True,
    optional=True,
    rules=(_thing("meal", "recipeId", "recipes"), INGREDIENT, amount("amount", "quantity", required=True), unit()),
)

RECIPE_LINES = Entity(
    name="recipe_lines",
    tables=("recipe_lines",),
    model="catalog.MealIngredient",
    optional=True,
    rules=(
        Reference(field="meal", names=("recipeId", "mealId"), entity="recipes", required=True),
        INGREDIENT,
        amount("amount", "amount"),
        unit(),
        PARTS,
    ),
)

COOKED_LINES = Entity(
    name="cooked_lines",
    tables=("cooked_lines",),
    model="catalog.MealIngredient",
    optional=True,
    rules=(
        _thing("meal", "cookedMealId", "cooked_meals"),
        INGREDIENT,
        amount("amount", "amount"),
        unit(),
        PARTS,
    ),
)

ENTRIES = Entity(
    name="entries",
    tables=("entries",),
    model="catalog.MealEntry",
    optional=True,
    rules=(
        *OWNER,
        Date(field="date", names=("date",)),
        Choice(field="type", names=("type",), values=same("BREAKFAST", "LUNCH", "DINNER", "SNACK"), required=True),
        Text(field="name", names=("name",), empty_is_null=True),
        Time(field="eaten_at", names=("mealTime",)),
        Integer(field="position", names=("sortOrder",), default=0),
        Text(field="plan_key", names=("menuId", "mealPlanId"), empty_is_null=True),
        *MADE,
    ),
)


# The first generation: numbers without a unit, and two columns that tell a line from all others.


def _of_slot(name: str, table: str, thing: Reference, number: str, *rules: Rule) -> Entity:
    return Entity(
        name=name,
        tables=(table,),
        model={
            "ingredient": "catalog.MealEntryIngredient",
            "meal": "catalog.MealEntryMeal",
            "quick_meal": "catalog.MealEntryQuickMeal",
        }[thing.field],
        key=("mealId", *thing.names),
        derived_key=True,
        optional=True,
        rules=(
            _thing("entry", "mealId", "entries"),
            thing,
            amount("amount", number, required=True),
            amount("recorded_amount", number),
            *rules,
        ),
    )


BY_SIZE = (
    _by_size("unit", "SHARE", "SERVING", "GRAMS"),
    _by_size("servings_rule", "share", "servings", "grams"),
)
SLOT_INGREDIENTS = _of_slot("slot_ingredients", "slot_ingredients", INGREDIENT, "quantity", unit())
SLOT_RECIPES = _of_slot("meal_recipes", "meal_recipes", _thing("meal", "recipeId", "recipes"), "servings", *BY_SIZE)
SLOT_QUICK_MEALS = _of_slot(
    "meal_unplanned_meals",
    "meal_unplanned_meals",
    _thing("quick_meal", "unplannedMealId", "quick_meals"),
    "quantity",
    *BY_SIZE,
)


# The others: a unit, and an amount that may be summed or a portion's.


def _of_entry(name: str, model: str, *rules: Rule) -> Entity:
    return Entity(
        name=name,
        tables=(name,),
        model=model,
        optional=True,
        rules=(
            Reference(field="entry", names=("mealEntryId", "mealId"), entity="entries", required=True),
            amount("amount", "amount"),
            amount("recorded_amount", "amount"),
            unit(),
            PARTS,
            Reference(field="portion", names=("portionHistoryId",), entity="portions", dangling=True),
            *rules,
        ),
    )


ENTRY_INGREDIENTS = _of_entry("entry_ingredients", "catalog.MealEntryIngredient", INGREDIENT)
ENTRY_MEALS = _of_entry(
    "entry_meals",
    "catalog.MealEntryMeal",
    Reference(field="meal", names=("dishId",), entity="recipes"),
    Reference(field="member", names=("familyMemberId",), entity="family_members"),
    Boolean(field="is_eaten", names=("isConsumed",)),
    Time(field="eaten_at", names=("consumedAt",)),
)
ENTRY_COOKED_MEALS = _of_entry(
    "entry_cooked_meals", "catalog.MealEntryMeal", _thing("meal", "cookedMealId", "cooked_meals")
)
ENTRY_QUICK_MEALS = _of_entry(
    "entry_quick_meals", "catalog.MealEntryQuickMeal", _thing("quick_meal", "quickMealId", "quick_meals")
)

LISTS = Entity(
    name="lists",
    tables=("lists", "GroceryList"),
    model="catalog.ShoppingList",
    optional=True,
    rules=(
        *OWNER,
        Text(field="name", names=("name",), default=""),
        Date(field="date_from", names=("startDate",)),
        Date(field="date_to", names=("endDate",)),
        Boolean(field="is_completed", names=("isCompleted",), default=False),
        Text(field="lost_owner", names=("lostOwner",), empty_is_null=True),
        *MADE,
    ),
)

LIST_ITEMS = Entity(
    name="list_items",
    tables=("list_items",),
    model="catalog.ShoppingListItem",
    optional=True,
    rules=(
        Reference(field="list", names=("listId", "groceryListId"), entity="lists", required=True),
        INGREDIENT,
        amount("amount", "amount", "totalGrams"),
        unit(),
        PARTS,
        Choice(
            field="status",
            names=("status",),
            values=same("MUST_BUY", "CHECK_AVAILABILITY", "BOUGHT"),
            required=True,
        ),
        Text(field="category", names=("category",), empty_is_null=True),
        amount("package_size", "packageSize"),
        unit("package_unit", "packageUnit", default=None),
        Decimal(field="estimated_price", names=("estimatedPrice",), digits=20, places=9),
        Time(field="bought_at", names=("purchasedAt",)),
        *MADE,
    ),
)
