"""How an import shows itself while it runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from operations.importing.tables import Plan
from operations.models import ImportRun

LINE_EVERY = 5.0  # seconds between two plain lines of the same step
PROOFS = {"sql": "proof in SQL", "source": "proof"}


def stream_of(output: OutputWrapper) -> TextIO:
    """The stream below a command's output: rich writes its own line ends and asks whether it is a terminal."""
    return cast(TextIO, output._out)


class StopSignals:
    """Ctrl-C and SIGTERM ask to stop after the current batch; a second Ctrl-C stops at once, which is safe too."""

    def __init__(self) -> None:
        self.requested = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in before:
            signal.signal(number, self._ask)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested = True
        # The signal may have come in the middle of another write, which Python's own files do not allow.
        os.write(2, b"\nStopping after this batch. Once more Ctrl-C stops at once.\n")


class RateColumn(ProgressColumn):
    """Records per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


class BarWatcher:
    """Progress bars with rate and time remaining."""

    def __init__(self, signals: StopSignals, stream: TextIO) -> None:
        self.signals = signals
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeRemainingColumn(),
            console=Console(file=stream, markup=False, emoji=False),
        )
        self.tasks: dict[str, TaskID] = {}

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None:
        self.progress.console.print(f"Run {run.pk}: {run.location}, generation {run.generation}")

    def reading(self, done: int, total: int) -> None:
        if "reading" not in self.tasks:
            self.tasks["reading"] = self.progress.add_task("reading", total=total)
        self.progress.update(self.tasks["reading"], completed=done, total=max(done, total))

    def entity_started(self, name: str, done: int, total: int) -> None:
        self.tasks[name] = self.progress.add_task(name, total=total, completed=done)

    def advanced(self, name: str, done: int) -> None:
        self.progress.update(self.tasks[name], completed=done)

    def proving(self, proof: str, name: str, done: int, total: int) -> None:
        title = f"{PROOFS[proof]} of {name}"
        if title not in self.tasks:
            self.tasks[title] = self.progress.add_task(title, total=total)
        self.progress.update(self.tasks[title], completed=done)

    def stop_requested(self) -> bool:
        return self.signals.requested

    def note(self, text: str) -> None:
        self.progress.console.print(text)


class LineWatcher:
    """A line when a step begins, every few seconds while it goes on, and when it ends."""

    def __init__(self, signals: StopSignals, stream: TextIO) -> None:
        self.signals = signals
        self.stream = stream
        self.totals: dict[str, int] = {}
        self.said: dict[str, float] = {}
        self.begun: dict[str, float] = {}

    def _say(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()

    def started(self, run: ImportRun, plans: tuple[Plan, ...]) -> None:
        self._say(f"Run {run.pk}: {run.location}, generation {run.generation}")

    def reading(self, done: int, total: int) -> None:
        if "reading" not in self.totals:
            self.entity_started("reading", 0, total)
        self.totals["reading"] = max(done, total)
        self.advanced("reading", done)

    def entity_started(self, name: str, done: int, total: int) -> None:
        self.totals[name] = total
        self.begun[name] = self.said[name] = time.monotonic()
        if total and done:
            self._say(f"{name}: goes on after {done:,} of {total:,}")

    def advanced(self, name: str, done: int) -> None:
        total, now = self.totals[name], time.monotonic()
        if done < total and now - self.said[name] < LINE_EVERY:
            return
        self.said[name] = now
        rate = done / max(now - self.begun[name], 0.001)
        self._say(f"{name}: {done:,} of {total:,} ({rate:,.0f}/s)")

    def proving(self, proof: str, name: str, done: int, total: int) -> None:
        title = f"{PROOFS[proof]} of {name}"
        if title not in self.totals:
            self.entity_started(title, 0, total)
        if done < total:
            self.advanced(title, done)

    def stop_requested(self) -> bool:
        return self.signals.requested

    def note(self, text: str) -> None:
        self._say(text)


@contextmanager
def watching(stream: TextIO, signals: StopSignals) -> Iterator[BarWatcher | LineWatcher]:
    """Bars where `stream` is a terminal, lines elsewhere."""
    if not stream.isatty():
        yield LineWatcher(signals, stream)
        return
    watcher = BarWatcher(signals, stream)
    with watcher.progress:
        yield watcher
