"""Gives every request its caller, and takes what it must see from request to request.

Browsers carry the position in a signed cookie. API clients find it in the header `Slipway-Position` of what they wrote,
and send back the latest; one that wants its reads in order from the start sends `Slipway-Position: 0` first. For
everybody with a session or a token it is kept in the cache as well, for where they go on with another client.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import psycopg_pool
from django.conf import settings
from django.core.cache import cache
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from config.routing.caller import PRIMARY, REPLICA, Caller, calling, current
from config.routing.positions import read_token, settle, token
from config.routing.replicas import WATCH
from operations import metrics
from operations.refusals import error_response

COOKIE = "slipway_position"
HEADER = "Slipway-Position"
KEPT_SECONDS = 600
SAFE = ("GET", "HEAD", "OPTIONS")
# Pages of the admin that show lists; all others show one row for somebody to change it.
LISTS = ("index", "app_list", "changelist", "jsi18n", "figures")
BUSY = "All connections to the database are in use. Try again in a moment."


class PositionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        carried = _carried(request)
        safe = request.method in SAFE
        caller = Caller(needed=carried or 0, asked=REPLICA if safe else PRIMARY)
        caller.later = _kept_for(request)
        with calling(caller):
            response = self.get_response(request)
            if getattr(request, "reads_again", False):
                metrics.count("requests_run_again")
                caller.asked = PRIMARY
                response = self.get_response(request)
            if WATCH.system and _counts(request, response, safe, carried):
                _hand_out(request, response, caller, carried or 0)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """What staff are about to change, and are shown for that, is what there is."""
        found = request.resolver_match
        caller = current()
        if found and caller and found.app_name == "admin" and not (found.url_name or "").endswith(LISTS):
            caller.asked = PRIMARY

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        caller = current()
        if isinstance(exception, (OperationalError, InterfaceError)) and caller:
            if caller.server and request.method in SAFE and not hasattr(request, "reads_again"):
                request.reads_again = True  # type: ignore[attr-defined]
                return HttpResponse(status=503)  # nobody sees it: the answer of the second run does
            request.reads_again = False  # type: ignore[attr-defined]
            if isinstance(exception.__cause__, psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests):
                metrics.count("requests_refused", reason="no connection")
                return _busy(request)
        return None


def _carried(request: HttpRequest) -> int | None:
    """What the request says that it must see; None where it takes no part, 0 where it begins to."""
    written = [request.META.get("HTTP_SLIPWAY_POSITION"), request.COOKIES.get(COOKIE)]
    given = [read_token(value) or 0 for value in written if value is not None]
    return max(given) if given else None


def _owner(request: HttpRequest) -> str:
    """Whose position is kept in the cache: that of a token, or of a session's user."""
    credentials = request.META.get("HTTP_AUTHORIZATION", "")
    if credentials:
        return f"position:token:{blake2b(credentials.encode(), digest_size=16).hexdigest()}"
    session = getattr(request, "session", None)
    person = session.get("_auth_user_id") if session is not None else None
    return f"position:user:{person}" if person else ""


def _kept_for(request: HttpRequest) -> Callable[[], int] | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and "HTTP_AUTHORIZATION" not in request.META:
        return None

    def ask() -> int:
        owner = _owner(request)
        return (read_token(cache.get(owner, "")) or 0) if owner else 0

    return ask


def _counts(request: HttpRequest, response: HttpResponse, safe: bool, carried: int | None) -> bool:
    """Whether a position goes with the answer: for those who wrote, and those who take part already."""
    return not safe or carried is not None or bool(response.cookies) or settings.SESSION_COOKIE_NAME in request.COOKIES


def _hand_out(request: HttpRequest, response: HttpResponse, caller: Caller, carried: int) -> None:
    wrote_or_read = caller.unsettled or bool(caller.server)
    if wrote_or_read:
        try:
            settle(caller)
        except Error:
            return
    if caller.needed:
        response.headers[HEADER] = token(caller.needed)
    is_public = "public" in response.headers.get("Cache-Control", "")
    if not wrote_or_read or is_public or caller.needed == carried:
        return
    response.set_cookie(
        COOKIE,
        token(caller.needed),
        max_age=KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    if request.method not in SAFE and (owner := _owner(request)):
        cache.set(owner, token(caller.needed), KEPT_SECONDS)


def _busy(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        response = error_response(503, BUSY)
    else:
        response = HttpResponse(BUSY, status=503, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = "1"
    return response
