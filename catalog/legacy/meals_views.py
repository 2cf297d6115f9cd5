"""What the meal planner's tables hold only between the lines, as SELECTs on its three schemas.

They run on the legacy server: no function of ours, nothing younger than PostgreSQL 9.5. Where one thing stands several
times in one whole and unit, the lines are one: the first key, the sum, and in `parts` what it is the sum of.
"""

from __future__ import annotations

from catalog.legacy.prisma import ACCOUNT_LINK, member
from operations.importing.declaration import View

_WORDS = {
    "г": "GRAMS",
    "гр": "GRAMS",
    "кг": "KILOGRAMS",
    "мл": "MILLILITRES",
    "л": "LITRES",
    "шт": "PIECES",
    "порции": "SERVING",
    "порция": "SERVING",
    "порція": "SERVING",
}
# In any case, abbreviated with a stop or without.
UNITS = {
    spelled: name
    for word, name in _WORDS.items()
    for stop in ("", ".")
    for spelled in (f"{word}{stop}", f"{word.capitalize()}{stop}", f"{word.upper()}{stop}")
}
NO_UNIT = "GRAMS"
FIRST_KEY = 'min(id COLLATE "C") AS id'
# What the rules take at most.
AMOUNT_LIMIT, PRICE_LIMIT = "1e12", "1e11"


def _unit(column: str) -> str:
    """The unit as the rule takes it, or NULL for none; a word that is not known stays, and rejects its line."""
    word = f"btrim({column}::text)"
    cases = " ".join(f"WHEN '{known}' THEN '{name}'" for known, name in UNITS.items())
    return f"CASE {word} {cases} ELSE nullif({word}, '') END"


# Of a line, which always has one.
UNIT = f"coalesce({_unit('unit')}, '{NO_UNIT}')"


def _amount(column: str) -> str:
    """An amount to be summed exactly. Infinity is no numeric before PostgreSQL 14; NaN is rejected for the same."""
    infinite = f"abs({column}::float8) = 'infinity'"
    return f"CASE WHEN {infinite} THEN 'NaN'::numeric ELSE {column}::numeric END"


def _spoils(column: str, limit: str = AMOUNT_LIMIT) -> str:
    """Whether a number would take a whole sum along when it is rejected. NaN is beyond any limit; NULL spoils none."""
    return f"NOT ({column}::float8 >= 0 AND {column}::float8 < {limit})"


def _alone(*conditions: str) -> str:
    """To group by: the id of a record that is to be summed with no other."""
    return f"CASE WHEN {' OR '.join(conditions)} THEN id END"


def _parts(amount: str) -> str:
    part = f"json_build_object('key', id, 'amount', \"{amount}\")"
    return f'CASE WHEN count(*) > 1 THEN json_agg({part} ORDER BY id COLLATE "C") END AS parts'


def _day(moment: str) -> str:
    """The day of a moment, which the planner stores in UTC, for somebody in the operator's zone; a day stays one."""
    zoned = f"({moment}::timestamp AT TIME ZONE 'UTC' AT TIME ZONE current_setting('slipway.zone'))::date"
    return f"CASE WHEN pg_typeof({moment}) = 'date'::regtype THEN {moment}::date ELSE {zoned} END"


def _made(row: str) -> str:
    """When it was made and changed, which has not always been recorded."""
    return f'{member(row, "createdAt")} AS "createdAt", {member(row, "updatedAt")} AS "updatedAt"'


def _made_together(row: str) -> str:
    """The same of records that are one here: when the first was made and the last changed."""
    return f'min({member(row, "createdAt")}) AS "createdAt", max({member(row, "updatedAt")}) AS "updatedAt"'


def _summed(table: str, whole: str, amount: str = "amount", also: str = "", alone: tuple[str, ...] = ()) -> str:
    number = f'"{amount}"'
    return (
        f'SELECT {FIRST_KEY}, "{whole}", "ingredientId", {UNIT} AS unit, sum({_amount(number)}) AS amount, '
        f'{_parts(amount)}{also} FROM "{table}" '
        f'GROUP BY "{whole}", "ingredientId", {UNIT}, {_alone(_spoils(number), *alone)}'
    )


def _summed_view(name: str, table: str, whole: str) -> View:
    needs = {table: ("id", whole, "ingredientId", "amount", "unit")}
    return View(name=name, columns=(), key=("id",), query=_summed(table, whole), needs=needs)


# Clerk's ids prove who somebody is. The users' table has had two names.
def _people(users: str) -> View:
    return View(
        name="people",
        columns=(),
        key=("id",),
        query=f'SELECT u.*, u.id AS "clerkId" FROM "{users}" u',
        needs={users: ("id", "email"), "meal_entries": ("mealType",)},
    )


