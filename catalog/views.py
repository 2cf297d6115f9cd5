"""The catalogue's JSON views. All of them are public, and read only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.decorators import decorate_view

from catalog import documents, shop_documents
from catalog.answers import Answers, from_at_hand
from catalog.schemas import (
    ArtistTracks,
    ArtistTracksQuery,
    Listing,
    ListingQuery,
    Memorial,
    Menu,
    PopularQuery,
    PopularTracks,
    TrackDetail,
)
from operations.limits import PUBLIC_API

TRACKS = ("catalog.track", "accounts.user")
POPULAR = Answers("popular", TRACKS, version=1, seconds=600, hot=True)
ARTIST = Answers("artist", TRACKS, version=1)
TRACK = Answers("track", TRACKS, version=1)
MEMORIAL = Answers("memorial", ("catalog.nftmemorial", "catalog.track"), version=1)
GOODS = ("product", "productvariant", "productcategory", "shop", "address")
LISTING = Answers("listing", tuple(f"catalog.{name}" for name in GOODS), version=1)
MENU = Answers("menu", ("catalog.productcategory",), version=1, hot=True)

router = Router(tags=["catalogue"])
View = TypeVar("View", bound=Callable[..., HttpResponse])


def public_read(path: str, shape: type[Schema]) -> Callable[[View], View]:
    """An operation that anyone may call and that changes nothing; HEAD is GET without the body, as in Django."""
    not_modified = {304: {"description": "If-None-Match names the answer that there is."}}
    extra = {"responses": not_modified}
    register = router.api_operation(["GET", "HEAD"], path, auth=None, response=shape, openapi_extra=extra)
    return lambda view: register(decorate_view(from_at_hand, PUBLIC_API)(view))


@public_read("/tracks/popular", PopularTracks)
def popular_tracks(request: HttpRequest, query: Query[PopularQuery]) -> HttpResponse:
    """Published tracks that are not NFTs, newest release first. A genre that nobody uses is an empty list.

    Anyone may call this. Answers are up to ten minutes old.
    """
    return POPULAR.answer(request, (query.genre or None, query.limit), documents.popular_tracks)


@public_read("/artists/{artist_id}/tracks", ArtistTracks)
def artist_tracks(request: HttpRequest, artist_id: str, query: Query[ArtistTracksQuery]) -> HttpResponse:
    """What an artist has published, newest first, page by page: `next` of a page is `after` of the following one.

    Anyone may call this. Answers are up to five minutes old.
    """
    return ARTIST.answer(request, (storable(artist_id), query.limit, query.after), documents.artist_tracks)


@public_read("/tracks/{track_id}", TrackDetail)
def track_detail(request: HttpRequest, track_id: str) -> HttpResponse:
    """All that is public about a published track. One that is not published is not found.

    Anyone may call this. Answers are up to five minutes old.
    """
    return TRACK.answer(request, (storable(track_id),), documents.track_detail)


# Tokens come from elsewhere, and some have a slash in their id.
@public_read("/memorials/{path:memorial_id}", Memorial)
def memorial(request: HttpRequest, memorial_id: str) -> HttpResponse:
    """A memorial by its public id: the token id or mint address.

    Anyone may call this. Answers are up to five minutes old.
    """
    return MEMORIAL.answer(request, (storable(memorial_id),), documents.memorial)


@public_read("/categories", Menu)
def categories(request: HttpRequest) -> HttpResponse:
    """The active product categories as a tree. What is below one that is not active is not shown either.

    Anyone may call this. Answers are up to five minutes old.
    """
    return MENU.answer(request, (), shop_documents.menu)


@public_read("/categories/{slug}/products", Listing)
def listing(request: HttpRequest, slug: str, query: Query[ListingQuery]) -> HttpResponse:
    """What can be bought of a category, best rated first, then most ordered, page by page.

    What is in a category below it is not in its listing; `/api/categories` names those. `next` of a page is `after` of
    the following one. Anyone may call this. Answers are up to five minutes old.
    """
    return LISTING.answer(request, (storable(slug), query.limit, query.after), shop_documents.listing)


def storable(key: str) -> str:
    """The key, unless nothing can be stored under it: PostgreSQL's text has no NUL."""
    if "\x00" in key:
        raise Http404
    return key
