"""Meals: what is cooked from ingredients by a recipe, and what is eaten without one.

In the legacy planner's older schemas "meal" is a slot of a day; that is a `MealEntry` here.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Now, Upper

from catalog.models.ingredient import Ingredient
from catalog.models.owner import Owned, PublicQuerySet
from catalog.models.unit import Amount, AmountField, Nutrition
from operations.history import tracked
from operations.keys import KeyField, UUID7Text


class MealQuerySet(PublicQuerySet["Meal"]):
    def recipes(self) -> MealQuerySet:
        return self.filter(kind=Meal.Kind.RECIPE)

    def named(self, beginning: str) -> MealQuerySet:
        """Whose name begins so, in any case, by name."""
        return self.filter(name__istartswith=beginning).order_by("name", "id")

    def with_composition(self) -> MealQuerySet:
        """Each with its ingredients, in one more query."""
        lines = MealIngredient.objects.select_related("ingredient").order_by("position", "id")
        return self.prefetch_related(Prefetch("composition", lines))


@tracked()
class Meal(Owned):
    """A recipe, or what was cooked by one on a certain day with amounts of its own. Public where nobody owns it."""

    class Kind(models.TextChoices):
        RECIPE = "RECIPE"
        COOKED = "COOKED"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.RECIPE, db_default=Kind.RECIPE)
    name = models.TextField()
    description = models.TextField(null=True, blank=True)
    instructions = models.TextField(null=True, blank=True)
    cooked_from = models.ForeignKey("self", models.SET_NULL, related_name="cooked", null=True, blank=True)
    cooked_at = models.DateTimeField(null=True, blank=True)
    is_quick = models.BooleanField(default=False, db_default=False)

    servings = models.IntegerField(null=True, blank=True, help_text="How many the recipe gives.")
    grams_per_serving = AmountField(null=True, blank=True)
    expected_yield = AmountField(null=True, blank=True, help_text="Grams.")
    actual_yield = AmountField(null=True, blank=True, help_text="Grams, as weighed.")
    prep_time = models.IntegerField(null=True, blank=True, help_text="Minutes.")
    cook_time = models.IntegerField(null=True, blank=True, help_text="Minutes.")
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = MealQuerySet.as_manager()

    class Meta:
        constraints = (
            *Owned.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_meal_id_not_empty"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_meal_name_not_empty"),
            models.CheckConstraint(condition=Q(kind__in=["RECIPE", "COOKED"]), name="catalog_meal_kind_known"),
            models.CheckConstraint(condition=Q(servings__gt=0), name="catalog_meal_servings_positive"),
            models.CheckConstraint(condition=Q(grams_per_serving__gte=0), name="catalog_meal_serving_not_negative"),
            models.CheckConstraint(condition=Q(expected_yield__gte=0), name="catalog_meal_expected_not_negative"),
            models.CheckConstraint(condition=Q(actual_yield__gte=0), name="catalog_meal_actual_not_negative"),
            models.CheckConstraint(condition=Q(prep_time__gte=0), name="catalog_meal_prep_time_not_negative"),
            models.CheckConstraint(condition=Q(cook_time__gte=0), name="catalog_meal_cook_time_not_negative"),
        )
        indexes = (
            # Whose name begins so, in any case; by name, for staff.
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="catalog_meal_prefix"),
            models.Index(fields=("name", "id"), name="catalog_meal_name"),
            # Public ones, a person's and a family's, by name.
            models.Index(fields=("name", "id"), condition=Q(user=None, family=None), name="catalog_meal_public"),
            models.Index(fields=("user", "name", "id"), name="catalog_meal_by_user"),
            models.Index(fields=("family", "name", "id"), name="catalog_meal_by_family"),
        )

    def __str__(self) -> str:
        return self.name


@tracked()
class MealIngredient(Amount):
    """So much of one ingredient in a meal: once per unit, because pieces and grams cannot be summed."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    meal = models.ForeignKey(Meal, models.CASCADE, related_name="composition", db_index=False)
    # Goes with its meal; keeps an ingredient that somebody else's meal is made of.
    ingredient = models.ForeignKey(Ingredient, models.RESTRICT, related_name="uses", db_index=False)
    position = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = (
            *Amount.Meta.constraints,
            models.UniqueConstraint(fields=("meal", "ingredient", "unit"), name="catalog_mealingredient_unique"),
        )
        # The meals that an ingredient is in.
        indexes = (models.Index(F("ingredient"), F("meal"), name="catalog_mealingredient_meals"),)

    def __str__(self) -> str:
        return f"{self.ingredient_id}: {self.quantity}"


class QuickMealQuerySet(PublicQuerySet["QuickMeal"]):
    def named(self, beginning: str) -> QuickMealQuerySet:
        """Whose name begins so, in any case, by name."""
        return self.filter(name__istartswith=beginning).order_by("name", "id")


@tracked()
class QuickMeal(Owned, Nutrition):
    """Something eaten of which only the figures are known. Public where nobody owns it."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField()
    description = models.TextField(null=True, blank=True)
    grams_per_serving = AmountField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = QuickMealQuerySet.as_manager()

    class Meta:
        constraints = (
            *Owned.Meta.constraints,
            *Nutrition.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_quickmeal_id_not_empty"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_quickmeal_name_not_empty"),
            models.CheckConstraint(
                condition=Q(grams_per_serving__gte=0), name="catalog_quickmeal_serving_not_negative"
            ),
        )
        indexes = (
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="catalog_quickmeal_prefix"),
            models.Index(fields=("name", "id"), name="catalog_quickmeal_name"),
            models.Index(fields=("user", "name", "id"), name="catalog_quickmeal_by_user"),
            models.Index(fields=("family", "name", "id"), name="catalog_quickmeal_by_family"),
        )

    def __str__(self) -> str:
        return self.name
