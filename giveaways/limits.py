"""How often somebody may ask: one person, and all who come from one address. Decorators of operations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache

from django.conf import settings

from operations.callers import address, user_or_address
from operations.limits import Lease, Limit, View, limited


def _present(name: str, setting: str) -> Callable[[], Limit | None]:
    def limit() -> Limit | None:
        values: tuple[int, int] | None = getattr(settings, setting)
        return _limit(name, *values) if values else None

    return limit


@cache
def _limit(name: str, number: int, per: int) -> Limit:
    """The same object for the same values: a process's share is of one limit."""
    return Limit(name, number, per)


_joins_of_one = limited(_present("join", "JOIN_LIMIT"), by=user_or_address)
# Many share the address of a mobile network: it is generous, and costs nearly nothing.
_joins_of_an_address = Lease(_present("join by address", "JOIN_ADDRESS_LIMIT"), by=address)
_creations_of_one = limited(_present("create", "CREATE_LIMIT"), by=user_or_address)
_creations_of_an_address = limited(_present("create by address", "CREATE_ADDRESS_LIMIT"), by=address)


def joins_limited(view: View) -> View:
    return _declared_as(view, _joins_of_an_address(_joins_of_one(view)))


def creations_limited(view: View) -> View:
    return _declared_as(view, _creations_of_an_address(_creations_of_one(view)))


def _declared_as(view: View, wrapped: View) -> View:
    """The API reads what an operation takes from its signature, and names only where the operation stands say what."""
    wrapped.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    return wrapped
