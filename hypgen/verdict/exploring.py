"""``--explore``: every legal outcome of a run is played, and what they come to is compared.

A finding is *confirmed* when one of the outcomes that it names ends otherwise than the run does without it,
and *not confirmed* when all of them end the same. Where a finding says that an instruction is UNPREDICTABLE
there are no outcomes to play. An image none of whose outcomes ends otherwise needs nothing that it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from hypgen.board.model import Board
from hypgen.emulator.cpu import BANKED_NAMES, Cpu
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.strict.fork import SYNDROMES
from hypgen.emulator.strict.observer import StrictRules
from hypgen.emulator.strict.unk import DIVERGES
from hypgen.errors import Location
from hypgen.machine.exploring import Bound as Bound
from hypgen.machine.exploring import Explored, Explorer, Path
from hypgen.machine.loader import LoadedImage
from hypgen.machine.machine import Machine, Until
from hypgen.machine.results import RunResult, StopReason
from hypgen.plan.scenarios import Scenario
from hypgen.units import PhysAddr
from hypgen.verdict.check import ShortfallError
from hypgen.verdict.observation import INSTRUCTION_LIMIT, Observation, Watched
from hypgen.verdict.verdict import same_results

_ByName = Mapping[tuple[str, int, int], "Played"]
_Cause = tuple[str, int, tuple[int, ...]]
Progress = Callable[[int, int], None]
"""Told how many outcomes have been played, and how many are known to be left."""


class Played(Enum):
    """What playing the outcomes that a finding names has shown."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    UNDECIDED = "undecided"
    """The bound was reached before all of them were played."""
    NOT_PLAYED = "not played"
    """There is no outcome to play."""
    NOT_MET = "not met"
    """The finding is not one of the run that was explored, but of another filling or schedule."""


@dataclass(frozen=True)
class Step:
    """A choice on the way to an outcome: what was played, by which instruction, and what rules name it."""

    what: str
    cpu: int
    pc: int
    symbol: str
    location: Location | None
    rules: tuple[str, ...]

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        at = f"{self.symbol} ({self.pc:#010x})" if self.symbol else f"{self.pc:#010x}"
        return f"{where}{self.what}, at {at} [{', '.join(self.rules)}]"


@dataclass(frozen=True)
class Divergence:
    """An outcome that ends otherwise: the choices that lead to it, and what differs in the end."""

    steps: tuple[Step, ...]
    difference: str


