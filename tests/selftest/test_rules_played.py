"""Each rule with its outcomes played: where an example of it is confirmed, or why there is none to play.

That what this names is so, is what the tests say that play all litmus tests and all planted defects.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hypgen.emulator.strict.catalogue import RULES
from hypgen.selftest.defects import defects
from tests.litmus.litmus import cases, not_confirmed
from tests.selftest.test_explored import ENDS_THE_SAME, NO_OUTCOMES

DOCUMENT = Path(__file__).parents[2] / "docs" / "exploring-rules.md"
ELSEWHERE = {
    "CTX-007": "too many outcomes to play is what it says",
    "IFETCH-006": "a predictor of before makes fetches early, of which nothing is left: the cost is time",
    "UNK-001": "confirmed: its two fillings are two outcomes that were played",
    "STATE-002": NO_OUTCOMES["STATE"],
    "STATE-004": NO_OUTCOMES["STATE"],
    "STATE-005": NO_OUTCOMES["STATE"],
}
"""Rules that no litmus test and no planted defect breaks, and what playing has to do with them."""


def reason(rule: str) -> str:
    """Why the outcomes of a planted defect are not played."""
    return NO_OUTCOMES.get(rule) or NO_OUTCOMES.get(rule.partition("-")[0], "")


def shown(rule: str) -> str:
    """What playing the outcomes of the rule's examples shows."""
    for case in cases():
        if rule in case.reports and not not_confirmed(case, rule):
            return f"confirmed: litmus test “{case}”"
    for one in defects():
        if rule in one.rules and not reason(rule) and one.name not in ENDS_THE_SAME and rule not in ELSEWHERE:
            return f"confirmed: planted defect “{one.name}”"
    for case in cases():
        if rule in case.reports:
            return not_confirmed(case, rule)
    return reason(rule) or ELSEWHERE[rule]


def document() -> str:
    """docs/exploring-rules.md."""
    lines = [
        "# The rules, played",
        "",
        "What comes of an example of each rule when every legal outcome is played",
        "([exploring.md](exploring.md)): some outcome ends otherwise, or it is said why there is none to",
        "play. No outcome of the corrected twins ends otherwise. `make golden` renews this page.",
        "",
        "| rule | says | played |",
        "|---|---|---|",
        *(f"| {rule} | {RULES[rule].title} | {shown(rule)} |" for rule in sorted(RULES)),
        "",
        "In two of the sequences that are audited with a step left out (tests/audit/variants) no outcome",
        "ends otherwise, although the rule is confirmed elsewhere. Where `guest_mmu` lacks a DSB (WALK-001),",
        "the walk that reads the old descriptor faults, and the guest tries again; where `stage2` lacks an",
        "ISB (CTX-009), the other VMID has no entries yet that TLBIALL would have to remove.",
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_each_rule_is_confirmed_somewhere_or_it_is_said_why_not(rule: str):
    assert len(shown(rule)) > 10


def test_most_rules_are_confirmed():
    assert sum(shown(rule).startswith("confirmed") for rule in RULES) > len(RULES) // 2


def test_the_golden_page_is_that_of_the_rules():
    if os.environ.get("HYPGEN_UPDATE_GOLDEN"):
        DOCUMENT.write_text(document())
    assert DOCUMENT.read_text() == document()
