"""The verdict on an image: its scenario under one filling of everything UNKNOWN and under the complement,
and under several schedules of its CPUs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hypgen.board.model import Board
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.unknown import Inversion
from hypgen.errors import Location, Severity
from hypgen.machine.loader import read_image
from hypgen.machine.machine import Machine
from hypgen.machine.renewal import renewed
from hypgen.plan.scenarios import DEFAULT, Scenario, load_scenario
from hypgen.plan.structures import Record
from hypgen.verdict.check import Check, Outcome, ShortfallError, expect, failed, judge, same, shown
from hypgen.verdict.common import COMMON
from hypgen.verdict.diagnosis import diagnose
from hypgen.verdict.evidence import known_syndrome
from hypgen.verdict.observation import Observation, Watched, declared_scenario
from hypgen.verdict.origin import Run, bound, find_origin
from hypgen.verdict.profile import Judged, Profile
from hypgen.verdict.scenarios import checks_of

if TYPE_CHECKING:
    from hypgen.verdict.exploring import Exploration

SCHEDULES = 3
"""Schedules under which an image must behave in the same way."""


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
    suppressed: Sequence[tuple[Finding, str]] = ()
    """Findings that a profile puts aside, with the reason."""
    exploration: Exploration | None = None
    """What playing every legal outcome has shown, if that was asked for."""

    @property
    def passed(self) -> bool:
        """Whether every check that ran passed."""
        return not failed(self.checks)

    def check(self, name: str) -> Check:
        """The check called ``name``; raises KeyError."""
        return {one.name: one for one in self.checks}[name]


def judge_image(
    board: Board,
    elf: bytes,
    name: str,
    *,
    unknown_seed: int = 1,
    schedule_seed: int = 1,
    templates: Path | None = None,
    lines: Sequence[tuple[int, Location]] = (),
    pedantic: bool = False,
) -> Verdict:
    """Run the scenario that ``elf`` declares on the board's strict machine, and judge it.

    Each run is made under a filling of everything UNKNOWN and under the filling's complement, and under
    :data:`SCHEDULES` schedules, from ``schedule_seed`` on. A run in which the schedule decided nothing, as
    only one CPU ever had something to execute, is that of every schedule and made once. ``name`` is what
    messages call the file; ``lines`` gives source places by virtual address; ``templates`` is a
    directory of the user's own, which may have rows of scenarios. ``pedantic`` has the rules told that only
    pedants ask for. Raises InputError when the file is
    no such image, or the board cannot run it.
    """
    image = read_image(elf, name, lines)
    scenario = load_scenario(declared_scenario(image, name), templates)
    refused = scenario.missing(board)
    if refused:
        return not_run(board, scenario, refused)
    entered = scenario.on(board)

    def watched(complement: bool | Inversion, seed: int, machine: Machine | None = None) -> Watched:
        return Watched(
            entered,
            image,
            scenario=scenario,
            unknown_seed=unknown_seed,
            complement=complement,
            schedule_seed=seed,
            pedantic=pedantic,
            machine=machine,
        )

    def run(complement: bool, seed: int) -> Observation:
        with _seldom_collected(), renewed(entered, image, unknown_seed, complement, seed) as machine:
            return watched(complement, seed, machine).run()

    runs = [run(complement, schedule_seed) for complement in (False, True)]
    others = [one.complement for one in runs if one.scheduled]
    for seed in range(schedule_seed + 1, schedule_seed + SCHEDULES):
        runs += [run(complement, seed) for complement in others]
    verdict = judge_runs(board, *runs)
    if verdict.check("unknown").outcome is Outcome.FAIL:
        return _traced(verdict, lambda inversion: watched(inversion, schedule_seed))
    return verdict


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """With Python's cycle collector at work less often, which finds next to nothing in a run, and takes a
    twentieth of it."""
    young, *older = gc.get_threshold()
    if young:  # and not switched off
        gc.set_threshold(max(young, _GARBAGE), *older)
    try:
        yield
    finally:
        gc.set_threshold(young, *older)


_GARBAGE = 50_000
"""Objects, more made than gone, after which the collector looks while an image is run."""


def _traced(verdict: Verdict, watched: Callable[[Inversion], Watched]) -> Verdict:
    """The verdict with the origin of a difference between the first run and its complement."""
    first, second = verdict.runs[:2]
    most = bound(first.instructions, second.instructions)
    if most is None or not _differ(first, second):
        return verdict
    shown = watched(lambda name: 0).run(most)

    def stepping(inversion: Inversion) -> Run:
        made = watched(inversion)
        return Run(made.machine, made.stimuli.run)

    drawn = {**first.drawn, **second.drawn}
    origin = find_origin(
        lambda inversion: _differ(shown, watched(inversion).run(most)), drawn, stepping, most
    )
    place = first.image.line(origin.pc)
    where = f" ({place})" if place else ""
    said = f"; {origin.sentence} ({origin.state}); used first at {first.image.symbolize(origin.pc)}{where}"
    checks = tuple(
        replace(one, reason=one.reason + said) if one.name == "unknown" else one for one in verdict.checks
    )
    return replace(verdict, checks=checks)


def _differ(first: Observation, second: Observation) -> bool:
    try:
        _same_behaviour(first, second)
    except ShortfallError:
        return True
    return False


def not_run(board: Board, scenario: Scenario, reason: str) -> Verdict:
    """The verdict on a scenario that a board has no means for."""
    check = Check(scenario.name, Outcome.NOT_RUN, reason)
    return Verdict(board.name, scenario.name, (check,), (), "", dict(board.assumptions), ())


def judge_runs(board: Board, first: Observation, *others: Observation) -> Verdict:
    """Judge an image by a run under an UNKNOWN filling and by others, under the filling's complement and
    under other schedules, in which it must behave in the same way."""
    runs = (first, *others)
    checks = [
        *run_checks(first),
        judge("strict", lambda: _strict(runs)),
        judge("unknown", lambda: _unknown(runs)),
    ]
    return Verdict(
        board=board.name,
        scenario=first.scenario.name,
        checks=tuple(checks),
        findings=_distinct(runs),
        diagnosis=diagnose(board, first) if failed(checks) else "",
        assumptions=dict(board.assumptions),
        runs=runs,
    )


def under_profile(verdict: Verdict, profile: Profile, werror: bool = False) -> Verdict:
    """The verdict with the findings as ``profile`` counts them; with ``werror`` warnings fail, too."""
    judged = profile.judge(verdict.findings)
    strict = judge("strict", lambda: _counted(judged, werror))
    checks = tuple(strict if one.name == "strict" else one for one in verdict.checks)
    return replace(verdict, checks=checks, findings=judged.findings, suppressed=judged.suppressed)


def with_exploration(verdict: Verdict, exploration: Exploration) -> Verdict:
    """The verdict with what playing every legal outcome of its first run has shown.

    That fails it only where an outcome ends otherwise which no finding names: the others count as findings.
    """
    said = judge("explored", lambda: _named(exploration))
    return replace(verdict, checks=(*verdict.checks, said), exploration=exploration)


def _named(exploration: Exploration) -> str:
    for one in exploration.unnamed:
        raise ShortfallError(f"{one.steps[-1].what}, which no finding names: {one.difference}")
    return exploration.summary


def _counted(judged: Judged, werror: bool) -> str:
    failing = [one for one in judged.findings if werror or one.severity is Severity.ERROR]
    rules = ", ".join(dict.fromkeys(one.rule for one in failing))
    expect(not failing, f"rules broken: {rules}; see the findings")
    warned = ", ".join(dict.fromkeys(one.rule for one in judged.findings))
    aside = f"; {len(judged.suppressed)} suppressed" if judged.suppressed else ""
    return (f"no rule broken; warnings: {warned}" if warned else "no finding") + aside


def run_checks(seen: Observation) -> Sequence[Check]:
    """The scenario's own checks, and those that every scenario but the first has; made once for a run."""
    if seen.checks:
        return seen.checks
    bodies = dict(checks_of(seen.scenario.name))
    if seen.scenario.name != DEFAULT:
        bodies = {**bodies, **{name: body for name, body in COMMON.items() if name not in bodies}}
    seen.checks.extend(judge(name, partial(body, seen)) for name, body in bodies.items())
    return seen.checks