# Where there is nothing of Clerk's but people, only the form of their ids tells them from those of other generations.
PEOPLE_ALONE = r"""SELECT u.*, CASE WHEN u.id LIKE 'user\_%' THEN u.id END AS "clerkId" FROM "User" u"""

ACCOUNT_LINKS = f'SELECT a.*, {ACCOUNT_LINK} AS link FROM "Account" a'


# A day of the first generation is a menu; a meal whose menu is gone has neither a day nor a person.
FIRST_ENTRIES = f"""
    SELECT m.id, n."userId", {_day("n.date")} AS date, upper(m.type::text) AS type, m."mealTime", m."sortOrder",
           m."menuId"
    FROM meals m LEFT JOIN menus n ON n.id = m."menuId"
"""
FAMILY_ENTRIES = f"""
    SELECT m.id, p."familyId", p.date, m.type::text AS type, m.name, m."mealPlanId", {_made("m")}
    FROM "Meal" m LEFT JOIN "MealPlan" p ON p.id = m."mealPlanId"
"""
CLERK_ENTRIES = f"""
    SELECT id, "userId", {_day("date")} AS date, "mealType"::text AS type, "mealTime", {_made("e")}
    FROM meal_entries e
"""

# What one member ate of one recipe is one line. Whether they ate it is unknown where its parts do not agree.
FAMILY_ENTRY_MEALS = f"""
    SELECT {FIRST_KEY}, "mealId", "recipeId" AS "dishId", "familyMemberId", sum({_amount("servings")}) AS amount,
           'SERVING'::text AS unit, {_parts("servings")},
           CASE WHEN bool_and("isConsumed") = bool_or("isConsumed") THEN bool_and("isConsumed") END AS "isConsumed",
           max("consumedAt") AS "consumedAt"
    FROM "MealEntry"
    GROUP BY "mealId", "recipeId", "familyMemberId",
             {_alone('"recipeId" IS NULL', '"familyMemberId" IS NULL', _spoils("servings"))}
"""


PACKAGE_UNIT = '"packageUnit"'


# Of items that are one here: the price of all, and what they say alike. The rest is only in the raw records.
def _if_alike(value: str) -> str:
    return f'CASE WHEN count(DISTINCT ("packageSize", {_unit(PACKAGE_UNIT)})) = 1 THEN min({value}) END'


GROCERIES = _summed(
    "GroceryItem",
    "groceryListId",
    amount="requiredAmount",
    alone=(_spoils('"estimatedPrice"', PRICE_LIMIT),),
    also=f""",
        {_if_alike('"packageSize"')} AS "packageSize", {_if_alike(_unit(PACKAGE_UNIT))} AS "packageUnit",
        sum({_amount('"estimatedPrice"')}) AS "estimatedPrice",
        CASE WHEN bool_and("isPurchased") THEN 'BOUGHT' WHEN bool_or(category::text = 'BUY') THEN 'MUST_BUY'
             ELSE min(category::text) END AS status,
        CASE WHEN min(category::text) = max(category::text) THEN min(category::text) END AS category,
        CASE WHEN bool_and("isPurchased") THEN max("purchasedAt") END AS "purchasedAt",
        {_made_together('"GroceryItem"')}
    """,
)


def _item(kind: str, column: str) -> str:
    """A portion's thing, if it is of the kind: by its own column or, where that is empty or lacking, by the general."""
    found = f'coalesce({member("p", column)}, "itemId")'
    return f'CASE "itemType"::text WHEN \'{kind}\' THEN {found} END AS "{column}"'


PORTIONS = f"""
    SELECT id, "userId", "itemId", "itemType", amount, unit, frequency, "lastUsed",
           {_item("INGREDIENT", "ingredientId")}, {_item("MEAL", "mealId")}, {_item("QUICK_MEAL", "quickMealId")},
           {_item("COOKED_MEAL", "cookedMealId")}, {_made("p")}
    FROM portion_history p
"""


def _portioned(name: str, kind: str, column: str, known_as: str = "") -> View:
    """An entry's links with the amount of the portion that they point to; a sum of several portions points to none."""
    known_as = known_as or column
    query = f"""
        SELECT {FIRST_KEY}, "mealEntryId", "{known_as}",
               CASE WHEN count(DISTINCT "portionHistoryId") = 1 THEN min("portionHistoryId") END AS "portionHistoryId",
               sum({_amount("amount")}) AS amount, {UNIT} AS unit, {_parts("amount")}
        FROM (
            SELECT l.id, l."mealEntryId", l."{column}" AS "{known_as}", l."portionHistoryId", p.amount, p.unit
            FROM meal_entry_{kind} l LEFT JOIN portion_history p ON p.id = l."portionHistoryId"
        ) AS line
        GROUP BY "mealEntryId", "{known_as}", {UNIT}, {_alone(_spoils("amount"))}
    """
    needs = {f"meal_entry_{kind}": ("mealEntryId", column, "portionHistoryId"), "portion_history": ("amount",)}
    return View(name=name, columns=(), key=("id",), query=query, needs=needs)


