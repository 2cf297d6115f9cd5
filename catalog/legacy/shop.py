"""The village shop, on PostgreSQL: its first generation, and the long-lived one with and without NextAuth's tables.

What it holds only between the lines (houses, kinds of products, default variants, pictures) is taken out by views, as
is what it lacks (slugs, order numbers, names in orders). Money is as it was, whatever it adds up to.
"""

from __future__ import annotations

from catalog.legacy.prisma import ACCOUNT_REST
from catalog.legacy.shop_sample import write_shop_sample
from catalog.legacy.shop_views import SHOP_VIEWS
from operations.importing.declaration import (
    PLACEHOLDERS,
    AliasTable,
    Boolean,
    Choice,
    Contested,
    Decimal,
    Entity,
    Generation,
    Integer,
    LegacySource,
    Proof,
    Reference,
    Text,
    Time,
)

CATEGORIES_OF_PRODUCTS = ("categories", "category_texts")
CREATED = Time(field="created_at", names=("createdAt",))
UPDATED = Time(field="updated_at", names=("updatedAt",))
# Nobody wrote these moments down: they stay empty.
NEVER_CREATED, NEVER_UPDATED = Time(field="created_at"), Time(field="updated_at")
ADDRESS = Reference(field="address", names=("house",), entity="addresses", dangling=True)
# As it was spelled there and then, whatever address it leads to.
HOUSE_NUMBER = Text(field="house_number", names=("houseNumber",))


def _same(*words: str) -> dict[str, str]:
    return {word: word for word in words}


USERS = Entity(
    name="users",
    tables=("people",),
    model="accounts.User",
    aliases=AliasTable(model="accounts.Identity", owner="user"),
    proofs=(Proof(provider="line", names=("lineId", "accountLine"), unknown=PLACEHOLDERS),),
    unique=("email",),
    rules=(
        Text(field="display_name", names=("name",)),
        Text(field="username", names=("username",), empty_is_null=True),
        Text(field="email", names=("email",), empty_is_null=True, unknown=PLACEHOLDERS),
        Contested(field="contested_email", of="email"),
        Text(field="password", names=("passwordHash",), default="!"),
        Text(field="avatar", names=("image",), empty_is_null=True),
        Text(field="role", names=("role",)),
        Boolean(field="is_active", names=("isActive",), default=True),
        CREATED,
        UPDATED,
    ),
    raw_only=("password", "houseNumber", "phone", "address", "emailVerified", "profileComplete"),
)

# How else people sign in; LINE proves who they are, and stands above.
ACCOUNT_LINKS = Entity(
    name="account_links",
    tables=("account_links",),
    model="accounts.Identity",
    key=("link",),
    derived_key=True,
    optional=True,
    rules=(
        Reference(field="user", names=("userId",), entity="users", required=True),
        Text(field="provider", names=("provider",), required=True),
        Text(field="subject", names=("providerAccountId",), required=True),
    ),
    raw_only=ACCOUNT_REST,
)

ADDRESSES = Entity(
    name="addresses",
    tables=("addresses",),
    model="catalog.Address",
    key=("house",),
    derived_key=True,
    optional=True,
    rules=(
        Text(field="house_number", names=("houseNumber",), required=True),
        NEVER_CREATED,
        NEVER_UPDATED,
    ),
)

CUSTOMERS = Entity(
    name="customers",
    tables=("customers",),
    model="catalog.ShopCustomer",
    rules=(
        Reference(field="user", names=("id",), entity="users", required=True),
        HOUSE_NUMBER,
        ADDRESS,
        Text(field="address_text", names=("address",)),
        Text(field="phone", names=("phone",)),
        Boolean(field="is_profile_complete", names=("profileComplete",), default=False),
        Time(field="email_verified_at", names=("emailVerified",)),
        CREATED,
        UPDATED,
    ),
    raw_only=("name", "username", "password", "role", "isActive", "lineId", "email", "image"),
)

SHOPS = Entity(
    name="shops",
    tables=("village_shops",),
    model="catalog.Shop",
    unique=("slug",),
    rules=(
        Text(field="name", names=("name",)),
        Text(field="slug", names=("ownSlug",), required=True),
        Text(field="description", names=("description",)),
        Text(field="logo_url", names=("logoUrl",), empty_is_null=True),
        Reference(field="owner", names=("ownerId",), entity="users", required=True),
        HOUSE_NUMBER,
        ADDRESS,
        Boolean(field="is_active", names=("isActive",), default=True),
        CREATED,
        UPDATED,
    ),
    raw_only=("slug",),
)

CATEGORIES = Entity(
    name="categories",
    tables=("categories",),
    model="catalog.ProductCategory",
    unique=("slug",),
    joined_by="slug",
    optional=True,
    rules=(
        Text(field="name", names=("name",)),
        Text(field="slug", names=("slug",), required=True),
        Text(field="description", names=("description",)),
        Text(field="icon_url", names=("iconUrl",), empty_is_null=True),
        Boolean(field="is_active", names=("isActive",), default=True),
        CREATED,
        UPDATED,
    ),
    raw_only=("base",),
)

# What vendors typed and nobody had made a category of.
CATEGORY_TEXTS = Entity(
    name="category_texts",
    tables=("category_texts",),
    model="catalog.ProductCategory",
    key=("slug",),
    unique=("slug",),
    joined_by="slug",
    optional=True,
    rules=(
        Text(field="name", names=("name",)),
        Text(field="slug", names=("slug",), required=True),
        NEVER_CREATED,
        NEVER_UPDATED,
    ),
)

