"""Ingredients, meals, entries, families and shopping lists for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from catalog.models import (
    Family,
    FamilyMember,
    Ingredient,
    IngredientPackaging,
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
from catalog.models.unit import Unit
from tests.factories.accounts import UserFactory

FIRST_DAY = date(2025, 6, 2)
FIRST_HOUR = datetime(2025, 6, 2, 9, tzinfo=UTC)


class FamilyFactory(DjangoModelFactory[Family]):
    class Meta:
        model = Family

    id = factory.Sequence(lambda n: f"family-{n:06}")
    name = factory.Sequence(lambda n: f"Family {n}")
    created_at = factory.Sequence(lambda n: FIRST_HOUR + timedelta(days=n))


class FamilyMemberFactory(DjangoModelFactory[FamilyMember]):
    """A member with an account; `nameless=True` leaves the name to the account, `child=True` has a name alone."""

    class Meta:
        model = FamilyMember

    id = factory.Sequence(lambda n: f"member-{n:06}")
    family = factory.SubFactory(FamilyFactory)
    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Member {n}")

    class Params:
        nameless = factory.Trait(name="")
        child = factory.Trait(user=None)


class IngredientFactory(DjangoModelFactory[Ingredient]):
    """A public ingredient."""

    class Meta:
        model = Ingredient

    id = factory.Sequence(lambda n: f"ingredient-{n:06}")
    name = factory.Sequence(lambda n: f"Гречка {n:04}")
    category = "крупи"
    calories = Decimal("343")
    proteins = Decimal("12.6")
    fats = Decimal("3.3")
    carbs = Decimal("62.1")


class IngredientPackagingFactory(DjangoModelFactory[IngredientPackaging]):
    class Meta:
        model = IngredientPackaging

    id = factory.Sequence(lambda n: f"packaging-{n:06}")
    ingredient = factory.SubFactory(IngredientFactory)
    name = "Пачка"
    size = Decimal("800")
    store_name = "Сільпо"


class MealFactory(DjangoModelFactory[Meal]):
    """A public recipe."""

    class Meta:
        model = Meal

    id = factory.Sequence(lambda n: f"meal-{n:06}")
    name = factory.Sequence(lambda n: f"Борщ {n:04}")
    servings = 4

    class Params:
        cooked = factory.Trait(kind=Meal.Kind.COOKED, cooked_at=FIRST_HOUR)


class MealIngredientFactory(DjangoModelFactory[MealIngredient]):
    class Meta:
        model = MealIngredient

    id = factory.Sequence(lambda n: f"line-{n:06}")
    meal = factory.SubFactory(MealFactory)
    ingredient = factory.SubFactory(IngredientFactory)
    amount = Decimal("150")


class QuickMealFactory(DjangoModelFactory[QuickMeal]):
    class Meta:
        model = QuickMeal

    id = factory.Sequence(lambda n: f"quick-{n:06}")
    name = factory.Sequence(lambda n: f"Кава {n:04}")
    calories = Decimal("45.5")


class PortionHistoryFactory(DjangoModelFactory[PortionHistory]):
    """A portion of an ingredient; each was used an hour after the one before."""

    class Meta:
        model = PortionHistory

    id = factory.Sequence(lambda n: f"portion-{n:06}")
    user = factory.SubFactory(UserFactory)
    item_type = PortionHistory.ItemType.INGREDIENT
    ingredient = factory.SubFactory(IngredientFactory)
    amount = Decimal("100")
    last_used = factory.Sequence(lambda n: FIRST_HOUR + timedelta(hours=n))


class MealEntryFactory(DjangoModelFactory[MealEntry]):
    """A person's planned breakfast; `of_family=True` makes it a family's, `orphan=True` one without day and owner."""

    class Meta:
        model = MealEntry

    id = factory.Sequence(lambda n: f"entry-{n:06}")
    user = factory.SubFactory(UserFactory)
    date = FIRST_DAY
    type = MealEntry.Type.BREAKFAST

    class Params:
        of_family = factory.Trait(user=None, family=factory.SubFactory(FamilyFactory))
        orphan = factory.Trait(user=None, date=None)


class MealEntryIngredientFactory(DjangoModelFactory[MealEntryIngredient]):
    class Meta:
        model = MealEntryIngredient

    id = factory.Sequence(lambda n: f"entry-line-{n:06}")
    entry = factory.SubFactory(MealEntryFactory)
    ingredient = factory.SubFactory(IngredientFactory)
    amount = Decimal("100")


class MealEntryMealFactory(DjangoModelFactory[MealEntryMeal]):
    class Meta:
        model = MealEntryMeal

    id = factory.Sequence(lambda n: f"entry-line-{n:06}")
    entry = factory.SubFactory(MealEntryFactory)
    meal = factory.SubFactory(MealFactory)
    amount = Decimal("1")
    unit = Unit.SERVING


class MealEntryQuickMealFactory(DjangoModelFactory[MealEntryQuickMeal]):
    class Meta:
        model = MealEntryQuickMeal

    id = factory.Sequence(lambda n: f"entry-line-{n:06}")
    entry = factory.SubFactory(MealEntryFactory)
    quick_meal = factory.SubFactory(QuickMealFactory)
    amount = Decimal("350")


class ShoppingListFactory(DjangoModelFactory[ShoppingList]):
    """A person's list; each was made a day after the one before."""

    class Meta:
        model = ShoppingList

    id = factory.Sequence(lambda n: f"list-{n:06}")
    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"List {n}")
    date_from = FIRST_DAY
    date_to = FIRST_DAY + timedelta(days=6)
    created_at = factory.Sequence(lambda n: FIRST_HOUR + timedelta(days=n))

    class Params:
        of_family = factory.Trait(user=None, family=factory.SubFactory(FamilyFactory))
        lost = factory.Trait(user=None, lost_owner="USER:user_gone")


class ShoppingListItemFactory(DjangoModelFactory[ShoppingListItem]):
    class Meta:
        model = ShoppingListItem

    id = factory.Sequence(lambda n: f"item-{n:06}")
    list = factory.SubFactory(ShoppingListFactory)
    ingredient = factory.SubFactory(IngredientFactory)
    amount = Decimal("500")
