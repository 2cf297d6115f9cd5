"""Small samples of all five legacy systems, with people who appear in several, and what stands here after imports."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.apps import apps
from django.db import models

from accounts.models import Identity, User
from catalog.legacy.sample import write_sample as write_music
from catalog.legacy.sample_meals import write_meals_sample
from catalog.legacy.shop_sample import write_shop_sample
from events.legacy.sample import write_sample as write_events
from giveaways.legacy.sample import write_sample as write_giveaways
from operations.importing.importer import Options, import_source
from operations.importing.planning import legacy_source
from operations.models import LandedRecord
from operations.sandbox import Sandbox
from tests.catalog.shop_databases import empty_database
from tests.giveaways.lasting import make_last
from tests.operations.two_systems import GIVEAWAY

SYSTEMS = ("normaldance", "giveaways", "shop", "meals", "events")
# By Telegram: one person in two systems. By address: three people of whom nothing proves that they are one. By key: two
# people who are somebody else each.
TELEGRAM, ADDRESS, KEY = 987_654_321, "shared@example.org", "same-key"
STRANGER = 987_000_001  # took part in a giveaway without having a record there
TWICE, LOST, AS_KEY, ELSE, SWAPPED = 987_000_002, 987_000_003, 987_000_004, 987_000_005, 987_000_006
# Key, address, Telegram id, wallet and time of what the music platform says of those whom others know as well.
MUSICIANS = (
    (KEY, "music@example.org", TELEGRAM, None, 1),
    ("music-2", ADDRESS, None, None, 1),
    ("music-3", "stranger@example.org", STRANGER, "WalletOfAStranger", 1),
    # Twice here, and one of them by wallet alone: the first speaks for all.
    ("music-4", "twice@example.org", TWICE, "WalletOfTwo", 1),
    ("music-5", "five@example.org", TWICE, None, 1),
    ("music-6", "never@example.org", None, "WalletOfTwo", 1),
    # Cannot be loaded: the giveaways alone know this person.
    ("music-7", "lost@example.org", LOST, None, "never"),
    # The key is the Telegram id: of the same person, and of somebody else.
    (str(AS_KEY), "shop@example.org", AS_KEY, None, 1),
    (str(ELSE), "null", None, None, 1),
    # Who is by wallet the one, and by Telegram somebody else: both are one.
    ("music-8", "one@example.org", None, "WalletOfOne", 1),
    ("music-9", "other@example.org", SWAPPED, "WalletOfOne", 1),
)
PLAYERS = {TELEGRAM: "banned", TWICE: "banned", LOST: "active", AS_KEY: "active", ELSE: "banned", SWAPPED: "active"}
# The second has the address of a musician whom the giveaways know.
SHOPPERS = ((KEY, ADDRESS), ("shop-2", "shop@example.org"), ("shop-3", "both@example.org"))
EATERS = (("user_shared", ADDRESS), ("user_2", "both@example.org"), ("user_3", "twice@example.org"))
Person = frozenset[tuple[str, str]]


@contextmanager
def five_systems(sandbox: Sandbox, folder: Path, *, seed: int = 1) -> Iterator[dict[str, str]]:
    """Their addresses, by source."""
    with ExitStack() as stack:
        cache = stack.enter_context(Sandbox(("cache",)))
        shop, meals, events = (stack.enter_context(empty_database(sandbox)) for _ in range(3))
        music = folder / f"music{seed}.db"
        write_music(music, generation="D", users=40, tracks=40, seed=seed, dirt=0.1)
        write_giveaways(cache.cache.url, giveaways=10, users=30, entrants=60, seed=seed, dirt=0.05)
        make_last(cache.cache.url)
        write_shop_sample(shop, users=25, products=12, orders=12, seed=seed, dirt=0.1)
        write_meals_sample(meals, generation="clerk", users=5, days=4, seed=seed, dirt=0.05)
        write_events(events, generation="jsonb", events=40, seed=seed, dirt=0.1)
        _meet(music, cache.cache.url, shop, meals)
        yield {
            "normaldance": f"sqlite:///{music}",
            "giveaways": cache.cache.url,
            "shop": shop,
            "meals": meals,
            "events": events,
        }


def _meet(music: Path, giveaways: str, shop: str, meals: str) -> None:
    with closing(sqlite3.connect(music)) as file, file:
        columns = '"name", "isArtist", "createdAt", "updatedAt"'
        for key, email, telegram, wallet, created in MUSICIANS:
            file.execute(
                f'INSERT INTO "User" (id, email, "telegramId", "solanaAddress", {columns}) '
                "VALUES (?, ?, ?, ?, ?, 1, ?, 1)",
                (key, email, telegram and str(telegram), wallet, f"Musician {key}", created),
            )
    with closing(redis.Redis.from_url(giveaways)) as client:
        times = {"created_at": "2025-06-01T10:00:00Z", "updated_at": "2025-06-01T10:00:00Z"}
        for telegram, status in PLAYERS.items():
            user = {"id": telegram, "username": f"@{telegram}", "first_name": "A", "last_name": "B", "role": "user"}
            client.set(f"user:{telegram}", json.dumps(user | {"status": status} | times))
        client.set(f"giveaway:{GIVEAWAY['id']}", json.dumps(GIVEAWAY | {"creator_id": TELEGRAM}))
        client.sadd(f"giveaway:{GIVEAWAY['id']}:participants", STRANGER, SWAPPED)
    with psycopg.connect(shop) as connection:
        for key, email in SHOPPERS:
            connection.execute(
                'INSERT INTO users (id, name, email, "createdAt", "updatedAt") VALUES (%s, %s, %s, now(), now())',
                (key, "Somebody else", email),
            )
    with psycopg.connect(meals) as connection:
        for key, email in EATERS:
            connection.execute(
                'INSERT INTO users (id, email, "createdAt", "updatedAt") VALUES (%s, %s, now(), now())', (key, email)
            )


def imported(name: str, address: str) -> dict[str, tuple[int, ...]]:
    """Import and prove one of them; nothing may be lost or differ. What became of its records, by entity."""
    report = import_source(legacy_source(name), address, Options())
    assert (report.proofs.sql.named, report.proofs.source.named) == ([], [])
    assert report.ok
    return {one.entity: (one.read, one.loaded + one.merged, one.kept, one.rejected) for one in report.entities}


def people() -> dict[str, Person]:
    """Who each row of a person is, by all the names that others have for them."""
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for user, provider, subject in Identity.objects.values_list("user", "provider", "subject"):
        names[user].add((provider, subject))
    return {user: frozenset(of) for user, of in names.items()}


def standing() -> dict[str, Any]:
    """All that imports made; people by who they are, since the keys of their rows are those of who came first."""
    known = people()
    assert len(set(known.values())) == len(known) == User.objects.count()
    found: dict[str, Any] = {"people": set(known.values()), "person": {}}
    for user in User.objects.values():
        found["person"][known[user.pop("id")]] = user
    labels = {label for name in SYSTEMS for label in legacy_source(name).models} - {"accounts.User"}
    for label in sorted(labels):
        found[label] = sorted(_rows(apps.get_model(label), known), key=repr)
    outcomes = LandedRecord.objects.values_list("entity__source", "entity__name", "key", "outcome")
    found["landed"] = {
        (source, entity, key): "here" if outcome in ("loaded", "merged") else outcome
        for source, entity, key, outcome in outcomes
    }
    return found


def _rows(model: type[models.Model], known: dict[str, Person]) -> Iterator[dict[str, Any]]:
    of_people = {
        field.attname for field in model._meta.concrete_fields if getattr(field, "related_model", None) is User
    }
    # Identities have keys and times of their own, which no source knows.
    own = {"id", "created_at"} if model is Identity else set()
    for row in model._default_manager.values():
        yield {
            name: sorted(known[value]) if name in of_people and value else value
            for name, value in row.items()
            if name not in own
        }