@dataclass(frozen=True)
class Exploration:
    """What exploring showed. ``points`` is the number of loose points that were met, ``choices`` of those
    whose outcomes can be told apart; ``outcomes`` have been played, of which ``merged`` came to a state
    that another had come to; ``reached`` names the bounds that were reached. What has led to an end of its
    own once is not played again."""

    outcomes: int
    points: int
    choices: int
    merged: int
    instructions: int
    reached: tuple[str, ...]
    divergences: tuple[Divergence, ...]
    same: tuple[Step, ...]
    """The last choices of outcomes that end the same."""
    played: Mapping[tuple[str, int, int], Played]
    """By rule, CPU and instruction of each finding, what playing it has shown."""
    ways: Mapping[tuple[str, int, int], Divergence]
    """The same, with an outcome that ends otherwise, for those that are confirmed."""
    elsewhere: Mapping[tuple[str, int, int], Played]
    """What playing has shown of findings that only other paths than the usual one meet."""
    causes: Mapping[_Cause, tuple[str, int, int]] = field(default_factory=dict)
    """The names of all these findings by rule, CPU, and the earlier instructions that they name."""

    @property
    def bounded(self) -> bool:
        """Whether there are outcomes that were not played, which may end otherwise."""
        return bool(self.reached)

    @property
    def diverged(self) -> bool:
        """Whether some outcome ends otherwise."""
        return bool(self.divergences)

    @property
    def trace(self) -> tuple[str, ...]:
        """What was played, one line each: the first outcome that ends otherwise, or all that end the same."""
        if self.divergences:
            first = self.divergences[0]
            return (*map(str, first.steps), first.difference)
        return tuple(dict.fromkeys(map(str, self.same)))

    def of(self, finding: Finding) -> Played:
        """What playing a finding has shown. The two fillings of everything UNKNOWN are two outcomes: that
        they end otherwise is what UNK-001 says."""
        if finding.rule == DIVERGES.id:
            return Played.CONFIRMED
        name = self._name(finding)
        return self.played.get(name, self.elsewhere.get(name, Played.NOT_MET))

    def way(self, finding: Finding) -> Divergence | None:
        """An outcome that confirms a finding."""
        return self.ways.get(self._name(finding))

    def _name(self, finding: Finding) -> tuple[str, int, int]:
        """By what the finding is known here: playing executes instructions one at a time, and may meet at an
        earlier one what a finding of the whole block names."""
        name = name_of(finding)
        known = name in self.played or name in self.elsewhere
        return name if known else self.causes.get(_cause(finding), name)

    @property
    def unnamed(self) -> tuple[Divergence, ...]:
        """Outcomes that end otherwise after one choice, although no finding has its rule."""
        named = {rule for rule, _, _ in self.played}
        alone = [one for one in self.divergences if len(one.steps) == 1]
        return tuple(one for one in alone if not named.intersection(one.steps[0].rules))

    @property
    def summary(self) -> str:
        """One line."""
        end = (
            f"{len(self.divergences)} end otherwise"
            if self.divergences
            else "all that were played end the same"
            if self.bounded
            else "all end the same"
        )
        bound = f"bound reached ({', '.join(self.reached)})" if self.bounded else "bound not reached"
        return (
            f"explored {self.outcomes} outcome{'s' * (self.outcomes != 1)} of {self.points} loose "
            f"point{'s' * (self.points != 1)}, {self.choices} of which can be told apart: {end}; {bound}"
        )


def under_fillings(explored: Callable[[bool], Exploration], findings: Sequence[Finding]) -> Exploration:
    """What exploring shows under one filling of everything UNKNOWN and, if that does not confirm all
    ``findings`` that have outcomes, under its complement as well. ``explored`` is told which it is."""
    first = explored(False)
    unsettled = (Played.NOT_MET, Played.NOT_CONFIRMED)
    if not any(first.of(one) in unsettled for one in findings):
        return first
    second = explored(True)

    def best(one: _ByName, other: _ByName) -> _ByName:
        return {
            name: max(one.get(name, worst), other.get(name, worst), key=order.index)
            for name in (*one, *other)
        }

    worst = Played.NOT_PLAYED
    order = (Played.NOT_PLAYED, Played.NOT_CONFIRMED, Played.UNDECIDED, Played.CONFIRMED)
    return Exploration(
        outcomes=first.outcomes + second.outcomes,
        points=max(first.points, second.points),
        choices=max(first.choices, second.choices),
        merged=first.merged + second.merged,
        instructions=first.instructions + second.instructions,
        reached=tuple(dict.fromkeys((*first.reached, *second.reached))),
        divergences=(*first.divergences, *second.divergences),
        same=(*first.same, *second.same),
        played=best(first.played, second.played),
        ways={**second.ways, **first.ways},
        elsewhere=best(first.elsewhere, second.elsewhere),
        causes={**second.causes, **first.causes},
    )


def name_of(finding: Finding) -> tuple[str, int, int]:
    """By what :attr:`Exploration.played` knows a finding."""
    return finding.rule, finding.cpu, finding.pc


def _cause(finding: Finding) -> _Cause:
    return finding.rule, finding.cpu, tuple(one.pc for one in finding.earlier)


