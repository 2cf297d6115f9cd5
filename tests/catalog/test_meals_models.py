from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError, RestrictedError

from accounts.models import User
from catalog.models import Family, FamilyMember, Ingredient, Meal, MealEntry, MealEntryIngredient, PortionHistory
from catalog.models.unit import Unit
from tests.factories.accounts import UserFactory
from tests.factories.meals import (
    FIRST_DAY,
    FamilyFactory,
    FamilyMemberFactory,
    IngredientFactory,
    IngredientPackagingFactory,
    MealEntryFactory,
    MealEntryIngredientFactory,
    MealEntryMealFactory,
    MealEntryQuickMealFactory,
    MealFactory,
    MealIngredientFactory,
    PortionHistoryFactory,
    QuickMealFactory,
    ShoppingListFactory,
    ShoppingListItemFactory,
)

pytestmark = pytest.mark.django_db
REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("catalog_ingredient_calories_not_negative", IngredientFactory, {"calories": -1}),
    ("catalog_ingredient_carbs_not_negative", IngredientFactory, {"carbs": -1}),
    ("catalog_ingredient_name_not_empty", IngredientFactory, {"name": ""}),
    ("catalog_ingredient_id_not_empty", IngredientFactory, {"id": ""}),
    ("catalog_ingredient_piece_weighs", IngredientFactory, {"grams_per_piece": 0}),
    ("catalog_ingredient_unit_known", IngredientFactory, {"default_unit": "г"}),
    ("catalog_packaging_size_not_negative", IngredientPackagingFactory, {"size": -1}),
    ("catalog_meal_kind_known", MealFactory, {"kind": "SLOT"}),
    ("catalog_meal_servings_positive", MealFactory, {"servings": 0}),
    ("catalog_meal_cook_time_not_negative", MealFactory, {"cook_time": -1}),
    ("catalog_mealingredient_amount_not_negative", MealIngredientFactory, {"amount": -1}),
    ("catalog_mealingredient_unit_known", MealIngredientFactory, {"unit": "шт"}),
    ("catalog_quickmeal_fats_not_negative", QuickMealFactory, {"fats": -1}),
    ("catalog_member_role_known", FamilyMemberFactory, {"role": "GUEST"}),
    ("catalog_mealentry_type_known", MealEntryFactory, {"type": "breakfast"}),
    ("catalog_mealentry_owned_has_date", MealEntryFactory, {"date": None}),
    ("catalog_mealentryingredient_rule_known", MealEntryIngredientFactory, {"servings_rule": "guessed"}),
    ("catalog_portion_item_type_known", PortionHistoryFactory, {"item_type": "DISH"}),
    ("catalog_portion_frequency_not_negative", PortionHistoryFactory, {"frequency": -1}),
    ("catalog_shoppinglistitem_status_known", ShoppingListItemFactory, {"status": "BUY"}),
    ("catalog_shoppinglistitem_price_not_negative", ShoppingListItemFactory, {"estimated_price": -1}),
]
OWNED: dict[str, Any] = {
    "ingredient": IngredientFactory,
    "meal": MealFactory,
    "quickmeal": QuickMealFactory,
    "mealentry": MealEntryFactory,
    "shoppinglist": ShoppingListFactory,
}
SIDES: list[tuple[Any, str, Any]] = [
    (MealIngredientFactory, "meal", "ingredient"),
    (MealEntryIngredientFactory, "entry", "ingredient"),
    (MealEntryQuickMealFactory, "entry", "quick_meal"),
    (ShoppingListItemFactory, "list", "ingredient"),
]


