"""What tests of imports of several systems share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.sandbox import Sandbox
from tests.operations.two_systems import Systems


@pytest.fixture(scope="module")
def giveaway_store() -> Iterator[Sandbox]:
    with Sandbox(("cache",)) as sandbox:
        yield sandbox


@pytest.fixture
def systems(tmp_path: Path, giveaway_store: Sandbox) -> Systems:
    return Systems(tmp_path, giveaway_store.cache.url)
