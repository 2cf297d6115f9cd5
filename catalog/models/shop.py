"""Shops, and the people who buy and sell in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.address import Address
from operations.history import tracked
from operations.keys import KeyField, UUID7Text


@tracked()
class ShopCustomer(models.Model):
    """What the village shop knows of a person. Somebody who signed in by two ways may have two of these.

    History has several people in one house, and a house number that was overwritten by whoever ordered there.
    """

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shop_customers", db_index=False)
    house_number = models.TextField(null=True, blank=True, help_text="As it is spelled.")
    address = models.ForeignKey(
        Address, models.SET_NULL, related_name="customers", null=True, blank=True, db_index=False
    )
    address_text = models.TextField(null=True, blank=True, help_text="The address as the customer wrote it.")
    phone = models.TextField(null=True, blank=True)
    is_profile_complete = models.BooleanField(default=False, db_default=False)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(id=""), name="catalog_customer_id_not_empty"),)
        indexes = (
            models.Index(fields=("user", "id"), name="catalog_customer_by_user"),
            # Who lives in a house.
            models.Index(fields=("address", "id"), name="catalog_customer_by_address"),
        )

    def __str__(self) -> str:
        return self.house_number or self.phone or self.id


class ShopQuerySet(models.QuerySet["Shop"]):
    def active(self) -> ShopQuerySet:
        return self.filter(is_active=True)

    def owned_by(self, user_id: str) -> ShopQuerySet:
        return self.filter(owner_id=user_id).order_by("id")


@tracked()
class Shop(models.Model):
    """A vendor's shop. Its owner's role says nothing: history has owners who are customers."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField()
    slug = models.CharField(max_length=255, db_collation="C")
    description = models.TextField(null=True, blank=True)
    logo_url = models.TextField(null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="shops", db_index=False)
    house_number = models.TextField(null=True, blank=True, help_text="As it is spelled.")
    address = models.ForeignKey(Address, models.PROTECT, related_name="shops", null=True, blank=True, db_index=False)
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = ShopQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("slug",), name="catalog_shop_slug_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_shop_id_not_empty"),
            models.CheckConstraint(condition=~Q(slug=""), name="catalog_shop_slug_not_empty"),
        )
        indexes = (
            models.Index(fields=("owner", "id"), name="catalog_shop_by_owner"),
            models.Index(fields=("address", "id"), name="catalog_shop_by_address"),
            # What came last, for staff.
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_shop_created"),
        )

    def __str__(self) -> str:
        return self.name
