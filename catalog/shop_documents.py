"""The JSON documents of the shop, made as those in `catalog.documents`; SQL puts together what belongs to a product."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, FloatField, Func, JSONField, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Cast, JSONObject

from catalog.documents import TrimScale
from catalog.models import Product, ProductCategory, ProductVariant
from catalog.schemas import Rank


class ToJSON(Func):
    function = "to_jsonb"
    output_field = JSONField()


def _price(column: str) -> Cast:
    return Cast(TrimScale(column), TextField())


def _text(document: Any) -> Cast:
    """The text of a jsonb: it goes out as it is."""
    return Cast(document, TextField())


VARIANTS = ToJSON(
    ArraySubquery(
        ProductVariant.objects.offered()
        .filter(product=OuterRef("pk"))
        .values_list(
            JSONObject(
                id="id",
                sku="sku",
                name="name",
                price=_price("price"),
                is_default="is_default",
                is_in_stock=Case(When(stock__gt=0, then=True), default=False),
            )
        )
    )
)
ADDRESS = Case(
    When(
        Q(shop__address__isnull=False),
        then=JSONObject(
            **{
                name: f"shop__address__{name}"
                for name in ("house_number", "street", "village", "district", "province", "postal_code")
            },
            latitude="shop__address__latitude",
            longitude="shop__address__longitude",
        ),
    ),
    default=Value(None, JSONField()),
)
SHOP = JSONObject(
    **{name: f"shop__{name}" for name in ("id", "name", "slug", "logo_url", "house_number")},
    address=ADDRESS,
)
CATEGORY = JSONObject(id="category__id", name="category__name", slug="category__slug")
SHOWN = {
    "base_price": _price("base_price"),
    "compare_price": _price("compare_price"),
    "rating": Cast("rating", FloatField()),
    "category": _text(CATEGORY),
    "variants": _text(VARIANTS),
    "shop": _text(SHOP),
}


class ShownProduct(msgspec.Struct):
    id: str
    name: str
    slug: str
    description: str | None
    tags: list[str]
    base_price: str
    compare_price: str | None
    currency: str
    rating: float | None
    order_count: int | None
    category: msgspec.Raw
    variants: msgspec.Raw
    shop: msgspec.Raw

    @property
    def rank(self) -> Rank:
        return Rank(None if self.rating is None else round(self.rating * 100), self.order_count, self.id)


class MenuCategory(msgspec.Struct):
    id: str
    name: str
    slug: str
    description: str | None
    icon_url: str | None
    seo_title: str | None
    seo_description: str | None
    children: list[MenuCategory] = msgspec.field(default_factory=list)


COLUMNS = [SHOWN.get(name, F(name)) for name in ShownProduct.__struct_fields__]
DOCUMENTS = len(COLUMNS) - 3
"""From here on the columns are JSON already."""


def listing(slug: str, limit: int, after: Rank | None) -> bytes | None:
    """A page of what can be bought of a category, best first; None if there is no such category."""
    products = Product.objects.best_first(slug)
    if after:
        products = products.following(after.rating, after.order_count, after.product_id)
    # One more than is shown tells whether another page follows.
    rows = products.values_list(*COLUMNS)[: limit + 1]
    page = [ShownProduct(*row[:DOCUMENTS], *map(msgspec.Raw, row[DOCUMENTS:])) for row in rows]
    if not page and not ProductCategory.objects.public().filter(slug=slug).exists():
        return None
    following = page[limit - 1].rank.cursor if len(page) > limit else None
    return msgspec.json.encode({"products": page[:limit], "next": following})


def menu() -> bytes:
    """The active categories as a tree. What hangs on nothing that is shown is not shown either."""
    columns = [name for name in MenuCategory.__struct_fields__ if name != "children"]
    ordered = ProductCategory.objects.active().order_by("sort_order", "id")
    found = [(parent, MenuCategory(*row)) for parent, *row in ordered.values_list("parent_id", *columns)]
    by_id = {category.id: category for _, category in found}
    roots = []
    for parent, category in found:
        if parent is None:
            roots.append(category)
        elif parent in by_id:
            by_id[parent].children.append(category)
    return msgspec.json.encode({"categories": roots})
