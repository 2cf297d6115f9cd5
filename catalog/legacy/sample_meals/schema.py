"""The three schemas as Prisma's migrations left them: quoted camelCase, enums, TIMESTAMP(3), doubles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Generation: TypeAlias = Literal["first", "families", "clerk"]
GENERATIONS: tuple[Generation, ...] = ("first", "families", "clerk")

_TYPES = {
    "s": "TEXT NOT NULL",
    "s?": "TEXT",
    "i": "INTEGER NOT NULL",
    "i?": "INTEGER",
    "d": "DOUBLE PRECISION NOT NULL",
    "d?": "DOUBLE PRECISION",
    "t": "TIMESTAMP(3) NOT NULL",
    "t?": "TIMESTAMP(3)",
    "day": "DATE NOT NULL",
    "b": "BOOLEAN NOT NULL DEFAULT false",
}


@dataclass(frozen=True)
class Table:
    """`columns` are names with their types (see `_TYPES`; a capital begins the name of an enum)."""

    name: str
    columns: str
    key: str = "id"
    unique: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # "column table rule"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.split(":")[0] for column in self.columns.split())

    @property
    def create(self) -> str:
        parts = [column.split(":") for column in self.columns.split()]
        lines = [f'"{name}" {_TYPES.get(kind) or f"{chr(34)}{kind}{chr(34)} NOT NULL"}' for name, kind in parts]
        lines.append(f'CONSTRAINT "{self.name}_pkey" PRIMARY KEY ({_quoted(self.key)})')
        return f'CREATE TABLE "{self.name}" ({", ".join(lines)})'

    @property
    def copy(self) -> str:
        return f'COPY "{self.name}" ({", ".join(_quoted(name) for name in self.names)}) FROM STDIN'

    @property
    def constraints(self) -> list[str]:
        """Made after the rows: that is faster."""
        made = [
            f'CREATE UNIQUE INDEX "{self.name}_{columns.replace(",", "_")}_key" ON "{self.name}" ({_quoted(columns)})'
            for columns in self.unique
        ]
        for column, table, rule in (link.split(" ", 2) for link in self.links):
            made.append(
                f'ALTER TABLE "{self.name}" ADD CONSTRAINT "{self.name}_{column}_fkey" FOREIGN KEY ("{column}") '
                f'REFERENCES "{table}" ("id") ON DELETE {rule} ON UPDATE CASCADE'
            )
        return made


def _quoted(columns: str) -> str:
    return ", ".join(f'"{name}"' for name in columns.split(","))


_FIGURES = "calories:d protein:d carbs:d fat:d"
_TIMES = "createdAt:t updatedAt:t"
_FIRST = (
    Table("User", "id:s name:s? email:s? password:s? emailVerified:t? image:s? role:Role", unique=("email",)),
    Table(
        "Account",
        "id:s userId:s type:s provider:s providerAccountId:s",
        unique=("provider,providerAccountId",),
        links=("userId User CASCADE",),
    ),
    Table(
        "Session", "id:s sessionToken:s userId:s expires:t", unique=("sessionToken",), links=("userId User CASCADE",)
    ),
    Table("VerificationToken", "identifier:s token:s expires:t", key="identifier,token"),
    Table("ingredients", f"id:s name:s {_FIGURES}", unique=("name",)),
    Table("recipes", "id:s name:s", unique=("name",)),
    Table(
        "recipe_ingredients",
        "recipeId:s ingredientId:s quantity:d",
        key="recipeId,ingredientId",
        links=("recipeId recipes RESTRICT", "ingredientId ingredients RESTRICT"),
    ),
    Table("menus", "id:s date:t userId:s", links=("userId User RESTRICT",)),
    Table("meals", "id:s mealTime:t? type:MealType menuId:s? sortOrder:i", links=("menuId menus SET NULL",)),
    Table(
        "meal_ingredients",
        "mealId:s ingredientId:s quantity:d",
        key="mealId,ingredientId",
        links=("mealId meals RESTRICT", "ingredientId ingredients RESTRICT"),
    ),
    Table(
        "meal_recipes",
        "mealId:s recipeId:s servings:d",
        key="mealId,recipeId",
        links=("mealId meals RESTRICT", "recipeId recipes RESTRICT"),
    ),
    Table("unplanned_meals", f"id:s name:s {_FIGURES}", unique=("name",)),
    Table(
        "meal_unplanned_meals",
        "mealId:s unplannedMealId:s quantity:d",
        key="mealId,unplannedMealId",
        links=("mealId meals RESTRICT", "unplannedMealId unplanned_meals RESTRICT"),
    ),
)
_FAMILIES = (
    Table("User", f"id:s email:s? name:s? {_TIMES}", unique=("email",)),
    Table("Family", f"id:s name:s {_TIMES}"),
    Table(
        "FamilyMember",
        "id:s familyId:s userId:s? name:s role:FamilyRole dailyCalories:d?",
        links=("familyId Family CASCADE", "userId User SET NULL"),
    ),
    Table(
        "Ingredient",
        "id:s name:s category:s? defaultUnit:s caloriesPer100g:d? proteinsPer100g:d? fatsPer100g:d? carbsPer100g:d?",
    ),
    Table(
        "Recipe",
        f"id:s familyId:s name:s description:s? servings:i cookingTime:i? instructions:s? isQuickMeal:b {_TIMES}",
        links=("familyId Family CASCADE",),
    ),
    Table(
        "RecipeIngredient",
        "id:s recipeId:s ingredientId:s amount:d unit:s",
        links=("recipeId Recipe CASCADE", "ingredientId Ingredient RESTRICT"),
    ),
    Table("MealPlan", "id:s familyId:s date:day", unique=("familyId,date",), links=("familyId Family CASCADE",)),
    Table("Meal", "id:s mealPlanId:s type:MealType name:s?", links=("mealPlanId MealPlan CASCADE",)),
    Table(
        "MealEntry",
        "id:s mealId:s familyMemberId:s? recipeId:s? servings:d isConsumed:b consumedAt:t?",
        links=("mealId Meal CASCADE", "familyMemberId FamilyMember SET NULL", "recipeId Recipe SET NULL"),
    ),
    Table(
        "MealIngredient",
        "id:s mealId:s ingredientId:s amount:d unit:s",
        links=("mealId Meal CASCADE", "ingredientId Ingredient RESTRICT"),
    ),
    Table(
        "GroceryList",
        f"id:s familyId:s startDate:day endDate:day isCompleted:b {_TIMES}",
        links=("familyId Family CASCADE",),
    ),
    Table(
        "GroceryItem",
        "id:s groceryListId:s ingredientId:s requiredAmount:d unit:s packageSize:d? packageUnit:s? estimatedPrice:d? "
        "category:GroceryCategory isPurchased:b purchasedAt:t?",
        links=("groceryListId GroceryList CASCADE", "ingredientId Ingredient RESTRICT"),
    ),
)
_CLERK_FIGURES = "calories:d? proteins:d? carbs:d? fat:d?"
_OF_USER = ("userId users CASCADE",)
_CLERK = (
    Table(
        "users",
        f"id:s email:s firstName:s? lastName:s? name:s? imageUrl:s? username:s? "
        f"clerkCreatedAt:t? clerkUpdatedAt:t? {_TIMES}",
        unique=("email", "username"),
    ),
    Table("families", f"id:s name:s {_TIMES}"),
    Table(
        "family_members",
        "id:s familyId:s userId:s createdAt:t",
        unique=("familyId,userId",),
        links=("familyId families CASCADE", *_OF_USER),
    ),
    Table("ingredients", f"id:s userId:s? name:s {_CLERK_FIGURES} gramsPerPiece:d? {_TIMES}", links=_OF_USER),
    Table(
        "ingredient_packaging",
        "id:s ingredientId:s packageName:s packageSize:d unit:measurement_units storeName:s?",
        links=("ingredientId ingredients CASCADE",),
    ),
    Table(
        "meals",
        "id:s userId:s? name:s description:s? instructions:s? expectedYield:d? actualYield:d? prepTime:i? cookTime:i? "
        f"gramsPerServing:d? {_TIMES}",
        links=_OF_USER,
    ),
    Table(
        "meal_ingredients",
        "id:s mealId:s ingredientId:s amount:d unit:measurement_units",
        unique=("mealId,ingredientId",),
        links=("mealId meals CASCADE", "ingredientId ingredients CASCADE"),
    ),
    Table("quick_meals", f"id:s userId:s? name:s description:s? {_CLERK_FIGURES} gramsPerServing:d?", links=_OF_USER),
    Table("cooked_meals", "id:s userId:s mealId:s? name:s totalGrams:d? cookedAt:t", links=_OF_USER),
    Table(
        "cooked_meal_ingredients",
        "id:s cookedMealId:s ingredientId:s amount:d unit:measurement_units",
        links=("cookedMealId cooked_meals CASCADE", "ingredientId ingredients CASCADE"),
    ),
    Table(
        "portion_history",
        "id:s userId:s itemId:s itemType:ItemType amount:d unit:measurement_units frequency:i lastUsed:t "
        "ingredientId:s? mealId:s? quickMealId:s?",
        links=_OF_USER,
    ),
    Table("meal_entries", f"id:s userId:s date:t mealTime:t? mealType:MealType {_TIMES}", links=_OF_USER),
    *(
        Table(
            f"meal_entry_{kind}s",
            f"id:s mealEntryId:s {column}:s portionHistoryId:s",
            unique=(f"mealEntryId,{column}",),
            links=("mealEntryId meal_entries CASCADE", f"{column} {kind}s CASCADE"),
        )
        for kind, column in (
            ("ingredient", "ingredientId"),
            ("meal", "mealId"),
            ("quick_meal", "quickMealId"),
            ("cooked_meal", "cookedMealId"),
        )
    ),
    # No foreign key on ownerId; userId and familyId repeat it, or do not.
    Table(
        "shopping_lists",
        f"id:s ownerId:s ownerType:owner_types name:s dateFrom:t dateTo:t userId:s? familyId:s? {_TIMES}",
    ),
    Table(
        "shopping_list_items",
        "id:s listId:s ingredientId:s totalGrams:d status:shopping_item_statuses",
        unique=("listId,ingredientId",),
        links=("listId shopping_lists CASCADE", "ingredientId ingredients CASCADE"),
    ),
)
TABLES: dict[Generation, tuple[Table, ...]] = {"first": _FIRST, "families": _FAMILIES, "clerk": _CLERK}

_UPPER = ("BREAKFAST", "LUNCH", "DINNER", "SNACK")
ENUMS: dict[Generation, dict[str, tuple[str, ...]]] = {
    "first": {"Role": ("USER", "ADMIN"), "MealType": ("breakfast", "lunch", "dinner", "snack")},
    "families": {
        "FamilyRole": ("ADMIN", "MEMBER"),
        "MealType": _UPPER,
        "GroceryCategory": ("BUY", "CHECK_AVAILABILITY"),
    },
    "clerk": {
        "MealType": _UPPER,
        "ItemType": ("INGREDIENT", "MEAL", "QUICK_MEAL", "COOKED_MEAL"),
        "measurement_units": ("GRAMS", "PIECES", "SERVING"),
        "owner_types": ("USER", "FAMILY"),
        "shopping_item_statuses": ("MUST_BUY", "CHECK_AVAILABILITY", "BOUGHT"),
    },
}
