"""The JSON API: one error envelope for every address below /api/, strict parameters, a docs page of our own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import islice
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.views import defaults
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer
from pydantic import Field

from accounts.telegram_auth import CHALLENGE
from accounts.views import router as accounts
from catalog.views import router as catalog
from giveaways.errors import CODES as GIVEAWAY_CODES
from giveaways.views.draws import router as draws
from giveaways.views.entries import router as entries
from giveaways.views.life import router as giveaways
from giveaways.views.lists import router as giveaway_lists
from giveaways.views.prizes import router as prizes
from operations.refusals import CODES, Refused, error_response

View = Callable[..., HttpResponseBase]

# Refusals that say more than their status.
STABLE_CODES = sorted({*CODES.values(), *GIVEAWAY_CODES})
MOST_FIELDS = 100
"""So many faults of one request are named: a body of two megabytes may have a million."""
NOT_FOUND = "There is nothing here. The API is described at /api/docs."


class ErrorDetail(Schema):
    code: str = Field(description=f"Stable, for programs: {', '.join(STABLE_CODES)}.")
    message: str = Field(description="For people.")
    fields: dict[str, str] = Field(description="What is wrong, by the name of the parameter or field.")


class Error(Schema):
    """The answer to every request that cannot be served."""

    error: ErrorDetail


def in_envelope(view: View) -> View:
    """Whoever refused the request (a decorator, Django, ninja), the refusal has the one shape."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        for name, value in getattr(request, "limits_told", {}).items():
            response.headers.setdefault(name, value)
        if response.status_code < 400 or response.headers.get("Content-Type") == "application/json":
            return response
        enveloped = error_response(response.status_code)
        if "Allow" in response.headers:
            enveloped.headers["Allow"] = ", ".join(sorted(response.headers["Allow"].split(", ")))
        return enveloped

    # Nothing here acts on a cookie alone (ninja's cookie logins check the token themselves): without this a POST to an
    # address that takes none is told about a CSRF cookie, in HTML.
    wrapped.csrf_exempt = True  # type: ignore[attr-defined]
    return wrapped


def strict_parameters(run: View) -> View:
    """Refuse parameters that the operation does not have: a misspelt filter must not pass for an unfiltered answer."""
    models = inspect.unwrap(run).__self__.models  # run is a method of ninja's Operation
    queries = [model for model in models if model.__ninja_param_source__ == "query"]
    known = {name for model in queries for name in model.__ninja_flatten_map__}
    repeatable = {name for model in queries for name in getattr(model, "__ninja_collection_fields__", ())}

    @wraps(run)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.META.get("QUERY_STRING"):
            return run(request, **kwargs)
        fields = {}
        for name, values in request.GET.lists():
            if name not in known:
                fields[name] = f"Unknown parameter. Known here: {', '.join(sorted(known)) or 'none'}."
            elif len(values) > 1 and name not in repeatable:
                fields[name] = "Given more than once."
        return invalid(fields) if fields else run(request, **kwargs)

    return wrapped


def invalid(fields: dict[str, str]) -> HttpResponse:
    return error_response(422, f"These cannot be used as given: {', '.join(fields)}.", fields)


class DocsPage(Swagger):
    template = "api/docs.html"


class Api(NinjaAPI):
    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        patterns, app_name, namespace = super().urls
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = in_envelope(pattern.callback)
        return [path("", unknown), *patterns, re_path("", unknown)], app_name, namespace

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The schema with what holds for all operations: HEAD beside every GET, and the errors."""
        schema = super().get_openapi_schema(**options)
        envelope = Error.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"] |= {**envelope.pop("$defs"), "Error": envelope}
        for operations in schema["paths"].values():
            operations.pop("head", None)  # the same as GET, by definition; listed, it doubles the operation ids
            for operation in operations.values():
                operation["responses"] |= _error_responses(operation)
        return schema


def _error_responses(operation: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    descriptions = {"422": "A parameter is unknown or has a bad value.", "default": "Any other error."}
    if any(parameter["in"] == "path" for parameter in operation["parameters"]):
        descriptions["404"] = "There is no such thing, or it is not public."
    return {status: {"description": text, "content": content} for status, text in descriptions.items()}


def unknown(request: HttpRequest) -> HttpResponse:
    return error_response(404, NOT_FOUND)


unknown.csrf_exempt = True  # type: ignore[attr-defined]


class Json(BaseRenderer):
    """Times go out to the microsecond, as they are stored."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return msgspec.json.encode(data)


api = Api(
    renderer=Json(),
    title="Slipway",
    version="1",
    description="What Slipway publishes. Every error has one shape; every public answer has a strong ETag.",
    docs=DocsPage(),
    docs_decorator=require_safe,
    urls_namespace="api",
    auth=None,
)
api.add_decorator(strict_parameters, mode="view")
api.add_router("", catalog)
api.add_router("", accounts)
for router in (giveaway_lists, giveaways, entries, prizes, draws):
    api.add_router("/giveaways", router)


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, exc: Http404) -> HttpResponse:
    return error_response(404, str(exc) or NOT_FOUND)


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
    return error_response(exc.status_code, str(exc))


@api.exception_handler(AuthenticationError)
def on_unauthenticated(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
    response = error_response(401, "Sign in: send X-Telegram-Init-Data, or Authorization: Bearer with a token.")
    response.headers["WWW-Authenticate"] = CHALLENGE
    return response


@api.exception_handler(Refused)
def on_refused(request: HttpRequest, exc: Refused) -> HttpResponse:
    return exc.response()


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    return invalid(dict(islice(_field_messages(exc.errors), MOST_FIELDS)))


@api.exception_handler(Exception)
def on_failure(request: HttpRequest, exc: Exception) -> HttpResponse:
    raise exc  # Django logs it, tells who listens, and asks `server_error` below for the answer


def _field_messages(errors: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    for error in errors:
        # ("query", "limit") is what ninja calls it; the caller called it `limit`. A body has a name for ninja alone;
        # so have all parameters together, which stands before the items of a list.
        source, *path = error["loc"]
        if source == "body" or (path[0] == "query" and len(path) > 1):
            del path[0]
        yield ".".join(str(part) for part in path) or "request", f"{error['msg']}."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The site's handler400: what Django refuses before any view sees it."""
    return error_response(400) if _is_for_the_api(request) else defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The site's handler500."""
    return error_response(500) if _is_for_the_api(request) else defaults.server_error(request)


def _is_for_the_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
