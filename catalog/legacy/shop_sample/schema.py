"""The legacy schema as Prisma's migrations left it: tables renamed, columns in quoted camelCase, enums as types.

`first` is the short-lived first generation; `without_auth` the long-lived one in the days when the tables of NextAuth
were dropped; `current` the same with these tables back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Generation: TypeAlias = Literal["first", "without_auth", "current"]
GENERATIONS: tuple[Generation, ...] = ("first", "without_auth", "current")

STATUSES = ("PENDING", "CONFIRMED", "PREPARING", "READY_FOR_DELIVERY", "DELIVERED", "CANCELLED")
FIRST_STATUSES = ("PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED")
ITEM_STATUSES = ("PENDING", "CONFIRMED", "PREPARING", "READY", "DELIVERED", "CANCELLED")
SLIP_STATUSES = ("PENDING", "VERIFIED", "REJECTED")
ROLES = ("CUSTOMER", "VENDOR", "ADMIN")


@dataclass(frozen=True)
class Table:
    """`columns` are names with types, one a line; `links` are columns, what they lead to and what its deletion does."""

    name: str
    columns: str
    links: tuple[tuple[str, str, str], ...] = ()
    unique: tuple[str, ...] = ()
    key: str = '"id"'
    renamed: Mapping[str, str] = field(default_factory=dict)  # columns that are called otherwise in later generations

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(line.split('"')[1] for line in self.columns.strip().splitlines())

    @property
    def create(self) -> str:
        lines = [line.strip().rstrip(",") for line in self.columns.strip().splitlines()]
        if self.key:
            lines.append(f'CONSTRAINT "{self.name}_pkey" PRIMARY KEY ({self.key})')
        return f'CREATE TABLE "{self.name}" ({", ".join(lines)})'

    @property
    def copy(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.names)
        return f'COPY "{self.name}" ({names}) FROM STDIN'

    @property
    def constraints(self) -> list[str]:
        """Made after the rows: that is faster."""
        unique = [
            f'CREATE UNIQUE INDEX "{self.name}_{columns.replace(chr(34), "").replace(", ", "_")}_key" '
            f'ON "{self.name}" ({columns})'
            for columns in self.unique
        ]
        return unique + [
            f'ALTER TABLE "{self.name}" ADD CONSTRAINT "{self.name}_{column}_fkey" FOREIGN KEY ("{column}") '
            f'REFERENCES "{parent}" ("id") ON DELETE {deleting} ON UPDATE CASCADE'
            for column, parent, deleting in self.links
        ]


_TIMES = """
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
    "updatedAt" TIMESTAMP(3) NOT NULL
