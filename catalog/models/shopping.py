"""Shopping lists, and what is on them."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.ingredient import Ingredient
from catalog.models.owner import Owned, OwnedQuerySet
from catalog.models.unit import UNITS, Amount, AmountField, Unit
from operations.history import tracked
from operations.keys import KeyField, UUID7Text

NEWEST_FIRST = (F("created_at").desc(nulls_last=True), "-id")


class ShoppingListQuerySet(OwnedQuerySet["ShoppingList"]):
    def visible_to(self, user_id: str) -> ShoppingListQuerySet:
        """A person's own and their families', newest first. What nobody owns is nobody's to see."""
        return self.shared_with(user_id).order_by(*NEWEST_FIRST)

    def open(self) -> ShoppingListQuerySet:
        return self.filter(is_completed=False)

    def covering(self, day: datetime.date) -> ShoppingListQuerySet:
        """For a time that includes the day; a list without a first or last day is open on that side."""
        return self.filter(
            Q(date_from=None) | Q(date_from__lte=day),
            Q(date_to=None) | Q(date_to__gte=day),
        )


@tracked()
class ShoppingList(Owned):
    """What somebody means to buy for some days."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField(blank=True)
    date_from = models.DateField(null=True, blank=True)
    date_to = models.DateField(null=True, blank=True)
    is_completed = models.BooleanField(default=False, db_default=False)
    lost_owner = models.TextField(
        null=True, blank=True, help_text="An owner that the legacy system named and that does not exist."
    )
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = ShoppingListQuerySet.as_manager()

    class Meta:
        # The days may stand the wrong way round: nothing in the legacy system kept them from it.
        constraints = (
            *Owned.Meta.constraints,
            models.CheckConstraint(condition=~Q(id=""), name="catalog_shoppinglist_id_not_empty"),
        )
        indexes = (
            # A person's and a family's lists, newest first.
            models.Index(F("user"), F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_list_by_user"),
            models.Index(
                F("family"), F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_list_by_family"
            ),
            # What came last, and what waits for an owner, for staff.
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_list_created"),
            models.Index(fields=("id",), condition=Q(user=None, family=None), name="catalog_list_ownerless"),
        )

    def __str__(self) -> str:
        return self.name or f"{self.date_from or '…'} – {self.date_to or '…'}"


class ShoppingListItemQuerySet(models.QuerySet["ShoppingListItem"]):
    def on_list(self, list_id: str) -> ShoppingListItemQuerySet:
        """What is on a list, with its ingredients, in order."""
        return self.filter(list_id=list_id).select_related("ingredient").order_by("id")

    def to_buy(self) -> ShoppingListItemQuerySet:
        return self.exclude(status=ShoppingListItem.Status.BOUGHT)


@tracked()
class ShoppingListItem(Amount):
    """So much of an ingredient on a list, and in packages of which size it is to be bought."""

    class Status(models.TextChoices):
        MUST_BUY = "MUST_BUY"
        CHECK_AVAILABILITY = "CHECK_AVAILABILITY"
        BOUGHT = "BOUGHT"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    list = models.ForeignKey(ShoppingList, models.CASCADE, related_name="items", db_index=False)
    ingredient = models.ForeignKey(Ingredient, models.RESTRICT, related_name="list_items", db_index=False)
    status = models.CharField(max_length=32, choices=Status, default=Status.MUST_BUY, db_default=Status.MUST_BUY)
    category = models.CharField(
        max_length=32, null=True, blank=True, help_text="Why it is on the list, in the legacy system's own word."
    )
    package_size = AmountField(null=True, blank=True)
    package_unit = models.CharField(max_length=16, choices=Unit, null=True, blank=True)
    estimated_price = models.DecimalField(max_digits=20, decimal_places=9, null=True, blank=True)
    currency = models.CharField(max_length=16, null=True, blank=True)
    bought_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = ShoppingListItemQuerySet.as_manager()

    class Meta:
        constraints = (
            *Amount.Meta.constraints,
            models.UniqueConstraint(fields=("list", "ingredient", "unit"), name="catalog_shoppinglistitem_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_shoppinglistitem_id_not_empty"),
            models.CheckConstraint(
                condition=Q(status__in=["MUST_BUY", "CHECK_AVAILABILITY", "BOUGHT"]),
                name="catalog_shoppinglistitem_status_known",
            ),
            models.CheckConstraint(
                condition=Q(package_unit__in=UNITS), name="catalog_shoppinglistitem_package_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(package_size__gte=0), name="catalog_shoppinglistitem_package_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(estimated_price__gte=0), name="catalog_shoppinglistitem_price_not_negative"
            ),
        )
        indexes = (models.Index(fields=("ingredient", "list"), name="catalog_list_of_ingredient"),)

    def __str__(self) -> str:
        return f"{self.ingredient_id}: {self.quantity}"
