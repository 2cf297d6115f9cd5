"""The meal planner on PostgreSQL, in three generations: of one person each, of families, and Clerk's, which began with
nothing but people.

A "meal" was a slot of a day before it became a recipe; slots are entries here. What the planner had for everybody is
public. Numbers without a unit get theirs by a stated rule; nothing is converted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.legacy.meals_lines import (
    COOKED_LINES,
    ENTRIES,
    ENTRY_COOKED_MEALS,
    ENTRY_INGREDIENTS,
    ENTRY_MEALS,
    ENTRY_QUICK_MEALS,
    LIST_ITEMS,
    LISTS,
    RECIPE_INGREDIENTS,
    RECIPE_LINES,
    SLOT_INGREDIENTS,
    SLOT_QUICK_MEALS,
    SLOT_RECIPES,
)
from catalog.legacy.meals_rules import FIGURES, MADE, NAME, NUTRITION, OWNER, amount, same, unit
from catalog.legacy.meals_views import VIEWS
from catalog.legacy.prisma import ACCOUNT_REST
from catalog.legacy.sample_meals import write_meals_sample
from operations.importing.declaration import (
    PLACEHOLDERS,
    AliasTable,
    Boolean,
    Choice,
    Computed,
    Contested,
    Entity,
    Generation,
    Integer,
    LegacySource,
    Proof,
    Reference,
    Text,
    Time,
)


def _password(value: str | None, fields: Mapping[str, Any], key: str) -> str:
    is_bcrypt = value is not None and len(value) == 60 and value[:4] in {"$2a$", "$2b$", "$2y$"}
    return f"bcrypt${value}" if is_bcrypt else "!"


PEOPLE = Entity(
    name="people",
    tables=("people", "User"),
    model="accounts.User",
    aliases=AliasTable(model="accounts.Identity", owner="user"),
    proofs=(Proof(provider="clerk", names=("clerkId",), unknown=PLACEHOLDERS),),
    unique=("email",),
    rules=(
        Text(field="email", names=("email",), empty_is_null=True, unknown=PLACEHOLDERS),
        Contested(field="contested_email", of="email"),
        Computed(
            field="password",
            names=("password",),
            sql="CASE WHEN length({value}) = 60 AND {value} ~ '^[$]2[aby][$]' THEN 'bcrypt$' || {value} ELSE '!' END",
            expect=_password,
        ),
        Text(field="username", names=("username",), empty_is_null=True),
        Text(field="display_name", names=("name",), empty_is_null=True),
        Text(field="first_name", names=("firstName",), empty_is_null=True),
        Text(field="last_name", names=("lastName",), empty_is_null=True),
        Text(field="avatar", names=("imageUrl", "image"), empty_is_null=True),
        Text(field="role", names=("role",), empty_is_null=True),
        Time(field="clerk_created_at", names=("clerkCreatedAt",)),
        Time(field="clerk_updated_at", names=("clerkUpdatedAt",)),
        *MADE,
    ),
    raw_only=("emailVerified",),
)

ACCOUNT_LINKS = Entity(
    name="account_links",
    tables=("account_links",),
    model="accounts.Identity",
    key=("link",),
    derived_key=True,
    optional=True,
    rules=(
        Reference(field="user", names=("userId",), entity="people", required=True),
        Text(field="provider", names=("provider",), required=True, empty_is_null=True),
        Text(field="subject", names=("providerAccountId",), required=True, empty_is_null=True),
    ),
    raw_only=ACCOUNT_REST,
)

FAMILIES = Entity(
    name="families",
    tables=("families", "Family"),
    model="catalog.Family",
    optional=True,
    rules=(
        Text(field="name", names=("name",), default=""),
        Text(field="description", names=("description",)),
        *MADE,
    ),
)

FAMILY_MEMBERS = Entity(
    name="family_members",
    tables=("family_members", "FamilyMember"),
    model="catalog.FamilyMember",
    optional=True,
    rules=(
        Reference(field="family", names=("familyId",), entity="families", required=True),
        Reference(field="user", names=("userId",), entity="people"),
        Text(field="name", names=("name",), default=""),
        Choice(field="role", names=("role",), values=same("ADMIN", "MEMBER"), default="MEMBER"),
        *(amount(f"daily_{figure}", f"daily{figure.capitalize()}") for figure in FIGURES),
        *MADE,
    ),
)

INGREDIENTS = Entity(
    name="ingredients",
    tables=("ingredients", "Ingredient"),
    model="catalog.Ingredient",
    optional=True,
    rules=(
        *OWNER,
        NAME,
        Text(field="category", names=("category",), empty_is_null=True),
        # A piece without weight is one that nobody has weighed.
        amount("grams_per_piece", "gramsPerPiece", unknown=("0",)),
        unit("default_unit", "defaultUnit"),
        *NUTRITION,
        *MADE,
    ),
)

PACKAGING = Entity(
    name="ingredient_packaging",
    tables=("ingredient_packaging",),
    model="catalog.IngredientPackaging",
    optional=True,
    rules=(
        Reference(field="ingredient", names=("ingredientId",), entity="ingredients", required=True),
        Text(field="name", names=("packageName",), default=""),
        amount("size", "packageSize", required=True),
        unit(),
        Text(field="store_name", names=("storeName",), empty_is_null=True),
        *MADE,
    ),
)

RECIPES = Entity(
    name="recipes",
    tables=("recipes", "Recipe", "meals"),
    model="catalog.Meal",
    optional=True,
    rules=(
        *OWNER,
        NAME,
        Text(field="description", names=("description",)),
        Text(field="instructions", names=("instructions",)),
        Boolean(field="is_quick", names=("isQuickMeal",), default=False),
        Integer(field="servings", names=("servings",), low=1, unknown=("0",)),
        amount("grams_per_serving", "gramsPerServing"),
        amount("expected_yield", "expectedYield"),
        amount("actual_yield", "actualYield"),
        Integer(field="prep_time", names=("prepTime",), low=0),
        Integer(field="cook_time", names=("cookTime", "cookingTime"), low=0),
        *MADE,
    ),
)

# Cooked on a certain day, by a recipe that may be gone.
COOKED_MEALS = Entity(
    name="cooked_meals",
    tables=("cooked_meals",),
    model="catalog.Meal",
    optional=True,
    rules=(
        *OWNER,
        NAME,
        Text(field="kind", default="COOKED"),
        Reference(field="cooked_from", names=("mealId",), entity="recipes", dangling=True),
        amount("actual_yield", "totalGrams"),
        Time(field="cooked_at", names=("cookedAt",)),
        *MADE,
    ),
)

QUICK_MEALS = Entity(
    name="quick_meals",
    tables=("quick_meals", "unplanned_meals"),
    model="catalog.QuickMeal",
    optional=True,
    rules=(
        *OWNER,
        NAME,
        Text(field="description", names=("description",)),
        amount("grams_per_serving", "gramsPerServing"),
        *NUTRITION,
        *MADE,
    ),
)

PORTIONS = Entity(
    name="portions",
    tables=("portions",),
    model="catalog.PortionHistory",
    optional=True,
    rules=(
        Reference(field="user", names=("userId",), entity="people", required=True),
        Choice(
            field="item_type",
            names=("itemType",),
            values=same("INGREDIENT", "MEAL", "QUICK_MEAL", "COOKED_MEAL"),
            required=True,
        ),
        Reference(field="ingredient", names=("ingredientId",), entity="ingredients", dangling=True),
        Reference(field="meal", names=("mealId", "cookedMealId"), entity=("recipes", "cooked_meals"), dangling=True),
        Reference(field="quick_meal", names=("quickMealId",), entity="quick_meals", dangling=True),
        Text(field="item_key", names=("itemId",), empty_is_null=True),
        amount("amount", "amount"),
        unit(),
        Integer(field="frequency", names=("frequency",), low=0, default=1),
        Time(field="last_used", names=("lastUsed",)),
        *MADE,
    ),
)

MEAL_PLANNER = LegacySource(
    name="meals",
    title="the meal planner",
    # By tables that no entity takes by several names: what marks a generation is taken first.
    generations=(
        Generation(
            name="Clerk",
            columns={"meal_entries": ("userId", "date", "mealType"), "portion_history": ("itemId", "itemType")},
            prefers=("meals", "quick_meals", "ingredients", "families", "family_members"),
        ),
        Generation(
            name="families",
            columns={"MealPlan": ("familyId", "date"), "MealEntry": ("mealId", "recipeId")},
            prefers=("Recipe", "Ingredient", "Family", "FamilyMember", "GroceryList"),
        ),
        Generation(
            name="menus",
            columns={"menus": ("date", "userId"), "meal_recipes": ("mealId", "servings")},
            prefers=("recipes", "ingredients", "unplanned_meals"),
        ),
        Generation(
            name="Clerk's people", columns={"User": ("id", "email", "imageUrl", "createdAt")}, prefers=("people",)
        ),
    ),
    views=VIEWS,
    entities=(
        PEOPLE,
        ACCOUNT_LINKS,
        FAMILIES,
        FAMILY_MEMBERS,
        INGREDIENTS,
        PACKAGING,
        RECIPES,
        COOKED_MEALS,
        QUICK_MEALS,
        PORTIONS,
        RECIPE_INGREDIENTS,
        RECIPE_LINES,
        COOKED_LINES,
        ENTRIES,
        ENTRY_INGREDIENTS,
        ENTRY_MEALS,
        ENTRY_COOKED_MEALS,
        ENTRY_QUICK_MEALS,
        SLOT_INGREDIENTS,
        SLOT_RECIPES,
        SLOT_QUICK_MEALS,
        LISTS,
        LIST_ITEMS,
    ),
    kept=(
        # They say nothing that is meant for here.
        "Session",
        "VerificationToken",
        "_prisma_migrations",
        # Their records come through views, where one may be a part of a sum or of an entry.
        "Account",
        "menus",
        "meals",
        "meal_ingredients",
        "RecipeIngredient",
        "MealPlan",
        "Meal",
        "MealEntry",
        "MealIngredient",
        "GroceryItem",
        "users",
        "User",
        "cooked_meal_ingredients",
        "portion_history",
        "meal_entries",
        "meal_entry_ingredients",
        "meal_entry_meals",
        "meal_entry_quick_meals",
        "meal_entry_cooked_meals",
        "shopping_lists",
        "shopping_list_items",
    ),
    write_sample=write_meals_sample,
    sample={"generation": "clerk", "users": 100, "days": 60},
    store="postgresql",
)
