"""Answers that are kept: encoded body and ETag, from the cache when they are there.

What is kept is ready to be sent, so a hit costs one look into the cache; and it is never None or empty, so a list
without tracks is a hit like any other. The hottest answers are at hand in the process's own memory as well: a look into
Redis takes longer than all the rest of such a request.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from hashlib import blake2b
from typing import Any

import msgspec
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

DEFAULT_SECONDS = 300
STALE_SECONDS = 60

Kept = tuple[int, str, bytes]
"""When the body was made (Unix seconds), its strong ETag, the body."""


Respond = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]


def from_at_hand(view: View) -> View:
    """Answer the request that was answered a moment ago before anything of it is read."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        respond: Respond | None = cache.at_hand.get(_address(request))  # type: ignore[attr-defined]
        return respond(request) if respond else view(request, *args, **kwargs)

    return wrapped


@dataclass(frozen=True)
class Answers:
    """The kept answers of one endpoint."""

    name: str
    shows: tuple[str, ...]
    """The models whose rows are shown: a change of one makes the answers void."""
    version: int
    """Raised with every change of the answer's shape: two versions of the code may share a cache."""
    seconds: int = DEFAULT_SECONDS
    hot: bool = False
    """Whether they are at hand in the process's memory, too: see `from_at_hand`."""

    def answer(
        self, request: HttpRequest, shaped_by: tuple[Any, ...], make: Callable[..., bytes | None]
    ) -> HttpResponse:
        """The kept answer for `shaped_by` (everything that shapes it), or that of `make(*shaped_by)`.

        Where `make` finds nothing (None) it is a 404. That is not kept: what is not there now may be there in a
        second, and anyone can make up ids to fill the cache with.
        """
        at_hand = cache.at_hand  # type: ignore[attr-defined]
        began = at_hand.beginning
        kept: Any = cache.get_or_set(self.key(shaped_by), partial(_made, make, shaped_by), self.seconds)
        respond = partial(self._response, kept)
        if self.hot:
            at_hand.put(_address(request), respond, self.shows, began)
        return respond(request)

    def key(self, shaped_by: tuple[Any, ...]) -> str:
        """Safe for values of any length and content; JSON keeps ("a", "b") and ("a,b",), None and "" apart."""
        shaped = _digest(msgspec.json.encode(shaped_by))
        return f"{'+'.join(self.shows)}:{self.name}:{self.version}:{shaped}"

    def _response(self, kept: Kept, request: HttpRequest) -> HttpResponse:
        made_at, etag, body = kept
        headers = {
            # Whoever asks while a shared cache fetches a new answer gets the old one for a moment, and does not wait.
            "Cache-Control": f"public, s-maxage={self.seconds}, stale-while-revalidate={STALE_SECONDS}",
            # A shared cache counts from when the answer was made, not from when it came: two caches in a row must not
            # double the time for which an answer is served.
            "Age": str(max(0, int(time.time()) - made_at)),
            "ETag": etag,
        }
        response = HttpResponse(body, content_type="application/json", headers=headers)
        if "HTTP_IF_NONE_MATCH" not in request.META and "HTTP_IF_MATCH" not in request.META:
            return response
        conditional = get_conditional_response(request, etag=etag, response=response) or response
        conditional.headers.setdefault("Age", headers["Age"])
        return conditional


def _made(make: Callable[..., bytes | None], shaped_by: tuple[Any, ...]) -> Kept:
    body = make(*shaped_by)
    if body is None:
        raise Http404
    return int(time.time()), f'"{_digest(body)}"', body


def _address(request: HttpRequest) -> tuple[str, str]:
    return request.path_info, request.META.get("QUERY_STRING", "")


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
