"""A local relay of drand with recorded rounds of quicknet, and ways to be silent or to lie."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
# As the League of Entropy published them.
SIGNATURES = {
    42: "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a",
    1000: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}
RANDOMNESS = {
    42: "8ada64bae5c6c0f5540a6a13af56e663240edfbd2c76ac6a8f27671eb7259ce3",
    1000: "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
}
GENESIS, PERIOD = 1_692_803_367, 3


class Relay:
    """`answers` by round: a dict goes out as JSON, bytes as they are; others are not found, as a round to come is."""

    def __init__(self) -> None:
        self.answers: dict[int, Any] = {}
        self.asked: list[str] = []
        self.url = ""

    def publish(self, number: int, **changes: Any) -> None:
        self.answers[number] = {
            "round": number,
            "randomness": RANDOMNESS[number],
            "signature": SIGNATURES[number],
        } | changes


@contextmanager
def relaying() -> Iterator[Relay]:
    relay = Relay()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            relay.asked.append(self.path)
            chain, number = self.path.split("/public/")
            answer = relay.answers.get(int(number)) if chain == f"/{QUICKNET}" else None
            body = answer if isinstance(answer, bytes) else json.dumps(answer or {"error": "no such round"}).encode()
            self.send_response(200 if answer else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        relay.url = f"http://127.0.0.1:{server.server_port}"
        yield relay
        server.shutdown()
        thread.join()
