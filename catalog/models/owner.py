"""Whose a thing is: a person's, a family's or nobody's."""

from __future__ import annotations

from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models.family import Family, FamilyMember

Row = TypeVar("Row", bound=models.Model)


class OwnedQuerySet(models.QuerySet[Row]):
    def ownerless(self) -> Self:
        return self.filter(user=None, family=None)

    def of_person(self, user_id: str) -> Self:
        """A person's own, without their families'."""
        return self.filter(user_id=user_id)

    def of_family(self, family_id: str) -> Self:
        return self.filter(family_id=family_id)

    def shared_with(self, user_id: str) -> Self:
        """A person's own and their families'."""
        return self.filter(_shared_with(user_id))


class PublicQuerySet(OwnedQuerySet[Row]):
    """Of things that are everybody's where they are nobody's own."""

    def public(self) -> Self:
        return self.ownerless()

    def visible_to(self, user_id: str) -> Self:
        """Public things, a person's own and their families'."""
        return self.filter(Q(user=None, family=None) | _shared_with(user_id))


def _shared_with(user_id: str) -> Q:
    families = FamilyMember.objects.filter(user_id=user_id).values("family_id")
    return Q(user_id=user_id) | Q(family_id__in=families)


class Owned(models.Model):
    """What is a person's own goes with that person; what is a family's stays and keeps the family."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, db_index=False)
    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, db_index=False)

    class Meta:
        abstract = True
        constraints = (
            models.CheckConstraint(condition=Q(user=None) | Q(family=None), name="catalog_%(class)s_one_owner_at_most"),
        )

    @property
    def owner(self) -> models.Model | None:
        return self.user or self.family
