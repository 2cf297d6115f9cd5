"""Tracks and memorials for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from catalog.models import NFTMemorial, Track
from tests.factories.accounts import UserFactory

FIRST_RELEASE = datetime(2024, 1, 1, tzinfo=UTC)


class TrackFactory(DjangoModelFactory[Track]):
    """A published track that is not an NFT; each is released, and made, a day after the one before."""

    class Meta:
        model = Track

    id = factory.Sequence(lambda n: f"track-{n:06}")
    title = factory.Sequence(lambda n: f"Track {n}")
    artist = factory.SubFactory(UserFactory, artist=True)
    artist_name = factory.SelfAttribute("artist.display_name")
    genre = "jazz"
    cover_image = factory.Sequence(lambda n: f"https://img.example.org/cover/{n}.png")
    audio_url = factory.Sequence(lambda n: f"https://audio.example.org/{n}.mp3")
    duration = Decimal("215.000")
    price = Decimal("1.500000000")
    currency = "SOL"
    release_date = factory.Sequence(lambda n: FIRST_RELEASE + timedelta(days=n))
    created_at = factory.Sequence(lambda n: FIRST_RELEASE + timedelta(days=n))

    class Params:
        nft = factory.Trait(is_nft=True, nft_contract=factory.Sequence(lambda n: f"contract-{n}"))
        unpublished = factory.Trait(is_published=False)


class NFTMemorialFactory(DjangoModelFactory[NFTMemorial]):
    class Meta:
        model = NFTMemorial

    id = factory.Sequence(lambda n: f"memorial-{n:06}")
    memorial_id = factory.Sequence(lambda n: f"token-{n}")
    owner_wallet = factory.Sequence(lambda n: f"wallet-{n}")
    owner = factory.SubFactory(UserFactory)
    track = factory.SubFactory(TrackFactory)
    metadata = factory.Dict({"candles": 3})
