"""The planted defects: each is found by the rules it names and no other, and its clean twin passes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hypgen.emulator.strict.catalogue import RULES
from hypgen.selftest.defects import Defect, defects, out_of_reach

DEFECTS = tuple(defects())
DOCUMENT = Path(__file__).parents[2] / "docs" / "field-bugs.md"
ROWS = range(1, 57)
"""The field bugs that are known, by number."""


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_found_and_its_clean_twin_passes(defect: Defect):
    assert (defect.found(), defect.found(clean=True)) == (list(defect.rules), [])


def test_a_defect_and_its_twin_differ():
    changed = ("\n+", "\n-")
    assert all(any(mark in f"\n{one.code}\n{one.setting.second}" for mark in changed) for one in DEFECTS)


def test_there_are_enough():
    assert len(DEFECTS) >= 30
    assert {rule for one in DEFECTS for rule in one.rules} <= set(RULES)


def test_every_field_bug_is_covered_or_has_a_reason():
    covered = {one.row for one in DEFECTS if one.row is not None}
    assert covered | set(out_of_reach()) == set(ROWS)
    assert all(len(reason) > 25 for reason in out_of_reach().values())
    assert len(covered) >= 39


def document() -> str:
    """docs/field-bugs.md."""
    lines = [
        "# Bugs of the field, as the strict machine sees them",
        "",
        "`hypgen selftest` plants these defects in images of a few lines; each must be found by its rule,",
        "and the image without it must pass. `make golden` renews this page from",
        "`hypgen/selftest/defects.yaml`.",
        "",
        "| field bug | defect | found by |",
        "|---|---|---|",
    ]
    ordered = sorted(DEFECTS, key=lambda one: one.row or len(ROWS) + 1)
    lines += [f"| {one.row or ''} | {one.name} | {', '.join(one.rules)} |" for one in ordered]
    lines += ["", "What no rule can show, and why:", "", "| field bug | reason |", "|---|---|"]
    lines += [f"| {row} | {reason} |" for row, reason in out_of_reach().items()]
    return "\n".join(lines) + "\n"


def test_the_golden_table_is_that_of_the_defects():
    if os.environ.get("HYPGEN_UPDATE_GOLDEN"):
        DOCUMENT.write_text(document())
    assert DOCUMENT.read_text() == document()
