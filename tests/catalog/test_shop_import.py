"""The village shop's database, imported: every record ends as the sample states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.legacy.shop import VILLAGE_SHOP
from catalog.legacy.shop_sample import GENERATIONS, ShopSample, write_shop_sample
from operations.importing.importer import Options, import_source
from operations.importing.report import ImportReport
from operations.models import Rejection
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database

pytestmark = pytest.mark.django_db

SIZES: dict[str, Any] = {"users": 300, "products": 200, "orders": 250, "dirt": 0.05}


@pytest.fixture(scope="module", params=GENERATIONS)
def filled(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[ShopSample]:
    with empty_database(sandbox) as url:
        yield write_shop_sample(url, generation=request.param, seed=7, **SIZES)


def imported(url: str, **options: Any) -> ImportReport:
    return import_source(VILLAGE_SHOP, url, Options(**options))


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int, int, int]]:
    return {
        one.entity: (one.read, one.loaded, one.merged, one.kept, one.rejected, one.unchanged) for one in report.entities
    }


def test_every_record_of_a_sample_ends_as_it_states(filled: ShopSample) -> None:
    report = imported(filled.url)
    for e in report.entities:
        print(e)
    print(filled.rows, filled.facts)
    for r in Rejection.objects.values_list("entity__name", "reason", "column", "value")[:30]:
        print(r)
    print(report.proofs)
    assert filled.generation == "first"
    assert report.ok
    assert GENERATIONS
