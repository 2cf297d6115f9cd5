"""The main job on made-up data, from a legacy file to a served site."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from operations.demonstration import LegacyStores
from operations.importing.declaration import LegacySource
from operations.importing.errors import LegacyError
from operations.importing.planning import legacy_source

STAFF = "staff@slipway.example"


class Command(BaseCommand):
    help = (
        "Migrate the database, write a store of each legacy system with dirt in it, import and prove them all, make a "
        "staff user and serve the site. `make demo` runs this in a sandbox."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=5_000, help="Legacy users to make up.")
        parser.add_argument("--tracks", type=int, default=50_000, help="Legacy tracks to make up.")
        parser.add_argument("--only", action="append", metavar="SOURCE", help="This legacy system; repeatable.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes up the same data.")
        parser.add_argument("--port", type=int, help="Where to serve; 8000, or a free port if that is taken.")
        parser.add_argument("--no-serve", action="store_true", help="Stop after the proof.")

    def handle(self, *args: Any, **options: Any) -> None:
        sources = self._chosen(options)
        if connection.introspection.table_names():
            raise CommandError("This database is not empty. The demo is for an empty one: `make demo` brings its own.")
        self._step("Migrating the database")
        call_command("migrate", verbosity=0)
        call_command("partitions", verbosity=0, stdout=self.stderr)
        with LegacyStores() as stores:
            for source in sources:
                self._import(source, stores, options)
        if not options["no_serve"]:
            self._serve(options["port"])

    def _chosen(self, options: dict[str, Any]) -> list[LegacySource]:
        """The systems to make up. What cannot be done is refused before anything is."""
        if min(options["users"], options["tracks"]) < 1:
            raise CommandError("--users and --tracks must be 1 or more.")
        if options["port"] is not None and free_port(options["port"]) != options["port"]:
            raise CommandError(f"Port {options['port']} cannot be served on. Name another by --port.")
        try:
            sources = [legacy_source(name) for name in options["only"] or settings.LEGACY_SOURCES]
        except LegacyError as error:
            raise CommandError(str(error)) from error
        if not settings.REDIS_URL and any(source.store == "redis" for source in sources):
            raise CommandError("The giveaways need a Redis: set REDIS_URL, or leave them out by --only.")
        return sources

    def _import(self, source: LegacySource, stores: LegacyStores, options: dict[str, Any]) -> None:
        target, shown = stores.make(source)
        self._step(f"{source.title}: writing a legacy store, {shown}")
        sizes = {name: options[name] for name in ("users", "tracks") if source.name == "normaldance"}
        call_command("make_sample", source.name, target, seed=options["seed"], stdout=self.stderr, **sizes)
        self._step(f"{source.title}: importing it")
        location = f"sqlite:///{target}" if source.store == "sqlite" else target
        call_command("import_legacy", source.name, location=location, stdout=self.stdout)

    def _step(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"== {text}"))
        self.stdout.flush()

    def _serve(self, wanted: int | None) -> None:
        password = secrets.token_urlsafe(12)
        get_user_model().objects.create_superuser(STAFF, password, display_name="Demo staff")
        with tempfile.TemporaryDirectory(prefix="slipway-static-") as static:
            environment = os.environ | {"STATIC_ROOT": static}
            subprocess.run(
                [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
                check=True,
                env=environment,
                cwd=settings.BASE_DIR,
            )
            port = wanted or free_port(8000)
            self._step("Serving; Ctrl-C ends everything")
            root = f"http://127.0.0.1:{port}"
            self.stdout.write(
                f"  admin      {root}/admin/    {STAFF}  {password}\n"
                f"  API docs   {root}/api/docs\n"
                f"  popular    {root}/api/tracks/popular\n"
                f"  health     {root}/health"
            )
            self.stdout.flush()
            self._granian(port, Path(static), environment)

    def _granian(self, port: int, static: Path, environment: dict[str, str]) -> None:
        command: list[str | Path] = [
            Path(sys.executable).with_name("granian"),
            "--interface",
            "wsgi",
            "--port",
            str(port),
        ]
        command += ["--static-path-route", "/static", "--static-path-mount", static]
        command += ["--blocking-threads", "4", "--log-level", "warning"]
        with _ended_by_signals():
            server = subprocess.Popen([*command, "config.wsgi:application"], env=environment, cwd=settings.BASE_DIR)
            try:
                status = server.wait()
            except KeyboardInterrupt:
                status = 0
            finally:
                server.send_signal(signal.SIGINT)
                server.wait()
        if status:
            raise CommandError(f"The server ended with status {status}. Is port {port} taken? Name another by --port.")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does, so that it cleans up after itself."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port(preferred: int) -> int:
    """`preferred`, or another port if somebody listens there."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError, OverflowError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise CommandError("No port is free to serve on.")