"""

_MIGRATIONS = Table(
    "_prisma_migrations",
    """
    "id" VARCHAR(36) NOT NULL
    "checksum" VARCHAR(64) NOT NULL
    "finished_at" TIMESTAMPTZ
    "migration_name" VARCHAR(255) NOT NULL
    "logs" TEXT
    "rolled_back_at" TIMESTAMPTZ
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now()
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
    """,
)
_USERS = Table(
    "users",
    """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "username" TEXT
    "password" TEXT
    "houseNumber" TEXT
    "phone" TEXT
    "address" TEXT
    "role" "Role" NOT NULL DEFAULT 'CUSTOMER'
    "isActive" BOOLEAN NOT NULL DEFAULT true
    "lineId" TEXT
    "email" TEXT
    "image" TEXT
    "emailVerified" TIMESTAMP(3)
    "profileComplete" BOOLEAN NOT NULL DEFAULT false
    """
    + _TIMES.strip(),
    unique=('"username"', '"houseNumber"', '"lineId"', '"email"'),
)
_ACCOUNTS = Table(
    "accounts",
    """
    "id" TEXT NOT NULL
    "userId" TEXT NOT NULL
    "type" TEXT NOT NULL
    "provider" TEXT NOT NULL
    "providerAccountId" TEXT NOT NULL
    "refresh_token" TEXT
    "access_token" TEXT
    "expires_at" INTEGER
    "token_type" TEXT
    "scope" TEXT
    "id_token" TEXT
    "session_state" TEXT
    """,
    links=(("userId", "users", "CASCADE"),),
    unique=('"provider", "providerAccountId"',),
)
_SESSIONS = Table(
    "sessions",
    """
    "id" TEXT NOT NULL
    "sessionToken" TEXT NOT NULL
    "userId" TEXT NOT NULL
    "expires" TIMESTAMP(3) NOT NULL
    """,
    links=(("userId", "users", "CASCADE"),),
    unique=('"sessionToken"',),
)
_TOKENS = Table(
    "verification_tokens",
    """
    "identifier" TEXT NOT NULL
    "token" TEXT NOT NULL
    "expires" TIMESTAMP(3) NOT NULL
    """,
    unique=('"token"', '"identifier", "token"'),
    key="",
)
_SHOPS = Table(
    "shops",
    """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "slug" TEXT
    "description" TEXT
    "logoUrl" TEXT
    "houseNumber" TEXT NOT NULL
    "isActive" BOOLEAN NOT NULL DEFAULT true
    "ownerId" TEXT NOT NULL
    """
    + _TIMES.strip(),
    links=(("ownerId", "users", "RESTRICT"),),
    unique=('"slug"',),
)
_CATEGORIES = Table(
    "product_categories",
    """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "description" TEXT
    "iconUrl" TEXT
    "isActive" BOOLEAN NOT NULL DEFAULT true
    """
    + _TIMES.strip(),
    unique=('"name"',),
)
_PRODUCTS = Table(
    "products",
    """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "slug" TEXT
    "description" TEXT
    "price" DECIMAL(10,2) NOT NULL
    "imageUrls" TEXT[]
    "stock" INTEGER NOT NULL DEFAULT 0
    "category" TEXT
    "isAvailable" BOOLEAN NOT NULL DEFAULT true
    "shopId" TEXT NOT NULL
    """
    + _TIMES.strip(),
    links=(("shopId", "shops", "CASCADE"),),
    unique=('"slug"',),
)
_ORDERS = Table(
    "orders",
    """
    "id" TEXT NOT NULL
    "customerId" TEXT NOT NULL
    "customerHouseNumber" TEXT NOT NULL
    "deliveryTime" TIMESTAMP(3)
    "totalAmount" DECIMAL(10,2) NOT NULL
    "status" "OrderStatus" NOT NULL DEFAULT 'PENDING'
    "notes" TEXT
    """
    + _TIMES.strip(),
    links=(("customerId", "users", "RESTRICT"),),
)
_ITEMS = Table(
    "order_items",
    """
    "id" TEXT NOT NULL
    "orderId" TEXT NOT NULL
    "productId" TEXT NOT NULL
    "shopId" TEXT NOT NULL
    "quantity" INTEGER NOT NULL
    "price" DECIMAL(10,2) NOT NULL
    "status" "OrderItemStatus" NOT NULL DEFAULT 'PENDING'
    """,
    links=(
        ("orderId", "orders", "CASCADE"),
        ("productId", "products", "RESTRICT"),
        ("shopId", "shops", "RESTRICT"),
    ),
)
_SLIPS = Table(
    "payment_slips",
    """
    "id" TEXT NOT NULL
    "orderId" TEXT NOT NULL
    "imageUrl" TEXT NOT NULL
    "status" "PaymentSlipStatus" NOT NULL DEFAULT 'PENDING'
    "notes" TEXT
    """
    + _TIMES.strip(),
    links=(("orderId", "orders", "CASCADE"),),
)


_FIRST = (
    Table(
        "users",
        """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "email" TEXT NOT NULL
    "password" TEXT
    "role" "Role" NOT NULL DEFAULT 'CUSTOMER'
    """
        + _TIMES.strip(),
        unique=('"email"',),
    ),
    Table(
        "shops",
        """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "description" TEXT
    "isActive" BOOLEAN NOT NULL DEFAULT true
    "ownerId" TEXT NOT NULL
    """
        + _TIMES.strip(),
        links=(("ownerId", "users", "RESTRICT"),),
    ),
    Table(
        "products",
        """
    "id" TEXT NOT NULL
    "name" TEXT NOT NULL
    "description" TEXT
    "price" DECIMAL(10,2) NOT NULL
    "imageUrl" TEXT
    "stock" INTEGER NOT NULL DEFAULT 0
    "category" TEXT
    "shopId" TEXT NOT NULL
    """
        + _TIMES.strip(),
        links=(("shopId", "shops", "CASCADE"),),
        renamed={"imageUrl": "imageUrls"},
    ),
    Table(
        "orders",
        """
    "id" TEXT NOT NULL
    "userId" TEXT NOT NULL
    "total" DECIMAL(10,2) NOT NULL
    "status" "OrderStatus" NOT NULL DEFAULT 'PENDING'
    """
        + _TIMES.strip(),
        links=(("userId", "users", "RESTRICT"),),
        renamed={"userId": "customerId", "total": "totalAmount"},
    ),
    Table(
        "order_items",
        """
    "id" TEXT NOT NULL
    "orderId" TEXT NOT NULL
    "productId" TEXT NOT NULL
    "quantity" INTEGER NOT NULL
    "price" DECIMAL(10,2) NOT NULL
    """,
        links=(("orderId", "orders", "CASCADE"), ("productId", "products", "RESTRICT")),
    ),
)
_LONG_LIVED = (_SHOPS, _CATEGORIES, _PRODUCTS, _ORDERS, _ITEMS, _SLIPS)
TABLES: dict[Generation, tuple[Table, ...]] = {
    "first": (_MIGRATIONS, *_FIRST),
    "without_auth": (_MIGRATIONS, _USERS, *_LONG_LIVED),
    "current": (_MIGRATIONS, _USERS, _ACCOUNTS, _SESSIONS, _TOKENS, *_LONG_LIVED),
}


def types(generation: Generation) -> list[str]:
    first = generation == "first"
    enums = {"Role": ROLES, "OrderStatus": FIRST_STATUSES if first else STATUSES}
    if not first:
        enums |= {"OrderItemStatus": ITEM_STATUSES, "PaymentSlipStatus": SLIP_STATUSES}
    return [f'CREATE TYPE "{name}" AS ENUM ({", ".join(map(repr, values))})' for name, values in enums.items()]
