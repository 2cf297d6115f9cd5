"""Families, and who belongs to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.unit import AmountField
from operations.history import tracked
from operations.keys import KeyField, UUID7Text


class FamilyQuerySet(models.QuerySet["Family"]):
    def of(self, user_id: str) -> FamilyQuerySet:
        """The families of a person, the oldest first."""
        return self.filter(members__user_id=user_id).order_by(F("created_at").asc(nulls_first=True), "id")


@tracked()
class Family(models.Model):
    """People who eat together. It cannot be deleted while anything is its own."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField(blank=True)
    description = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = FamilyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "families"
        constraints = (models.CheckConstraint(condition=~Q(id=""), name="catalog_family_id_not_empty"),)
        # What came last, for staff.
        indexes = (models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_family_created"),)

    def __str__(self) -> str:
        return self.name or self.id


@tracked()
class FamilyMember(models.Model):
    """One person of a family. Children and guests have a name and no account; who deletes an account stays a member."""

    class Role(models.TextChoices):
        ADMIN = "ADMIN"
        MEMBER = "MEMBER"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    family = models.ForeignKey(Family, models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="family_memberships",
        null=True,
        blank=True,
        db_index=False,
    )
    name = models.TextField(blank=True, help_text="As the family calls them.")
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER, db_default=Role.MEMBER)
    daily_calories = AmountField(null=True, blank=True, help_text="kcal a day that they want to keep to.")
    daily_proteins = AmountField(null=True, blank=True)
    daily_fats = AmountField(null=True, blank=True)
    daily_carbs = AmountField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("family", "user"), name="catalog_member_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_member_id_not_empty"),
            models.CheckConstraint(condition=Q(role__in=["ADMIN", "MEMBER"]), name="catalog_member_role_known"),
        )
        # A person's families: asked with everything that a person may see.
        indexes = (models.Index(fields=("user", "family"), name="catalog_member_by_user"),)

    def __str__(self) -> str:
        return self.name or self.user_id or "somebody who has left"
