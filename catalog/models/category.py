"""Kinds of products, as a tree."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from operations.history import tracked
from operations.keys import KeyField, UUID7Text


class IsOnMenu(models.Func):
    """Whether a category, and all above it, are active, and the topmost is below nothing: not so in a circle."""

    template = """(
        WITH RECURSIVE above AS (
            SELECT id, parent_id, is_active FROM catalog_productcategory WHERE id = %(expressions)s
            UNION
            SELECT category.id, category.parent_id, category.is_active
            FROM catalog_productcategory category JOIN above ON category.id = above.parent_id
        )
        SELECT bool_and(is_active) AND bool_or(parent_id IS NULL) FROM above
    )"""
    output_field = models.BooleanField()
    arity = 1


class ProductCategoryQuerySet(models.QuerySet["ProductCategory"]):
    def active(self) -> ProductCategoryQuerySet:
        return self.filter(is_active=True)

    def public(self) -> ProductCategoryQuerySet:
        """What anyone may see: with a category all that is below it is put away."""
        return self.filter(IsOnMenu("pk"))

    def roots(self) -> ProductCategoryQuerySet:
        """Categories below no other, in the order of the menu."""
        return self.filter(parent=None).order_by("sort_order", "id")


@tracked()
class ProductCategory(models.Model):
    """A kind of products. Its name is kept as it was spelled; the slug is what tells categories apart."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField(help_text="As it is spelled.")
    slug = models.CharField(max_length=255, db_collation="C", help_text="In URLs; letters of any script.")
    description = models.TextField(null=True, blank=True)
    icon_url = models.TextField(null=True, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, related_name="children", null=True, blank=True, db_index=False)
    sort_order = models.IntegerField(default=0, db_default=0)
    is_active = models.BooleanField(default=True, db_default=True)
    seo_title = models.TextField("SEO title", null=True, blank=True)
    seo_description = models.TextField("SEO description", null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = ProductCategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "product categories"
        constraints = (
            models.UniqueConstraint(fields=("slug",), name="catalog_category_slug_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_category_id_not_empty"),
            models.CheckConstraint(condition=~Q(slug=""), name="catalog_category_slug_not_empty"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="catalog_category_not_its_own_parent"),
        )
        # The menu: what is below a category, in order.
        indexes = (models.Index(fields=("parent", "sort_order", "id"), name="catalog_category_menu"),)

    def __str__(self) -> str:
        return self.name
