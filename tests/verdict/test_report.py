"""The verdict as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypgen.emulator.strict.findings import Event, Finding
from hypgen.errors import Location, Severity
from hypgen.verdict.report import as_json, as_text, summary
from tests import images

FINDING = Finding(
    "CTX-001",
    Severity.ERROR,
    "HVBAR is used before a context synchronisation event",
    0x80201000,
    earlier=(Event(0x80200FFC, "write to HVBAR", "_start+0x10", Location("boot.S", 40)),),
    fix="insert an ISB",
    symbol="_start+0x14",
    location=Location("boot.S", 41),
)


def test_the_text_begins_with_the_checks_and_ends_with_one_line_that_sums_up() -> None:
    verdict = images.verdict("qemu-virt")
    lines = as_text(verdict).splitlines()
    assert (
        lines[0]
        == "PASS     vectors.table     eight branches to eight handlers; slot 0x00 goes to one that stops"
    )
    assert lines[-1] == summary(verdict)
    assert summary(verdict) == (
        f"qemu-virt: verified: 23 PASS; {verdict.runs[0].instructions} instructions, strict, "
        "under an UNKNOWN filling and its complement and any schedule, as one CPU executes alone"
    )


def test_what_was_assumed_of_the_board_is_said_with_its_reason() -> None:
    text = as_text(images.verdict("keystone"))
    assert "\nThis rests on values of the board file that no public source establishes:\n" in text
    for path in images.board("keystone").assumptions:
        assert f"\n  {path}: " in text


def test_the_diagnosis_is_a_wrapped_paragraph() -> None:
    verdict = images.verdict("keystone", "virt_to_phys")
    _, _, rest = as_text(verdict).partition("\nWhy it fails:\n")
    paragraph, _, _ = rest.partition("\n\n")
    assert " ".join(paragraph.split()) == verdict.diagnosis
    assert max(map(len, paragraph.splitlines())) <= 110


def test_findings_stand_between_the_checks_and_the_rest() -> None:
    text = as_text(replace(images.verdict("keystone"), findings=(FINDING,)))
    assert f"\n\n{FINDING}\n\nThis rests on" in text


def test_json_has_all_of_it() -> None:
    verdict = replace(images.verdict("keystone"), findings=(FINDING,))
    data = json.loads(json.dumps(as_json(verdict)))
    assert set(data) == {
        *("format", "board", "scenario", "verdict", "checks", "findings"),
        *("suppressed", "diagnosis", "assumptions", "runs", "counts", "scope"),
    }
    assert (data["format"], data["board"], data["scenario"]) == ("hypgen-report-1", "keystone", "lifecycle")
    assert [one["name"] for one in data["checks"]] == [one.name for one in verdict.checks]
    assert data["findings"] == [
        {
            "rule": "CTX-001",
            "severity": "error",
            "sentence": "HVBAR is used before a context synchronisation event",
            "cpu": 0,
            "pc": 0x80201000,
            "symbol": "_start+0x14",
            "location": "boot.S:41",
            "earlier": [
                {
                    "what": "write to HVBAR",
                    "pc": 0x80200FFC,
                    "symbol": "_start+0x10",
                    "location": "boot.S:40",
                }
            ],
            "state": [],
            "fix": "insert an ISB",
            "assumptions": [],
        }
    ]
    assert [run["complement"] for run in data["runs"]] == [False, True]
    assert data["runs"][0]["console"] == verdict.runs[0].console


def keys(data: object) -> set[str]:
    """Every key of nested data, but those of ``assumptions``, which are the board's."""
    if isinstance(data, dict):
        nested = (keys(value) for key, value in data.items() if key != "assumptions")
        return set(data).union(*nested)
    return set().union(*map(keys, data)) if isinstance(data, list) else set()


def test_every_key_is_documented() -> None:
    document = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")
    data = as_json(replace(images.verdict("keystone"), findings=(FINDING,)))
    assert {key for key in keys(data) if f"`{key}`" not in document} == set()
