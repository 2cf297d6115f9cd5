"""What the village shop's tables hold only between the lines, as SELECTs on the legacy schema.

They run on the legacy server: no function of ours, no locale, nothing younger than PostgreSQL 9.5. Columns that a
generation lacks are asked for as members of the row as JSON, which are NULL then. Of two views with one name, the first
whose `needs` the source has is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.cleaning import digits_sql, fold_sql, house_number_sql, row_slug_sql, slug_sql
from catalog.legacy.prisma import ACCOUNT_LINK, member
from operations.importing.declaration import View

_BCRYPT = r"'^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$'"
_FIRST_MADE = '"createdAt", id COLLATE "C"'


def _view(name: str, key: tuple[str, ...], query: str, needs: Mapping[str, tuple[str, ...]] | None = None) -> View:
    return View(name=name, columns=(), key=key, query=query, needs=needs or {})


def _house_of(row: str, column: str = "houseNumber") -> str:
    return house_number_sql(member(row, column))


def _own_slug(row: str, word: str) -> str:
    made = row_slug_sql(f"{row}.name", f"{row}.id", word)
    return f"coalesce(nullif({member(row, 'slug')}, ''), {made})"


_HASH = member("u", "password")
_PASSWORD = f"CASE WHEN {_HASH} ~ {_BCRYPT} THEN 'bcrypt$' || {_HASH} END AS \"passwordHash\""

# People, with the subject by which LINE knows them and the hash as Django's bcrypt hasher writes it.
_PEOPLE_WITH_ACCOUNTS = f"""
    SELECT u.*, {_PASSWORD}, (
        SELECT a."providerAccountId" FROM accounts a WHERE a."userId" = u.id AND a.provider = 'line'
        ORDER BY {ACCOUNT_LINK} COLLATE "C" LIMIT 1
    ) AS "accountLine"
    FROM users u
"""
_PEOPLE = f"SELECT u.*, {_PASSWORD} FROM users u"

# Accounts at LINE are proofs of the people above; what else NextAuth knows is an identity as it is.
_ACCOUNT_LINKS = f"SELECT a.*, {ACCOUNT_LINK} AS link FROM accounts a WHERE a.provider <> 'line'"

_CUSTOMERS = f"SELECT u.*, {_house_of('u')} AS house FROM users u"

# One for each cleaned house number: spelled as cleaned if anybody spells it so, else in the first spelling.
_ADDRESSES = f"""
    SELECT house, (array_agg(spelled ORDER BY spelled <> house, spelled COLLATE "C"))[1] AS "houseNumber"
    FROM (
        SELECT {house_number_sql("spelled")} AS house, spelled FROM (
            SELECT {member("u", "houseNumber")} AS spelled FROM users u
            UNION SELECT {member("s", "houseNumber")} FROM shops s
        ) AS numbers
    ) AS spellings
    WHERE house IS NOT NULL GROUP BY house
"""

_SHOPS = f'SELECT s.*, {_house_of("s")} AS house, {_own_slug("s", "shop")} AS "ownSlug" FROM shops s'

# The first made of those whose names are the same when cleaned has the plain slug.
_CATEGORIES = f"""
    SELECT c.*, CASE
        WHEN base IS NULL THEN 'category-' || {digits_sql("id")}
        WHEN row_number() OVER (PARTITION BY base ORDER BY {_FIRST_MADE}) = 1 THEN base
        ELSE base || '-' || {digits_sql("id")}
    END AS slug
    FROM (SELECT c.*, {slug_sql("c.name")} AS base FROM product_categories c) AS c
"""

# Texts of products that no row of product_categories has as its name, spelled as the oldest product spells them.
_TEXTS = f"""
    SELECT DISTINCT ON (folded COLLATE "C") {slug_sql("category")} AS slug, category AS name
    FROM (SELECT *, {fold_sql("category")} AS folded FROM products) AS p
    WHERE folded <> '' {{unless}}
    ORDER BY folded COLLATE "C", {_FIRST_MADE}