def _distinct(runs: Sequence[Observation]) -> tuple[Finding, ...]:
    """The findings of the first run, and of the others those at places where it found nothing."""
    found = {(one.rule, one.pc): one for run in reversed(runs) for one in run.findings}
    first = {(one.rule, one.pc) for one in runs[0].findings}
    return (*runs[0].findings, *(one for key, one in found.items() if key not in first))


def _strict(runs: Sequence[Observation]) -> str:
    """No rule of the strict machine was broken."""
    findings = [one for run in runs for one in run.findings]
    errors = [one for one in findings if one.severity is Severity.ERROR]
    rules = ", ".join(dict.fromkeys(one.rule for one in errors))
    expect(not errors, f"rules broken: {rules}; see the findings")
    warned = ", ".join(dict.fromkeys(one.rule for one in findings))
    return f"no rule broken; warnings: {warned}" if warned else "no finding"


def _unknown(runs: Sequence[Observation]) -> str:
    """Nothing observable depends on what the architecture leaves UNKNOWN, or on who executes when.

    Control flow is not compared, only what the scenario can see: outcomes of all checks, and for each CPU
    exceptions (slot, syndrome, preferred return), inspected memory and console; the stop reason.
    """
    first = runs[0]
    for other in runs[1:]:
        _same_behaviour(first, other)
    return f"equal behaviour under one UNKNOWN filling and its complement{under_schedules(runs)}"


