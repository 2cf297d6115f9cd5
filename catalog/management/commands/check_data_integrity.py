"""Lists what is inconsistent in the shop's data."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.integrity import CheckResult, check_data_integrity, is_sound


class Command(BaseCommand):
    help = "List what is inconsistent in the shop's data, and the state of every foreign key. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=_not_negative, default=10, help="Name so many findings of each check.")
        parser.add_argument("--json", action="store_true", help="Print everything as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        results = check_data_integrity(options["limit"])
        if options["json"]:
            found = {"ok": is_sound(results), "checks": [result.as_json() for result in results]}
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            for result in results:
                self._print(result)
            self.stdout.write("In order." if is_sound(results) else "Not in order: see the errors above.")
        if not is_sound(results):
            raise CommandError("Errors were found. docs/integrity.md says what each check means.", returncode=2)

    def _print(self, result: CheckResult) -> None:
        self.stdout.write(f"{result.severity}: {result.check}: {result.count:,}")
        for finding in result.findings:
            self.stdout.write(f"    {finding.table} {finding.key}: {finding.detail}")
        left = result.count - len(result.findings)
        if left:
            self.stdout.write(f"    … and {left:,} more")


def _not_negative(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a number from 0 up.")
    return int(text)
