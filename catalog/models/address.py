"""Where people live and shops stand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.cleaning import house_number_sql
from operations.history import tracked
from operations.keys import UUID7


class HouseNumberKey(models.Func):
    """The cleaned form of a house number, as `catalog.cleaning` defines it."""

    template = house_number_sql("%(expressions)s")
    output_field = models.TextField()
    arity = 1


class AddressQuerySet(models.QuerySet["Address"]):
    def of_house(self, house_number: str) -> AddressQuerySet:
        """All addresses with this house number, however it is spelled: one number may be in several villages."""
        return self.filter(house_number_key=HouseNumberKey(models.Value(house_number)))


@tracked(exclude=("house_number_key",))
class Address(models.Model):
    """A house. The legacy shop knew nothing of it but its number: what else there is, staff have added."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    house_number = models.TextField(help_text="As it is spelled.")
    house_number_key = models.GeneratedField(
        expression=HouseNumberKey("house_number"),
        output_field=models.TextField(),
        db_persist=True,
        help_text="Cleaned: digits of any script, case and blanks make no difference.",
    )
    street = models.TextField(null=True, blank=True)
    village = models.TextField(null=True, blank=True)
    district = models.TextField(null=True, blank=True)
    province = models.TextField(null=True, blank=True)
    postal_code = models.CharField(max_length=16, null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    delivery_zone = models.CharField(max_length=64, null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "addresses"
        constraints = (
            models.CheckConstraint(
                condition=Q(house_number_key__isnull=False), name="catalog_address_house_number_not_blank"
            ),
            models.CheckConstraint(condition=Q(latitude__range=(-90, 90)), name="catalog_address_latitude_on_earth"),
            models.CheckConstraint(
                condition=Q(longitude__range=(-180, 180)), name="catalog_address_longitude_on_earth"
            ),
        )
        # A house by its number, and all houses in the order of their numbers.
        indexes = (models.Index(fields=("house_number_key", "id"), name="catalog_address_house"),)

    def __str__(self) -> str:
        parts = (self.house_number, self.street, self.village, self.district, self.province, self.postal_code)
        return ", ".join(part for part in parts if part)
