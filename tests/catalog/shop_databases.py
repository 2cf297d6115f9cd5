"""Databases for samples of the legacy shop, on the server that the tests have anyway."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from catalog.legacy.shop_sample import Generation
from catalog.legacy.shop_sample.schema import TABLES, types
from operations.sandbox import Sandbox

Row = Mapping[str, Any]

TIMES: Row = {"createdAt": "2025-06-10 03:00:00", "updatedAt": "2025-06-11 03:00:00"}
DEFAULTS: Mapping[str, Row] = {
    "users": {"id": "u1", "name": "Nok"} | TIMES,
    "accounts": {"id": "a1", "userId": "u1", "type": "oauth", "provider": "line"},
    "product_categories": {"id": "c1", "name": "Fruits"} | TIMES,
    "shops": {"id": "s1", "name": "Shop", "houseNumber": "1", "ownerId": "u1"} | TIMES,
    "products": {"id": "p1", "name": "Mango", "price": "10.00", "shopId": "s1"} | TIMES,
    "orders": {"id": "o1", "customerId": "u1", "customerHouseNumber": "1", "totalAmount": "10.00"} | TIMES,
    "order_items": {"id": "i1", "orderId": "o1", "productId": "p1", "shopId": "s1", "quantity": 1, "price": "10.00"},
    "payment_slips": {"id": "l1", "orderId": "o1", "imageUrl": "https://example.org/1.jpg"} | TIMES,
}


@contextmanager
def empty_database(sandbox: Sandbox) -> Iterator[str]:
    """The URL of a database that is there while the block runs."""
    name = f"shop_{secrets.token_hex(4)}"
    with sandbox.primary.connect("postgres") as primary:
        primary.execute(f"CREATE DATABASE {name}")
        yield sandbox.primary.url.replace("/slipway?", f"/{name}?")
        primary.execute(f"DROP DATABASE {name} WITH (FORCE)")


def build_shop(url: str, generation: Generation = "current") -> None:
    """Makes the shop's tables, empty."""
    tables = TABLES[generation]
    with psycopg.connect(url) as connection:
        for statement in (*types(generation), *(table.create for table in tables)):
            connection.execute(statement.encode())
        for table in tables:
            for statement in table.constraints:
                connection.execute(statement.encode())


def fill_shop(url: str, **rows: Sequence[Row]) -> None:
    """Adds rows to tables, in the order given: each as DEFAULTS says, but for its own values. None is left out."""
    with psycopg.connect(url) as connection:
        for table, records in rows.items():
            for record in records:
                row = {name: value for name, value in (DEFAULTS[table] | dict(record)).items() if value is not None}
                statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(sql.Placeholder() * len(row)),
                )
                connection.execute(statement, list(row.values()))
