"""Product categories, products, variants and pictures, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from catalog.admin.shops import NEWEST_FIRST
from catalog.models import Product, ProductCategory, ProductImage, ProductVariant
from operations.admin.editing import StoredFields
from operations.admin.records import RecordAdmin


@admin.register(ProductCategory)
class ProductCategoryAdmin(RecordAdmin):
    list_display = ("name", "slug", "parent", "sort_order", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("parent",)
    list_defer = ("description", "seo_title", "seo_description", "parent__description")
    search_fields = ("pk", "slug__startswith", "parent__exact")
    scanned_fields = ("name__istartswith",)
    search_help_text = "The beginning of a slug, or an id; else the beginning of a name."
    ordering = ("slug",)
    sortable_by = ("slug",)
    one_line_fields = ("name", "icon_url", "seo_title")
    autocomplete_fields = ("parent",)
    readonly_fields = ("id", "created_at", "updated_at")


class VariantFormSet(BaseInlineFormSet):
    """Variants of one product, of which at most one is the default."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")]
        if sum(bool(form.cleaned_data.get("is_default")) for form in kept) > 1:
            raise ValidationError("Only one variant can be the default.")

    def save(self, commit: bool = True) -> Any:
        # The old default goes before the new one comes, whichever stands first in the list.
        if commit and any("is_default" in form.changed_data for form in self.initial_forms):
            self.get_queryset().filter(is_default=True).update(is_default=False)
        return super().save(commit)


class VariantInline(StoredFields, admin.TabularInline):
    model = ProductVariant
    formset = VariantFormSet
    extra = 0
    fields = ("position", "sku", "name", "price", "stock", "low_stock_threshold", "is_default", "is_active")
    ordering = ("position", "id")
    one_line_fields = ("name",)


class ImageInline(StoredFields, admin.TabularInline):
    model = ProductImage
    extra = 0
    fields = ("position", "url")
    ordering = ("position",)
    one_line_fields = ("url",)


@admin.register(Product)
class ProductAdmin(RecordAdmin):
    list_display = ("name", "category", "shop", "cost", "is_available", "rating", "order_count", "added")
    list_filter = ("is_available",)
    list_select_related = ("category", "shop")
    list_defer = (
        "description",
        "category__description",
        "category__seo_title",
        "category__seo_description",
        "shop__description",
    )
    search_fields = ("pk", "slug__startswith", "shop__exact", "category__slug__exact")
    scanned_fields = ("name__istartswith",)
    search_help_text = "The id of a product or shop, a slug of a product or category; else the beginning of a name."
    ordering = NEWEST_FIRST
    sortable_by = ("added",)
    overview_count = True
    overview_place = 120
    one_line_fields = ("name",)
    autocomplete_fields = ("shop", "category")
    readonly_fields = ("id", "rating", "order_count", "created_at", "updated_at")
    inlines = (VariantInline, ImageInline)
    edited_fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "slug", "shop", "category", "tags", "description", "is_available")}),
        ("Price", {"fields": (("base_price", "currency"), ("compare_price", "cost_price"))}),
    )
    fieldsets: ClassVar[Any] = (
        *edited_fieldsets,
        ("Record", {"fields": (("rating", "order_count"), "id", "created_at", "updated_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return self.fieldsets if obj else self.edited_fieldsets

    @admin.display(description="price")
    def cost(self, product: Product) -> str:
        return f"{product.base_price} {product.currency}"

    @admin.display(description="added", ordering="created_at")
    def added(self, product: Product) -> str | None:
        return f"{product.created_at:%Y-%m-%d}" if product.created_at else None


class StockFilter(admin.SimpleListFilter):
    """What is to be bought in: ranges of the index on stock."""

    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("negative", "below zero"), ("none", "none left"), ("low", "running low")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProductVariant]) -> QuerySet[ProductVariant]:
        if self.value() == "negative":
            return queryset.filter(stock__lt=0)
        if self.value() == "none":
            return queryset.filter(stock__lte=0)
        if self.value() == "low":
            return queryset.filter(is_active=True, stock__lte=F("low_stock_threshold"))
        return queryset


@admin.register(ProductVariant)
class ProductVariantAdmin(RecordAdmin):
    list_display = ("sku", "product", "name", "price", "stock", "is_default", "is_active")
    list_filter = (StockFilter, "is_active", "is_default")
    list_select_related = ("product",)
    list_defer = ("product__description",)
    search_fields = ("sku__startswith", "product__exact")
    search_help_text = "The beginning of a SKU, or a product's id."
    ordering = ("stock", "id")
    sortable_by = ("stock",)
    one_line_fields = ("name",)
    autocomplete_fields = ("product",)
    readonly_fields = ("id", "created_at", "updated_at")


@admin.register(ProductImage)
class ProductImageAdmin(RecordAdmin):
    list_display = ("url", "product", "position")
    list_select_related = ("product",)
    list_defer = ("product__description",)
    search_fields = ("product__exact",)
    search_help_text = "A product's id."
    ordering = ("-id",)
    one_line_fields = ("url",)
    autocomplete_fields = ("product",)
    readonly_fields = ("id",)
