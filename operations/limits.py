"""Limits on how often something may be asked for.

    @router.post("/giveaways/{id}/join", auth=telegram)
    @limited(Limit("join", 30, per=60), by=user_or_address)
    def join(request, id): ...

Several limits of one decorator are counted together: a request that one of them refuses counts under none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from hashlib import blake2b
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from operations import metrics
from operations.callers import address
from operations.limit_counts import Count, State, Taken, take
from operations.refusals import Refused


@dataclass(frozen=True)
class Limit:
    """`number` requests in `per` seconds. What has the same name is counted together."""

    name: str
    number: int
    per: int


Limits = Limit | Callable[[], Limit | None]
"""A limit, or what gives the present one; None means none."""
By = Callable[[HttpRequest], str]
View = Callable[..., Any]


def limited(*limits: Limits, by: By) -> Callable[[View], View]:
    """Refuse with 429 who asks more often; `by` says who that is (see `operations.callers`).

    For views and, below the decorator that registers them, operations of the API: there `request.auth` is known.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            present = _present(limits)
            if not present:
                return view(request, *args, **kwargs)
            taken = take([_count(limit, by(request)) for limit in present])
            told = headers(present, taken)
            if not taken.granted:
                return _refusal(present, taken).response()
            # An operation may return what is no response yet: the API adds these to what becomes of it.
            request.limits_told = told  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponse):
                for name, value in told.items():
                    response.headers.setdefault(name, value)
            return response

        return wrapped

    return decorate


@dataclass
class _Share:
    limit: Limit
    taken: Taken
    left: int
    until: float

    def serves(self, now: float) -> bool:
        """Whether it has some left; when it never had any, the limit is reached until the window ends."""
        return now < self.until and (self.left > 0 or not self.taken.granted)


class Lease:
    """A generous limit that costs nearly nothing: each process takes a share of it at once, and counts that by itself.

    Never are more let through than the limit says; somewhat fewer may be, when a share lies where it is not used.
    Answers carry no headers of it, for shared caches to keep them.
    """

    MOST = 10_000  # clients whose shares are remembered
    PARTS = 20

    def __init__(self, limit: Callable[[], Limit | None], by: By) -> None:
        self._limit = limit
        self._by = by
        self._shares: dict[str, _Share] = {}
        self._lock = Lock()

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        limit = self._limit()
        if limit is None:
            return None
        who = self._by(request)
        share = self._shares.get(who)
        if share is None or share.limit is not limit or not share.serves(time.monotonic()):
            share = self._fetched(limit, who)
        with self._lock:  # of two threads that want the last of a share, one gets it
            share.left -= 1
            if share.left >= 0:
                return None
        return _refusal([limit], share.taken).response()

    def _fetched(self, limit: Limit, who: str) -> _Share:
        taken = take([_count(limit, who)], asked=max(1, limit.number // self.PARTS))
        if len(self._shares) >= self.MOST:
            self._shares.clear()
        share = self._shares[who] = _Share(limit, taken, taken.granted, time.monotonic() + taken.states[0].reset)
        return share

    def clear(self) -> None:
        self._shares.clear()

    def __call__(self, view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return self.refusal(request) or view(request, *args, **kwargs)

        return wrapped


def headers(limits: Sequence[Limit], taken: Taken) -> dict[str, str]:
    """Of the limit that is nearest: as widely understood, and as draft-ietf-httpapi-ratelimit-headers has it now."""
    limit, state = _nearest(limits, taken)
    return {
        "RateLimit-Limit": str(limit.number),
        "RateLimit-Remaining": str(state.remaining),
        "RateLimit-Reset": str(state.reset),
        "RateLimit-Policy": ", ".join(f'"{each.name}";q={each.number};w={each.per}' for each in limits),
        "RateLimit": f'"{limit.name}";r={state.remaining};t={state.reset}',
    }


def _refusal(limits: Sequence[Limit], taken: Taken) -> Refused:
    limit, state = _nearest(limits, taken)
    metrics.count("requests_limited", limit=limit.name)
    told = {**headers(limits, taken), "Retry-After": str(state.reset)}
    message = f"Too many requests: {limit.number} in {limit.per} seconds are allowed. Try again in {state.reset} s."
    return Refused(429, message, headers=told)


def _nearest(limits: Sequence[Limit], taken: Taken) -> tuple[Limit, State]:
    pairs = zip(limits, taken.states, strict=True)
    return min(pairs, key=lambda pair: (pair[1].remaining, -pair[1].reset))


def _present(limits: Sequence[Limits]) -> list[Limit]:
    found = (limit if isinstance(limit, Limit) else limit() for limit in limits)
    return [limit for limit in found if limit]


def _count(limit: Limit, who: str) -> Count:
    """Whoever it is has a key of one length, and the counts tell nobody's address."""
    return Count(f"{limit.name}:{blake2b(who.encode(), digest_size=16).hexdigest()}", limit.number, limit.per)


def _api_limit() -> Limit | None:
    return _public(settings.API_LIMIT)


@lru_cache(16)
def _public(given: tuple[int, int] | None) -> Limit | None:
    return Limit("api", *given) if given else None


PUBLIC_API = Lease(_api_limit, by=address)
"""What one client may ask of the public API; a decorator of views."""