"""
_UNKNOWN = f"AND folded NOT IN (SELECT {fold_sql('name')} FROM product_categories)"

_CATEGORY = member("p", "category")
_PRODUCT = f'SELECT p.*, {_own_slug("p", "product")} AS "ownSlug", {{category}} AS "categoryKey" FROM products p'
_NAMED = f"""LEFT JOIN (
        SELECT DISTINCT ON ({fold_sql("name")}) id AS "namedId", {fold_sql("name")} AS folded
        FROM product_categories ORDER BY {fold_sql("name")}, {_FIRST_MADE}
    ) AS named ON named.folded = {fold_sql(_CATEGORY)} AND named.folded <> ''
"""
# Of rows whose names are the same when cleaned, a product is of the one that is spelled as its text.
_SPELLED_SO = f"""(
        SELECT c.id FROM product_categories c WHERE c.name = {_CATEGORY} AND "namedId" IS NOT NULL
        ORDER BY {_FIRST_MADE} LIMIT 1
    )"""
_PRODUCTS_NAMED = _PRODUCT.format(category=f'coalesce({_SPELLED_SO}, "namedId", {slug_sql(_CATEGORY)})') + " " + _NAMED

_VARIANTS = """
    SELECT id || '-default' AS sku, id AS "productId", name, price, stock, "createdAt", "updatedAt" FROM products
"""
_IMAGES = """
    SELECT p.id AS "productId", image.place AS position, image.url
    FROM (SELECT id, to_jsonb(p) AS row FROM products p) AS p, jsonb_array_elements_text(
        CASE
            WHEN jsonb_typeof(row -> 'imageUrls') = 'array' THEN row -> 'imageUrls'
            WHEN row ->> 'imageUrl' <> '' THEN jsonb_build_array(row ->> 'imageUrl')
            ELSE '[]'
        END
    ) WITH ORDINALITY AS image (url, place)
    WHERE image.url IS NOT NULL
"""

_ORDERS = f"""
    SELECT o.*, 'VS-' || o.id AS "orderNumber", items.subtotal, {_house_of("o", "customerHouseNumber")} AS house
    FROM orders o LEFT JOIN (
        SELECT "orderId", sum(quantity * price) FILTER (WHERE price >= 0 AND price <> 'NaN') AS subtotal
        FROM order_items GROUP BY "orderId"
    ) AS items ON items."orderId" = o.id
"""
# Items of the first generation had no state but their order's.
_ITEMS = f"""
    SELECT i.*, p.name AS "productName", i.quantity * i.price AS "totalPrice", i."productId" || '-default' AS "sku",
           coalesce({member("i", "shopId")}, p."shopId") AS "soldBy",
           coalesce({member("i", "status")}, (
               SELECT CASE o.status::text
                   WHEN 'PROCESSING' THEN 'PREPARING' WHEN 'SHIPPED' THEN 'READY' ELSE o.status::text
               END FROM orders o WHERE o.id = i."orderId"
           )) AS "itemStatus"
    FROM order_items i LEFT JOIN products p ON p.id = i."productId"
"""

_CATEGORY_TABLE: dict[str, tuple[str, ...]] = {"product_categories": ("id", "name")}
_WITH_TEXTS: dict[str, tuple[str, ...]] = {"products": ("category",)}
SHOP_VIEWS = (
    _view("people", ("id",), _PEOPLE_WITH_ACCOUNTS, {"accounts": ("userId", "provider", "providerAccountId")}),
    _view("people", ("id",), _PEOPLE),
    _view("account_links", ("link",), _ACCOUNT_LINKS, {"accounts": ("provider", "providerAccountId")}),
    _view("addresses", ("house",), _ADDRESSES),
    _view("customers", ("id",), _CUSTOMERS),
    _view("village_shops", ("id",), _SHOPS),
    _view("categories", ("id",), _CATEGORIES, _CATEGORY_TABLE),
    _view("category_texts", ("slug",), _TEXTS.format(unless=_UNKNOWN), _CATEGORY_TABLE | _WITH_TEXTS),
    _view("category_texts", ("slug",), _TEXTS.format(unless=""), _WITH_TEXTS),
    _view("goods", ("id",), _PRODUCTS_NAMED, _CATEGORY_TABLE),
    _view("goods", ("id",), _PRODUCT.format(category=slug_sql(_CATEGORY))),
    _view("default_variants", ("sku",), _VARIANTS),
    _view("product_images", ("productId", "position"), _IMAGES),
    _view("placed_orders", ("id",), _ORDERS),
    _view("ordered_items", ("id",), _ITEMS),
)
