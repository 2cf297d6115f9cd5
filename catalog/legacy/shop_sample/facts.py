"""What an import of a sample should come to, counted from the rows by the stated rules of `catalog.cleaning`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from catalog.cleaning import fold, house_number_key

from .world import Row, World


def count_facts(world: World) -> Mapping[str, int]:
    """Of all records: `addresses`, `category_texts` (those that no row of product_categories has), `images`,
    `distinct_categories`. Of those that can be loaded, and so with `loaded_` before them: `variants`, `images`.

    Orders are counted that can be loaded and do not add up (`orders_not_adding_up`), or go to a house that is no
    address (`orders_without_address`); likewise products below zero (`negative_stock`) and bcrypt passwords.
    """
    return _places(world) | _goods(world) | _orders(world) | _people(world)


def _addresses(world: World) -> set[str]:
    if world.is_first:
        return set()
    houses = {house_number_key(row["houseNumber"]) for table in ("users", "shops") for row in world.rows[table]}
    return {house for house in houses if house}


def _places(world: World) -> dict[str, int]:
    addresses = _addresses(world)
    orders = [] if world.is_first else world.kept("orders")
    homeless = [order for order in orders if house_number_key(order["customerHouseNumber"]) not in addresses]
    return {"addresses": len(addresses), "orders_without_address": len(homeless)}


def _goods(world: World) -> dict[str, int]:
    names = {fold(row["name"]) for row in world.rows["product_categories"]}
    texts = {fold(row["category"] or "") for row in world.rows["products"]} - {""}
    loaded = world.kept("products")
    return {
        "category_texts": len(texts - names),
        "distinct_categories": len(texts | names),
        "images": sum(len(row["imageUrls"]) for row in world.rows["products"]),
        "loaded_images": sum(len(row["imageUrls"]) for row in loaded),
        "loaded_variants": len(loaded),
        "negative_stock": sum(row["stock"] < 0 for row in loaded),
    }


def _orders(world: World) -> dict[str, int]:
    items: defaultdict[str, list[Row]] = defaultdict(list)
    for item in world.rows["order_items"]:
        items[item["orderId"]].append(item)
    off = [order for order in world.kept("orders") if subtotal(items[order["id"]]) not in (None, _total(order))]
    return {"orders_not_adding_up": len(off)}


def _total(order: Row) -> Decimal:
    return Decimal(order["totalAmount"])


def subtotal(items: list[Row]) -> Decimal | None:
    """What items come to; a price that is no price counts nothing, and nobody knows what nothing but these come to."""
    prices = [(item["quantity"], Decimal(item["price"])) for item in items]
    worth = [quantity * price for quantity, price in prices if price.is_finite() and price >= 0]
    return sum(worth, Decimal(0)) if worth else None


def _people(world: World) -> dict[str, int]:
    hashes = [row for row in world.kept("users") if (row["password"] or "").startswith("$2b$10$")]
    return {"passwords": sum(len(row["password"]) == 60 for row in hashes)}