# Bought when all of it is, as groceries are.
LIST_ITEMS = f"""
    SELECT {FIRST_KEY}, "listId", "ingredientId", sum({_amount('"totalGrams"')}) AS "totalGrams",
           {_parts("totalGrams")},
           CASE WHEN bool_and(status::text = 'BOUGHT') THEN 'BOUGHT' WHEN bool_or(status::text = 'MUST_BUY')
               THEN 'MUST_BUY' ELSE min(nullif(status::text, 'BOUGHT')) END AS status,
           {_made_together("i")}
    FROM shopping_list_items i
    GROUP BY "listId", "ingredientId", {_alone(_spoils('"totalGrams"'))}
"""


# An owner is who the list names, if there is such a row; else who is named a second time; else it is lost.
def _lists(users: str) -> View:
    query = f"""
        SELECT id, name, {_day('"dateFrom"')} AS "startDate", {_day('"dateTo"')} AS "endDate", {_made("l")},
               coalesce(person, CASE WHEN family IS NULL THEN second_person END) AS "userId",
               coalesce(family, CASE WHEN person IS NULL AND second_person IS NULL THEN second_family END)
                   AS "familyId",
               CASE WHEN coalesce(person, family, second_person, second_family) IS NULL
                   THEN "ownerType"::text || ':' || "ownerId" END AS "lostOwner"
        FROM (
            SELECT l.*, u.id AS person, f.id AS family, v.id AS second_person, g.id AS second_family
            FROM shopping_lists l
            LEFT JOIN "{users}" u ON u.id = l."ownerId" AND l."ownerType"::text = 'USER'
            LEFT JOIN families f ON f.id = l."ownerId" AND l."ownerType"::text = 'FAMILY'
            LEFT JOIN "{users}" v ON v.id = {member("l", "userId")}
            LEFT JOIN families g ON g.id = {member("l", "familyId")}
        ) AS l
    """
    return View(
        name="lists",
        columns=(),
        key=("id",),
        query=query,
        needs={"shopping_lists": ("ownerId", "ownerType"), "families": ("id",), users: ("id",)},
    )


def _view(name: str, query: str, *key: str, **needs: tuple[str, ...]) -> View:
    return View(name=name, columns=(), key=key or ("id",), query=query, needs=needs)


VIEWS = (
    _people("users"),
    _people("User"),
    _view("people", PEOPLE_ALONE, User=("id", "email", "imageUrl")),
    _view("account_links", ACCOUNT_LINKS, "link", Account=("userId", "provider", "providerAccountId")),
    _view("entries", FIRST_ENTRIES, meals=("menuId", "sortOrder"), menus=("date", "userId")),
    _view("entries", FAMILY_ENTRIES, Meal=("mealPlanId",), MealPlan=("familyId", "date")),
    _view("entries", CLERK_ENTRIES, meal_entries=("date", "mealType")),
    # What the third generation calls so is made of meals, not of slots.
    _view(
        "slot_ingredients", "SELECT * FROM meal_ingredients", "mealId", "ingredientId", meal_ingredients=("quantity",)
    ),
    _summed_view("recipe_lines", "RecipeIngredient", "recipeId"),
    _summed_view("recipe_lines", "meal_ingredients", "mealId"),
    _summed_view("cooked_lines", "cooked_meal_ingredients", "cookedMealId"),
    _summed_view("entry_ingredients", "MealIngredient", "mealId"),
    _portioned("entry_ingredients", "ingredients", "ingredientId"),
    _view("entry_meals", FAMILY_ENTRY_MEALS, MealEntry=("mealId", "recipeId", "familyMemberId", "servings")),
    _portioned("entry_meals", "meals", "mealId", known_as="dishId"),
    _portioned("entry_cooked_meals", "cooked_meals", "cookedMealId"),
    _portioned("entry_quick_meals", "quick_meals", "quickMealId"),
    _view("portions", PORTIONS, portion_history=("itemId", "itemType")),
    _lists("users"),
    _lists("User"),
    _view("list_items", GROCERIES, GroceryItem=("groceryListId", "ingredientId", "requiredAmount", "unit")),
    _view("list_items", LIST_ITEMS, shopping_list_items=("listId", "ingredientId", "totalGrams", "status")),
)
