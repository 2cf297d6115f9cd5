"""All 120 orders in which five systems can come into one database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.sandbox import Sandbox
from tests.operations.five_systems import SYSTEMS, five_systems, imported, standing
from tests.operations.legacy_files import undone

pytestmark = [pytest.mark.django_db, pytest.mark.gauntlet]


def test_every_order_of_the_five_systems_has_the_same_result(
    sandbox: Sandbox, tmp_path: Path, say: Callable[[str], None]
) -> None:
    ends: list[dict[str, Any]] = []

    def go_on(order: tuple[str, ...], counts: dict[str, Any]) -> None:
        """What begins alike is imported once: each system is taken back when all that follow it have been seen."""
        if len(order) == len(SYSTEMS):
            end = standing() | {"counts": counts}
            if not ends:
                ends.append(end)
            for part, expected in ends[0].items():
                assert end[part] == expected, (order, part)
            seen.append(order)
        for name in SYSTEMS:
            if name not in order:
                with undone():
                    go_on((*order, name), counts | {name: imported(name, addresses[name])})

    seen: list[tuple[str, ...]] = []
    with five_systems(sandbox, tmp_path, seed=7) as addresses:
        go_on((), {})

    assert len(set(seen)) == 120
    say(f"{len(seen)} orders of {len(SYSTEMS)} systems ended alike")
