"""Running mutants from where they begin to differ.

The unmutated image runs once, and its machine is captured before the first execution of each site. A
mutant goes on from there, with its change made, until a rule is broken or its run ends: what came before
is the same in both, and so is what comes after they meet again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

from hypgen.arch.registers import BY_NAME
from hypgen.board.model import Board
from hypgen.emulator.block import Block
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.unknown import ZEROS, Seed
from hypgen.errors import Location
from hypgen.machine.loader import LoadedImage, read_image
from hypgen.machine.machine import StopReason
from hypgen.machine.places import link_address, linked_at
from hypgen.mutation.following import Followed, end_of
from hypgen.mutation.intent import STEPS
from hypgen.mutation.meeting import changed_words, copied, met
from hypgen.mutation.mutant import Flip, Mutant, Written
from hypgen.mutation.policy import CONTROLS, is_scaffold
from hypgen.mutation.visits import Stretch, Visits
from hypgen.plan.scenarios import Scenario
from hypgen.verdict.observation import INSTRUCTION_LIMIT, Captured, Observation, Watched
from hypgen.verdict.profile import Profile

SLICE = 1000
"""Instructions between two looks at whether a rule was broken."""
PATIENCE, TOLERATED = 4000, 100
"""Instructions, in all and without an exception, and exceptions, that a mutant may take beyond one and a half
times those of the unmutated image: if none is taken for so long, it waits for what does not come."""


@dataclass(frozen=True)
class Subject:
    """An image that is mutated: the scenario that it is of, the board that it is for, and the profile by
    which its findings count."""

    board: Board
    scenario: Scenario
    elf: bytes
    name: str
    lines: tuple[tuple[int, Location], ...]
    profile: Profile = field(default_factory=Profile)

    @cached_property
    def image(self) -> LoadedImage:
        """What is where in it."""
        return read_image(self.elf, self.name, self.lines)

    def watched(
        self,
        mode: Literal["strict", "functional"],
        *,
        unknown_seed: Seed = 1,
        complement: bool = False,
        schedule_seed: int | None = 1,
    ) -> Watched:
        """The image on a machine, before its first instruction."""
        return Watched(
            self.scenario.on(self.board),
            self.elf,
            self.name,
            scenario=self.scenario,
            unknown_seed=unknown_seed,
            complement=complement,
            schedule_seed=schedule_seed,
            lines=self.lines,
            mode=mode,
            pedantic=self.profile.pedantic,
        )


class Bench:
    """One way of running an image: ``base`` is what the unmutated image showed.

    ``sites`` has the virtual addresses at which each site is executed. A mutant whose state is the unmutated
    image's again goes on where that executes the site next; one of the sites in ``once`` runs all the way
    from its first execution, as all do without ``meeting``. Findings count as ``profile`` says.
    """

    def __init__(
        self,
        watched: Watched,
        sites: Mapping[int, frozenset[int]],
        *,
        once: Set[int] = frozenset(),
        meeting: bool = True,
        profile: Profile | None = None,
    ) -> None:
        self._watched = watched
        self._profile = profile or Profile()
        self._machine = watched.machine
        self._once: Set[int] = once if meeting else sites.keys()
        self._visits: dict[int, Visits] = {}
        self._failed = self._addresses("hypgen_failed")
        self._check = self._addresses("host_check")
        self._stimuli = watched.stimuli
        self._sites = sites
        self._told: frozenset[str] = frozenset()
        self._followed: Followed | None = None
        self._has_left = False
        taken = [0]
        self._machine.on_exception.append(lambda _: taken.append(self._machine.scheduler.executed()))
        self.base = self._run_base()
        self._machine.on_exception.pop()
        quiet = max(after - before for before, after in pairwise([*taken, self.base.instructions]))
        self._quiet = quiet * 3 // 2 + PATIENCE
        self._told = frozenset(one.rule for one in self._counted(self.base.findings))
        self._limit = self.base.instructions * 3 // 2 + PATIENCE
        self._exceptions = len(self.base.exceptions) * 3 // 2 + TOLERATED
        image = watched.image
        self._copied = {site for site in self._visits if copied(self._machine, image.to_load(site))}

    def play(self, mutant: Mutant) -> Observation | None:
        """What the image showed with the mutant's change made; None if it never executes the site."""
        visits = self._visits.get(mutant.site)
        if visits is None:
            return None
        meets = self._may_meet(mutant, visits)
        changed = changed_words(self._watched, mutant)
        begun = None if meets else visits.stretches[0]  # where it has left the unmutated image's run
        now: Captured | None = None
        for stretch, posts in visits.posts(self.base.instructions) if meets else ():
            begun = begun or stretch
            for number, end in enumerate(posts):
                self._resume(begun, now, mutant)
                stop = self._go(mutant, end)
                if stop is not None:
                    return self._watched.seen(stop)
                now = self._watched.capture()
                if met(now, self._later(stretch, number, end), changed):
                    begun = now = None
                    break
        if begun is None:
            return self.base
        self._resume(begun, now, mutant)
        stop = self._go(mutant, self._limit)
        assert stop is not None  # no run goes on beyond the limit
        return self._watched.seen(stop)

    def ends_otherwise(self, mutant: Mutant) -> bool:
        """Whether who sees no findings sees a run that ends otherwise; it is left once that is certain."""
        self._followed = self._followed or Followed(self.base)
        self._has_left = False
        seen = self.play(mutant)
        return seen is not None and (self._has_left or end_of(seen) != end_of(self.base))

    def _may_meet(self, mutant: Mutant, visits: Visits) -> bool:
        """Whether the one difference of a mutant is an instruction, each execution of which is known."""
        known = visits.known and mutant.site not in self._once and mutant.site not in self._copied
        return known and mutant.in_place

    def _later(self, stretch: Stretch, number: int, end: int) -> Captured:
        """The state of the unmutated image at the post of a number after a stretch. The machine may be left
        in it."""
        if number == len(stretch.later):
            self._watched.reinstate(stretch.later[-1] if stretch.later else stretch.state)
            while (left := end - self._machine.scheduler.executed()) > 0:
                self._stimuli.apply(self._machine.run(left, (*self._failed, *self._stimuli.places)).stop)
            stretch.later.append(self._watched.capture())
        return stretch.later[number]

    def _resume(self, begun: Stretch, now: Captured | None, mutant: Mutant) -> None:
        """Go back to a state of a mutant, or to the one before its site and make the change."""
        self._watched.reinstate(now or begun.state)
        if now is None:
            for address, word in mutant.words:
                place = self._watched.image.to_load(address)
                self._machine.write_physical(place, word.to_bytes(4, "little"))
            if mutant.flip is not None:
                self._invert(mutant, mutant.flip, self._machine.scheduler.current)

    def _addresses(self, symbol: str) -> frozenset[int]:
        """The addresses at which a function begins; none if the image has no such function."""
        image = self._watched.image
        if symbol not in image.symbols:
            return frozenset()
        address = image.symbols[symbol].address
        return frozenset({address, image.to_load(address)})

    def _run_base(self) -> Observation:
        left = set(self._sites)
        while True:
            # Another instruction may have the address: then the state is one from before, which is as good.
            where = {address for site in left for address in self._sites[site]}
            limit = INSTRUCTION_LIMIT - self._machine.scheduler.executed()
            stop = self._machine.run(limit=limit, until=(*where, *self._stimuli.places)).stop
            self._stimuli.apply(stop)
            if stop.kind != "until":
                if self._watched.image.symbolize(stop.pc).startswith("hypgen_failed"):
                    self._failed = frozenset()  # where this scenario ends by rights
                return self._watched.seen(stop)
            captured = cache(self._watched.capture)  # once, if several sites have the address
            for site in [site for site in left if stop.pc in self._sites[site]]:
                visits = self._visits.setdefault(site, Visits())
                if not visits.note(self._machine.scheduler.executed(), captured) or site in self._once:
                    left.remove(site)

    def _go(self, mutant: Mutant, end: int) -> StopReason | None:
        """Run on to the end of the mutant or to its first finding; None after ``end`` instructions in all."""
        machine = self._machine
        flips = self._sites[mutant.site] if mutant.flip else frozenset()
        steps = set(self._steps(mutant))
        until = (*self._failed, *self._stimuli.places, *flips, *(self._check if steps else ()))
        executed = changed = machine.scheduler.executed()
        taken = len(machine.exceptions)
        while True:
            before = executed
            stop = machine.run(limit=min(SLICE, end - executed), until=until).stop
            executed = machine.scheduler.executed()
            if self._broken() or self._leaves():
                return stop
            if len(machine.exceptions) != taken:
                taken, changed = len(machine.exceptions), executed
            if stop.kind == "limit":
                waits = executed - changed > self._quiet
                if waits or taken > self._exceptions or executed >= self._limit or executed == before:
                    return stop
                if executed >= end:
                    return None
                continue
            if stop.kind != "until" or stop.pc in self._failed:
                return stop
            cpu = machine.cpus[stop.cpu]
            self._stimuli.apply(stop)
            if mutant.flip is not None and stop.pc in flips:
                self._invert(mutant, mutant.flip, cpu)
            elif stop.pc in self._check and cpu.r[2] in steps:
                cpu.r[0] = cpu.r[1]  # what the step gave is what it should give

    def _invert(self, mutant: Mutant, flip: Flip, cpu: Cpu) -> None:
        """Execute the site, if that is what the CPU is about to do, with bits of a register inverted."""
        machine = self._machine
        if link_address(machine, self._watched.image, cpu.index, cpu.r[15]) != mutant.site:
            return
        before = cpu.count
        cpu.r[flip.register] ^= flip.mask
        while cpu.count == before and not self._broken():
            machine.run(limit=1)
        cpu.r[flip.register] ^= flip.mask

    def _broken(self) -> bool:
        """Whether a rule was broken that the unmutated image keeps, be it a warning's."""
        found = self._machine.findings
        return bool(found) and any(one.rule not in self._told for one in self._counted(found))

    def _counted(self, findings: Iterable[Finding]) -> Sequence[Finding]:
        """Those that the profile neither ignores nor puts aside."""
        return self._profile.judge(findings).findings

    def _leaves(self) -> bool:
        """Whether the run is followed, and has left that of the unmutated image."""
        self._has_left = self._followed is not None and self._followed.left(self._machine)
        return self._has_left

    def _steps(self, mutant: Mutant) -> Iterable[int]:
        """The host program's steps that compare the mutant's register with the plan."""
        scenario = self._watched.scenario
        return [one.number for one in scenario.steps if STEPS.get(one.name, "-") == mutant.register]


