"""What came of a mutant in one scenario: killed by a rule, by a check, or not at all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.unknown import ZEROS
from hypgen.errors import Severity
from hypgen.machine.loader import read_image
from hypgen.mutation.bench import Bench, Subject
from hypgen.mutation.intent import CHECKS
from hypgen.mutation.mutant import Mutant, patched
from hypgen.verdict.check import Check, Outcome
from hypgen.verdict.exploring import explore
from hypgen.verdict.observation import Observation
from hypgen.verdict.verdict import SCHEDULES, judge_runs, run_checks

RULE, CHECK, SURVIVED, NOT_EXECUTED = "rule", "check", "survived", "not executed"
"""What may come of a mutant in a scenario."""
EQUIVALENT = "equivalent"
"""It survived, and no legal outcome of its run ends otherwise than that of another."""
_HELD = 6
"""Benches that are kept: one way of running an image is looked at by many mutants in a row."""


@dataclass(frozen=True)
class Result:
    """What came of a mutant in a scenario: ``by`` what it was killed, and the ``names`` of the rules or
    checks. ``functional`` says of one that was killed whether a functional emulator could notice it, too: the
    run ends otherwise. ``glanced`` says of one that was not that only the first of the ways in which the
    image is verified was run."""

    by: str
    names: tuple[str, ...] = ()
    functional: bool = False
    glanced: bool = False

    @property
    def killed(self) -> bool:
        """Whether it was."""
        return self.by in (RULE, CHECK)


class Judge:
    """Judges mutants of one image. ``sites`` are all that it may be asked about, with the virtual addresses
    at which they are executed; of those in ``once`` no mutant is one of the instruction alone."""

    def __init__(
        self, subject: Subject, sites: Mapping[int, frozenset[int]], once: Set[int] = frozenset()
    ) -> None:
        self._subject = subject
        self._sites = sites
        self._once = once
        self._benches: OrderedDict[tuple[int, bool], Bench] = OrderedDict()
        several = subject.scenario.all_cpus and subject.board.cpus.count > 1
        self._ways = [
            (schedule, complement)
            for schedule in range(1, (SCHEDULES if several else 1) + 1)
            for complement in (False, True)
        ]

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the unmutated image in the first run: rules broken and checks that fail."""
        base = self._bench(self._ways[0]).base
        broken = (one.rule for one in self._counted(base) if one.severity is Severity.ERROR)
        return (*dict.fromkeys(broken), *_failing(run_checks(base)))

    def glance(self, mutant: Mutant) -> Result:
        """Run a mutant in the first of the ways in which the image is verified, which kills nearly all."""
        seen = self._run(mutant, self._ways[:1])
        return seen if seen.killed else replace(seen, glanced=True)

    def judge(self, mutant: Mutant) -> Result:
        """Run a mutant in every way in which the image is verified, until something kills it."""
        return self._run(mutant, self._ways)

    def _run(self, mutant: Mutant, ways: Sequence[tuple[int, bool]]) -> Result:
        runs: list[Observation] = []
        for way in ways:
            if runs and (unharmed := self._unharmed(mutant, way, 2 * runs[0].instructions)) is not None:
                runs.append(unharmed)
                continue
            bench = self._bench(way)
            seen = bench.play(mutant)
            if seen is None:
                continue
            if names := self._rules(seen, bench.base):
                return self._killed(mutant, RULE, names)
            if names := _failing(run_checks(seen)):
                return self._killed(mutant, CHECK, names)
            runs.append(seen)
        if not runs:
            return Result(NOT_EXECUTED)
        names = _failing(judge_runs(self._subject.board, *runs).checks) if len(ways) > 1 else ()
        return self._killed(mutant, CHECK, names) if names else Result(SURVIVED)

    def explore(self, mutant: Mutant) -> Result:
        """Play every legal outcome of a mutant that survived, in the first way in which the image is run.

        It is equivalent, within the scenario and the bound, if none ends otherwise; the names say what was
        played, or what led to an outcome that does. Only class 1 is asked about: a bit of function that
        nobody uses is no less wrong. Nor is a DMB, as not every order in which CPUs see accesses is played.
        """
        if mutant.kind != 1 or mutant.subject.startswith("dmb"):
            return Result(SURVIVED)
        subject, (schedule, complement) = self._subject, self._ways[0]
        image = read_image(patched(subject.elf, subject.image, mutant), subject.name, subject.lines)
        found = explore(
            image,
            subject.scenario,
            board=subject.board,
            schedule_seed=schedule,
            complement=complement,
            first_only=True,
        )
        if found.diverged or found.bounded:
            return Result(SURVIVED, found.trace)
        return Result(EQUIVALENT, (found.summary,))

    def _unharmed(self, mutant: Mutant, way: tuple[int, bool], limit: int) -> Observation | None:
        """A run from reset in which nothing is wrong, whatever the unmutated image shows in that way, which
        need not be run then; None where something is, or may be."""
        if mutant.kind != 1 or way in self._benches:
            return None
        subject, (schedule, complement) = self._subject, way
        changed = replace(subject, elf=patched(subject.elf, subject.image, mutant))
        seen = changed.watched("strict", schedule_seed=schedule, complement=complement).run(limit)
        wrong = seen.stop.kind == "limit" or self._counted(seen) or _failing(run_checks(seen))
        return None if wrong else seen

    def _killed(self, mutant: Mutant, by: str, names: tuple[str, ...]) -> Result:
        return Result(by, names, self._functional.ends_otherwise(mutant))

    def _bench(self, way: tuple[int, bool]) -> Bench:
        bench = self._benches.pop(way, None)
        if bench is None:
            schedule, complement = way
            watched = self._subject.watched("strict", schedule_seed=schedule, complement=complement)
            bench = Bench(watched, self._sites, once=self._once, profile=self._subject.profile)
            while len(self._benches) >= _HELD:
                self._benches.popitem(last=False)
        self._benches[way] = bench
        return bench

    @cached_property
    def _functional(self) -> Bench:
        """A run as any emulator makes it: no rules, everything UNKNOWN zero, long turns."""
        watched = self._subject.watched("functional", unknown_seed=ZEROS, schedule_seed=None)
        return Bench(watched, self._sites, once=self._once)

    def _rules(self, seen: Observation, base: Observation) -> tuple[str, ...]:
        """The rules that a run breaks and the unmutated image's does not, those that only warn among them."""
        kept = {one.rule for one in self._counted(base)}
        return tuple(dict.fromkeys(one.rule for one in self._counted(seen) if one.rule not in kept))

    def _counted(self, seen: Observation) -> Sequence[Finding]:
        """The findings of a run that the profile neither ignores nor puts aside."""
        return self._subject.profile.judge(seen.findings).findings


def _failing(checks: Iterable[Check]) -> tuple[str, ...]:
    return tuple(one.name for one in checks if one.outcome is Outcome.FAIL and one.name not in CHECKS)
