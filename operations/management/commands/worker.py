"""Runs background jobs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from procrastinate.exceptions import ConnectorException

from operations.failures import explained
from operations.worker import WorkerOptions, run_worker

DEFAULTS = WorkerOptions()


class Command(BaseCommand):
    help = (
        "Run background jobs, such as imports that were started in the admin. Any number of workers share them. Ctrl-C "
        "and SIGTERM stop it: a running import ends its batch, and the next worker goes on with it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=DEFAULTS.concurrency, help="Jobs at the same time.")
        parser.add_argument(
            "--heartbeat", type=float, default=DEFAULTS.heartbeat, help="Seconds between two signs of life."
        )
        parser.add_argument(
            "--silence",
            type=float,
            default=DEFAULTS.silence,
            help="Seconds after which a worker without one is taken for dead, and its jobs are taken up by others.",
        )
        parser.add_argument("--no-wait", action="store_true", help="End when no job is waiting.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["concurrency"] < 1:
            raise CommandError("--concurrency must be 1 or more.")
        if not 0 < options["heartbeat"] * 2 <= options["silence"]:
            raise CommandError("--silence must be twice --heartbeat or more: a slow sign of life is no death.")
        chosen = WorkerOptions(
            concurrency=options["concurrency"],
            heartbeat=options["heartbeat"],
            silence=options["silence"],
            wait=not options["no_wait"],
        )
        try:
            run_worker(chosen)
        except ConnectorException as error:
            text = explained(error)
            if text is None:
                raise
            raise CommandError(text) from error
