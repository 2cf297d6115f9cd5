"""Writes a sample of a legacy system's store."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.importing.errors import LegacyError
from operations.importing.planning import legacy_source


class Command(BaseCommand):
    help = "Write a made-up legacy store of the real shape, dirt included, to try an import with."
    requires_system_checks = []  # noqa: RUF012  as BaseCommand declares it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="A name of settings.LEGACY_SOURCES, such as normaldance.")
        parser.add_argument("path", type=Path, help="The file to write; it must not exist.")
        parser.add_argument("--generation", default="B", help="Which generation of the schema.")
        parser.add_argument("--users", type=int, default=5_000)
        parser.add_argument("--tracks", type=int, default=50_000)
        parser.add_argument("--dirt", type=float, default=0.01, help="The share of records that are dirty, 0 to 0.5.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed writes the same file.")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("generation", "users", "tracks", "dirt", "seed")
        try:
            source = legacy_source(options["source"])
            if source.write_sample is None:
                raise CommandError(f"There is no sample of {source.title}.")
            source.write_sample(options["path"], **{name: options[name] for name in names})
        except (LegacyError, ValueError) as error:
            raise CommandError(str(error)) from error
        except FileExistsError as error:
            raise CommandError(f"{options['path']} exists already. Name another file, or remove it.") from error
        self.stdout.write(f"sqlite:///{options['path'].absolute()}")
