"""A local server that speaks the Bot API's shapes, faults included, and records what it got."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "123456:a-token-that-nobody-may-read"
Fault = Callable[["Handler"], None]


@dataclass
class Call:
    method: str
    content: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


@dataclass
class BotApiServer:
    """`members` and `boosts` say who belongs where: (chat, person) to a status, or to how many boosts."""

    members: dict[tuple[Any, int], str | dict[str, Any]] = field(default_factory=dict)
    boosts: dict[tuple[Any, int], int] = field(default_factory=dict)
    chats: dict[Any, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[int, tuple[int, str]] = field(default_factory=dict)  # by the person who is written to
    faults: list[Fault] = field(default_factory=list)  # one for each of the next calls
    always: Fault | None = None
    delay: float = 0.0
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    @property
    def texts(self) -> list[str]:
        return [call.content["text"] for call in self.calls if call.method == "sendMessage"]

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        return [call.content for call in self.calls if call.method == method]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: BotApiServer

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, bot, method = self.path.split("/")
        self.api.calls.append(Call(method, content))
        if self.api.delay:
            time.sleep(self.api.delay)
        fault = self.api.faults.pop(0) if self.api.faults else self.api.always
        if fault:
            fault(self)
        elif bot != f"bot{TOKEN}":
            self.refuse(401, "Unauthorized")
        else:
            getattr(self, method, self.unknown)(content)

    def getChat(self, content: dict[str, Any]) -> None:
        chat = self.api.chats.get(content["chat_id"])
        self.give(chat) if chat else self.refuse(400, "Bad Request: chat not found")

    def getChatMember(self, content: dict[str, Any]) -> None:
        status = self.api.members.get((content["chat_id"], content["user_id"]), "left")
        member = status if isinstance(status, dict) else {"status": status}
        self.give({"user": {"id": content["user_id"], "is_bot": False, "first_name": "Mira"}, **member})

    def getUserChatBoosts(self, content: dict[str, Any]) -> None:
        count = self.api.boosts.get((content["chat_id"], content["user_id"]), 0)
        self.give({"boosts": [{"boost_id": str(number), "add_date": 1_764_000_000} for number in range(count)]})

    def sendMessage(self, content: dict[str, Any]) -> None:
        if content["chat_id"] in self.api.refusals:
            self.refuse(*self.api.refusals[content["chat_id"]])
        else:
            self.give({"message_id": len(self.api.calls), "date": 1_764_000_000, "text": content["text"]})

    def unknown(self, content: dict[str, Any]) -> None:
        self.refuse(404, "Not Found")

    def give(self, result: Any) -> None:
        self.answer(200, json.dumps({"ok": True, "result": result}).encode())

    def refuse(self, code: int, description: str, **parameters: Any) -> None:
        body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            body["parameters"] = parameters
        self.answer(code, json.dumps(body).encode())

    def answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


def limited(seconds: float) -> Fault:
    words = f"Too Many Requests: retry after {seconds:g}"
    return lambda handler: handler.refuse(429, words, retry_after=seconds)


def refused(code: int, description: str, **parameters: Any) -> Fault:
    return lambda handler: handler.refuse(code, description, **parameters)


def body(content: bytes, code: int = 200) -> Fault:
    return lambda handler: handler.answer(code, content)


def silent(handler: Handler) -> None:
    """Never answers, until the other side has gone."""
    with contextlib.suppress(OSError):
        handler.connection.recv(1)
    handler.close_connection = True


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cut_off(handler: Handler) -> None:
    """Takes the request, and ends in the middle of the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"ok": true, "resu')
    handler.close_connection = True


def dripping(handler: Handler) -> None:
    """A byte every 20 milliseconds: each read is in time, all of them never are."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(100_000):
            handler.wfile.write(b" ")
            time.sleep(0.02)
    handler.close_connection = True


@contextmanager
def served(**options: Any) -> Iterator[BotApiServer]:
    api = BotApiServer(**options)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None: ...

    with Server(("127.0.0.1", 0), type("Bound", (Handler,), {"api": api})) as server:
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