def under_schedules(runs: Sequence[Observation]) -> str:
    """Under how many schedules runs were made, in words, or why any schedule gives these runs."""
    if not any(one.scheduled for one in runs):
        return " and any schedule, as one CPU executes alone"
    schedules = len({one.schedule_seed for one in runs})
    return f" and {schedules} schedules" if schedules > 1 else ""


def _same_behaviour(first: Observation, second: Observation) -> None:
    differs = ["the complement"] if second.complement != first.complement else []
    if second.schedule_seed != first.schedule_seed:
        differs.append(f"schedule {second.schedule_seed}")
    where = f"under {' and '.join(differs)}"
    same(f"the stop reason {where}", _stop(second), _stop(first))
    for cpu in range(first.cpus):
        of = f" of CPU {cpu}" if first.cpus > 1 else ""
        one, other = _events(first, cpu), _events(second, cpu)
        for number, (event, again) in enumerate(zip(one, other, strict=False)):
            same(f"exception {number}{of} {where}", again, event)
        expect(len(one) == len(other), f"exceptions{of} {where}: {len(other)}, expected {len(one)}")
    same_results(first, second, where)
    same(
        f"the rules broken {where}",
        sorted({one.rule for one in second.findings}),
        sorted({one.rule for one in first.findings}),
    )


def same_results(first: Observation, second: Observation, where: str) -> None:
    """Expect that two runs leave the same behind: what the scenario inspects, what each CPU says, and how
    each check comes out. ``where`` tells of the second run: "under the complement". Raises ShortfallError."""
    expect(first.journal == second.journal, f"the host part's journal differs {where}")
    expect(_records(first) == _records(second), f"the handlers' records differ {where}")
    for cpu in (*range(first.cpus), -1):
        said, other_said = first.lines_of(cpu), second.lines_of(cpu)
        expect(said == other_said, f"the console differs: {_first_difference(said, other_said)}")
    changed = [
        one.name
        for one, other in zip(run_checks(first), run_checks(second), strict=True)
        if one.outcome is not other.outcome
    ]
    expect(not changed, f"checks that come out differently {where}: {', '.join(changed)}")


def _records(seen: Observation) -> list[Record]:
    return [one._replace(hsr=known_syndrome(one.hsr) or 0) for one in seen.records]


def _stop(seen: Observation) -> str:
    return f"{seen.stop.kind} at {seen.image.symbolize(seen.stop.place)}"


def _events(seen: Observation, cpu: int) -> list[str]:
    """Every exception of a CPU as the comparison sees it; the return address by symbol."""
    return [
        f"slot 0x{one.slot:02x} with HSR {shown(known_syndrome(one.hsr))}, returning to {seen.return_of(one)}"
        for one in seen.exceptions
        if one.cpu == cpu
    ]


def _first_difference(first: Sequence[str], second: Sequence[str]) -> str:
    lines = zip(first, second, strict=False)
    return next((f"{one!r} against {other!r}" for one, other in lines if one != other), "one ends earlier")
