"""Products, the variants in which they are sold, and their pictures."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Now

from catalog.models.category import ProductCategory
from catalog.models.shop import Shop
from operations.history import tracked
from operations.keys import UUID7, KeyField, UUID7Text

BEST_FIRST = (F("rating").desc(nulls_last=True), F("order_count").desc(nulls_last=True), "id")


def _below(column: str, value: Decimal | int) -> Q:
    """Unknown figures are below all others."""
    return Q(**{f"{column}__lt": value}) | Q(**{column: None})


class ProductQuerySet(models.QuerySet["Product"]):
    def available(self) -> ProductQuerySet:
        return self.filter(is_available=True, shop__is_active=True)

    def best_first(self, category_slug: str) -> ProductQuerySet:
        """What can be bought of a public category, best rated and most ordered first; unknown figures come last.

        Products of the categories below it are not among them: each of those has a listing of its own.
        """
        # As a value, not as a join: then the index `catalog_product_listing` gives the order.
        category = ProductCategory.objects.public().filter(slug=category_slug).values("pk")[:1]
        return self.available().filter(category=category).order_by(*BEST_FIRST)

    def listed(self, category_slug: str) -> ProductQuerySet:
        """`best_first`, each with its category, its shop with address, and its active variants in order."""
        return (
            self.best_first(category_slug)
            .select_related("category", "shop__address")
            .prefetch_related(Prefetch("variants", ProductVariant.objects.offered(), to_attr="active_variants"))
        )

    def following(self, rating: Decimal | None, order_count: int | None, product_id: str) -> ProductQuerySet:
        """What comes behind this place of `best_first`."""
        of_one_count = Q(order_count=order_count, id__gt=product_id)
        of_one_rating = of_one_count if order_count is None else Q(_below("order_count", order_count) | of_one_count)
        if rating is None:
            return self.filter(of_one_rating, rating=None)
        return self.filter(_below("rating", rating) | Q(of_one_rating, rating=rating))

    def of_shop(self, shop_id: str) -> ProductQuerySet:
        """Everything in a shop's hands, newest first."""
        return self.filter(shop_id=shop_id).order_by(F("created_at").desc(nulls_last=True), "-id")


@tracked()
class Product(models.Model):
    """Something that a shop sells. Rating and number of orders are NULL as long as nobody has told them."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    name = models.TextField()
    slug = models.CharField(max_length=255, db_collation="C")
    description = models.TextField(null=True, blank=True)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="products", db_index=False)
    category = models.ForeignKey(
        ProductCategory, models.PROTECT, related_name="products", null=True, blank=True, db_index=False
    )
    tags = ArrayField(models.TextField(), default=list, db_default=[], blank=True)

    base_price = models.DecimalField(max_digits=12, decimal_places=2)
    compare_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text="What it cost before, or costs elsewhere."
    )
    cost_price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="THB", db_default="THB")

    is_available = models.BooleanField(default=True, db_default=True)
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True, help_text="From 0 to 5.")
    order_count = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("slug",), name="catalog_product_slug_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_product_id_not_empty"),
            models.CheckConstraint(condition=~Q(slug=""), name="catalog_product_slug_not_empty"),
            # 0 is a price: history has products that were given away.
            models.CheckConstraint(condition=Q(base_price__gte=0), name="catalog_product_price_not_negative"),
            models.CheckConstraint(condition=Q(compare_price__gte=0), name="catalog_product_compare_not_negative"),
            models.CheckConstraint(condition=Q(cost_price__gte=0), name="catalog_product_cost_not_negative"),
            models.CheckConstraint(condition=Q(rating__range=(0, 5)), name="catalog_product_rating_range"),
            models.CheckConstraint(condition=Q(order_count__gte=0), name="catalog_product_orders_not_negative"),
        )
        indexes = (
            # The listing of a category: what can be bought, the best first.
            models.Index(
                F("category"),
                F("is_available"),
                F("rating").desc(nulls_last=True),
                F("order_count").desc(nulls_last=True),
                F("id"),
                name="catalog_product_listing",
            ),
            models.Index(
                F("shop"), F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_product_by_shop"
            ),
            # What came last, for staff.
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_product_created"),
        )

    def __str__(self) -> str:
        return self.name


class ProductVariantQuerySet(models.QuerySet["ProductVariant"]):
    def offered(self) -> ProductVariantQuerySet:
        return self.filter(is_active=True).order_by("position", "id")

    def low(self) -> ProductVariantQuerySet:
        """Active variants of which there are no more than their threshold, the scarcest first."""
        return self.filter(is_active=True, stock__lte=F("low_stock_threshold")).order_by("stock", "id")


@tracked()
class ProductVariant(models.Model):
    """One form in which a product is sold. Its stock may be below zero: two orders at once took the last piece."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants", db_index=False)
    sku = models.CharField("SKU", max_length=255, db_collation="C")
    name = models.TextField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    stock = models.IntegerField(default=0, db_default=0)
    low_stock_threshold = models.IntegerField(default=5, db_default=5)
    is_default = models.BooleanField(default=False, db_default=False)
    is_active = models.BooleanField(default=True, db_default=True)
    position = models.IntegerField(default=0, db_default=0, help_text="Its place in the list; the first is offered.")
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    objects = ProductVariantQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("sku",), name="catalog_variant_sku_unique"),
            models.UniqueConstraint(
                fields=("product",), condition=Q(is_default=True), name="catalog_variant_one_default"
            ),
            models.CheckConstraint(condition=~Q(sku=""), name="catalog_variant_sku_not_empty"),
            models.CheckConstraint(condition=Q(price__gte=0), name="catalog_variant_price_not_negative"),
            models.CheckConstraint(
                condition=Q(low_stock_threshold__gte=0), name="catalog_variant_threshold_not_negative"
            ),
        )
        indexes = (
            # A product's variants in order.
            models.Index(fields=("product", "position", "id"), name="catalog_variant_by_product"),
            # What runs out, the scarcest first.
            models.Index(fields=("stock", "id"), name="catalog_variant_stock"),
        )

    def __str__(self) -> str:
        return self.sku


@tracked()
class ProductImage(models.Model):
    """A picture's place in a product's gallery."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="images", db_index=False)
    url = models.TextField("URL")
    position = models.IntegerField(help_text="Its place in the gallery, from 1.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("product", "position"), name="catalog_image_position_unique"),
            models.CheckConstraint(condition=Q(position__gt=0), name="catalog_image_position_positive"),
        )

    def __str__(self) -> str:
        return self.url
