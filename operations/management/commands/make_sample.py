"""Writes a sample of a legacy system's store."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.importing.declaration import LegacySource
from operations.importing.errors import LegacyError
from operations.importing.planning import legacy_source
from operations.importing.sampling import write_sample


class Command(BaseCommand):
    help = "Write a made-up legacy store of the real shape, dirt included, to try an import with."
    requires_system_checks = []  # noqa: RUF012  as BaseCommand declares it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="A name of settings.LEGACY_SOURCES, such as normaldance.")
        parser.add_argument(
            "target",
            help="Where to write: the path of a new file for normaldance, else the address of an empty database "
            "(postgresql://…, redis://…).",
        )
        parser.add_argument("--generation", help="Which generation of the schema, where there are several.")
        parser.add_argument(
            "--size",
            action="append",
            default=[],
            metavar="NAME=NUMBER",
            help="How many of what, such as users=100; repeatable. What can be counted depends on the source.",
        )
        parser.add_argument("--users", type=int, help="The same as --size users=…")
        parser.add_argument("--tracks", type=int, help="The same as --size tracks=…")
        parser.add_argument("--dirt", type=float, default=0.01, help="The share of records that are dirty, 0 to 0.5.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed writes the same data.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = legacy_source(options["source"])
            arguments = dict(source.sample) | self._chosen(source, options)
            self.stdout.write(write_sample(source, options["target"], **arguments))
        except (LegacyError, ValueError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            left = " Empty that Redis before you try again: what was written stays." if source.store == "redis" else ""
            raise CommandError(f"Stopped.{left}", returncode=130) from error

    def _chosen(self, source: LegacySource, options: dict[str, Any]) -> dict[str, Any]:
        chosen = {name: options[name] for name in ("generation", "users", "tracks") if options[name] is not None}
        for size in options["size"]:
            name, _, number = size.partition("=")
            if not number.isdecimal():
                raise CommandError(f"--size {size} is not understood: give a name and a number, such as users=100.")
            chosen[name] = int(number)
        for name in chosen:
            if name not in source.sample:
                known = ", ".join(source.sample)
                raise CommandError(f"A sample of {source.title} has no {name}. It has: {known}.")
        return {**chosen, "dirt": options["dirt"], "seed": options["seed"]}