def explore(
    image: LoadedImage,
    scenario: Scenario,
    *,
    board: Board,
    bound: Bound | None = None,
    unknown_seed: int = 1,
    complement: bool = False,
    schedule_seed: int = 1,
    first_only: bool = False,
    progress: Progress = lambda done, left: None,
) -> Exploration:
    """Play every legal outcome of a scenario's image on ``board``, and compare what the scenario can see: how
    the run ends, what each CPU says, the memory that is inspected, and how each check comes out.

    ``first_only`` stops at the first outcome that ends otherwise. Raises InputError as a verification does.
    """
    watched = Watched(
        scenario.on(board),
        image,
        scenario=scenario,
        unknown_seed=unknown_seed,
        complement=complement,
        schedule_seed=schedule_seed,
    )
    machine = watched.machine

    def history() -> Hashable:
        taken = tuple((one.cpu, one.slot, one.hsr, one.pc) for one in machine.exceptions)
        worlds = watched.worlds and watched.worlds.log()
        return taken, tuple(watched.writes), repr([watched.contracts.calls, worlds])

    explorer = Explorer(
        machine,
        bound or Bound(),
        limit=INSTRUCTION_LIMIT,
        until=watched.stimuli.places,
        passing=watched.stimuli.apply,
        logs=tuple(watched.parts()),
        history=history,
        progress=progress,
    )
    return _explore(explorer, machine, lambda result: watched.seen(result.stop), _observed, first_only)


def explore_run(
    machine: Machine,
    *,
    limit: int,
    until: Until | None = None,
    bound: Bound | None = None,
    first_only: bool = False,
    progress: Progress = lambda done, left: None,
) -> Exploration:
    """Play every legal outcome of a strict machine's run, from its state now, and compare all that is left
    in the end: how it ends, registers but for syndromes, memory, and the console. The machine must not have
    run."""
    explorer = Explorer(machine, bound or Bound(), limit=limit, until=until, progress=progress)

    def end(result: RunResult) -> _End:
        return _End.of(machine, result)

    return _explore(explorer, machine, end, _End.difference, first_only)


def _explore(
    explorer: Explorer,
    machine: Machine,
    end: Callable[[RunResult], Any],
    compare: Callable[[Any, Any], str],
    first_only: bool,
) -> Exploration:
    differences: dict[tuple[int, int], str] = {}

    def difference(path: Path) -> str:
        """How a path ends otherwise than the one without its last choice."""
        assert path.parent is not None
        one, other = path.parent.end, path.end
        if one is other:
            return ""
        key = id(one), id(other)
        if key not in differences:
            differences[key] = compare(one, other)
        return differences[key]

    explored = explorer.explore(end, lambda path: bool(difference(path)), first_only)
    branches = [(path, difference(path)) for path in explored.paths[1:]]
    image = machine.image

    def steps(path: Path) -> tuple[Step, ...]:
        return tuple(
            Step(
                one.alternative.what,
                one.choice.cpu,
                one.choice.pc,
                image.symbolize(one.choice.pc)
                if image is not None and image.symbol_at(one.choice.pc)
                else "",
                image.line(one.choice.pc) if image is not None else None,
                tuple(dict.fromkeys(ground.rule for ground in one.alternative.grounds)),
            )
            for one in path.played
        )

    diverging = [(path, Divergence(steps(path), told)) for path, told in branches if told]
    played, ways = _findings(explored, explored.findings, diverging)
    elsewhere, more = _findings(explored, explored.others, diverging)
    return Exploration(
        outcomes=len(explored.paths),
        points=len(explored.points),
        choices=len(explored.choices),
        merged=sum(path.merged is not None for path in explored.paths),
        instructions=explored.instructions,
        reached=tuple(explored.reached),
        divergences=tuple(one for _, one in diverging),
        same=tuple(steps(path)[-1] for path, told in branches if not told),
        played=played,
        ways={**more, **ways},
        elsewhere=elsewhere,
        causes={
            _cause(one): name_of(one)
            for one in (*explored.others.values(), *explored.findings.values())
            if one.earlier
        },
    )


