"""Findings as SARIF: held to the standard's whole schema, whatever they are."""

from __future__ import annotations

import copy

import jsonschema
import pytest

from hypgen.emulator.strict.findings import Event, Finding
from hypgen.emulator.strict.observer import RULES
from hypgen.errors import Location
from hypgen.verdict.sarif import as_sarif
from tests.sarif import check_sarif

EARLIER = (
    Event(0x4001_0000, "write to HSCTLR", "hyp_init", Location("templates/my init.S", 7, 3)),
    Event(0x4001_0004, "store"),
)


def finding(rule: str, *, bare: bool = False) -> Finding:
    severity = RULES[rule].severity
    if bare:
        return Finding(rule, severity, "it relies on luck", 0x4001_0008)
    place = Location("/src/boot %1.S", 12)
    return Finding(
        rule,
        severity,
        "it relies on luck",
        0x4001_0008,
        1,
        EARLIER,
        ("HSCTLR.M: 0 or 1",),
        "insert ISB",
        ("boards.x",),
        "hyp_init+0x8",
        place,
    )


@pytest.fixture(scope="module")
def log():
    """Every rule broken twice, once with all that a finding may say and once with nothing of it."""
    found = [finding(rule, bare=bare) for rule in RULES for bare in (False, True)]
    return as_sarif("out/a b.elf", found, [(finding("CTX-001"), "as the field has it")])


def test_every_rule_in_one_log_has_the_standards_shape(log):
    check_sarif(log)
    assert len(log["runs"][0]["results"]) == 2 * len(RULES) + 1
    assert log["runs"][0]["results"][-1]["suppressions"] == [
        {"kind": "external", "justification": "as the field has it"}
    ]


def test_a_log_without_findings_has_it_too():
    check_sarif(as_sarif("x.elf", []))


def test_a_code_flow_leads_from_the_earlier_events_to_the_finding(log):
    first = log["runs"][0]["results"][0]
    (thread,) = first["codeFlows"][0]["threadFlows"]
    steps = [one["location"]["message"]["text"] for one in thread["locations"]]
    assert (thread["id"], steps) == ("CPU 1", ["write to HSCTLR", "store", "it relies on luck"])
    physical = thread["locations"][0]["location"]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "templates/my%20init.S"}
    assert physical["region"] == {"startLine": 7, "startColumn": 3}


def test_absolute_paths_are_file_uris_and_others_are_relative_to_where_one_stands(log):
    first = log["runs"][0]["results"][0]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///src/boot%20%251.S"
    }
    assert log["runs"][0]["artifacts"] == [{"location": {"uri": "out/a%20b.elf"}}]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: run["results"][0].update(level="fatal"),
        lambda run: run["results"][0].pop("message"),
        lambda run: run["results"][0]["codeFlows"][0]["threadFlows"][0].update(locations=[]),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
        lambda run: run["tool"]["driver"].update(colour="red"),
    ],
)
def test_the_schema_refuses_what_the_standard_does_not_have(log, spoil):
    broken = copy.deepcopy(log)
    spoil(broken["runs"][0])
    with pytest.raises(jsonschema.ValidationError):
        check_sarif(broken)
