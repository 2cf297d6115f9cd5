"""Portions: how much of something a person usually takes."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from catalog.models.ingredient import Ingredient
from catalog.models.meal import Meal, QuickMeal
from catalog.models.unit import Amount
from operations.history import tracked
from operations.keys import KeyField, UUID7Text

LATEST_FIRST = (F("last_used").desc(nulls_last=True), "-id")


class PortionQuerySet(models.QuerySet["PortionHistory"]):
    def of(self, user_id: str) -> PortionQuerySet:
        """A person's portions, the latest first."""
        return self.filter(user_id=user_id).order_by(*LATEST_FIRST)

    def of_item(self, user_id: str, item: Ingredient | Meal | QuickMeal) -> PortionQuerySet:
        """What a person has taken of one thing, the latest first."""
        return self.of(user_id).filter(**{ITEM_FIELDS[type(item)]: item})

    def used(self, pk: str, at: datetime | None = None) -> int:
        """Counts one more use; says how many rows that was."""
        return self.filter(pk=pk).update(frequency=F("frequency") + 1, last_used=at or timezone.now())


@tracked()
class PortionHistory(Amount):
    """One amount of one thing that a person has taken, and how often.

    A person may have several of one thing: entries point to them as their amount, so none of those that collide in
    history may take another's place.
    """

    class ItemType(models.TextChoices):
        INGREDIENT = "INGREDIENT"
        MEAL = "MEAL"
        QUICK_MEAL = "QUICK_MEAL"
        COOKED_MEAL = "COOKED_MEAL"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="portions", db_index=False)
    item_type = models.CharField(max_length=16, choices=ItemType)
    # NULL in all three: the thing is gone, and `item_key` is what is left of it.
    ingredient = models.ForeignKey(
        Ingredient, models.RESTRICT, related_name="portions", null=True, blank=True, db_index=False
    )
    meal = models.ForeignKey(Meal, models.RESTRICT, related_name="portions", null=True, blank=True, db_index=False)
    quick_meal = models.ForeignKey(
        QuickMeal, models.RESTRICT, related_name="portions", null=True, blank=True, db_index=False
    )
    item_key = models.TextField(null=True, blank=True, help_text="The legacy system's own id of the thing.")
    frequency = models.IntegerField(default=1, db_default=1)
    last_used = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = PortionQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "portion history"
        constraints = (
            *Amount.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_portion_id_not_empty"),
            models.CheckConstraint(
                condition=Q(item_type__in=["INGREDIENT", "MEAL", "QUICK_MEAL", "COOKED_MEAL"]),
                name="catalog_portion_item_type_known",
            ),
            models.CheckConstraint(
                condition=Q(ingredient=None, meal=None)
                | Q(ingredient=None, quick_meal=None)
                | Q(meal=None, quick_meal=None),
                name="catalog_portion_one_item_at_most",
            ),
            models.CheckConstraint(condition=Q(frequency__gte=0), name="catalog_portion_frequency_not_negative"),
        )
        indexes = (
            # A person's portions, of all things and of one.
            models.Index(
                F("user"), F("last_used").desc(nulls_last=True), F("id").desc(), name="catalog_portion_by_user"
            ),
            models.Index(fields=("user", "ingredient"), name="catalog_portion_by_ingredient"),
            models.Index(fields=("user", "meal"), name="catalog_portion_by_meal"),
            models.Index(fields=("user", "quick_meal"), name="catalog_portion_by_quick_meal"),
            # Whether a thing is in use, before it is deleted.
            models.Index(fields=("ingredient",), name="catalog_portion_ingredient"),
            models.Index(fields=("meal",), name="catalog_portion_meal"),
            models.Index(fields=("quick_meal",), name="catalog_portion_quick_meal"),
        )

    def __str__(self) -> str:
        return self.quantity


ITEM_FIELDS: dict[type[models.Model], str] = {Ingredient: "ingredient", Meal: "meal", QuickMeal: "quick_meal"}
