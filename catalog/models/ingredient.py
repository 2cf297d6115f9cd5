"""Ingredients, and the packages in which they are sold."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from catalog.models.owner import Owned, PublicQuerySet
from catalog.models.unit import UNITS, AmountField, Nutrition, Unit, plain
from operations.history import tracked
from operations.keys import KeyField, UUID7Text


class IngredientQuerySet(PublicQuerySet["Ingredient"]):
    def named(self, beginning: str) -> IngredientQuerySet:
        """Whose name begins so, in any case, by name."""
        return self.filter(name__istartswith=beginning).order_by("name", "id")


@tracked()
class Ingredient(Owned, Nutrition):
    """Something to cook with. It is public where nobody owns it.

    Names are as they were written: two that differ by a letter or a case are two until somebody mends them.
    """

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField()
    category = models.CharField(max_length=255, null=True, blank=True)
    grams_per_piece = AmountField(null=True, blank=True)
    default_unit = models.CharField(max_length=16, choices=Unit, default=Unit.GRAMS, db_default=Unit.GRAMS)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = IngredientQuerySet.as_manager()

    class Meta:
        constraints = (
            *Owned.Meta.constraints,
            *Nutrition.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_ingredient_id_not_empty"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_ingredient_name_not_empty"),
            models.CheckConstraint(condition=Q(grams_per_piece__gt=0), name="catalog_ingredient_piece_weighs"),
            models.CheckConstraint(condition=Q(default_unit__in=UNITS), name="catalog_ingredient_unit_known"),
        )
        indexes = (
            # Whose name begins so, in any case; by name, for staff.
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="catalog_ingredient_prefix"),
            models.Index(fields=("name", "id"), name="catalog_ingredient_name"),
            # Public ones, a person's and a family's, by name.
            models.Index(fields=("name", "id"), condition=Q(user=None, family=None), name="catalog_ingredient_public"),
            models.Index(fields=("user", "name", "id"), name="catalog_ingredient_by_user"),
            models.Index(fields=("family", "name", "id"), name="catalog_ingredient_by_family"),
            # By category, for staff.
            models.Index(fields=("category", "name", "id"), name="catalog_ingredient_category"),
        )

    def __str__(self) -> str:
        return self.name


@tracked()
class IngredientPackaging(models.Model):
    """A package of an ingredient: its size, and where it is sold."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    ingredient = models.ForeignKey(Ingredient, models.CASCADE, related_name="packages", db_index=False)
    name = models.TextField(blank=True, help_text="Bottle, pack, net…")
    size = AmountField()
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.GRAMS, db_default=Unit.GRAMS)
    store_name = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    class Meta:
        verbose_name_plural = "ingredient packaging"
        constraints = (
            models.CheckConstraint(condition=~Q(id=""), name="catalog_packaging_id_not_empty"),
            models.CheckConstraint(condition=Q(size__gte=0), name="catalog_packaging_size_not_negative"),
            models.CheckConstraint(condition=Q(unit__in=UNITS), name="catalog_packaging_unit_known"),
        )
        # The packages of an ingredient, the smallest first.
        indexes = (models.Index(F("ingredient"), F("unit"), F("size"), F("id"), name="catalog_packaging_sizes"),)

    def __str__(self) -> str:
        return f"{self.name} {plain(self.size)} {Unit(self.unit).label.lower()}".strip()
