"""Shops, the rows of product_categories, and products with the category that their vendors typed."""

from __future__ import annotations

from random import Random

from .dirt import IMPOSSIBLE, Hit
from .people import DAY
from .words import CATEGORIES, CATEGORY_ROWS, DESCRIPTIONS, PRODUCTS, SHOP_SLUGS, SHOPS, SLUGS
from .world import Row, World, moment_of, pick, stamp

_MOST_IMAGES = 5
_CATEGORY_NULL, _CATEGORY_EMPTY = 0.08, 0.12  # the rest have a text


def write_shops(world: World) -> None:
    random = world.random("shops")
    hits = world.hits("shops", world.shops)
    people = world.kept("users")
    vendors = [user for user in people if user["role"] == "VENDOR"] or people
    customers = [user for user in people if user["role"] == "CUSTOMER"] or people
    for number in range(world.shops):
        hit = hits.get(number)
        owners = customers if hit and hit.kind == "owner_is_customer" else vendors
        shop = _shop(world, random, number, pick(random, owners))
        world.rows["shops"].append(shop)
        if hit:
            _spoil_shop(world, shop, hit)


def _shop(world: World, random: Random, number: int, owner: Row) -> Row:
    draw, moment = random.random, moment_of(number, world.shops * 4)
    # Mostly where the owner lives; a house may have several shops, and neighbours of the owner too.
    house = owner["houseNumber"] if owner["houseNumber"] and draw() < 0.7 else f"{number // 2 + 1}/{number % 2 + 1}"
    return {
        "id": world.key(random, moment),
        "name": SHOPS[number % len(SHOPS)],
        "slug": f"{SHOP_SLUGS[number % len(SHOP_SLUGS)]}-house-{number}",
        "description": pick(random, DESCRIPTIONS),
        "logoUrl": f"https://minio.example.org/logos/{number}.png" if draw() < 0.8 else None,
        "houseNumber": house,
        "isActive": draw() < 0.9,
        "ownerId": owner["id"],
        "createdAt": stamp(moment),
        "updatedAt": stamp(moment + int(draw() * 30 * DAY)),
    }


def _spoil_shop(world: World, shop: Row, hit: Hit) -> None:
    match hit.kind:
        case "owner_rejected":
            lost = world.lost("users")
            if not lost:
                return
            shop["ownerId"] = lost[hit.turn % len(lost)]["id"]
        case "created_impossible":
            shop["createdAt"] = IMPOSSIBLE[hit.turn % len(IMPOSSIBLE)]
        case "slug_null":
            shop["slug"] = None
        case "slug_empty":
            shop["slug"] = ""
        case "logo_empty":
            shop["logoUrl"] = ""
        case "house_blank":
            shop["houseNumber"] = ("", " ", "\t")[hit.turn % 3]
    world.spoiled("shops", shop["id"], hit.kind)


def write_categories(world: World) -> None:
    if world.is_first:
        return
    random = world.random("product_categories")
    for number, name in enumerate(CATEGORY_ROWS):
        moment = moment_of(number, 100)
        world.rows["product_categories"].append(
            {
                "id": world.key(random, moment),
                "name": name,
                "description": pick(random, DESCRIPTIONS),
                "iconUrl": pick(random, (None, "", "https://minio.example.org/icons/1.svg")),
                "isActive": number % 5 != 4,
                "createdAt": stamp(moment),
                "updatedAt": stamp(moment),
            }
        )


def write_products(world: World) -> None:
    random = world.random("products")
    hits = world.hits("products", world.products)
    shops = world.kept("shops")
    for number in range(world.products):
        product = _product(world, random, number, pick(random, shops))
        world.rows["products"].append(product)
        hit = hits.get(number)
        if hit:
            _spoil_product(world, product, hit)


def _product(world: World, random: Random, number: int, shop: Row) -> Row:
    draw, moment = random.random, moment_of(number, world.products * 2)
    images = [
        f"http{'s' if draw() < 0.7 else ''}://minio.example.org/products/{number}-{place}.jpg"
        for place in range(int(draw() * (_MOST_IMAGES + 1)))
    ]
    return {
        "id": world.key(random, moment),
        "name": PRODUCTS[number % len(PRODUCTS)],
        "slug": f"{SLUGS[number % len(SLUGS)]}-{number}",
        "description": pick(random, DESCRIPTIONS),
        "price": f"{1 + int(draw() ** 2 * 400)}.{'00' if draw() < 0.8 else '50'}",
        "imageUrls": images[:1] if world.is_first else images,
        "stock": int(draw() * 100),
        "category": _category(random),
        "isAvailable": draw() < 0.9,
        "shopId": shop["id"],
        "createdAt": stamp(moment),
        "updatedAt": stamp(moment + int(draw() * 90 * DAY)),
    }


def _category(random: Random) -> str | None:
    draw = random.random()
    if draw < _CATEGORY_NULL:
        return None
    return pick(random, ("", " ", "\t")) if draw < _CATEGORY_EMPTY else pick(random, CATEGORIES)  # type: ignore[no-any-return]


def _spoil_product(world: World, product: Row, hit: Hit) -> None:
    match hit.kind:
        case "price_zero":
            product["price"] = "0.00"
        case "price_negative":
            product["price"] = ("-0.01", "-45.00")[hit.turn % 2]
        case "price_not_a_number":
            product["price"] = "NaN"
        case "stock_negative":
            product["stock"] = -1 - hit.turn % 3
        case "created_impossible":
            product["createdAt"] = IMPOSSIBLE[hit.turn % len(IMPOSSIBLE)]
        case "slug_null":
            product["slug"] = None
        case "slug_empty":
            product["slug"] = ""
        case "shop_rejected":
            lost = world.lost("shops")
            if not lost:
                return
            product["shopId"] = lost[hit.turn % len(lost)]["id"]
    world.spoiled("products", product["id"], hit.kind)