class Executed(NamedTuple):
    """An instruction that is executed: whether in T32 state, and at which virtual addresses."""

    thumb: bool
    places: frozenset[int]


def executed(subject: Subject) -> dict[int, Executed]:
    """What a functional run of an image executes, by link address."""
    return reached(subject).code


class Reached(NamedTuple):
    """What a functional run of an image comes to: instructions by link address, what is written into the
    registers that are mutated, but for templates that are not, and how many instructions it executes."""

    code: dict[int, Executed]
    writes: set[Written]
    instructions: int


def reached(subject: Subject) -> Reached:
    """What a functional run of an image comes to."""
    watched = subject.watched("functional", unknown_seed=ZEROS, schedule_seed=None)
    machine, image = watched.machine, watched.image
    blocks: dict[tuple[int, int, bool], tuple[int, ...]] = {}

    def note(cpu: Cpu, block: Block) -> None:
        blocks.setdefault((block.pa, block.va, bool(cpu.t)), tuple(block.offsets))

    writes: set[Written] = set()

    def note_write(cpu: int, stored: str, value: int, pc: int) -> None:
        address = link_address(machine, image, cpu, pc)
        place = image.line(address)
        name = stored.removesuffix("_NS")
        if place is None or not is_scaffold(place.file, name):
            writes.add(Written(name, value, address))

    machine.watch_registers({f"{name}_NS" if BY_NAME[name].banked else name for name in CONTROLS}, note_write)
    machine.hooks.append(note)
    watched.stimuli.run(INSTRUCTION_LIMIT)
    found: dict[int, Executed] = {}
    for (pa, va, thumb), offsets in blocks.items():
        base = linked_at(machine.board, image, pa, va)
        for offset in offsets:
            known = found.get(base + offset)
            places = known.places if known else frozenset()
            found[base + offset] = Executed(thumb, places | {va + offset})
    return Reached(found, writes, machine.scheduler.executed())
