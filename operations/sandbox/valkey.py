"""Valkey for a sandbox: a cache on a Unix socket that keeps nothing on disk, or the server of an RDB file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote

from operations.sandbox.binaries import Binaries
from operations.sandbox.identity import Identity

SOCKET = "valkey.sock"
# An RDB file is given as the base of an append-only file: otherwise a server drops what has expired, and ignores the
# commands that may follow. In import mode nothing expires, and CLIENT IMPORT-SOURCE ON shows what already has.
_BASE = "appendonly.aof.1.base.rdb"
_MANIFEST = f"file {_BASE} seq 1 type b\n"
_LOADING = {
    "appendonly": "yes",
    "appendfsync": "no",
    "aof-load-truncated": "no",
    "auto-aof-rewrite-percentage": "0",
    "databases": "1024",
    "import-mode": "yes",
    "rdb-version-check": "relaxed",
}


def server_command(binaries: Binaries, home: Path) -> list[str]:
    """Run it in `home`: the socket is named relative to that."""
    options = {"port": "0", "unixsocket": SOCKET, "unixsocketperm": "700", "save": ""}
    if _append_folder(home).exists():
        options |= _LOADING
    return [str(binaries.valkey), *(word for name, value in options.items() for word in (f"--{name}", value))]


def give(home: Path, rdb: Path, identity: Identity) -> None:
    """Puts a copy of an RDB file where the server will load it at each of its starts."""
    folder = _append_folder(home)
    folder.mkdir(mode=0o700)
    shutil.copyfile(rdb, folder / _BASE)
    (folder / "appendonly.aof.manifest").write_text(_MANIFEST)
    if identity.borrowed:
        for path in (folder, *folder.iterdir()):
            os.chown(path, identity.uid, identity.gid)


def _append_folder(home: Path) -> Path:
    return home / "appendonlydir"


def url(home: Path) -> str:
    return f"unix://{quote(str(home / SOCKET))}?db=0"
