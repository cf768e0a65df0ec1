"""Findings as SARIF: held to the standard's whole schema, whatever they are."""

from __future__ import annotations

import copy
from dataclasses import replace

import jsonschema
import pytest

from hypgen.emulator.strict.catalogue import RULES
from hypgen.emulator.strict.findings import Event, Finding
from hypgen.errors import Location
from hypgen.verdict.sarif import FINGERPRINT, as_sarif
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


def fingerprints(*findings: Finding) -> list[str]:
    results = as_sarif("x.elf", findings)["runs"][0]["results"]
    return [one["partialFingerprints"][FINGERPRINT] for one in results]


def moved(one: Finding, by: int) -> Finding:
    """The same finding after instructions and lines were added before it."""

    def placed(at: Location | None) -> Location | None:
        return at and Location(at.file, (at.line or 0) + by)

    earlier = tuple(
        replace(event, pc=event.pc + 4 * by, location=placed(event.location)) for event in one.earlier
    )
    return replace(
        one,
        pc=one.pc + 4 * by,
        sentence=f"the fetch of {one.pc + 4 * by:#010x} relies on luck",
        symbol=f"hyp_init+{8 + 4 * by:#x}",
        location=placed(one.location),
        earlier=earlier,
    )


def test_a_finding_keeps_its_fingerprint_when_lines_and_addresses_move():
    one = finding("CTX-001")
    assert fingerprints(moved(one, 0)) == fingerprints(moved(one, 5))


def test_findings_of_other_rules_functions_and_writes_have_other_fingerprints():
    one = moved(finding("CTX-001"), 0)
    others = [
        one,
        replace(one, rule="TLB-003"),
        replace(one, symbol="other+0x8"),
        replace(one, earlier=one.earlier[:1]),
        replace(one, location=Location("/src/other.S", 12)),
        moved(one, 1),
    ]
    assert len(set(fingerprints(*others))) == len(others)


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
