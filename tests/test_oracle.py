"""The account of the oracles: it fails when one compared too little, and lists exactly those there are."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import MINIMUMS, shortfalls
from tests.oracle import DEBIAN_PACKAGE, tool

NAMES = {
    name
    for test in Path(__file__).parent.rglob("test_*.py")
    for name in re.findall(r'oracle_counter\("([^"]+)"\)', test.read_text())
}


def test_an_oracle_that_compared_too_little_or_is_not_listed_is_named():
    counts = Counter({"enough": 10, "little": 9, "new": 1})

    assert shortfalls(counts, {"enough": 10, "little": 10, "never": 1}) == [
        "little: 9 of at least 10",
        "never: 0 of at least 1",
        "new: no minimum in oracle_minimums.toml",
    ]


def test_every_oracle_has_a_minimum_and_every_minimum_an_oracle():
    assert set(tomllib.loads(MINIMUMS.read_text())["minimum"]) == NAMES


def test_a_missing_tool_fails_and_says_which_package_has_it(monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(pytest.fail.Exception) as caught:
        tool("gdb-multiarch")

    assert str(caught.value) == "gdb-multiarch is missing: apt-get install gdb-multiarch"


def test_ci_installs_every_program_that_a_test_calls():
    """From nothing: a package that another one merely recommends is not there."""
    top = Path(__file__).parents[1]
    sources = [one.read_text() for one in Path(__file__).parent.rglob("*.py")]
    called = {
        name
        for source in sources
        for name in re.findall(r'\b(?:run\(\[|tool\()\s*f?"([a-z][\w.-]+)"', source)
    }
    assert called - set(DEBIAN_PACKAGE) == set()
    installed = set((top / ".ci" / "packages.txt").read_text().split("\n"))
    assert set(DEBIAN_PACKAGE.values()) - installed - {"make"} == set()  # .ci/run adds make itself
