"""What every test shares."""

import pytest
from django.core.cache import cache

from catalog.answers import AT_HAND


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """What one test kept is not what the next one finds."""
    cache.clear()
    AT_HAND.clear()
