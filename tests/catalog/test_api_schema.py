"""What is declared and what is sent are the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from ninja import Schema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from catalog import documents, schemas, shop_documents
from tests.factories.accounts import UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory
from tests.factories.shop import AddressFactory, ProductCategoryFactory, ProductFactory, ProductVariantFactory

pytestmark = pytest.mark.django_db

FULL = {
    "description": "Live",
    "artist_name": "N. Simone",
    "ipfs_hash": "Qm",
    "file_size": 2**62,
    "mime_type": "audio/mpeg",
    "duration": Decimal("123456789.125"),
    "release_date": datetime(1965, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "published_at": datetime(9999, 12, 31, tzinfo=UTC),
    "is_explicit": True,
    "play_count": 2**62,
    "like_count": 0,
    "price": Decimal("0.000000001"),
    "metadata": {"bpm": [1.5, None, "\u2028 ☂ 💿"]},
}
BARE = dict.fromkeys(["genre", "cover_image", "audio_url", "duration", "release_date", "price", "currency"])
MENU_TEXTS = {"description": "All of it", "icon_url": "i.svg", "seo_title": "Full", "seo_description": "All"}
HOUSE = {
    "street": "Soi 1",
    "village": "บ้าน",
    "district": "D",
    "province": "P",
    "postal_code": "10110",
    "latitude": Decimal("13.756331"),
    "longitude": Decimal("-100.501762"),
}
PRODUCT = {
    "description": "Sweet",
    "tags": ["a", '"b"', "ก"],
    "base_price": Decimal("9999999999.90"),
    "compare_price": Decimal("0.01"),
    "rating": Decimal("4.35"),
    "order_count": 2**62,
}
URLS = {
    "/api/tracks/popular": schemas.PopularTracks,
    "/api/artists/u1/tracks": schemas.ArtistTracks,
    "/api/artists/u1/tracks?limit=1": schemas.ArtistTracks,
    "/api/tracks/full": schemas.TrackDetail,
    "/api/tracks/bare": schemas.TrackDetail,
    "/api/memorials/of-a-track": schemas.Memorial,
    "/api/memorials/of-nothing": schemas.Memorial,
    "/api/categories": schemas.Menu,
    "/api/categories/full/products": schemas.Listing,
    "/api/categories/full/products?limit=1": schemas.Listing,
}
PAIRS = [
    (documents.PopularTrack, schemas.PopularTrack),
    (documents.ArtistTrack, schemas.ArtistTrack),
    (documents.TrackDetail, schemas.TrackDetail),
    (documents.Memorial, schemas.Memorial),
    (documents.RememberedTrack, schemas.RememberedTrack),
    (documents.Artist, schemas.Artist),
    (shop_documents.ShownProduct, schemas.Product),
    (shop_documents.MenuCategory, schemas.MenuCategory),
]


@pytest.fixture
def catalogue() -> None:
    artist = UserFactory(id="u1", avatar=None)
    track = TrackFactory(id="full", artist=artist, **FULL)
    TrackFactory(id="bare", artist=artist, **BARE)
    NFTMemorialFactory(memorial_id="of-a-track", track=track)
    NFTMemorialFactory(memorial_id="of-nothing", track=None, owner_wallet=None, created_at=None)
    category = ProductCategoryFactory(slug="full", **MENU_TEXTS)
    ProductCategoryFactory(parent=category)
    product = ProductFactory(category=category, shop__address=AddressFactory(**HOUSE), **PRODUCT)
    ProductVariantFactory(product=product, price=Decimal("9999999999.99"), is_default=True)
    ProductVariantFactory(product=product, price=0, stock=-1, name='\u2028 "☂" 💿')
    ProductFactory(category=category, shop__address=None, shop__house_number=None)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.usefixtures("catalogue")
def test_what_is_sent_is_what_is_declared(client: Client, url: str) -> None:
    sent = client.get(url).content

    declared = URLS[url].model_validate_json(sent).model_dump_json()

    assert json.loads(declared) == json.loads(sent)


@pytest.mark.parametrize(("document", "schema"), PAIRS)
def test_no_field_is_declared_that_is_not_sent(document: Any, schema: type[Schema]) -> None:
    assert set(document.__struct_fields__) == set(schema.model_fields)


@pytest.fixture
def connection_of_the_test() -> Iterator[None]:
    """Keeps the end of a request from closing the connection with the test's transaction, as Django's client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


api = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application()).exclude(path_regex="^/api/giveaways")


@api.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("connection_of_the_test", "catalogue")
def test_the_api_keeps_to_its_schema(case: schemathesis.Case) -> None:
    # That a string is a cursor is more than a schema can say, so not all that fits it is accepted.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
