from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models.unit import ServingsRule
from tests.factories.meals import (
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
FACTORIES: dict[str, Any] = {
    factory._meta.model._meta.model_name: factory
    for factory in (
        *(FamilyFactory, FamilyMemberFactory, IngredientFactory, IngredientPackagingFactory, MealFactory),
        *(MealIngredientFactory, QuickMealFactory, PortionHistoryFactory, MealEntryFactory),
        *(MealEntryIngredientFactory, MealEntryMealFactory, MealEntryQuickMealFactory),
        *(ShoppingListFactory, ShoppingListItemFactory),
    )
}
OWNED = ("ingredient", "meal", "quickmeal", "mealentry", "shoppinglist")


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:catalog_{model}_{page}", args=args)


def shown(client: Client, model: str, **query: Any) -> list[Any]:
    response = client.get(url(model, "changelist"), query)
    assert response.status_code == 200, response.headers.get("Location")
    return [row.pk for row in response.context["cl"].result_list]


@pytest.mark.parametrize("model", FACTORIES)
def test_a_list_asks_as_much_for_many_rows_as_for_few(admin_client: Client, model: str) -> None:
    FACTORIES[model].create_batch(2)
    admin_client.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(url(model, "changelist"))
    FACTORIES[model].create_batch(20)

    with CaptureQueriesContext(connection) as many:
        rows = shown(admin_client, model)

    assert len(rows) == 22
    assert len(many) == len(few)
    assert not [query for query in many if "COUNT(" in query["sql"].upper()]


@pytest.mark.parametrize("model", FACTORIES)
def test_a_row_has_all_its_pages(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    for page, args in (("change", (row.pk,)), ("history", (row.pk,)), ("delete", (row.pk,)), ("add", ())):
        assert admin_client.get(url(model, page, *args)).status_code == 200, page


@pytest.mark.parametrize("model", FACTORIES)
def test_a_row_is_found_by_its_key_and_nothing_by_another(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    assert shown(admin_client, model, q=row.pk) == [row.pk]
    assert shown(admin_client, model, q="nothing") == []


@pytest.mark.parametrize("model", OWNED)
def test_lists_are_narrowed_by_owner(admin_client: Client, model: str) -> None:
    member = FamilyMemberFactory()
    own = FACTORIES[model](user=member.user)
    shared = FACTORIES[model](user=None, family=member.family)
    nobodys = FACTORIES[model](user=None)

    assert shown(admin_client, model, whose="person") == [own.pk]
    assert shown(admin_client, model, whose="family") == [shared.pk]
    assert shown(admin_client, model, whose="nobody") == [nobodys.pk]


def test_ingredients_are_found_by_the_beginning_of_a_name_without_reading_the_table(admin_client: Client) -> None:
    IngredientFactory(name="Гречка зелена")
    IngredientFactory(name="рис")

    page = admin_client.get(url("ingredient", "changelist"), {"q": "гречка з"})

    assert [row.name for row in page.context["cl"].result_list] == ["Гречка зелена"]
    assert ">343<" in page.text


def test_lines_whose_unit_a_rule_decided_are_found(admin_client: Client) -> None:
    decided = MealEntryMealFactory(servings_rule=ServingsRule.SHARE, recorded_amount="0.1562")
    MealEntryMealFactory()

    assert shown(admin_client, "mealentrymeal", servings_rule="share") == [decided.pk]
    assert "0.1562" in admin_client.get(url("mealentry", "change", decided.entry_id)).text


def test_an_entry_asks_as_much_for_many_lines_as_for_few(admin_client: Client) -> None:
    entry = MealEntryFactory()
    MealEntryIngredientFactory.create_batch(2, entry=entry)
    page = url("mealentry", "change", entry.pk)
    admin_client.get(page)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(page)
    MealEntryIngredientFactory.create_batch(10, entry=entry)

    with CaptureQueriesContext(connection) as many:
        response = admin_client.get(page)

    assert response.status_code == 200
    assert len(many) == len(few)


def test_a_shared_ingredient_is_not_deleted(admin_client: Client) -> None:
    line = MealIngredientFactory()

    response = admin_client.post(url("ingredient", "delete", line.ingredient_id), {"post": "yes"})

    assert response.status_code == 200
    line.refresh_from_db()


def test_every_model_of_the_planner_has_an_admin() -> None:
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "catalog"}

    assert registered >= set(FACTORIES)
