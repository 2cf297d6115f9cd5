"""Valkey for a sandbox: a cache on a Unix socket that keeps nothing on disk."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from operations.sandbox.binaries import Binaries

SOCKET = "valkey.sock"


def server_command(binaries: Binaries, home: Path) -> list[str]:
    """Run it in `home`: the socket is named relative to that."""
    options = {"port": "0", "unixsocket": SOCKET, "unixsocketperm": "700", "save": ""}
    return [str(binaries.valkey), *(word for name, value in options.items() for word in (f"--{name}", value))]


def url(home: Path) -> str:
    return f"unix://{quote(str(home / SOCKET))}?db=0"
