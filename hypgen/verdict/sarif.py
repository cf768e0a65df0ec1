"""Findings as SARIF 2.1.0 (OASIS), with the events that led to each as a code flow."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hypgen import __version__
from hypgen.emulator.strict.catalogue import RULES
from hypgen.emulator.strict.findings import Event, Finding, Rule
from hypgen.errors import Location, Severity

if TYPE_CHECKING:
    from hypgen.verdict.exploring import Exploration

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "hypgenFinding/v1"
"""What a result's fingerprint is called: by it a viewer knows a finding again (3.27.17)."""
_NUMBER = re.compile(r"(\+)?\b0x[0-9a-f]+\b")
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def as_sarif(
    image: str,
    findings: Sequence[Finding],
    suppressed: Iterable[tuple[Finding, str]] = (),
    explorations: Sequence[Exploration] = (),
) -> dict[str, Any]:
    """One run: the rules that were broken, and a result for each finding in ``image``.

    What ``explorations`` have shown of a finding is its property ``played``; an outcome that confirms it is a
    second code flow.
    """
    aside = list(suppressed)
    used = list(dict.fromkeys(one.rule for one in [*findings, *(one for one, _ in aside)]))
    results = [_explored(_result(image, one, used), image, one, explorations) for one in findings]
    for one, reason in aside:
        result = _result(image, one, used)
        result["suppressions"] = [{"kind": "external", "justification": reason}]
        results.append(result)
    for result, fingerprint in zip(
        results, _fingerprints([*findings, *(one for one, _ in aside)]), strict=True
    ):
        result["partialFingerprints"] = {FINGERPRINT: fingerprint}
    driver = {
        "name": "hypgen",
        "version": __version__,
        "rules": [_rule(RULES[name]) for name in used],
    }
    run = {
        "tool": {"driver": driver},
        "artifacts": [{"location": {"uri": _uri(image)}}],
        "results": results,
        "columnKind": "utf16CodeUnits",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title[0].upper()}{rule.title[1:]}."},
        "fullDescription": {"text": rule.text},
        "help": {"text": f"{rule.text}\n\n{rule.manual}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(image: str, finding: Finding, used: Sequence[str]) -> dict[str, Any]:
    text = finding.sentence
    if finding.state:
        text += f" ({'; '.join(finding.state)})"
    if finding.fix:
        text += f". Fix: {finding.fix}"
    steps = [*finding.earlier, Event(finding.pc, finding.sentence, finding.symbol, finding.location)]
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(used).index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(image, finding.pc, finding.symbol, finding.location)],
        "codeFlows": [
            {
                "threadFlows": [
                    {
                        "id": f"CPU {finding.cpu}",
                        "locations": [
                            {"location": _location(image, one.pc, one.symbol, one.location, one.what)}
                            for one in steps
                        ],
                    }
                ]
            }
        ],
    }


def _fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """What tells each finding from others, and stays when lines and addresses move: the rule, and the words,
    functions and files of the finding and of what led to it, without numbers. Findings that are alike are
    counted."""
    seen: Counter[tuple[str, ...]] = Counter()
    for one in findings:
        places = [(one.sentence, one.symbol, one.location)]
        places += [(event.what, event.symbol, event.location) for event in one.earlier]
        words = tuple(
            part
            for what, symbol, place in places
            for part in (
                _NUMBER.sub("", what),
                _NUMBER.sub("", symbol),
                os.path.basename(place.file) if place else "",
            )
        )
        known = (one.rule, *words)
        seen[known] += 1
        text = "\0".join((*known, str(seen[known])))
        yield hashlib.sha256(text.encode()).hexdigest()[:32]


def _explored(
    result: dict[str, Any], image: str, finding: Finding, explorations: Sequence[Exploration]
) -> dict[str, Any]:
    """A result with what playing its outcomes has shown."""
    if not explorations:
        return result
    from hypgen.verdict.played import way_of

    status, way = way_of(finding, explorations)
    if not status:
        return result
    result["properties"] = {"played": status}
    if way is not None:
        locations = [
            {"location": _location(image, one.pc, one.symbol, one.location, one.what)} for one in way.steps
        ]
        message = {"text": f"an outcome that ends otherwise: {way.difference}"}
        flow = {"id": f"CPU {finding.cpu}, played", "locations": locations}
        result["codeFlows"].append({"message": message, "threadFlows": [flow]})
    return result


def _location(image: str, pc: int, symbol: str, place: Location | None, message: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {
        "artifactLocation": {"uri": _uri(place.file if place else image)},
        "address": {"absoluteAddress": pc, "kind": "instruction"},
    }
    if place is not None and place.line:
        physical["region"] = {"startLine": place.line}
        if place.column:
            physical["region"]["startColumn"] = place.column
    found: dict[str, Any] = {"physicalLocation": physical}
    if symbol:
        found["logicalLocations"] = [{"fullyQualifiedName": symbol, "kind": "function"}]
    if message:
        found["message"] = {"text": message}
    return found


def _uri(path: str) -> str:
    """The URI reference of a path: absolute ones as ``file:``, what is no file (``<anonymous>``) as it is."""
    from pathlib import Path
    from urllib.parse import quote

    return Path(path).as_uri() if os.path.isabs(path) else quote(path)
