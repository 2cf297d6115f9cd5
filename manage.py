#!/usr/bin/env python
"""The operators' entrance: `python manage.py help` lists every command."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error

from operations.attribution import name_command
from operations.failures import explained

INTERRUPTED, NOBODY_READS = 130, 141  # as shells have it for SIGINT and SIGPIPE


def main() -> None:
    _replace_closed_streams()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with suppress(ImproperlyConfigured):  # what is wrong is said below
        name_command(sys.argv[1] if len(sys.argv) > 1 else "help")
    try:
        _run()
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
    except (Error, psycopg.Error) as error:
        text = explained(error)
        if text is None or "--traceback" in sys.argv:
            raise
        sys.exit(text)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python would write the rest there at its end
        sys.exit(NOBODY_READS)


def _replace_closed_streams() -> None:
    """Else the first connection that is made would be what the command writes to."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - it stays open as long as the process


def _run() -> None:
    try:
        execute_from_command_line(sys.argv)
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    main()