def _findings(
    explored: Explored, findings: Mapping[Hashable, Finding], diverging: Sequence[tuple[Path, Divergence]]
) -> tuple[dict[tuple[str, int, int], Played], dict[tuple[str, int, int], Divergence]]:
    """What became of each of ``findings``."""
    tried = {once for path in explored.paths for once in path.grounds}
    ends = {once: way for path, way in reversed(diverging) for once in _needed(path, explored.findings)}
    played: dict[tuple[str, int, int], Played] = {}
    ways: dict[tuple[str, int, int], Divergence] = {}
    for once, finding in findings.items():
        name = name_of(finding)
        if once in ends:
            played[name], ways[name] = Played.CONFIRMED, ends[once]
        elif once in explored.left:
            played[name] = Played.UNDECIDED
        elif once in tried:
            played[name] = Played.NOT_CONFIRMED
        else:
            played[name] = Played.NOT_PLAYED
    return played, ways


def _needed(path: Path, findings: Mapping[Hashable, Finding]) -> set[Hashable]:
    """The grounds of what leads to a path's end: of its last choice, and of the one before where the usual
    path has no finding that names the last, which only that one leads to then; and so on."""
    grounds, found = path.grounds, set(path.grounds)
    while path.parent is not None and path.parent.played and grounds.isdisjoint(findings):
        path = path.parent
        grounds = path.grounds
        found |= grounds
    return found


def _observed(first: Observation, second: Observation) -> str:
    """What a scenario sees otherwise in a second run."""
    try:
        if _stop(first) != _stop(second):
            return f"it ends with {second.stop.sentence}, not with {first.stop.sentence}"
        same_results(first, second, "then")
    except ShortfallError as shortfall:
        return str(shortfall)
    return ""


def _stop(seen: Observation) -> tuple[str, str]:
    stop = seen.stop
    return stop.kind, "" if stop.kind == "limit" else seen.image.symbolize(stop.pc)


@dataclass(frozen=True)
class _End:
    """All that a run leaves."""

    stop: StopReason
    registers: Mapping[str, int]
    memory: Mapping[tuple[str, int], bytes]
    caches: Mapping[int, Hashable]
    """By physical address, lines that may be otherwise in caches or memory than they were stored."""
    console: str

    @classmethod
    def of(cls, machine: Machine, result: RunResult) -> _End:
        registers = {name: value for cpu in machine.cpus for name, value in _registers(cpu)}
        drams = dict.fromkeys(window.dram for window in machine.memory.windows)
        memory = {(one.name, index): page.freeze() for one in drams for index, page in one.touched.items()}
        observer = machine.cpus[0].system.observer
        assert isinstance(observer, StrictRules)
        side = observer.side
        lines = {key << side.shift: one.conditions for key, one in side.lines.items() if not one.plain}
        return cls(result.stop, registers, memory, lines, machine.console)

    def difference(self, other: _End) -> str:
        """How another end differs."""
        one, two = self.stop, other.stop
        if one.kind == two.kind == "limit":  # where each of them was then means nothing
            return ""
        if (one.kind, one.pc, one.cpu) != (two.kind, two.pc, two.cpu):
            return f"it ends with {two.sentence}, not with {one.sentence}"
        for name, value in self.registers.items():
            there = other.registers.get(name, value)
            if there != value:
                return f"{name} is {there:#x} in the end, not {value:#x}"
        if self.console != other.console:
            return "the console differs"
        for place in self.memory.keys() & other.memory.keys():
            first, second = self.memory[place], other.memory[place]
            if first != second:
                at = next(index for index in range(len(first)) if first[index] != second[index])
                return f"memory differs in the end, at {place[0]}+{(place[1] << 12) + at:#x}"
        for address in sorted(self.caches.keys() | other.caches.keys()):
            if self.caches.get(address) != other.caches.get(address):
                return f"what caches and memory may hold at {PhysAddr(address)} differs in the end"
        return ""


def _registers(cpu: Cpu) -> list[tuple[str, int]]:
    """Every register that anything may still depend on: all but syndromes, which the next exception sets."""
    found = {f"r{number}": value for number, value in enumerate(cpu.r)}
    found["CPSR"] = cpu.cpsr()
    found |= {name: cpu.read_banked(name) for name in BANKED_NAMES}
    found |= cpu.coproc.values
    prefix = f"CPU {cpu.index}: " if cpu.index else ""
    return [(f"{prefix}{name}", value) for name, value in found.items() if name not in SYNDROMES]
