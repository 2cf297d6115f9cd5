"""What load balancers and operators ask of the site itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from operations import health

NO_STORE = {"Cache-Control": "no-store"}


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process takes requests: nothing else is touched, so a failing server elsewhere restarts nothing here."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8", headers=NO_STORE)


@require_safe
def show_health(request: HttpRequest) -> JsonResponse:
    """What the site stands on, part by part; 503 only when it cannot serve."""
    report = health.report()
    return JsonResponse(report.as_json(), status=200 if report.can_serve else 503, headers=NO_STORE)
