"""Orders of customers and vendors, what is in them, and the slips that shall prove their payment."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from .dirt import IMPOSSIBLE, Hit
from .people import DAY
from .schema import FIRST_STATUSES, ITEM_STATUSES, SLIP_STATUSES, STATUSES
from .words import NOTES
from .world import Row, World, moment_of, pick, stamp

HOUR = 3_600_000
_ADDS_UP = 0.3  # of all orders; the totals of the others are the client's own
_SLIP_SHARE = 0.45
_ITEMS = (1, 1, 2, 2, 3, 5)


def write_orders(world: World) -> None:
    random = world.random("orders")
    people, lost = world.kept("users"), world.lost("users")
    hits = world.hits("orders", world.orders)
    goods = world.kept("products")
    for number in range(world.orders):
        order = _order(world, random, number, pick(random, people))
        hit = hits.get(number)
        if hit and not (hit.kind == "customer_rejected" and not lost):
            _spoil_order(order, hit, lost)
            world.spoiled("orders", order["id"], hit.kind)
        world.rows["orders"].append(order)
        items = [_item(world, random, order, pick(random, goods)) for _ in range(pick(random, _ITEMS))]
        world.rows["order_items"] += items
        if order["totalAmount"] is None:
            order["totalAmount"] = _total(random, items)
        if not world.is_first and random.random() < _SLIP_SHARE:
            world.rows["payment_slips"].append(_slip(world, random, number, order))


def _order(world: World, random: Random, number: int, customer: Row) -> Row:
    draw, moment = random.random, moment_of(number, world.orders)
    # From 09 to 18 o'clock in Bangkok, which is 02 to 11 in UTC, the day after.
    delivery = moment - (moment + 3 * HOUR) % DAY + DAY + 2 * HOUR + int(draw() * 9) * HOUR
    statuses = FIRST_STATUSES if world.is_first else STATUSES
    return {
        "id": world.key(random, moment),
        "customerId": customer["id"],
        "customerHouseNumber": _house_of(random, number, customer),
        "deliveryTime": stamp(delivery) if draw() < 0.8 else None,
        "totalAmount": None,
        "status": "DELIVERED" if draw() < 0.6 else pick(random, statuses),
        "notes": pick(random, NOTES),
        "createdAt": stamp(moment),
        "updatedAt": stamp(moment + int(draw() * 3 * DAY)),
    }


def _house_of(random: Random, number: int, customer: Row) -> str:
    """Mostly the customer's; else where they lived then, or the house of whoever ordered as a guest."""
    if customer["houseNumber"] and random.random() < 0.85:
        return str(customer["houseNumber"])
    return (f"{number % 90 + 1}/9", f"old {number % 40}", f"บ้าน {number % 30}")[number % 3]


def _total(random: Random, items: list[Row]) -> str:
    due = sum(_worth(item) for item in items)
    if random.random() < _ADDS_UP:
        return f"{due:.2f}"
    return f"{due + Decimal(int(random.random() * 300) - 100) / 2:.2f}"


def _worth(item: Row) -> Decimal:
    price = Decimal(item["price"])
    return item["quantity"] * price if price >= 0 else Decimal(0)


def _spoil_order(order: Row, hit: Hit, lost: list[Row]) -> None:
    impossible = IMPOSSIBLE[hit.turn % len(IMPOSSIBLE)]
    changes: dict[str, dict[str, Any]] = {
        "created_impossible": {"createdAt": impossible},
        "delivery_impossible": {"deliveryTime": impossible},
        "total_not_a_number": {"totalAmount": "NaN"},
        "total_negative": {"totalAmount": "-12.50"},
        "house_blank": {"customerHouseNumber": ("", " ", "\u200b")[hit.turn % 3]},
    }
    if hit.kind == "customer_rejected":
        order["customerId"] = lost[hit.turn % len(lost)]["id"]
    else:
        order |= changes[hit.kind]


def _item(world: World, random: Random, order: Row, product: Row) -> Row:
    draw = random.random
    # The price of the day, or what the client sent.
    price = product["price"] if draw() < 0.7 and product["price"] != "0.00" else f"{1 + int(draw() * 300)}.00"
    return {
        "id": world.key(random, 0),
        "orderId": order["id"],
        "productId": product["id"],
        "shopId": product["shopId"],
        "quantity": 1 + int(draw() ** 3 * 12),
        "price": price,
        "status": "DELIVERED" if order["status"] == "DELIVERED" else pick(random, ITEM_STATUSES),
    }


def _slip(world: World, random: Random, number: int, order: Row) -> Row:
    moment = moment_of(number, world.orders)
    return {
        "id": world.key(random, moment),
        "orderId": order["id"],
        "imageUrl": f"https://minio.example.org/slips/{number}.jpg",
        "status": pick(random, SLIP_STATUSES),
        "notes": pick(random, NOTES),
        "createdAt": stamp(moment + HOUR),
        "updatedAt": stamp(moment + 2 * HOUR),
    }


def spoil_parts(world: World) -> None:
    """Items and slips of orders that can be loaded; whatever belongs to the other orders is lost with them."""
    lost_orders, lost_goods = world.rejected["orders"], world.lost("products")
    for table in ("order_items", "payment_slips"):
        clean = [row for row in world.rows[table] if row["orderId"] not in lost_orders]
        for row in world.rows[table]:
            if row["orderId"] in lost_orders:
                world.spoiled(table, row["id"], "order_rejected")
        for position, hit in world.hits(table, len(clean)).items():
            row = clean[position]
            if hit.kind == "product_rejected":
                if not lost_goods:
                    continue
                product = lost_goods[hit.turn % len(lost_goods)]
                row |= {"productId": product["id"], "shopId": product["shopId"]}
            else:
                row |= _spoiled_part(hit)
            world.spoiled(table, row["id"], hit.kind)


def _spoiled_part(hit: Hit) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        "price_zero": {"price": "0.00"},
        "price_negative": {"price": "-1.00"},
        "price_not_a_number": {"price": "NaN"},
        "quantity_not_positive": {"quantity": (0, -1)[hit.turn % 2]},
        "created_impossible": {"createdAt": IMPOSSIBLE[hit.turn % len(IMPOSSIBLE)]},
        "image_empty": {"imageUrl": ""},
    }
    return changes[hit.kind]
