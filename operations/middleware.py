"""Middleware of operations."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from operations import urls


class ProbesMiddleware:
    """Answers the probes of load balancers ahead of ALLOWED_HOSTS, sessions and the rest.

    A probe comes by address, with whatever Host header it likes, and that check would refuse it. Nothing is lost: the
    answers hold no link and nothing of the request, so a forged Host has nothing to poison. SecurityMiddleware stands
    before this; its redirect to HTTPS exempts them by SECURE_REDIRECT_EXEMPT.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {f"/{probe.pattern}": probe.callback for probe in urls.probes}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path_info)
        return view(request) if view else self.get_response(request)
