"""Numbers in the database, each written by one process and read by all: they only grow."""

from __future__ import annotations

from uuid import UUID

from catalog.models import Address

CALLERS = 3  # of each process, each with a register


def place(key: int) -> UUID:
    return UUID(int=key + 1)


def make(count: int) -> None:
    Address.objects.bulk_create(Address(pk=place(key), house_number="1", delivery_zone="0") for key in range(count))


def read(key: int) -> int:
    return int(Address.objects.values_list("delivery_zone", flat=True).get(pk=place(key)) or 0)


def write(key: int, value: int) -> None:
    Address.objects.filter(pk=place(key)).update(delivery_zone=str(value))
