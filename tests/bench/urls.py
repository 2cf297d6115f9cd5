"""The site's addresses, an empty view, one that opens a transaction, and a list by two ways."""

import os
from functools import cache
from typing import Any

import msgspec
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import ConnectionPool

from catalog import documents
from catalog.models import Track
from catalog.schemas import LIMIT
from config.urls import handler400, handler500
from config.urls import urlpatterns as site

__all__ = ["handler400", "handler500", "urlpatterns"]


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


@csrf_exempt
def empty_transaction(request: HttpRequest) -> HttpResponse:
    # A transaction begins with its first statement: without one the server would never hear of it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse(b"")


def uncached(request: HttpRequest) -> HttpResponse:
    """Popular tracks as the API makes them when they are not in the cache."""
    return HttpResponse(documents.popular_tracks(None, LIMIT), content_type="application/json")


def by_hand(request: HttpRequest) -> HttpResponse:
    """The same query and the same JSON by psycopg and msgspec alone."""
    query, parameters = _popular()
    with _pool().connection() as psycopg:
        cursor = psycopg.execute(query, parameters)
        rows = cursor.fetchall()
    names = [*documents.PopularTrack.__struct_fields__[:-1]]
    tracks = [
        {**dict(zip(names, row, strict=False)), "artist": dict(zip(("id", "name", "avatar"), row[-3:], strict=True))}
        for row in rows
    ]
    return HttpResponse(msgspec.json.encode({"tracks": tracks}), content_type="application/json")


@cache
def _popular() -> tuple[bytes, tuple[Any, ...]]:
    columns = [*documents._columns(documents.PopularTrack, without="artist"), *documents.ARTIST]
    query, parameters = Track.objects.popular(None).values_list(*columns)[:LIMIT].query.sql_with_params()
    return query.encode(), parameters


@cache
def _pool() -> ConnectionPool:
    return ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8, kwargs={"autocommit": True})


urlpatterns = [
    path("empty", empty),
    path("transaction", empty_transaction),
    path("uncached", uncached),
    path("by-hand", by_hand),
    *site,
]
