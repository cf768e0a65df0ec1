"""What a finding says, rule by rule: all that somebody needs who has to mend it, in each format."""

from __future__ import annotations

from functools import cache

import pytest

from hypgen.emulator.strict.catalogue import RULES
from hypgen.emulator.strict.findings import Finding
from hypgen.selftest.defects import defects
from hypgen.verdict.report import finding_as_json
from hypgen.verdict.sarif import as_sarif
from tests.litmus import litmus

NO_STATE = {
    "ALIGN-001": "the access itself is wrong, whatever memory holds",
    "ALIGN-002": "the access itself is wrong, whatever memory holds",
    "ALIGN-003": "the sentence names the device and its memory type",
    "ALIGN-004": "the sentence names the location's shareability",
    "CACHE-006": "the sentence has both memory types",
    "CACHE-007": "the sentence names the mapping",
    "IFETCH-007": "the sentence names the memory type",
    "RES-001": "the sentence has the value and its bits",
    "RES-002": "the sentence has the value and its bits",
    "RES-003": "the sentence has the address and its bits",
    "RES-004": "the sentence has the value and its fields",
    "RES-005": "the sentence has the descriptor and its bits",
    "RES-006": "the sentence has the descriptor and its bits",
    "RES-007": "the instruction itself is wrong",
    "SMP-001": "which of two values is read is what nobody can tell",
    "SMP-002": "what may be lost is an event",
    "SMP-003": "which STREX passes is what nobody can tell",
    "SMP-004": "which of two values is read is what nobody can tell",
    "SMP-007": "which of two values is read is what nobody can tell",
    "SMP-006": "what differs is the order in which a device sees stores",
}
"""Rules whose findings have no two values to show, and why."""
ALONE = frozenset(
    {
        *("ALIGN-001", "ALIGN-002", "ALIGN-003", "CACHE-006", "CACHE-007", "RES-001", "RES-002", "RES-005"),
        *("IFETCH-007", "RES-006", "RES-007", "STATE-001", "STATE-003", "TLB-005"),
    }
)
"""Rules that the instruction breaks by itself: no earlier one has to do with it, or none that is known."""
ELSEWHERE = {"CTX-007", "UNK-001", "IFETCH-006", "STATE-002", "STATE-004", "STATE-005"}
"""Rules that neither a litmus test nor a planted defect breaks; their tests have their words."""
SHOWN = sorted(set(RULES) - ELSEWHERE)


@cache
def example(rule: str) -> Finding:
    """What a litmus test or a planted defect is told by a rule."""
    for case in litmus.cases():
        if rule in case.reports:
            return next(one for one in litmus.run(case) if one.rule == rule)
    planted = next(one for one in defects() if rule in one.rules)
    return next(one for one in planted.findings() if one.rule == rule)


@pytest.mark.slow
@pytest.mark.parametrize("rule", SHOWN)
def test_a_finding_has_all_its_parts(rule: str):
    found = example(rule)
    assert found.severity is RULES[rule].severity
    assert len(found.sentence) > 20
    assert found.sentence[-1] not in ".:"
    assert len(found.fix) > 10
    assert bool(found.earlier) or rule in ALONE
    assert bool(found.state) != (rule in NO_STATE)
    assert all("->" in one or " or " in one or "expected" in one or "=" in one for one in found.state)


@pytest.mark.slow
@pytest.mark.parametrize("rule", SHOWN)
def test_text_json_and_sarif_say_the_same(rule: str):
    found = example(rule)
    text, data = str(found), finding_as_json(found)
    run = as_sarif("image.elf", [found])["runs"][0]
    result = run["results"][0]
    assert f"[{rule}]" in text
    assert (data["rule"], result["ruleId"], run["tool"]["driver"]["rules"][0]["id"]) == (rule, rule, rule)
    for said in (found.sentence, *found.state, found.fix):
        assert said in text
        assert said in result["message"]["text"]
    assert (data["sentence"], tuple(data["state"]), data["fix"]) == (found.sentence, found.state, found.fix)
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    steps = [one["location"]["message"]["text"] for one in flow]
    assert steps == [*(one.what for one in found.earlier), found.sentence]
    assert [one["what"] for one in data["earlier"]] == steps[:-1]
    assert all(one.what in text for one in found.earlier)
    places = [one["location"]["physicalLocation"]["address"]["absoluteAddress"] for one in flow]
    assert places == [*(one.pc for one in found.earlier), found.pc]


def test_each_exception_is_one():
    assert set(NO_STATE) <= set(SHOWN)
    assert set(SHOWN) >= ALONE
