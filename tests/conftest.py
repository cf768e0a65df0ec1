"""Fixtures of all tests, and the account of how much each oracle compared.

``oracle_counter("name")`` gives a function that adds to the oracle's count. With
``--oracle-minimums`` (as `make check` runs) the session fails when a count stays below the minimum
in ``tests/oracle_minimums.toml``, or when an oracle is not listed there: an oracle that never ran
is a failure.
"""

from __future__ import annotations

import gc
import os
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

MINIMUMS = Path(__file__).with_name("oracle_minimums.toml")
COUNTS = pytest.StashKey[Counter[str]]()

# In CI the generated cases are the same each time, so that a change is judged by what it changed; everywhere
# else they are new ones, which is how new faults are found.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--oracle-minimums",
        action="store_true",
        help="fail when an oracle compared less than its stated minimum",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTS] = Counter()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of items, and tables, stay to the end: the cycle collector need not look at them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def oracle_counter(request: pytest.FixtureRequest) -> Callable[[str], Callable[[int], None]]:
    """Give a function that, for an oracle's name, gives a function that adds to its count."""
    counts = request.config.stash[COUNTS]

    def counter(name: str) -> Callable[[int], None]:
        def add(compared: int = 1) -> None:
            counts[name] += compared

        return add

    return counter


class _WorkerCounts:
    """Collects the counts that xdist workers send when they finish."""

    def pytest_testnodedown(self, node: object, error: object) -> None:
        sent = getattr(node, "workeroutput", {}).get("oracle_counts", {})
        config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist's node has no public type
        config.stash[COUNTS].update(sent)


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.pluginmanager.hasplugin("xdist") and not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(_WorkerCounts())


def shortfalls(counts: Counter[str], minimums: dict[str, int]) -> list[str]:
    """What is wrong with the counts: oracles below their minimum, and oracles without one."""
    below = [
        f"{name}: {counts[name]} of at least {least}"
        for name, least in minimums.items()
        if counts[name] < least
    ]
    unlisted = [f"{name}: no minimum in {MINIMUMS.name}" for name in sorted(counts) if name not in minimums]
    return below + unlisted


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    counts = config.stash[COUNTS]
    if hasattr(config, "workeroutput"):
        config.workeroutput["oracle_counts"] = dict(counts)
        return
    if not config.getoption("--oracle-minimums"):
        return
    bad = shortfalls(counts, tomllib.loads(MINIMUMS.read_text())["minimum"])
    if bad and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = config.stash[COUNTS]
    if counts:
        terminalreporter.section("comparisons made with tools we did not write")
        for name in sorted(counts):
            terminalreporter.line(f"{name:24} {counts[name]}")
    if config.getoption("--oracle-minimums"):
        for line in shortfalls(counts, tomllib.loads(MINIMUMS.read_text())["minimum"]):
            terminalreporter.line(f"FAILED oracle {line}", red=True)