def refusal(make: Callable[[], Model]) -> str | None:
    """The name of the constraint that refuses the row."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make()
    cause: Any = refused.value.__cause__
    return cause.diag.constraint_name  # type: ignore[no-any-return]


@pytest.mark.parametrize(("constraint", "factory", "values"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_row_that_cannot_be_is_refused(constraint: str, factory: Any, values: dict[str, Any]) -> None:
    assert refusal(lambda: factory(**values)) == constraint
    assert not factory._meta.model.objects.exists()


@pytest.mark.parametrize("model", OWNED)
def test_a_thing_has_one_owner_at_most(model: str) -> None:
    user, family = UserFactory(), FamilyFactory()

    both = refusal(lambda: OWNED[model](user=user, family=family))

    assert both == f"catalog_{model}_one_owner_at_most"
    assert OWNED[model](user=user).owner == user
    assert OWNED[model](user=None, family=family).owner == family


def test_a_portion_is_of_one_thing_at_most() -> None:
    assert refusal(lambda: PortionHistoryFactory(meal=MealFactory())) == "catalog_portion_one_item_at_most"
    assert PortionHistoryFactory(ingredient=None, item_key="gone").pk


@pytest.mark.parametrize(("factory", "whole", "part"), SIDES)
def test_a_thing_stands_once_for_each_unit(factory: Any, whole: str, part: str) -> None:
    first = factory(unit=Unit.GRAMS)
    same = {whole: getattr(first, whole), part: getattr(first, part)}

    assert refusal(lambda: factory(**same, unit=Unit.GRAMS)).endswith("_unique")
    assert factory(**same, unit=Unit.PIECES, parts=[{"key": "a", "amount": 1}, {"key": "b", "amount": 2}]).pk


def test_a_meal_stands_once_for_each_member() -> None:
    member = FamilyMemberFactory()
    line = MealEntryMealFactory(member=member)
    same = {"entry": line.entry, "meal": line.meal}

    assert refusal(lambda: MealEntryMealFactory(member=member, **same)) == "catalog_entrymeal_unique"
    assert MealEntryMealFactory(member=FamilyMemberFactory(family=member.family), **same).pk


def test_a_person_is_in_a_family_once_and_children_are_several() -> None:
    member = FamilyMemberFactory()
    FamilyMemberFactory.create_batch(2, family=member.family, child=True)

    assert refusal(lambda: FamilyMemberFactory(family=member.family, user=member.user)) == "catalog_member_unique"
    assert member.family.members.count() == 3


@pytest.mark.parametrize("unit", Unit.values)
def test_every_unit_of_history_has_its_place(unit: str) -> None:
    line = MealIngredientFactory(unit=unit, amount=Decimal("22.69"))

    line.refresh_from_db()
    assert (line.unit, line.amount) == (unit, Decimal("22.69"))


def test_portions_that_collide_are_all_kept() -> None:
    first = PortionHistoryFactory(amount=100)
    PortionHistoryFactory(user=first.user, ingredient=first.ingredient, amount=250)
    PortionHistoryFactory(user=first.user, ingredient=first.ingredient, amount=250)

    assert PortionHistory.objects.of_item(first.user_id, first.ingredient).count() == 3


def test_unknown_figures_are_not_zero() -> None:
    ingredient = IngredientFactory(calories=None, fats=0)

    ingredient.refresh_from_db()
    assert (ingredient.calories, ingredient.fats) == (None, 0)


def test_what_is_a_persons_own_goes_with_them() -> None:
    user = UserFactory()
    ingredient = IngredientFactory(user=user)
    MealIngredientFactory(meal=MealFactory(user=user), ingredient=ingredient)
    portion = PortionHistoryFactory(user=user, ingredient=ingredient)
    MealEntryIngredientFactory(entry=MealEntryFactory(user=user), ingredient=ingredient, portion=portion)
    ShoppingListItemFactory(list=ShoppingListFactory(user=user), ingredient=ingredient)

    user.delete()

    counts = [model.objects.count() for model in (Ingredient, Meal, MealEntry, MealEntryIngredient, PortionHistory)]
    assert counts == [0] * 5


def test_what_is_public_and_a_familys_outlives_a_person() -> None:
    member = FamilyMemberFactory(nameless=True)
    public = IngredientFactory()
    dish = MealFactory(family=member.family)
    line = MealEntryMealFactory(entry=MealEntryFactory(of_family=True, family=member.family), meal=dish, member=member)
    ShoppingListFactory(of_family=True, family=member.family)

    User.objects.get(pk=member.user_id).delete()

    line.refresh_from_db()
    assert (line.member, line.member.user) == (member, None)  # type: ignore[union-attr]
    assert str(line.member) == "somebody who has left"
    assert Ingredient.objects.get() == public
    assert Meal.objects.get() == dish
    assert member.family.shoppinglist_set.count() == 1


@pytest.mark.parametrize(("factory", "whole", "part"), SIDES)
def test_a_persons_thing_stays_where_others_use_it(factory: Any, whole: str, part: str) -> None:
    user = UserFactory()
    theirs = (QuickMealFactory if part == "quick_meal" else IngredientFactory)(user=user)
    line = factory(**{part: theirs})

    with pytest.raises(RestrictedError):
        user.delete()

    line.refresh_from_db()
    assert getattr(line, part) == theirs


@pytest.mark.parametrize("model", OWNED)
def test_a_family_that_owns_something_is_not_deleted(model: str) -> None:
    member = FamilyMemberFactory()
    OWNED[model](user=None, family=member.family)

    with pytest.raises(ProtectedError):
        member.family.delete()

    assert FamilyMember.objects.filter(family=member.family).exists()


def test_an_empty_family_goes_with_its_members() -> None:
    member = FamilyMemberFactory()

    member.family.delete()

    assert not Family.objects.exists()
    assert User.objects.filter(pk=member.user_id).exists()


def test_an_entry_keeps_its_amount_when_the_portion_goes() -> None:
    portion = PortionHistoryFactory()
    line = MealEntryIngredientFactory(ingredient=portion.ingredient, portion=portion, amount=80)

    portion.delete()

    line.refresh_from_db()
    assert (line.portion, line.amount) == (None, 80)


def test_the_database_keeps_what_django_would_not_ask_about() -> None:
    line = MealIngredientFactory()

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_ingredient WHERE id = %s", [line.ingredient_id])
        with pytest.raises(IntegrityError):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_orphan_has_no_day_and_no_owner() -> None:
    entry = MealEntryFactory(orphan=True)

    assert str(entry) == "breakfast without a date"
    assert MealEntry.objects.ownerless().get() == entry
    assert str(MealEntryFactory()) == f"breakfast {FIRST_DAY}"


def test_passwords_of_the_legacy_system_are_known_as_bcrypt() -> None:
    legacy = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

    assert identify_hasher(f"bcrypt${legacy}").algorithm == "bcrypt"
