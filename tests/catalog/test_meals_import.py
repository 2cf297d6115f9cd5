"""The meal planner's databases, imported: every record of every generation ends as the sample states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps

from accounts.models import Identity
from catalog.legacy.meals import MEAL_PLANNER
from catalog.legacy.sample_meals import GENERATIONS, MealsSample, write_meals_sample
from catalog.models import MealEntryIngredient, MealEntryMeal, MealEntryQuickMeal, MealIngredient
from operations.importing.importer import Options, import_source
from operations.importing.inspection.inspector import inspect_source
from operations.importing.planning import plan_import
from operations.importing.reader import open_source
from operations.importing.report import ImportReport
from operations.importing.undo import find_run, undo_run
from operations.models import LandedRecord
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database

pytestmark = pytest.mark.django_db

NAMES = {"first": "menus", "families": "families", "clerk": "Clerk"}
# The table whose records each entity loads. What is not named here is kept.
LOADED = {
    "first": {
        "people": "User",
        "account_links": "Account",
        "ingredients": "ingredients",
        "recipes": "recipes",
        "quick_meals": "unplanned_meals",
        "recipe_ingredients": "recipe_ingredients",
        "entries": "meals",
        "slot_ingredients": "meal_ingredients",
        "meal_recipes": "meal_recipes",
        "meal_unplanned_meals": "meal_unplanned_meals",
    },
    "families": {
        "people": "User",
        "families": "Family",
        "family_members": "FamilyMember",
        "ingredients": "Ingredient",
        "recipes": "Recipe",
        "recipe_lines": "RecipeIngredient",
        "entries": "Meal",
        "entry_ingredients": "MealIngredient",
        "entry_meals": "MealEntry",
        "lists": "GroceryList",
        "list_items": "GroceryItem",
    },
    "clerk": {
        "people": "users",
        "families": "families",
        "family_members": "family_members",
        "ingredients": "ingredients",
        "ingredient_packaging": "ingredient_packaging",
        "recipes": "meals",
        "cooked_meals": "cooked_meals",
        "quick_meals": "quick_meals",
        "portions": "portion_history",
        "recipe_lines": "meal_ingredients",
        "cooked_lines": "cooked_meal_ingredients",
        "entries": "meal_entries",
        "entry_ingredients": "meal_entry_ingredients",
        "entry_meals": "meal_entry_meals",
        "entry_cooked_meals": "meal_entry_cooked_meals",
        "entry_quick_meals": "meal_entry_quick_meals",
        "lists": "shopping_lists",
        "list_items": "shopping_list_items",
    },
}
# Loaded as they stand. All other tables are kept as well, since a view reads them or nothing does.
DIRECT = {
    *("User", "unplanned_meals", "recipes", "recipe_ingredients", "meal_recipes", "meal_unplanned_meals"),
    *("Family", "FamilyMember", "Ingredient", "Recipe", "GroceryList"),
    *("families", "family_members", "ingredients", "ingredient_packaging", "cooked_meals", "quick_meals"),
}


@pytest.fixture(scope="module", params=GENERATIONS)
def filled(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[MealsSample]:
    with empty_database(sandbox) as url:
        yield write_meals_sample(url, generation=request.param, users=6, days=7, seed=3, dirt=0.1)


def imported(url: str, **options: Any) -> ImportReport:
    return import_source(MEAL_PLANNER, url, Options(**options))


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int, int, int]]:
    return {
        one.entity: (one.read, one.loaded, one.merged, one.kept, one.rejected, one.unchanged) for one in report.entities
    }


def expected(sample: MealsSample) -> dict[str, tuple[int, int, int, int, int, int]]:
    """What is summed stands in the line of another record; nothing is rejected, and nobody is known already."""
    loaded = LOADED[sample.generation]
    ends = {}
    for entity, table in loaded.items():
        lines = sample.rows[table] - sample.fates(table)["summed"]
        ends[entity] = (lines, lines, 0, 0, 0, 0)
    direct = DIRECT | ({"meals"} if sample.generation == "clerk" else set())
    for table, rows in sample.rows.items():
        if table not in direct:
            ends[table] = (rows, 0, 0, rows, 0, 0)
    return ends


def test_every_record_of_a_sample_ends_as_it_states(filled: MealsSample) -> None:
    report = imported(filled.url)

    assert report.ok
    assert (report.generation, report.proofs.sql.differences, report.proofs.source.differences) == (
        NAMES[filled.generation],
        0,
        0,
    )
    assert counts(report) == expected(filled)
    ambiguous = MealEntryMeal.objects.exclude(servings_rule__in=["stated", "servings"]).count()
    ambiguous += MealEntryQuickMeal.objects.exclude(servings_rule__in=["stated", "servings"]).count()
    assert ambiguous == sum(record.kind == "servings_ambiguous" for record in filled.dirty)


def test_every_record_that_is_summed_is_named_by_its_line(sandbox: Sandbox) -> None:
    with empty_database(sandbox) as url:
        sample = write_meals_sample(url, generation="families", users=20, days=7, seed=4, dirt=0.5)
        assert imported(url).ok
        with psycopg.connect(url) as connection:
            recorded = {
                table: connection.execute(f'SELECT sum(amount::numeric) FROM "{table}"').fetchone()
                for table in ("RecipeIngredient", "MealIngredient")
            }

    for model, table in ((MealIngredient, "RecipeIngredient"), (MealEntryIngredient, "MealIngredient")):
        lines = list(model.objects.values_list("id", "amount", "parts"))
        parts = [part["key"] for _, _, parts in lines for part in parts or ()]
        alone = [key for key, _, parts in lines if parts is None]
        assert len({*parts, *alone}) == len([*parts, *alone]) == sample.rows[table]
        assert {record.key for record in sample.dirty if record.table == table} <= set(parts)
        assert (sum(amount for _, amount, _ in lines),) == recorded[table]


def test_a_second_import_writes_nothing_and_an_undo_leaves_nothing(filled: MealsSample) -> None:
    first = imported(filled.url)

    second = imported(filled.url)

    assert second.ok
    for one in second.entities:
        assert one.unchanged == one.read, one
    undone = undo_run(find_run(first.run), planned=False)
    assert undone.staying == 0
    assert not LandedRecord.objects.exists()
    assert not Identity.objects.exists()
    for label in {entity.model for entity in MEAL_PLANNER.entities}:
        assert not apps.get_model(label).objects.exists(), label


def test_a_dry_run_and_the_inspection_foresee_every_count(filled: MealsSample) -> None:
    inspection = inspect_source(MEAL_PLANNER, filled.url)

    rehearsed = imported(filled.url, dry_run=True)

    assert not LandedRecord.objects.exists()
    assert counts(rehearsed) == expected(filled)
    foreseen = {one.entity: one.prediction for one in inspection.entities}
    assert {name: (one.loaded, one.merged, one.rejected) for name, one in foreseen.items()} == {
        name: (loaded, merged, rejected)
        for name, (_, loaded, merged, _, rejected, _) in expected(filled).items()
        if name in LOADED[filled.generation]
    }
    assert all(table.known for table in inspection.tables)
    with open_source(MEAL_PLANNER, filled.url) as reader:
        plans = plan_import(MEAL_PLANNER, reader.tables()).plans
    assert {plan.name: plan.unknown for plan in plans if plan.entity and plan.unknown} == {}


def test_all_generations_meet_in_one_database(sandbox: Sandbox) -> None:
    """One after the other, as a planner's three databases: none takes what another has brought for its own."""
    reports = []
    for generation in GENERATIONS:
        with empty_database(sandbox) as url:
            sample = write_meals_sample(url, generation=generation, users=1, days=2, dirt=0)
            reports.append((imported(url), expected(sample)))

    for report, ends in reports:
        assert report.ok
        found = counts(report)
        assert {entity: found[entity][:5] for entity in ends} == {entity: end[:5] for entity, end in ends.items()}
