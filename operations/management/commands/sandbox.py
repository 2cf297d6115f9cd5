"""`manage.py sandbox`: throwaway servers for as long as it runs, alone or around a command."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from operations.sandbox import VARIABLES, SandboxError, missing_servers, servers

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_FOUND = 127  # as shells have it
_INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Start a throwaway PostgreSQL primary, a streaming replica of it and a Valkey server. "
        "Alone it prints their URLs and runs until Ctrl-C; around a command (manage.py sandbox -- COMMAND ARGS) it "
        "lasts as long as that, which finds them in its environment. "
        f"{', '.join(VARIABLES)} win where they are set: the servers that they name are not started."
    )
    requires_system_checks = ()  # there is no database yet that they could look at

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the URLs as one JSON object.")
        parser.add_argument(
            "command", nargs="*", metavar="COMMAND", help="What to run inside, after `--`; its exit status is returned."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        command = options["command"]
        try:
            if command:
                self._run(command)
            else:
                self._serve(as_json=options["json"])
        except SandboxError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:  # while it started or ended; the guard takes down what was up
            if command:
                raise CommandError("Interrupted.", returncode=_INTERRUPTED) from None

    def _run(self, command: list[str]) -> None:
        with servers() as urls:
            status = run_inside(command, urls)
        if status:
            raise CommandError(f"{shlex.join(command)} ended with status {status}.", returncode=status)

    def _serve(self, *, as_json: bool) -> None:
        if not missing_servers(os.environ):
            raise CommandError(
                "DATABASE_URL and REDIS_URL name servers already, so there is nothing to start. "
                "Unset them to get a sandbox."
            )
        signals = {*_ENDINGS, signal.SIGCHLD}  # the guard is our only child
        with servers() as urls, blocked(signals):
            self._announce(urls, as_json=as_json)
            if signal.sigwait(signals) == signal.SIGCHLD:
                raise SandboxError("The guard of the sandbox was killed, and the servers with it. Start it again.")

    def _announce(self, urls: dict[str, str], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(urls))
        else:
            self.stdout.write("\n".join(f"export {name}={shlex.quote(url)}" for name, url in urls.items()))
        self.stdout.flush()  # whoever reads it from a pipe is waiting for it
        if not as_json:
            hint = "The servers are up: paste these lines into another shell. [bold]Ctrl-C[/bold] here ends them."
            Console(stderr=True).print(hint)


def run_inside(command: list[str], variables: dict[str, str]) -> int:
    """Runs the command with `variables` in its environment; its exit status, after a signal 128 + number.

    A request to end is passed on to it, and it decides what it does about that; Ctrl-C the terminal sends it anyway.
    """
    signals = {*_ENDINGS, signal.SIGCHLD}
    with blocked(signals) as before:

        def unblock() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

        try:
            child = subprocess.Popen(command, env=os.environ | variables, preexec_fn=unblock)
        except OSError as error:
            raise CommandError(f"{command[0]} cannot be run: {error.strerror}.", returncode=_NOT_FOUND) from error
        while (status := child.poll()) is None:
            received = signal.sigwait(signals)
            if received in {signal.SIGTERM, signal.SIGHUP}:
                child.send_signal(received)
    return status if status >= 0 else 128 - status


@contextmanager
def blocked(signals: Iterable[signal.Signals]) -> Iterator[set[int]]:
    """While the block runs these signals wait for `sigwait`, so none is lost. Yields the mask from before.

    What is started meanwhile inherits it; the guard is up already.
    """
    before: set[int] = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
