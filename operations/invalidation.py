"""Tells those who keep answers that rows have changed.

A kept answer has in its key the models whose rows it shows: `catalog.track+accounts.user:popular:...`. Whoever changes
rows names their models here; what else there is to know, such as when it was committed, is the cache's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.core.cache import cache


def rows_changed(models: Iterable[str]) -> None:
    """`models` are labels such as `catalog.Track`. In a transaction it holds from its commit on."""
    cache.invalidate(*(label.lower() for label in models))  # type: ignore[attr-defined]


@contextmanager
def rows_changing(models: Iterable[str]) -> Iterator[None]:
    """Work of many transactions: told at its end, however that comes. What is committed by then is to be seen."""
    try:
        yield
    finally:
        rows_changed(models)
