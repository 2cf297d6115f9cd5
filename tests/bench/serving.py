"""The site on a real server, and clients that do as little work as a client can."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from operations.management.commands.demo import free_port

SITE = {"DEBUG": "off", "HTTPS": "off", "ALLOWED_HOSTS": "127.0.0.1"}
PATIENCE = 60  # seconds


def start(
    port: int, environment: Mapping[str, str], *, workers: int = 1, threads: int = 2, stderr: int | None = None
) -> subprocess.Popen[bytes]:
    """Granian with the site, in a process group of its own."""
    command = [
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--port", str(port), "--log-level", "critical"),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        "config.wsgi:application",
    ]
    variables = {**os.environ, **SITE, **environment}
    return subprocess.Popen(command, env=variables, start_new_session=True, stderr=stderr)


def wait_for(port: int, server: subprocess.Popen[bytes], path: str = "/livez") -> None:
    """Until it answers. Raises SystemExit if it ends instead."""
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            Client(port).ask(request(port, "GET", path))
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("The server did not start.")


@contextmanager
def served(environment: Mapping[str, str], *, workers: int = 1, threads: int = 2) -> Iterator[int]:
    """Gives the port."""
    port = free_port(8000)
    server = start(port, environment, workers=workers, threads=threads)
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def request(port: int, method: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """One without a body, ready to be sent."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Length: 0"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Client:
    """One kept connection. Raises OSError when the server is gone."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer, all of it read."""
        self.socket.sendall(request)
        head, body = self._head()
        status = int(head[9:12])
        _, _, length = head.lower().partition(b"content-length:")
        if not length:  # chunked: ends with an empty chunk
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
            return status, body
        missing = int(length.split(b"\r\n")[0]) - len(body)
        while missing > 0:
            body += (more := self._more())
            missing -= len(more)
        return status, body

    def _head(self) -> tuple[bytes, bytes]:
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        return head, body

    def _more(self) -> bytes:
        more = self.socket.recv(1 << 16)
        if not more:
            raise ConnectionResetError("the server closed the connection")
        return more

    def close(self) -> None:
        self.socket.close()
