from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import DjangoAssertNumQueries

from catalog.models import (
    Family,
    Ingredient,
    Meal,
    MealEntry,
    PortionHistory,
    QuickMeal,
    ShoppingList,
    ShoppingListItem,
)
from tests.factories.accounts import UserFactory
from tests.factories.meals import (
    FIRST_DAY,
    FamilyMemberFactory,
    IngredientFactory,
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
NEXT_DAY = FIRST_DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("model", "factory"), [(Ingredient, IngredientFactory), (Meal, MealFactory), (QuickMeal, QuickMealFactory)]
)
def test_a_person_sees_public_things_their_own_and_their_families(
    model: Any, factory: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    member, stranger = FamilyMemberFactory(), FamilyMemberFactory()
    public, own = factory(), factory(user=member.user)
    shared = factory(family=member.family)
    factory(user=stranger.user)
    factory(family=stranger.family)

    with django_assert_num_queries(1):
        assert set(model.objects.visible_to(member.user_id)) == {public, own, shared}
    assert set(model.objects.public()) == {public}
    assert set(model.objects.of_person(member.user_id)) == {own}
    assert set(model.objects.of_family(member.family_id)) == {shared}
    assert list(Family.objects.of(member.user_id)) == [member.family]


@pytest.mark.parametrize(("model", "factory"), [(MealEntry, MealEntryFactory), (ShoppingList, ShoppingListFactory)])
def test_entries_and_lists_of_nobody_are_not_public(model: Any, factory: Any) -> None:
    member = FamilyMemberFactory()
    own, shared = factory(user=member.user), factory(user=None, family=member.family)
    factory(user=None)
    factory()

    assert set(model.objects.visible_to(member.user_id)) == {own, shared}


def test_ingredients_are_found_by_the_beginning_of_a_name() -> None:
    for name in ("гречка", "Гречка зелена", "греча", "рис"):
        IngredientFactory(name=name)

    assert [found.name for found in Ingredient.objects.named("ГРЕЧК")] == ["Гречка зелена", "гречка"]


def test_a_meal_comes_with_its_composition(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    meals = MealFactory.create_batch(3)
    for meal in meals:
        MealIngredientFactory(meal=meal, position=2)
        MealIngredientFactory(meal=meal, position=1)

    with django_assert_num_queries(2):
        found = list(Meal.objects.recipes().with_composition())
        names = [[line.ingredient.name for line in meal.composition.all()] for meal in found]

    assert [len(lines) for lines in names] == [2, 2, 2]
    assert [line.position for line in found[0].composition.all()] == [1, 2]


def test_the_entries_of_a_day_come_in_its_order_with_everything_in_them(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user = UserFactory()
    late, early = (MealEntryFactory(user=user, position=number) for number in (2, 1))
    MealEntryFactory(user=user, date=NEXT_DAY)
    for entry in (late, early):
        MealEntryIngredientFactory(entry=entry)
        MealEntryMealFactory(entry=entry, member=FamilyMemberFactory())
        MealEntryQuickMealFactory(entry=entry)

    with django_assert_num_queries(4):
        entries = list(MealEntry.objects.of_person(user.pk).on(FIRST_DAY).with_lines())
        things = [
            (line.ingredient.name, dish.meal.name, dish.member.name, quick.quick_meal.name)
            for entry in entries
            for line in entry.ingredients.all()
            for dish in entry.meals.all()
            for quick in entry.quick_meals.all()
        ]

    assert entries == [early, late]
    assert len(things) == 2


def test_entries_of_some_days_are_planned_or_eaten() -> None:
    planned = MealEntryFactory()
    eaten = MealEntryFactory(date=NEXT_DAY, eaten_at=datetime(2025, 6, 3, 22, tzinfo=UTC))
    MealEntryFactory(date=NEXT_DAY + timedelta(days=1))

    days = MealEntry.objects.between(FIRST_DAY, NEXT_DAY)
    assert list(days) == [planned, eaten]
    assert list(days.planned()) == [planned]
    assert list(days.eaten()) == [eaten]


def test_portions_come_the_latest_first_and_count_their_uses() -> None:
    first = PortionHistoryFactory(last_used=None)
    second = PortionHistoryFactory(user=first.user, ingredient=first.ingredient)
    other = PortionHistoryFactory(user=first.user)

    assert list(PortionHistory.objects.of(first.user_id)) == [other, second, first]
    assert list(PortionHistory.objects.of_item(first.user_id, first.ingredient)) == [second, first]
    assert PortionHistory.objects.used(first.pk) == 1
    assert PortionHistory.objects.of(first.user_id)[0] == first
    assert PortionHistory.objects.get(pk=first.pk).frequency == 2


def test_lists_come_newest_first_and_by_day() -> None:
    user = UserFactory()
    old, new = ShoppingListFactory(user=user, date_to=FIRST_DAY), ShoppingListFactory(user=user, date_from=None)
    done = ShoppingListFactory(user=user, is_completed=True)

    lists = ShoppingList.objects.visible_to(user.pk)
    assert list(lists) == [done, new, old]
    assert list(lists.open().covering(NEXT_DAY)) == [new]


def test_what_is_on_a_list_comes_with_its_ingredients(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    item = ShoppingListItemFactory()
    bought = ShoppingListItemFactory(list=item.list, status=ShoppingListItem.Status.BOUGHT)
    ShoppingListItemFactory()

    with django_assert_num_queries(1):
        found = ShoppingListItem.objects.on_list(item.list_id)
        assert [(row.pk, row.ingredient.name) for row in found] == [
            (item.pk, item.ingredient.name),
            (bought.pk, bought.ingredient.name),
        ]
    assert list(found.to_buy()) == [item]


def plan(queryset: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return str(queryset.explain())


def test_frequent_queries_go_by_their_index() -> None:
    assert "catalog_entry_by_user" in plan(MealEntry.objects.of_person("u").between(FIRST_DAY, NEXT_DAY))
    assert "catalog_entry_by_family" in plan(MealEntry.objects.of_family("f").between(FIRST_DAY, NEXT_DAY))
    assert "catalog_ingredient_prefix" in plan(Ingredient.objects.filter(name__istartswith="гре"))
    assert "catalog_portion_by_user" in plan(PortionHistory.objects.of("u"))
    newest = ShoppingList.objects.of_person("u").order_by("-created_at")
    assert "catalog_list_by_user" in plan(newest)
