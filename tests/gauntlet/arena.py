"""Servers that may be killed, legacy stores to import, and imports as processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import sql

from catalog.legacy.sample import write_sample as write_file
from giveaways.legacy.sample import write_sample as write_keys
from operations.sandbox import Sandbox
from operations.sandbox.postgres import url as url_of
from tests.environment import leading_to
from tests.giveaways.lasting import make_last
from tests.migrated import migrate

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds
# The name of the sessions of an import; those that watch it have none.
IMPORTER = "slipway"


@dataclass(frozen=True)
class Store:
    """A legacy store; `records` are those that its generator counted, views not among them."""

    source: str
    location: str
    records: int


def normaldance(path: Path, *, users: int, tracks: int, seed: int) -> Store:
    sample = write_file(path, generation="C", users=users, tracks=tracks, seed=seed, dirt=0.1)
    return Store("normaldance", f"sqlite:///{path}", sum(sample.rows.values()))


def giveaways(url: str, *, entrants: int, seed: int) -> Store:
    """Every kind of dirt is in it. Its keys are made to last, so that each import reads the same."""
    sample = write_keys(url, giveaways=100, users=100, entrants=entrants, seed=seed)
    make_last(url)
    return Store("giveaways", url, sum(sample.records.values()))


@dataclass
class Import:
    """An import of a store into a database, by the command that an operator types."""

    store: Store
    url: str
    batch_size: int
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [*self.command, "--batch-size", str(self.batch_size), "--json"],
            cwd=PROJECT,
            env=leading_to(self.url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "import_legacy", self.store.source, "--from", self.store.location]

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> tuple[int, str, str]:
        """Waits for its end: exit status, output, errors."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def report(self) -> dict[str, Any]:
        """Waits for its end, which must be a good one."""
        status, out, err = self.end()
        assert status == 0, err
        report: dict[str, Any] = json.loads(out)
        return report

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Arena:
    """A sandbox of its own, whose database is migrated once and copied for each import."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        migrate(sandbox.primary.url)
        self._databases = 0

    def database(self) -> str:
        """The name of a new, migrated, empty database."""
        self._databases += 1
        name = f"round_{self._databases}"
        with self.sandbox.primary.connect("postgres") as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE slipway STRATEGY file_copy")
            connection.execute(statement.format(sql.Identifier(name)))
        return name

    def drop(self, database: str) -> None:
        with self.sandbox.primary.connect("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def url(self, database: str) -> str:
        return url_of(self.sandbox.primary.home, database)

    def fetch(self, database: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """By a connection of its own: the one before may have died with the server."""
        with closing(self.sandbox.primary.connect(database)) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()


@contextmanager
def opened_arena() -> Iterator[Arena]:
    with Sandbox(("primary", "cache")) as sandbox:
        yield Arena(sandbox)
