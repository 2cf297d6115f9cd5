"""Which legacy stores are opened from the admin: those that the settings name, and addresses without secrets.

A password never travels through a form, so none is ever stored: an address that needs one is set in the environment of
the site's processes, as LEGACY_<SOURCE>_URL. Files are those in LEGACY_FILES_DIR and nowhere else.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from operations.importing.errors import LegacyError

NETWORK = {
    "redis": ("db",),
    "rediss": ("db",),
    "valkey": ("db",),
    "valkeys": ("db",),
    "postgres": ("sslmode",),
    "postgresql": ("sslmode",),
}
FILE_SCHEMES = ("", "sqlite", "rdb")
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
PATH = re.compile(r"/?[A-Za-z0-9_.-]*")
FILES_LISTED = 100
HIDDEN = "…"
NO_ADDRESS = "This is no address. Give one such as redis://legacy.example.org:6379/0."
NO_SECRETS = (
    "The address holds a password, and nothing that is typed here may: set it in the environment of the site and its "
    "worker, as LEGACY_<SOURCE>_URL, and leave the address empty."
)


class AddressRefused(LegacyError):
    """An address that is not opened from the admin."""


def variable(source: str) -> str:
    """The environment variable that holds the address of a source."""
    return f"LEGACY_{source.upper()}_URL"


def resolve(source: str, typed: str) -> str:
    """The address to open: the one in the settings where nothing was typed. Raises AddressRefused."""
    if typed:
        scheme = typed.partition("://")[0] if "://" in typed else ""
        return _file(typed, scheme) if scheme in FILE_SCHEMES else _network(typed)
    configured: str = settings.LEGACY_ADDRESSES.get(source, "")
    if not configured:
        raise AddressRefused(f"Give an address, or set {variable(source)} where the site and its worker run.")
    return configured


def redacted(text: str, address: str) -> str:
    """`text` without the secrets of the address that was opened."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return text.replace(address, HIDDEN)
    secrets = {parts.netloc.rpartition("@")[0], parts.password or ""}
    secrets |= {value for name, value in parse_qsl(parts.query) if "pass" in name}
    secrets |= {unquote(secret) for secret in secrets}
    for secret in sorted(secrets - {""}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def files() -> list[str]:
    """What lies in LEGACY_FILES_DIR, for the form to offer."""
    folder: Path | None = settings.LEGACY_FILES_DIR
    if folder is None or not folder.is_dir():
        return []
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if not path.name.startswith("."))[:FILES_LISTED]


def _file(typed: str, scheme: str) -> str:
    """The file's true place, which must be below the folder: no link and no `..` leads out of it."""
    folder: Path | None = settings.LEGACY_FILES_DIR
    if folder is None:
        raise AddressRefused("Files are not opened from here until LEGACY_FILES_DIR names the folder that holds them.")
    root = folder.resolve()
    path = typed.removeprefix(f"{scheme}://").removeprefix("/") if scheme else typed
    try:
        found = (root / path).resolve()
        # Readers take these two for more than a part of a name.
        is_there = found.is_relative_to(root) and found.is_file() and not set("%?") & set(str(found.relative_to(root)))
    except (OSError, ValueError, RuntimeError):
        is_there = False
    if not is_there:
        # One answer for all, so that nobody learns which files there are elsewhere.
        raise AddressRefused("There is no such file in LEGACY_FILES_DIR. Give its path within that folder.")
    return f"{scheme}:///{found}" if scheme else str(found)


def _network(typed: str) -> str:
    try:
        parts = urlsplit(typed)
        host, has_secret, port = parts.hostname or "", parts.password is not None, parts.port
    except ValueError as error:
        raise AddressRefused(NO_ADDRESS) from error
    if parts.scheme not in NETWORK:
        raise AddressRefused(f"{parts.scheme}:// is not opened from here. Known: sqlite, rdb, {', '.join(NETWORK)}.")
    if has_secret or "%3a" in parts.netloc.lower():
        raise AddressRefused(NO_SECRETS)
    allowed = NETWORK[parts.scheme]
    if parts.fragment or any(name not in allowed for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise AddressRefused(f"After the ? only {' and '.join(allowed)} may be given here.")
    is_plain = typed.isprintable() and " " not in typed and HOST.fullmatch(host) and PATH.fullmatch(parts.path)
    if not is_plain or port == 0:
        raise AddressRefused(NO_ADDRESS)
    return typed
