"""What no command can mend is said in one line, with the remedy and an exit status, whatever command it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import ProgrammingError

import manage
from operations.failures import explained
from operations.sandbox import Sandbox
from tests.environment import leading_to

PROJECT = Path(__file__).parents[2]
NOBODY = "postgresql://slipway:s3cr3t@127.0.0.1:1/slipway"
# By the ORM, by an import's own session, and by procrastinate.
WAYS = ("partitions", "replay_rejections normaldance", "worker --no-wait")


def said(command: str, url: str) -> str:
    """The line that the command ends with."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command.split()],
        cwd=PROJECT,
        env=leading_to(url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False), done.stderr
    return done.stderr.splitlines()[-1]


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    text = said("partitions --json", NOBODY)

    assert "127.0.0.1" in text
    assert "refused. Check that the server runs, and DATABASE_URL" in text
    assert "s3cr3t" not in text


@pytest.mark.parametrize("command", WAYS)
def test_a_database_that_is_not_migrated_is_named_as_such(sandbox: Sandbox, command: str) -> None:
    text = said(command, sandbox.primary.url.replace("/slipway?", "/postgres?"))

    assert "does not exist. Run `manage.py migrate` first." in text


def test_a_user_that_may_not_write_is_named_as_such(sandbox: Sandbox) -> None:
    with sandbox.primary.connect("postgres") as owner:
        owner.execute("CREATE ROLE looker LOGIN")
    try:
        text = said("migrate -v 0", sandbox.primary.url.replace("slipway@/slipway?", "looker@/postgres?"))
    finally:
        with sandbox.primary.connect("postgres") as owner:
            owner.execute("DROP ROLE looker")

    assert "permission denied" in text
    assert "Grant it to the user of DATABASE_URL" in text


def test_a_fault_of_the_program_is_not_explained_away() -> None:
    assert explained(ProgrammingError("the last operation didn't produce records")) is None
    assert explained(psycopg.errors.SyntaxError("syntax error")) is None


def test_who_stops_a_command_gets_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(arguments: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(manage, "execute_from_command_line", stop)
    monkeypatch.setattr(manage, "name_command", lambda command: None)
    with pytest.raises(SystemExit) as ended:
        manage.main()

    assert (ended.value.code, capsys.readouterr().err) == (130, "Stopped.\n")


def test_a_reader_that_has_gone_away_costs_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as output:
        done = subprocess.run(
            [sys.executable, "manage.py", "help"],
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("closed", ["<&- >&-", "<&- >&- 2>&-"])
def test_a_command_with_closed_streams_runs_all_the_same(closed: str) -> None:
    line = f"{sys.executable} manage.py check {closed}"

    done = subprocess.run(["/bin/sh", "-c", line], cwd=PROJECT, stderr=subprocess.PIPE, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
