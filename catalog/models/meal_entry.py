"""What was eaten, or is planned to be: the slots of a day, and what is in them."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Now

from catalog.models.family import FamilyMember
from catalog.models.ingredient import Ingredient
from catalog.models.meal import Meal, QuickMeal
from catalog.models.owner import Owned, OwnedQuerySet
from catalog.models.portion import PortionHistory
from catalog.models.unit import Amount, AmountField, ServingsRule
from operations.history import tracked
from operations.keys import KeyField, UUID7Text

IN_ORDER = ("date", "position", "id")


class MealEntryQuerySet(OwnedQuerySet["MealEntry"]):
    def visible_to(self, user_id: str) -> MealEntryQuerySet:
        """A person's own and their families'. What nobody owns is nobody's to see."""
        return self.shared_with(user_id)

    def on(self, day: datetime.date) -> MealEntryQuerySet:
        """The entries of a day, in its order."""
        return self.filter(date=day).order_by(*IN_ORDER)

    def between(self, first: datetime.date, last: datetime.date) -> MealEntryQuerySet:
        """From the first day to the last, both included, in order."""
        return self.filter(date__range=(first, last)).order_by(*IN_ORDER)

    def planned(self) -> MealEntryQuerySet:
        return self.filter(eaten_at=None)

    def eaten(self) -> MealEntryQuerySet:
        return self.exclude(eaten_at=None)

    def with_lines(self) -> MealEntryQuerySet:
        """Each with everything that is in it, in three more queries."""
        return self.prefetch_related(
            *(
                Prefetch(lines, model.objects.select_related(*related).order_by("id"))
                for lines, model, related in (
                    ("ingredients", MealEntryIngredient, ("ingredient",)),
                    ("meals", MealEntryMeal, ("meal", "member")),
                    ("quick_meals", MealEntryQuickMeal, ("quick_meal",)),
                )
            )
        )


@tracked()
class MealEntry(Owned):
    """A slot of a day, such as a breakfast. Several of one type on one day are no mistake.

    Slots that lost their day and their owner in the legacy system are kept with neither, for staff to see to.
    """

    class Type(models.TextChoices):
        BREAKFAST = "BREAKFAST"
        LUNCH = "LUNCH"
        DINNER = "DINNER"
        SNACK = "SNACK"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    date = models.DateField(null=True, blank=True, help_text="The day as its owner counts days.")
    type = models.CharField(max_length=16, choices=Type)
    name = models.TextField(null=True, blank=True)
    eaten_at = models.DateTimeField(null=True, blank=True, help_text="Empty: planned. It may be on another date.")
    position = models.IntegerField(default=0, db_default=0, help_text="Its place in the day.")
    plan_key = models.TextField(null=True, blank=True, help_text="The legacy menu or plan that it stood in.")
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = MealEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "meal entries"
        constraints = (
            *Owned.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_mealentry_id_not_empty"),
            models.CheckConstraint(
                condition=Q(type__in=["BREAKFAST", "LUNCH", "DINNER", "SNACK"]), name="catalog_mealentry_type_known"
            ),
            models.CheckConstraint(
                condition=Q(date__isnull=False) | Q(user=None, family=None), name="catalog_mealentry_owned_has_date"
            ),
        )
        indexes = (
            # A person's and a family's entries by date.
            models.Index(fields=("user", "date", "position", "id"), name="catalog_entry_by_user"),
            models.Index(fields=("family", "date", "position", "id"), name="catalog_entry_by_family"),
            # The latest days, for staff.
            models.Index(F("date").desc(nulls_last=True), F("id").desc(), name="catalog_entry_date"),
            # Those that wait for an owner.
            models.Index(fields=("id",), condition=Q(user=None, family=None), name="catalog_entry_ownerless"),
        )

    def __str__(self) -> str:
        return f"{self.type.lower()} {self.date or 'without a date'}"


class EntryLine(Amount):
    """So much of one thing in an entry.

    `recorded_amount` is the number that history has, `servings_rule` how its unit was decided. The amount is the
    line's own: what becomes of the portion that it was taken from does not change what was eaten.
    """

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    recorded_amount = AmountField(null=True, blank=True, help_text="The number as the legacy system had it.")
    servings_rule = models.CharField(
        "unit decided by",
        max_length=16,
        choices=ServingsRule,
        default=ServingsRule.STATED,
        db_default=ServingsRule.STATED,
    )
    portion = models.ForeignKey(PortionHistory, models.SET_NULL, related_name="%(class)ss", null=True, blank=True)

    class Meta:
        abstract = True
        constraints = (
            *Amount.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_%(class)s_id_not_empty"),
            models.CheckConstraint(
                condition=Q(servings_rule__in=["stated", "share", "servings", "grams"]),
                name="catalog_%(class)s_rule_known",
            ),
        )


# A thing stands once in an entry for each unit; its lines go with the entry and keep the thing.


@tracked()
class MealEntryIngredient(EntryLine):
    entry = models.ForeignKey(MealEntry, models.CASCADE, related_name="ingredients", db_index=False)
    ingredient = models.ForeignKey(Ingredient, models.RESTRICT, related_name="entry_lines", db_index=False)

    class Meta:
        constraints = (
            *EntryLine.Meta.constraints,
            models.UniqueConstraint(fields=("entry", "ingredient", "unit"), name="catalog_entryingredient_unique"),
        )
        indexes = (models.Index(fields=("ingredient", "entry"), name="catalog_entry_of_ingredient"),)

    def __str__(self) -> str:
        return f"{self.ingredient_id}: {self.quantity}"


@tracked()
class MealEntryMeal(EntryLine):
    """A meal in an entry; in a family's, perhaps for one of its members."""

    entry = models.ForeignKey(MealEntry, models.CASCADE, related_name="meals", db_index=False)
    meal = models.ForeignKey(
        Meal,
        models.RESTRICT,
        related_name="entry_lines",
        null=True,
        blank=True,
        db_index=False,
        help_text="Empty: the legacy system knew only that somebody ate.",
    )
    member = models.ForeignKey(FamilyMember, models.SET_NULL, related_name="entry_lines", null=True, blank=True)
    is_eaten = models.BooleanField(null=True, blank=True)
    eaten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            *EntryLine.Meta.constraints,
            # Lines without a member may be alike: they may have been two members' who have left.
            models.UniqueConstraint(fields=("entry", "meal", "member", "unit"), name="catalog_entrymeal_unique"),
        )
        indexes = (models.Index(fields=("meal", "entry"), name="catalog_entry_of_meal"),)

    def __str__(self) -> str:
        return f"{self.meal_id}: {self.quantity}"


@tracked()
class MealEntryQuickMeal(EntryLine):
    entry = models.ForeignKey(MealEntry, models.CASCADE, related_name="quick_meals", db_index=False)
    quick_meal = models.ForeignKey(QuickMeal, models.RESTRICT, related_name="entry_lines", db_index=False)

    class Meta:
        constraints = (
            *EntryLine.Meta.constraints,
            models.UniqueConstraint(fields=("entry", "quick_meal", "unit"), name="catalog_entryquickmeal_unique"),
        )
        indexes = (models.Index(fields=("quick_meal", "entry"), name="catalog_entry_of_quick_meal"),)

    def __str__(self) -> str:
        return f"{self.quick_meal_id}: {self.quantity}"
