"""What load balancers and operators ask of the site itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from operations import health, metrics

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


@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """The figures of the process that answers, in the text format of Prometheus: for staff, or with METRICS_TOKEN."""
    if not (_has_metrics_token(request) or (request.user.is_active and getattr(request.user, "is_staff", False))):
        return HttpResponse("For staff, or with METRICS_TOKEN.\n", status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8", headers=NO_STORE)


def _has_metrics_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
