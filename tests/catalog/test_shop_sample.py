"""The sample is what the shop's import is measured against, so what it says of itself is checked in SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from catalog.cleaning import fold_sql, house_number_sql, slug_sql
from catalog.legacy.shop_sample import GENERATIONS, KINDS, Generation, ShopSample, write_shop_sample
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database

SIZES: dict[str, Any] = {"users": 800, "products": 400, "orders": 700}
BCRYPT = r"^\$2b\$10\$[./A-Za-z0-9]{53}$"
HOUSE = house_number_sql('u."houseNumber"')
OTHERS_HOUSE = house_number_sql('o."houseNumber"')
IMPOSSIBLE = "(\"createdAt\" < '0001-01-01' OR \"createdAt\" = 'infinity')"
REJECTED = f"(SELECT id FROM {{}} WHERE id = '' OR {IMPOSSIBLE})"
LOST_SHOPS = f'(SELECT id FROM shops WHERE "ownerId" IN {REJECTED.format("users")} OR {IMPOSSIBLE})'
LOST_GOODS = f"(SELECT id FROM products WHERE price < 0 OR price = 'NaN' OR {IMPOSSIBLE} OR \"shopId\" IN {LOST_SHOPS})"

# Which keys a kind of dirt has, as the rows themselves tell.
FOUND: dict[tuple[str, str], str] = {
    ("users", "id_empty"): "id = ''",
    ("users", "created_impossible"): IMPOSSIBLE,
    ("users", "email_empty"): "email = ''",
    ("users", "email_other_case"): "email <> lower(email) AND email LIKE '%EXAMPLE.ORG' OR email LIKE 'u%@LINE.ME'",
    ("users", "password_not_bcrypt"): f"password !~ '{BCRYPT}'",
    ("users", "line_double"): """EXISTS (
        SELECT FROM users o JOIN accounts a ON a."userId" IN (o.id, u.id)
        WHERE a."providerAccountId" IN (o."lineId", u."lineId") AND o.id < u.id COLLATE "C" AND
              a."userId" = CASE WHEN a."providerAccountId" = o."lineId" THEN u.id ELSE o.id END
    )""",
    ("users", "house_blank"): f'"houseNumber" IS NOT NULL AND {HOUSE} IS NULL',
    ("users", "house_same_when_cleaned"): f"""lower(u."houseNumber") <> {HOUSE} AND EXISTS (
        SELECT FROM users o WHERE {OTHERS_HOUSE} = {HOUSE} AND lower(o."houseNumber") = {OTHERS_HOUSE}
    )""",
    ("users", "house_prefixed"): "\"houseNumber\" LIKE 'บ้าน %'",
    ("shops", "owner_is_customer"): "\"ownerId\" IN (SELECT id FROM users WHERE role = 'CUSTOMER') "
    f'AND "ownerId" NOT IN {REJECTED.format("users")}',
    ("shops", "owner_rejected"): f'"ownerId" IN {REJECTED.format("users")}',
    ("shops", "created_impossible"): IMPOSSIBLE,
    ("shops", "slug_null"): "slug IS NULL",
    ("shops", "slug_empty"): "slug = ''",
    ("shops", "logo_empty"): "\"logoUrl\" = ''",
    ("shops", "house_blank"): f"{HOUSE} IS NULL",
    ("products", "price_zero"): "price = 0",
    ("products", "price_negative"): "price < 0",
    ("products", "price_not_a_number"): "price = 'NaN'",
    ("products", "stock_negative"): "stock < 0",
    ("products", "created_impossible"): IMPOSSIBLE,
    ("products", "shop_rejected"): f'"shopId" IN {LOST_SHOPS}',
    ("products", "slug_null"): "slug IS NULL",
    ("products", "slug_empty"): "slug = ''",
    ("orders", "customer_rejected"): f'"{{customer}}" IN {REJECTED.format("users")}',
    ("orders", "created_impossible"): IMPOSSIBLE,
    ("orders", "total_not_a_number"): "\"{total}\" = 'NaN'",
    ("orders", "total_negative"): '"{total}" = -12.50',
    ("orders", "delivery_impossible"): 'NOT isfinite("deliveryTime") OR "deliveryTime" < \'0001-01-01\'',
    ("orders", "house_blank"): f"{HOUSE.replace('houseNumber', 'customerHouseNumber')} IS NULL",
    ("order_items", "price_zero"): "price = 0",
    ("order_items", "price_negative"): "price < 0",
    ("order_items", "price_not_a_number"): "price = 'NaN'",
    ("order_items", "quantity_not_positive"): "quantity <= 0",
    ("order_items", "product_rejected"): f'"productId" IN {LOST_GOODS}',
    ("payment_slips", "created_impossible"): IMPOSSIBLE,
    ("payment_slips", "image_empty"): "\"imageUrl\" = ''",
}


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    with empty_database(sandbox) as address:
        yield address


@pytest.fixture(scope="module", params=GENERATIONS)
def sample(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[ShopSample]:
    with empty_database(sandbox) as address:
        yield write_shop_sample(address, generation=request.param, **SIZES)


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def tables(url: str) -> dict[str, list[tuple[Any, ...]]]:
    names = [name for (name,) in ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {name: ask(url, f'SELECT t::text FROM "{name}" t ORDER BY 1') for name in names}


def generation_names(query: str, generation: Generation) -> str:
    first = generation == "first"
    return query.replace("{customer}", "userId" if first else "customerId").replace(
        "{total}", "total" if first else "totalAmount"
    )


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_same_seed_gives_the_same_rows_and_another_one_others(sandbox: Sandbox, generation: Generation) -> None:
    contents, samples = [], []
    for seed in (7, 7, 8):
        with empty_database(sandbox) as address:
            samples.append(write_shop_sample(address, generation=generation, seed=seed, dirt=0.05, **SIZES))
            contents.append(tables(address))

    assert contents[0] == contents[1]
    assert (samples[0].rows, samples[0].dirty, samples[0].facts) == (
        samples[1].rows, samples[1].dirty, samples[1].facts
    )  # fmt: skip
    assert contents[0].keys() == contents[2].keys()
    assert all(contents[0][name] != contents[2][name] for name in ("users", "products", "orders", "order_items"))


def test_rows_are_as_many_as_the_sample_says(sample: ShopSample) -> None:
    counts = {name: len(rows) for name, rows in tables(sample.url).items()}

    assert counts == sample.rows
    assert min(counts.values()) > 0
    assert {name: counts[name] for name in SIZES} == SIZES


def test_the_schema_is_the_one_of_the_generation(sample: ShopSample) -> None:
    columns = defaultdict(list)
    for table, column in ask(
        sample.url,
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "ORDER BY table_name, ordinal_position",
    ):
        columns[table].append(column)
    auth = {"accounts", "sessions", "verification_tokens"}
    long_lived = {"_prisma_migrations", "users", "shops", "product_categories", "products", "orders", "order_items"}

    if sample.generation == "first":
        assert columns.keys() == {"_prisma_migrations", "users", "shops", "products", "orders", "order_items"}
        assert {"userId", "total"} < set(columns["orders"])
        assert "imageUrl" in columns["products"]
    else:
        assert columns.keys() - auth == {*long_lived, "payment_slips"}
        assert bool(columns.keys() & auth) == (sample.generation == "current")
        assert columns["users"] == [
            *("id", "name", "username", "password", "houseNumber", "phone", "address", "role", "isActive", "lineId"),
            *("email", "image", "emailVerified", "profileComplete", "createdAt", "updatedAt"),
        ]
        assert {"customerId", "customerHouseNumber", "deliveryTime", "totalAmount"} < set(columns["orders"])
        assert "imageUrls" in columns["products"]


def test_types_are_those_that_prisma_makes(sample: ShopSample) -> None:
    found = ask(
        sample.url,
        "SELECT DISTINCT udt_name, datetime_precision, numeric_precision, numeric_scale "
        "FROM information_schema.columns WHERE table_schema = 'public'",
    )
    labels = dict(
        ask(
            sample.url,
            "SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder) "
            "FROM pg_enum JOIN pg_type t ON t.oid = enumtypid GROUP BY 1",
        )
    )

    assert {("timestamp", 3, None, None), ("numeric", None, 10, 2)} <= set(found)
    assert labels["Role"] == ["CUSTOMER", "VENDOR", "ADMIN"]
    assert ("SHIPPED" in labels["OrderStatus"]) == (sample.generation == "first")
    assert ("PaymentSlipStatus" in labels) == (sample.generation != "first")


def test_every_kind_of_dirt_occurs(sample: ShopSample) -> None:
    expected = {(kind.table, kind.slug, kind.fate) for kind in KINDS if sample.generation in kind.generations}

    assert {(record.table, record.kind, record.fate) for record in sample.dirty} == expected


def test_dirt_is_where_the_sample_says_and_nowhere_else(sample: ShopSample) -> None:
    stated = defaultdict(set)
    for record in sample.dirty:
        stated[record.table, record.kind].add(record.key)
    lost_orders = {record.key for record in sample.dirty if record.table == "orders" and record.fate == "rejected"}

    for (table, kind), condition in FOUND.items():
        if table in sample.rows and (table, kind) in stated:
            query = generation_names(f'SELECT id FROM "{table}" u WHERE {condition}', sample.generation)
            found = {key for (key,) in ask(sample.url, query)}
            if table in ("order_items", "payment_slips"):
                found -= stated[table, "order_rejected"]
            assert found == stated[table, kind], (table, kind)
    for table in {"order_items", "payment_slips"} & sample.rows.keys():
        found = {key for key, order in ask(sample.url, f'SELECT id, "orderId" FROM {table}') if order in lost_orders}
        assert found == stated[table, "order_rejected"]


def test_a_record_has_one_kind_of_dirt(sample: ShopSample) -> None:
    assert max(Counter((record.table, record.key) for record in sample.dirty).values()) == 1


def test_facts_are_what_sql_counts(sample: ShopSample) -> None:
    first = sample.generation == "first"
    lost = {
        table: [r.key for r in sample.dirty if r.table == table and r.fate == "rejected"]
        for table in ("users", "products", "orders")
    }
    names = "SELECT NULL AS name" if first else "SELECT name FROM product_categories"
    text, house, orders_house = fold_sql("category"), house_number_sql('"houseNumber"'), '"customerHouseNumber"'
    image = 'num_nonnulls("imageUrl")' if first else 'cardinality("imageUrls")'
    goods = "FROM products WHERE NOT id = ANY(%(products)s)"
    addresses = f"SELECT {house} AS house FROM users UNION SELECT {house} FROM shops"
    queries = {
        "images": f"SELECT sum({image}) FROM products",
        "loaded_images": f"SELECT sum({image}) {goods}",
        "loaded_variants": f"SELECT count(*) {goods}",
        "negative_stock": f"SELECT count(*) {goods} AND stock < 0",
        "passwords": f"SELECT count(*) FROM users WHERE NOT id = ANY(%(users)s) AND password ~ '{BCRYPT}'",
        "orders_not_adding_up": """
            SELECT count(*) FROM orders o WHERE NOT id = ANY(%(orders)s) AND "{total}" <> (
                SELECT sum(price * quantity) FROM order_items i
                WHERE i."orderId" = o.id AND price >= 0 AND price <> 'NaN'
            )""",
        "category_texts": f"""
            SELECT count(*) FROM (
                SELECT {text} FROM products WHERE {text} <> '' EXCEPT SELECT {fold_sql("name")} FROM ({names}) AS n
            ) AS texts""",
        "distinct_categories": f"""
            SELECT count(slug) FROM (
                SELECT {slug_sql("category")} AS slug FROM products UNION SELECT {slug_sql("name")} FROM ({names}) AS n
            ) AS slugs""",
        "addresses": f"SELECT count(house) FROM ({addresses}) AS a",
        "orders_without_address": f"""
            SELECT count(*) FROM orders o WHERE NOT id = ANY(%(orders)s) AND NOT EXISTS (
                SELECT FROM ({addresses}) AS a WHERE house = {house_number_sql(orders_house)}
            )""",
    }
    if first:
        del queries["addresses"], queries["orders_without_address"]

    with psycopg.connect(sample.url) as connection:
        for fact, query in queries.items():
            [[found]] = connection.execute(generation_names(query, sample.generation), lost).fetchall()
            assert found == sample.facts[fact], fact
    assert len(sample.facts) == 10


def test_the_traps_of_the_real_shop_occur(sample: ShopSample) -> None:
    if sample.generation == "first":
        pytest.skip("the first generation was too short-lived for them")
    [[houses, vendors, past, differing, shared, no_category, uuids]] = ask(
        sample.url,
        """
        SELECT (SELECT count(*) FROM orders o JOIN users u ON u.id = "customerId"
                WHERE "customerHouseNumber" IS DISTINCT FROM "houseNumber"),
               (SELECT count(*) FROM orders o JOIN users u ON u.id = "customerId" WHERE role = 'VENDOR'),
               (SELECT count(*) FROM orders WHERE "deliveryTime" < now()),
               (SELECT count(*) FROM order_items i JOIN products p ON p.id = "productId" WHERE i.price <> p.price),
               (SELECT count(*) FROM shops s JOIN users u USING ("houseNumber") WHERE u.id <> "ownerId"),
               (SELECT count(*) FROM products WHERE category IS NULL),
               (SELECT count(*) FROM orders WHERE id LIKE '________-____-4___-____-____________')
        """,
    )

    assert min(houses, vendors, past, differing, shared, no_category, uuids) > 0


def test_a_sample_without_dirt_has_none(url: str) -> None:
    sample = write_shop_sample(url, dirt=0, **SIZES)

    assert sample.dirty == ()
    assert sample.facts["negative_stock"] == 0
    assert sample.facts["orders_not_adding_up"] > SIZES["orders"] / 2  # this is not dirt: real orders are so


@pytest.mark.parametrize("generation", GENERATIONS)
def test_much_dirt_is_written_too(url: str, generation: Generation) -> None:
    sample = write_shop_sample(url, generation=generation, dirt=0.5, users=150, products=100, orders=100)

    assert 0.4 * 150 <= sum(sample.fates("users").values()) <= 0.5 * 150


def test_tiny_samples_are_written(url: str) -> None:
    sample = write_shop_sample(url, users=5, products=5, orders=5)

    assert sample.rows["users"] == 5


def test_a_database_that_holds_tables_is_refused(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE mine (id int)")

    with pytest.raises(ValueError, match="holds tables already"):
        write_shop_sample(url, **SIZES)

    assert tables(url) == {"mine": []}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"users": 4}, "at least 5"),
        ({"dirt": 0.51}, "share from 0 to 0.5"),
        ({"dirt": -0.1}, "share from 0 to 0.5"),
        ({"generation": "second"}, "generation is one of"),
    ],
)
def test_impossible_numbers_are_refused(url: str, numbers: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        write_shop_sample(url, **{**SIZES, **numbers})

    assert tables(url) == {}
