"""Amounts of food: their units, and numbers that are kept as they were recorded."""

from __future__ import annotations

from typing import Any

from django.db import models


class Unit(models.TextChoices):
    """Every unit that history has. Nothing is converted: a kilogram stays one, and a volume is no weight."""

    GRAMS = "GRAMS"
    KILOGRAMS = "KILOGRAMS"
    MILLILITRES = "MILLILITRES"
    LITRES = "LITRES"
    PIECES = "PIECES"
    SERVING = "SERVING"
    SHARE = "SHARE"  # of the whole recipe, 0 to 1


# As a list of its own: migrations and constraints keep it as it was when they were made.
UNITS = ["GRAMS", "KILOGRAMS", "MILLILITRES", "LITRES", "PIECES", "SERVING", "SHARE"]


class ServingsRule(models.TextChoices):
    """Which rule decided the unit of a number that history recorded without one; see `docs/meals.md`."""

    STATED = "stated", "the source names the unit"
    SHARE = "share", "below 1: a share of the recipe's weight"
    SERVINGS = "servings", "1 to 10: servings"
    GRAMS = "grams", "above 10: grams"


class AmountField(models.DecimalField):
    """A number as the legacy systems' doubles hold it: 22.69 is 22.69."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 24, "decimal_places": 12, **options})


class Nutrition(models.Model):
    """What is in 100 g. NULL where nobody knows; 0 is a known nothing."""

    calories = AmountField(null=True, blank=True, help_text="kcal per 100 g; empty: unknown.")
    proteins = AmountField(null=True, blank=True, help_text="Grams per 100 g.")
    fats = AmountField(null=True, blank=True, help_text="Grams per 100 g.")
    carbs = AmountField(null=True, blank=True, help_text="Grams per 100 g.")

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(condition=models.Q(calories__gte=0), name="catalog_%(class)s_calories_not_negative"),
            models.CheckConstraint(condition=models.Q(proteins__gte=0), name="catalog_%(class)s_proteins_not_negative"),
            models.CheckConstraint(condition=models.Q(fats__gte=0), name="catalog_%(class)s_fats_not_negative"),
            models.CheckConstraint(condition=models.Q(carbs__gte=0), name="catalog_%(class)s_carbs_not_negative"),
        )


class Amount(models.Model):
    """So much of something. What was recorded several times is one amount, and `parts` says of what it is the sum."""

    amount = AmountField(null=True, blank=True, help_text="Empty: unknown.")
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.GRAMS, db_default=Unit.GRAMS)
    parts = models.JSONField(
        null=True, blank=True, help_text="The records that are summed here, with key and amount; empty: one record."
    )

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="catalog_%(class)s_amount_not_negative"),
            models.CheckConstraint(condition=models.Q(unit__in=UNITS), name="catalog_%(class)s_unit_known"),
        )

    @property
    def quantity(self) -> str:
        return "unknown" if self.amount is None else f"{plain(self.amount)} {Unit(self.unit).label.lower()}"


def plain(number: Any) -> str:
    """Without the zeros that a column of fixed scale adds."""
    return f"{number.normalize():f}"
