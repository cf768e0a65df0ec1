"""The verdict on an image: its scenario under one filling of everything UNKNOWN and under the complement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypgen.board.model import Board
from hypgen.emulator.strict.findings import Finding
from hypgen.errors import Location, Severity
from hypgen.verdict import lifecycle
from hypgen.verdict.check import Check, expect, failed, judge, same, shown
from hypgen.verdict.diagnosis import diagnose
from hypgen.verdict.observation import Observation, observe


@dataclass(frozen=True)
class Verdict:
    """What was judged and how: ``checks`` in reading order, ``findings`` of the strict rules.

    ``diagnosis`` is a paragraph that says why the image fails, where that is known; ``assumptions``
    are the board's values that rest on no public source, by path, with the reason.
    """

    board: str
    scenario: str
    checks: Sequence[Check]
    findings: Sequence[Finding]
    diagnosis: str
    assumptions: dict[str, str]
    runs: Sequence[Observation]

    @property
    def passed(self) -> bool:
        """Whether every check that ran passed."""
        return not failed(self.checks)


def judge_image(
    board: Board,
    elf: bytes,
    name: str,
    *,
    unknown_seed: int = 1,
    lines: Sequence[tuple[int, Location]] = (),
) -> Verdict:
    """Run the scenario of ``elf`` on the board's strict machine, twice, and judge it.

    ``name`` is what messages call the file; ``lines`` gives source places by virtual address.
    Raises InputError when the file is no such image.
    """
    first, second = (
        observe(board, elf, name, unknown_seed=unknown_seed, complement=complement, lines=lines)
        for complement in (False, True)
    )
    return judge_runs(board, first, second)


def judge_runs(board: Board, first: Observation, second: Observation) -> Verdict:
    """Judge an image by a run under an UNKNOWN filling and by one under the filling's complement."""
    checks = [
        *lifecycle.checks(first),
        judge("strict", lambda: _strict(first)),
        judge("unknown", lambda: _unknown(first, second)),
    ]
    return Verdict(
        board=board.name,
        scenario=lifecycle.NAME,
        checks=tuple(checks),
        findings=first.findings,
        diagnosis=diagnose(board, first) if failed(checks) else "",
        assumptions=dict(board.assumptions),
        runs=(first, second),
    )


def _strict(seen: Observation) -> str:
    """No rule of the strict machine was broken."""
    errors = [one for one in seen.findings if one.severity is Severity.ERROR]
    rules = ", ".join(dict.fromkeys(one.rule for one in errors))
    expect(not errors, f"rules broken: {rules}; see the findings")
    warned = ", ".join(dict.fromkeys(one.rule for one in seen.findings))
    return f"no rule broken; warnings: {warned}" if warned else "no finding"


def _unknown(first: Observation, second: Observation) -> str:
    """Nothing observable depends on what the architecture leaves UNKNOWN.

    Control flow is not compared, only what the scenario can see: outcomes of all checks, exceptions
    (slot, syndrome, preferred return), stop reason, inspected memory and console.
    """
    same("the stop reason under the complement", _stop(second), _stop(first))
    for number, (one, other) in enumerate(zip(_events(first), _events(second), strict=False)):
        same(f"exception {number} under the complement", other, one)
    counts = len(second.exceptions), len(first.exceptions)
    expect(counts[0] == counts[1], f"exceptions under the complement: {counts[0]}, expected {counts[1]}")
    expect(first.journal == second.journal, "the host part's journal differs under the complement")
    expect(first.records == second.records, "the handlers' records differ under the complement")
    expect(first.console == second.console, f"the console differs: {_first_difference(first, second)}")
    changed = [
        one.name
        for one, other in zip(lifecycle.checks(first), lifecycle.checks(second), strict=True)
        if one.outcome is not other.outcome
    ]
    expect(not changed, f"checks that come out differently under the complement: {', '.join(changed)}")
    same(
        "the rules broken under the complement",
        sorted({one.rule for one in second.findings}),
        sorted({one.rule for one in first.findings}),
    )
    return "equal behaviour under one UNKNOWN filling and its complement"


def _stop(seen: Observation) -> str:
    return f"{seen.stop.kind} at {seen.image.symbolize(seen.stop.pc)}"


def _events(seen: Observation) -> list[str]:
    """Every exception as the comparison sees it; the return address by symbol, as addresses mean nothing."""
    return [
        f"slot 0x{one.slot:02x} with HSR {shown(one.hsr)}, returning to "
        f"{seen.image.symbolize(one.preferred_return)}"
        for one in seen.exceptions
    ]


def _first_difference(first: Observation, second: Observation) -> str:
    lines = zip(first.console.splitlines(), second.console.splitlines(), strict=False)
    return next((f"{one!r} against {other!r}" for one, other in lines if one != other), "one ends earlier")
