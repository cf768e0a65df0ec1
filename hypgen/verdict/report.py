"""The verdict as text for a person and as JSON for a machine. Both are deterministic."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hypgen.emulator.strict.findings import Finding
from hypgen.plan.scenarios import DEFAULT
from hypgen.verdict.check import Outcome
from hypgen.verdict.verdict import Verdict, under_schedules

if TYPE_CHECKING:
    from hypgen.verdict.exploring import Exploration

FORMAT = "hypgen-report-1"
WIDTH = 110
SCOPE = "This shows what the architecture allows (DDI 0406C); errata of CPUs are not modelled."
"""What a report is about, and what not."""


def as_text(verdict: Verdict) -> str:
    """The table of checks, the findings, the diagnosis, what was assumed, and one last line that sums up."""
    width = max(len(one.name) for one in verdict.checks)
    lines = [f"{one.outcome.value:<8} {one.name:<{width}}  {one.reason}" for one in verdict.checks]
    for finding in verdict.findings:
        lines += ["", str(finding), *played_as_lines(finding, verdict.exploration)]
    for finding, reason in verdict.suppressed:
        lines += ["", f"suppressed: {finding.rule} at {finding.symbol}: {reason}"]
    if verdict.diagnosis:
        lines += [
            "",
            "Why it fails:",
            *textwrap.wrap(verdict.diagnosis, WIDTH, initial_indent="  ", subsequent_indent="  "),
        ]
    if verdict.assumptions:
        lines += ["", "This rests on values of the board file that no public source establishes:"]
        for path, reason in sorted(verdict.assumptions.items()):
            lines += textwrap.wrap(f"{path}: {reason}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    return "\n".join([*lines, "", SCOPE, summary(verdict)])


def played_as_lines(finding: Finding, exploration: Exploration | None) -> list[str]:
    """What exploring has shown of a finding, to stand below it."""
    if exploration is None:
        return []
    from hypgen.verdict import played

    return played.as_lines(finding, exploration)


def summary(verdict: Verdict) -> str:
    """One line: the verdict, how many checks came out how, and how much was executed."""
    counts = {outcome: sum(one.outcome is outcome for one in verdict.checks) for outcome in Outcome}
    told = ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)
    word = "not run" if not verdict.runs else "verified" if verdict.passed else "REJECTED"
    scenario = "" if verdict.scenario == DEFAULT else f"{verdict.scenario}: "
    said = f"{verdict.board}: {scenario}{word}: {told}"
    if not verdict.runs:
        return said
    run = f"{verdict.runs[0].instructions} instructions, strict, under an UNKNOWN filling and its complement"
    return f"{said}; {run}{under_schedules(verdict.runs)}"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The report as plain data; ``docs/report.md`` describes it."""
    exploration = verdict.exploration
    return {
        "format": FORMAT,
        "board": verdict.board,
        "scenario": verdict.scenario,
        "scope": SCOPE,
        "counts": {
            outcome.value: sum(one.outcome is outcome for one in verdict.checks) for outcome in Outcome
        },
        "verdict": Outcome.PASS.value if verdict.passed else Outcome.FAIL.value,
        "checks": [
            {"name": one.name, "status": one.outcome.value, "reason": one.reason} for one in verdict.checks
        ],
        **exploration_as_json(exploration),
        "findings": [finding_as_json(one, exploration) for one in verdict.findings],
        "suppressed": [
            {"finding": finding_as_json(one), "reason": reason} for one, reason in verdict.suppressed
        ],
        "diagnosis": verdict.diagnosis,
        "assumptions": verdict.assumptions,
        "runs": [
            {
                "complement": run.complement,
                "schedule_seed": run.schedule_seed,
                "scheduled": run.scheduled,
                "stop": {"kind": run.stop.kind, "sentence": run.stop.sentence, "pc": run.stop.pc},
                "instructions": run.instructions,
                "exceptions": [
                    {
                        "cpu": one.cpu,
                        "slot": one.slot,
                        "kind": one.kind,
                        "from_mode": one.from_mode,
                        "to_mode": one.to_mode,
                        "hsr": one.hsr,
                        "far": one.far,
                        "preferred_return": run.return_of(one),
                    }
                    for one in run.exceptions
                ],
                "console": run.console,
            }
            for run in verdict.runs
        ],
    }


def exploration_as_json(exploration: Exploration | None) -> dict[str, Any]:
    """What exploring has shown, under the key that reports have it by; nothing if that was not done."""
    if exploration is None:
        return {}
    from hypgen.verdict import played

    return {"exploration": played.as_json(exploration)}


def totals(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The reports of several scenarios on one board, and how many checks of all of them came out how."""
    reports = [as_json(one) for one in verdicts]
    return {
        "format": "hypgen-reports-1",
        "board": verdicts[0].board,
        "verdict": Outcome.PASS.value if all(one.passed for one in verdicts) else Outcome.FAIL.value,
        "counts": {
            outcome.value: sum(report["counts"][outcome.value] for report in reports) for outcome in Outcome
        },
        "scenarios": reports,
    }


def finding_as_json(finding: Finding, exploration: Exploration | None = None) -> dict[str, Any]:
    """A finding as plain data, with what exploring has shown of it if that was done."""
    shown = {}
    if exploration is not None:
        from hypgen.verdict import played

        shown["played"] = played.finding_as_json(finding, exploration)
    return shown | {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "sentence": finding.sentence,
        "cpu": finding.cpu,
        "pc": finding.pc,
        "symbol": finding.symbol,
        "location": str(finding.location or ""),
        "earlier": [
            {"what": one.what, "pc": one.pc, "symbol": one.symbol, "location": str(one.location or "")}
            for one in finding.earlier
        ],
        "state": list(finding.state),
        "fix": finding.fix,
        "assumptions": list(finding.assumptions),
    }
