"""The register of dirt: every way in which a legacy record goes wrong, and what should become of such a record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, cycle, islice
from random import Random
from typing import Literal, TypeAlias

from .schema import GENERATIONS, Generation

Fate: TypeAlias = Literal["loaded", "merged", "rejected"]
LONG_LIVED: tuple[Generation, ...] = ("without_auth", "current")


@dataclass(frozen=True)
class Kind:
    """One kind of dirt in one table.

    `fate` is what an importer owes such a record: `loaded` as it is or with the gap left open, `merged` into the person
    it proves to be, or `rejected` with a reason. Nothing clean leads to what is rejected. `once`: a UNIQUE key takes
    the value once. `partner`: it repeats something of an earlier, clean record, each time of another one.
    """

    slug: str
    table: str
    fate: Fate = "loaded"
    generations: tuple[Generation, ...] = GENERATIONS
    once: bool = False
    partner: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("id_empty", "users", "rejected", once=True),
    Kind("created_impossible", "users", "rejected"),
    Kind("email_empty", "users", once=True),
    Kind("email_other_case", "users", partner=True),
    Kind("password_not_bcrypt", "users"),
    Kind("line_double", "users", "merged", ("current",), partner=True),
    Kind("house_blank", "users", generations=LONG_LIVED),
    Kind("house_same_when_cleaned", "users", generations=LONG_LIVED, partner=True),
    Kind("house_prefixed", "users", generations=LONG_LIVED, partner=True),
    # shops
    Kind("owner_is_customer", "shops"),
    Kind("owner_rejected", "shops", "rejected"),
    Kind("created_impossible", "shops", "rejected"),
    Kind("slug_null", "shops", generations=LONG_LIVED),
    Kind("slug_empty", "shops", generations=LONG_LIVED, once=True),
    Kind("logo_empty", "shops", generations=LONG_LIVED),
    Kind("house_blank", "shops", generations=LONG_LIVED),
    # products
    Kind("price_zero", "products"),
    Kind("price_negative", "products", "rejected"),
    Kind("price_not_a_number", "products", "rejected"),
    Kind("stock_negative", "products"),
    Kind("created_impossible", "products", "rejected"),
    Kind("shop_rejected", "products", "rejected"),
    Kind("slug_null", "products", generations=LONG_LIVED),
    Kind("slug_empty", "products", generations=LONG_LIVED, once=True),
    # orders
    Kind("customer_rejected", "orders", "rejected"),
    Kind("created_impossible", "orders", "rejected"),
    Kind("total_not_a_number", "orders", "rejected"),
    Kind("total_negative", "orders"),
    Kind("delivery_impossible", "orders", "rejected", LONG_LIVED),
    Kind("house_blank", "orders", generations=LONG_LIVED),
    # parts of orders
    Kind("price_zero", "order_items"),
    Kind("price_negative", "order_items", "rejected"),
    Kind("price_not_a_number", "order_items", "rejected"),
    Kind("quantity_not_positive", "order_items"),
    Kind("product_rejected", "order_items", "rejected"),
    Kind("order_rejected", "order_items", "rejected"),
    Kind("created_impossible", "payment_slips", "rejected", LONG_LIVED),
    Kind("image_empty", "payment_slips", generations=LONG_LIVED),
    Kind("order_rejected", "payment_slips", "rejected", LONG_LIVED),
)
FATES = {(kind.table, kind.slug): kind.fate for kind in KINDS}

IMPOSSIBLE = ("infinity", "-infinity", "0044-03-15 12:00:00 BC")

# A table of so many rows for each of its kinds has all of them, whatever share of dirt was asked for.
ROOM = 4


@dataclass(frozen=True)
class Hit:
    """A record that is going to be spoiled; `turn` counts those that the same kind has hit before."""

    kind: str
    turn: int


def kinds_of(table: str, generation: Generation) -> list[Kind]:
    """Those that strike records by themselves: what belongs to a rejected order needs no hit of its own."""
    return [
        kind
        for kind in KINDS
        if kind.table == table and generation in kind.generations and kind.slug != "order_rejected"
    ]


def choose(random: Random, kinds: list[Kind], rows: int, share: float) -> dict[int, Hit]:
    """Which of `rows` positions will be spoiled, and how: spread evenly, all kinds in turn, and never the first."""
    wanted = round(rows * share) if share else 0
    if share and rows >= ROOM * len(kinds):
        wanted = max(wanted, len(kinds))
    wanted = min(wanted, rows - 1)
    if wanted < 1:
        return {}
    line: Iterable[Kind] = chain(kinds, cycle([kind for kind in kinds if not kind.once]))
    turns = {kind.slug: 0 for kind in kinds}
    hits = {}
    step = (rows - 1) // wanted
    for number, kind in enumerate(islice(line, wanted)):
        position = 1 + number * (rows - 1) // wanted + int(random.random() * step)
        hits[position] = Hit(kind.slug, turns[kind.slug])
        turns[kind.slug] += 1
    return hits
