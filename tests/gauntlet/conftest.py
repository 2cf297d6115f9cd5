"""What the long runs share: a place to say what they did, shown when all tests have ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

SAID = pytest.StashKey[list[str]]()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    said = request.config.stash.setdefault(SAID, [])
    return lambda line: said.append(f"{request.node.name}: {line}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    said = config.stash.get(SAID, [])
    if said:
        terminalreporter.section("gauntlet")
        for line in said:
            terminalreporter.line(line)
