"""Every litmus test reports the rules that it must, and no other."""

import os
from pathlib import Path

import pytest

from hypgen.emulator.strict.catalogue import RULES
from tests.litmus.litmus import SYMBOLS, Case, cases, not_confirmed, run

DOCUMENT = Path(__file__).parents[2] / "docs" / "litmus.md"


@pytest.mark.parametrize("case", cases(), ids=str)
def test_reports_what_it_must(case: Case):
    assert [one.rule for one in run(case)] == case.reports


def test_there_are_enough_of_both_kinds():
    assert len(cases()) >= 60
    assert sum(not case.reports for case in cases()) >= 25


def test_names_are_unique_and_rules_exist():
    assert len({str(case) for case in cases()}) == len(cases())
    assert {rule for case in cases() for rule in case.reports} <= set(RULES)


def document() -> str:
    """docs/litmus.md."""
    lines = [
        "# Litmus tests of the strict machine",
        "",
        "Each is a few instructions in Hyp mode (`tests/litmus/*.yaml`), with the rules that must report;",
        "`none` must not report, and why. With every legal outcome played ([exploring.md](exploring.md)),",
        "some outcome of each rule that must report ends otherwise, or it is said why none can; no outcome",
        "of the others does. `make golden` renews this page. Their code knows these names:",
        "",
        "| name | what it is |",
        "|---|---|",
        *(f"| `{name}` | {what} |" for name, (*_, what) in SYMBOLS.items()),
    ]
    for family in dict.fromkeys(case.family for case in cases()):
        of_family = [case for case in cases() if case.family == family]
        lines += [
            "",
            f"## {family.upper()}",
            "",
            "| test | must report | why | played |",
            "|---|---|---|---|",
        ]
        for case in of_family:
            rules = ", ".join(case.reports) or "none"
            lines.append(f"| {case.name} | {rules} | {case.why} | {_played(case)} |")
    return "\n".join(lines) + "\n"


def _played(case: Case) -> str:
    told = {rule: not_confirmed(case, rule) or "confirmed" for rule in case.reports}
    if len(told) < 2:
        return "".join(told.values()) or "all end the same"
    return "; ".join(f"{rule}: {what}" for rule, what in told.items())


def test_the_golden_table_is_that_of_the_cases():
    if os.environ.get("HYPGEN_UPDATE_GOLDEN"):
        DOCUMENT.write_text(document())
    assert DOCUMENT.read_text() == document()
