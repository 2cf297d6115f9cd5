"""How fast Telegram is asked: it limits a bot to about thirty calls a second, and one message a second to a person."""

from __future__ import annotations

import time


class Pace:
    """Spreads calls: each `keep` comes back no earlier than its turn. For one thread."""

    def __init__(self, per_second: int) -> None:
        self._interval = 1 / per_second
        self._next = 0.0

    def keep(self) -> None:
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval
