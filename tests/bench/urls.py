"""The site's addresses and two empty views: one that does nothing, and one that opens a transaction."""

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

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


urlpatterns = [path("empty", empty), path("transaction", empty_transaction), *site]