PRODUCTS = Entity(
    name="products",
    tables=("goods",),
    model="catalog.Product",
    unique=("slug",),
    rules=(
        Text(field="name", names=("name",)),
        Text(field="slug", names=("ownSlug",), required=True),
        Text(field="description", names=("description",)),
        Reference(field="shop", names=("shopId",), entity="shops", required=True),
        # A product whose category cannot be loaded is sold all the same.
        Reference(field="category", names=("categoryKey",), entity=CATEGORIES_OF_PRODUCTS, dangling=True),
        Decimal(field="base_price", names=("price",), digits=12, places=2, required=True),
        Boolean(field="is_available", names=("isAvailable",), default=True),
        CREATED,
        UPDATED,
    ),
    raw_only=("slug", "category", "stock", "imageUrl", "imageUrls"),
)
PRODUCT = Reference(field="product", names=("productId",), entity="products", required=True)

DEFAULT_VARIANTS = Entity(
    name="default_variants",
    tables=("default_variants",),
    model="catalog.ProductVariant",
    key=("sku",),
    derived_key=True,
    rules=(
        Text(field="sku", names=("sku",), required=True),
        PRODUCT,
        Text(field="name", names=("name",)),
        Decimal(field="price", names=("price",), digits=12, places=2, required=True),
        Integer(field="stock", names=("stock",), required=True),
        Boolean(field="is_default", default=True),
        CREATED,
        UPDATED,
    ),
)

PRODUCT_IMAGES = Entity(
    name="product_images",
    tables=("product_images",),
    model="catalog.ProductImage",
    key=("productId", "position"),
    derived_key=True,
    rules=(
        PRODUCT,
        Text(field="url", names=("url",)),
        Integer(field="position", names=("position",), required=True, low=1),
    ),
)

ORDERS = Entity(
    name="orders",
    tables=("placed_orders",),
    model="catalog.Order",
    rules=(
        Text(field="order_number", names=("orderNumber",), required=True),
        Reference(field="customer", names=("customerId", "userId"), entity="users", required=True),
        Text(field="house_number", names=("customerHouseNumber",)),
        ADDRESS,
        Time(field="delivery_time", names=("deliveryTime",)),
        Choice(
            field="status",
            names=("status",),
            required=True,
            values=_same("PENDING", "CONFIRMED", "PREPARING", "READY_FOR_DELIVERY", "DELIVERED", "CANCELLED")
            | {"PROCESSING": "PREPARING", "SHIPPED": "OUT_FOR_DELIVERY"},
        ),
        Text(field="notes", names=("notes",)),
        # Items may have been taken back: below zero is what they come to then.
        Decimal(field="subtotal", names=("subtotal",), digits=24, places=2, low=None),
        Decimal(field="total", names=("totalAmount", "total"), digits=14, places=2, low=None, required=True),
        Time(field="created_at", names=("createdAt",), required=True),
        Time(field="updated_at", names=("updatedAt",), required=True),
    ),
)

ORDER_ITEMS = Entity(
    name="order_items",
    tables=("ordered_items",),
    model="catalog.OrderItem",
    rules=(
        Reference(field="order", names=("orderId",), entity="orders", required=True),
        PRODUCT,
        Reference(field="shop", names=("soldBy",), entity="shops", required=True),
        Reference(field="variant", names=("sku",), entity="default_variants", dangling=True),
        Text(field="product_name", names=("productName",)),
        Integer(field="quantity", names=("quantity",), required=True),
        Decimal(field="unit_price", names=("price",), digits=12, places=2, required=True),
        Decimal(field="total_price", names=("totalPrice",), digits=22, places=2, low=None, required=True),
        Choice(
            field="status",
            names=("itemStatus",),
            required=True,
            values=_same("PENDING", "CONFIRMED", "PREPARING", "READY", "DELIVERED", "CANCELLED"),
        ),
        NEVER_CREATED,
    ),
    raw_only=("shopId", "status"),
)

PAYMENT_SLIPS = Entity(
    name="payment_slips",
    tables=("payment_slips",),
    model="catalog.PaymentSlip",
    optional=True,
    rules=(
        Reference(field="order", names=("orderId",), entity="orders", required=True),
        Text(field="image_url", names=("imageUrl",)),
        Choice(field="status", names=("status",), required=True, values=_same("PENDING", "VERIFIED", "REJECTED")),
        Text(field="notes", names=("notes",)),
        CREATED,
        UPDATED,
    ),
)

_LONG_LIVED = {"users": ("id", "houseNumber"), "orders": ("customerHouseNumber", "totalAmount")}

VILLAGE_SHOP = LegacySource(
    name="shop",
    title="the village shop",
    generations=(
        Generation(name="with NextAuth", columns=_LONG_LIVED | {"accounts": ("userId", "provider")}),
        Generation(name="without NextAuth", columns=_LONG_LIVED),
        Generation(name="first", columns={"users": ("id", "email"), "orders": ("userId", "total")}),
    ),
    views=SHOP_VIEWS,
    entities=(
        USERS,
        ACCOUNT_LINKS,
        ADDRESSES,
        CUSTOMERS,
        SHOPS,
        CATEGORIES,
        CATEGORY_TEXTS,
        PRODUCTS,
        DEFAULT_VARIANTS,
        PRODUCT_IMAGES,
        ORDERS,
        ORDER_ITEMS,
        PAYMENT_SLIPS,
    ),
    # What the views are made of, as it stands there, and what has no destination.
    kept=(
        "users",
        "shops",
        "product_categories",
        "products",
        "orders",
        "order_items",
        "accounts",
        "sessions",
        "verification_tokens",
        "_prisma_migrations",
    ),
    write_sample=write_shop_sample,
    sample={"generation": "current", "users": 1_000, "products": 1_000, "orders": 5_000},
    store="postgresql",
)
