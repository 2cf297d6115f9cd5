"""The site's addresses, and numbers that are written and read over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.urls import handler400, handler500
from config.urls import urlpatterns as site
from tests.gauntlet.registers import read, write

__all__ = ["handler400", "handler500", "urlpatterns"]


@csrf_exempt
def register(request: HttpRequest, key: int) -> HttpResponse:
    if request.method == "POST":
        write(key, int(request.POST["value"]))
        return JsonResponse({})
    return JsonResponse({"value": read(key)})


urlpatterns = [path("register/<int:key>", register), *site]
