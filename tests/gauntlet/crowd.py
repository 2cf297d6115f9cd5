"""A crowd that joins giveaways over HTTP, for as long as it takes, whatever becomes of the server meanwhile."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from tests.bench.serving import Client, request
from tests.factories.telegram import init_data

PATIENCE = 120  # seconds without an answer
FIRST_ID = 10_000_000_000  # Telegram id of the first of the crowd
FIRST_FALSE_ID = 20_000_000_000  # of those who never prove who they are
Wish = tuple[UUID, int]
"""A giveaway, and the Telegram id of who wants to join it."""


@dataclass
class Ledger:
    """What the crowd was told, and where it was told nothing."""

    entries: dict[Wish, str] = field(default_factory=dict)
    made: Counter[Wish] = field(default_factory=Counter)
    unanswered: set[Wish] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    attempts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, most: int) -> int | None:
        """The number of the next attempt; None if there have been enough."""
        with self.lock:
            if self.attempts >= most:
                return None
            self.attempts += 1
            return self.attempts

    def note(self, wish: Wish, kind: str, status: int, body: bytes) -> None:
        code = "" if status < 400 else json.loads(body)["error"]["code"]
        with self.lock:
            self.answers[f"{kind}: {status} {code}".rstrip()] += 1
            if status in {200, 201}:
                self._joined(wish, kind, status, json.loads(body)["entry"])
            elif status >= 500:
                self.faults.append(f"{kind}: {status} {body[:200]!r}")

    def _joined(self, wish: Wish, kind: str, status: int, entry: str) -> None:
        if kind != "honest":
            self.faults.append(f"{kind} was let in")
        if self.entries.setdefault(wish, entry) != entry:
            self.faults.append(f"another entry for {wish}")
        self.made[wish] += status == 201

    def lost(self, wish: Wish) -> None:
        with self.lock:
            self.unanswered.add(wish)
            self.answers["no answer"] += 1


@dataclass
class Crowd:
    """Clients that share one ledger. `used` is init data that was exchanged for a token already."""

    port: int
    giveaways: list[UUID]
    people: int
    attempts: int
    used: str
    seed: int
    ledger: Ledger = field(default_factory=Ledger)

    def run(self, clients: int) -> None:
        threads = [threading.Thread(target=self._act, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _act(self, number: int) -> None:
        seeded = random.Random(f"{self.seed}/{number}")
        client = None
        past: list[Wish] = []
        while self.ledger.take(self.attempts):
            wish, kind, proof = self._chosen(seeded, past)
            message = request(self.port, "POST", f"/api/giveaways/{wish[0]}/join", {"X-Telegram-Init-Data": proof})
            try:
                client = client or self._connected()
                status, body = client.ask(message)
            except OSError:
                client = None
                self.ledger.lost(wish)
                continue
            self.ledger.note(wish, kind, status, body)

    def _chosen(self, seeded: random.Random, past: list[Wish]) -> tuple[Wish, str, str]:
        """Who wants to join what, and how they prove who they are: 3 of 10 for the second time, 1 of 10 falsely."""
        chance, giveaway = seeded.random(), seeded.choice(self.giveaways)
        if chance < 0.1:
            return self._false(seeded, giveaway)
        if chance < 0.4 and past:
            wish = seeded.choice(past)
        else:
            wish = giveaway, FIRST_ID + seeded.randrange(self.people)
            past.append(wish)
            del past[:-1000]
        return wish, "honest", init_data(wish[1])

    def _false(self, seeded: random.Random, giveaway: UUID) -> tuple[Wish, str, str]:
        key = FIRST_FALSE_ID + seeded.randrange(self.people)
        kind = seeded.choice(("forged", "expired", "of another bot", "replayed"))
        proof = {
            "forged": init_data(FIRST_ID).replace(str(FIRST_ID), str(key)),
            "expired": init_data(key, auth_date=int(time.time()) - 90_000),
            "of another bot": init_data(key, token="7:another"),
            "replayed": self.used,
        }[kind]
        return (giveaway, key), kind, proof

    def _connected(self) -> Client:
        """Waits for the server that comes after one that was killed."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return Client(self.port, timeout=PATIENCE)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
