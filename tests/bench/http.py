"""Popular tracks from the cache against an empty view of the same server, asked in turns in one run."""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.management.commands.demo import free_port
from tests.bench.databases import database, environment_of

EMPTY = "/empty"
POPULAR = "/api/tracks/popular"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=4.0, help="Length of one measurement.")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5, help="Each figure is the median of so many.")


def run(options: argparse.Namespace) -> None:
    with filled("slipway_bench_http") as environment, served(environment) as port:
        medians = compared({EMPTY: (port, EMPTY), POPULAR: (port, POPULAR)}, options)
    for path, rate in medians.items():
        print(f"  {path:22} {rate:8,.0f} requests/s (median of {options.rounds})")
    print(f"  popular tracks from the cache: {medians[POPULAR] / medians[EMPTY]:.0%} of the empty view's requests/s")


def compared(asked: dict[str, tuple[int, str]], options: argparse.Namespace) -> dict[str, float]:
    """The median of the requests per second of each (port, path), asked in turns."""
    rates: dict[str, list[float]] = {name: [] for name in asked}
    for port, path in asked.values():
        _rate(port, path, 1.0, options.connections)  # fills the cache and warms the server
    for _ in range(options.rounds):
        for name, (port, path) in asked.items():
            rates[name].append(_rate(port, path, options.seconds, options.connections))
    return {name: statistics.median(found) for name, found in rates.items()}


@contextmanager
def filled(name: str) -> Iterator[dict[str, str]]:
    """The environment of a site on a new database with a thousand users and ten thousand tracks."""
    with database(name) as url, tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        environment = environment_of(url)
        manage = [sys.executable, "manage.py"]
        file = Path(folder) / "normaldance.db"
        sample = ["make_sample", "normaldance", str(file), "--users", "1000", "--tracks", "10000"]
        for command in (
            ["migrate", "-v", "0"],
            sample,
            ["import_legacy", "normaldance", "--from", f"sqlite:///{file}"],
        ):
            subprocess.run([*manage, *command], check=True, env=environment, stdout=sys.stderr)
        yield environment


@contextmanager
def served(environment: dict[str, str], settings: str = "tests.bench.settings") -> Iterator[int]:
    """The port of a server on it."""
    port = free_port(8000)
    granian = str(Path(sys.executable).with_name("granian"))
    command = [
        granian,
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--blocking-threads",
        "2",
        "config.wsgi:application",
    ]
    server = subprocess.Popen(command, env=environment | {"DJANGO_SETTINGS_MODULE": settings})
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            _Client(port, EMPTY).ask()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("The server did not start.")


class _Client:
    """One kept connection: sends a request, reads the whole answer. As little work as a client can do."""

    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    def ask(self) -> None:
        self.socket.sendall(self.request)
        answer = self.socket.recv(1 << 16)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"Not answered by 200: {head[:200]!r}")
        _, _, length = head.lower().partition(b"content-length:")
        if not length:  # chunked: ends with an empty chunk
            while not body.endswith(b"0\r\n\r\n"):
                body += self.socket.recv(1 << 16)
            return
        missing = int(length.split(b"\r\n")[0]) - len(body)
        while missing > 0:
            missing -= len(self.socket.recv(1 << 16))


def _rate(port: int, path: str, seconds: float, connections: int) -> float:
    counts = [0] * connections
    ends = time.perf_counter() + seconds

    def work(place: int) -> None:
        client = _Client(port, path)
        while time.perf_counter() < ends:
            client.ask()
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)
