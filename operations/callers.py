"""Who a request comes from, for limits and guards."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that the request came from, as the outermost of our own proxies saw it.

    An entry of X-Forwarded-For is believed only if a proxy of ours wrote it: there are TRUSTED_PROXIES of them, and
    each adds one at the end. What stands before those anybody can have written.
    """
    return _address(_hop(request)) or _address(request.META.get("REMOTE_ADDR", "")) or "unknown"


def client_network(request: HttpRequest) -> str:
    """What one client counts as: its address, or for IPv6 the /64 out of which it can take any."""
    return _network(client_address(request))


def user_or_address(request: HttpRequest) -> str:
    """The person who is signed in, by the API or a session; otherwise the client."""
    user = getattr(request, "auth", None) or getattr(request, "user", None)
    key = getattr(user, "pk", None)
    return f"user:{key}" if key else address(request)


def address(request: HttpRequest) -> str:
    return f"address:{client_network(request)}"


def token(request: HttpRequest) -> str:
    """The credentials of the request; without any, the client."""
    given = request.META.get("HTTP_AUTHORIZATION", "")
    return f"token:{blake2b(given.encode(), digest_size=16).hexdigest()}" if given else address(request)


def _hop(request: HttpRequest) -> str:
    proxies = settings.TRUSTED_PROXIES
    remote = str(request.META.get("REMOTE_ADDR", ""))
    if not proxies:
        return remote
    hops = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), remote]
    return str(hops[-min(proxies + 1, len(hops))]).strip() or remote


@lru_cache(4096)
def _address(text: str) -> str:
    """In one spelling, without a port; empty if it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str((found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found)


@lru_cache(4096)
def _network(text: str) -> str:
    return str(ip_network(f"{text}/64", strict=False)) if ":" in text else text
