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
from django.conf import settings
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

SYSTEMS = ("normaldance", "giveaways", "shop", "meals", "events")
# By Telegram: one person in two systems. By address: three people of whom nothing proves that they are one. By key: two
# people who are somebody else each.
TELEGRAM, ADDRESS, KEY = 987_654_321, "shared@example.org", "same-key"
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
    people = [(KEY, "music@example.org", str(TELEGRAM)), ("music-2", ADDRESS, None)]
    with closing(sqlite3.connect(music)) as file, file:
        for key, email, telegram in people:
            file.execute(
                'INSERT INTO "User" (id, email, "telegramId", "isArtist", "createdAt", "updatedAt") '
                "VALUES (?, ?, ?, 0, 1, 1)",
                (key, email, telegram),
            )
    with closing(redis.Redis.from_url(giveaways)) as client:
        times = {"created_at": "2025-06-01T10:00:00Z", "updated_at": "2025-06-01T10:00:00Z"}
        user = {"id": TELEGRAM, "username": "", "first_name": "A", "last_name": "", "role": "user", "status": "banned"}
        client.set(f"user:{TELEGRAM}", json.dumps(user | times))
    with psycopg.connect(shop) as connection:
        connection.execute(
            'INSERT INTO users (id, name, email, "createdAt", "updatedAt") VALUES (%s, %s, %s, now(), now())',
            (KEY, "Somebody else", ADDRESS),
        )
    with psycopg.connect(meals) as connection:
        connection.execute(
            'INSERT INTO users (id, email, "createdAt", "updatedAt") VALUES (%s, %s, now(), now())',
            ("user_shared", ADDRESS),
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
    """All that imports made, free of what the order of imports decides.

    That is: the keys of people whose legacy keys are alike, which of several holds an address, and what the row of a
    person says whom several systems know, since it says what the first of them said.
    """
    known = people()
    assert len(set(known.values())) == len(known) == User.objects.count()
    found: dict[str, Any] = {"people": set(known.values()), "person": {}}
    for user in User.objects.values():
        who = known[user.pop("id")]
        user["email"] = user["email"] or user.pop("contested_email")
        user.pop("contested_email", None)
        if len({provider for provider, _ in who if provider in settings.LEGACY_SOURCES}) == 1:
            found["person"][who] = user
    holders = User.objects.filter(email=ADDRESS).count(), User.objects.filter(contested_email=ADDRESS).count()
    found["address"] = holders
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
