"""A pytest plugin: one sandbox for the whole run, up before Django reads its settings.

With several processes (`-n 3` of pytest-xdist) each has a sandbox of its own; the one that hands out tests has none,
and sees to it that a migrated database is made for all of them.

Loaded by name (`-p tests.sandbox_plugin`, see pyproject.toml), because a conftest.py is read after the settings. What
DATABASE_URL and REDIS_URL name already is used instead.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import pytest

from operations.sandbox import Sandbox, SandboxError, missing_servers
from tests import memory, migrated

SANDBOX = pytest.StashKey[Sandbox]()
MAKER = pytest.StashKey[migrated.Maker]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    gc.set_threshold(50_000, 20, 50)  # what is loaded and collected stays, and is walked over for nothing
    many = getattr(early_config.known_args_namespace, "numprocesses", None)
    hands_out = bool(many) and "PYTEST_XDIST_WORKER" not in os.environ
    if hands_out:
        early_config.stash[MAKER] = migrated.begin()
    try:
        names = () if hands_out else missing_servers(os.environ)
        if names:
            sandbox = early_config.stash[SANDBOX] = Sandbox(names)
            with memory.preferred():
                sandbox.open()
            os.environ.update(sandbox.environment())
    except SandboxError as error:
        raise pytest.UsageError(str(error)) from error
    yield


def pytest_unconfigure(config: pytest.Config) -> None:
    if SANDBOX in config.stash:
        config.stash[SANDBOX].close()
    if MAKER in config.stash:
        config.stash[MAKER].close()


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """The sandbox of the run. Whoever freezes or kills a server of it brings that back before the test ends."""
    if SANDBOX not in request.config.stash:
        pytest.skip("needs a sandbox: DATABASE_URL and REDIS_URL name servers of somebody else")
    return request.config.stash[SANDBOX]
