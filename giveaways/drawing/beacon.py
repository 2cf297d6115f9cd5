"""Rounds of drand, a public randomness beacon: https://docs.drand.love/docs/specification/

A chain emits a round every `period` seconds; nobody knows its randomness before its time. The randomness is the SHA-256
of the signature, and that is checked here. That the signature is the beacon's own is not: BLS12-381 is in no library
that comes with Python. docs/draws.md says how anyone checks it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx2


@dataclass(frozen=True)
class Chain:
    """`period` in seconds; round 1 came at the Unix time `genesis`."""

    hash: str
    genesis: int
    period: int

    def time_of(self, number: int) -> datetime:
        return datetime.fromtimestamp(self.genesis + (number - 1) * self.period, UTC)

    def first_after(self, moment: datetime) -> int:
        """The first round whose time is later than `moment`."""
        passed = (moment - datetime.fromtimestamp(self.genesis, UTC)) // timedelta(seconds=self.period)
        return max(1, passed + 2)


# https://docs.drand.love/developer/: the chain for new uses, and the first one.
QUICKNET = Chain("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1_692_803_367, 3)
DEFAULT = Chain("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1_595_431_050, 30)
CHAINS = {chain.hash: chain for chain in (QUICKNET, DEFAULT)}


@dataclass(frozen=True)
class Round:
    """Both in hex, the randomness being the SHA-256 of the signature."""

    randomness: str
    signature: str


def fetch(*, chain: str, number: int, relays: Sequence[str], timeout: float) -> Round | None:
    """What the first relay says that answers as it should; None if none does (yet). `timeout` is in seconds."""
    with httpx2.Client(timeout=timeout, follow_redirects=False) as client:
        for relay in relays:
            try:
                answer = client.get(f"{relay.rstrip('/')}/{chain}/public/{number}")
                found = read(answer.json(), number) if answer.status_code == 200 else None
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError):
                found = None
            if found:
                return found
    return None


def read(answer: Any, number: int) -> Round | None:
    """The round that a relay's answer holds; None unless it is the one asked for and consistent in itself."""
    if not isinstance(answer, dict) or answer.get("round") != number:
        return None
    randomness, signature = answer.get("randomness"), answer.get("signature")
    if not (isinstance(signature, str) and re.fullmatch(r"([0-9a-f]{2}){48,192}", signature)):
        return None
    return Round(randomness, signature) if sha256(bytes.fromhex(signature)).hexdigest() == randomness else None
