"""One run of an image, seen from outside: everything that checks are allowed to look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from hypgen.arch.psr import Mode
from hypgen.board.model import Board
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.state import State, capture, reinstate
from hypgen.emulator.strict.contract import Stack, StateTerms
from hypgen.emulator.strict.findings import Finding
from hypgen.emulator.unknown import Inversion, Seed
from hypgen.errors import InputError, Location
from hypgen.machine.loader import LoadedImage, LoadedSymbol, read_image
from hypgen.machine.machine import Machine, StopReason
from hypgen.machine.places import link_address
from hypgen.plan.scenarios import Scenario, load_scenario
from hypgen.plan.structures import (
    JOURNAL_SIZE,
    LAST_STACK_SIZE,
    RECORD_AREA_SIZE,
    Record,
    read_journal,
    read_record_area,
)
from hypgen.units import LoadAddr
from hypgen.verdict.check import Check, ShortfallError
from hypgen.verdict.contracts import Call, Contracts, Unreturned
from hypgen.verdict.stimuli import Stimuli
from hypgen.verdict.worlds import NO_GUESTS, WorldLog, Worlds

if TYPE_CHECKING:
    from hypgen.machine.snapshot import Snapshot

WATCHED = ("HVBAR", "HSCTLR", "HTTBR", "SCTLR_NS", "TTBR0_NS", "SCR", "NSACR", "MVBAR", "CNTFRQ", "CNTVOFF")
"""Registers whose every write is kept: they say where Hyp mode and the host part go and through what."""
STACK_PAGE = 0x1000
"""Bytes of a CPU's stack in Hyp mode."""
PUBLIC = frozenset({"hyp_trap", "hyp_record", "hyp_stop", "hyp_area", "hyp_sum", "hyp_irq", "hyp_fiq"})
"""Functions of Hyp mode that others call, or that call others: their stack is 8-byte aligned."""
INSTRUCTION_LIMIT = 3_000_000
"""Instructions after which a run is stopped; one CPU's life needs about fifty thousand."""


class RegisterWrite(NamedTuple):
    """A write of a watched register, ``order`` counting with exceptions.

    ``pc`` is the link address of the instruction, whatever address it was executed at, which is ``at``.
    """

    name: str
    value: int
    pc: int
    order: int
    cpu: int = 0
    at: int = 0


class Noted(NamedTuple):
    """An entry of a CPU's journal: the step's name, the round, what it gave and what it should have given."""

    cpu: int
    name: str
    round: int
    got: int
    expected: int


@dataclass(frozen=True)
class Observation:
    """What one run showed. ``complement`` says whether the UNKNOWN filling was the complemented one,
    ``schedule_seed`` in which turns the CPUs executed, of which ``cpus`` take part, and ``scheduled`` whether
    that seed decided anything: every seed gives this run if it did not;
    ``what_lies_at`` names what the board has at a physical address, ``calls`` are the HVCs from PL1 that
    came back, with what they changed, ``traps`` all else that Hyp mode took and returned from,
    ``unreturned`` what it did not return from, ``worlds`` what happened to guests, ``vectors`` the link
    address of each exception's vector by its CPU and count, ``places`` those of its instruction and of its
    preferred return, in an image whose virtual and load addresses overlap; ``drawn`` is what was UNKNOWN and
    asked for, with its bits."""

    image: LoadedImage
    scenario: Scenario
    board: Board
    cpus: int
    complement: bool
    schedule_seed: int
    stop: StopReason
    instructions: int
    exceptions: Sequence[ExceptionTaken]
    writes: Sequence[RegisterWrite]
    journal: Sequence[Noted]
    records: Sequence[Record]
    console: str
    findings: Sequence[Finding]
    what_lies_at: Callable[[int], str]
    calls: Sequence[Call] = ()
    traps: Sequence[Call] = ()
    unreturned: Sequence[Unreturned] = ()
    worlds: WorldLog = NO_GUESTS
    vectors: Mapping[tuple[int, int], int] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    scheduled: bool = True
    checks: list[Check] = field(default_factory=list, init=False, repr=False, compare=False)
    """What judging has made of it, once it was judged (:func:`hypgen.verdict.verdict.run_checks`)."""

    @cached_property
    def by_step(self) -> Mapping[str, Sequence[Noted]]:
        """The journal's entries by their steps' names."""
        found: dict[str, list[Noted]] = {}
        for one in self.journal:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def by_vectors(self) -> Mapping[int, Sequence[ExceptionTaken]]:
        """The exceptions by the link address of the vectors that they were taken through."""
        found: dict[int, list[ExceptionTaken]] = {}
        for one in self.exceptions:
            vector = self.vectors.get((one.cpu, one.count))
            if vector is not None:
                found.setdefault(vector - one.slot, []).append(one)
        return found

    def lines_of(self, cpu: int) -> list[str]:
        """The console lines that begin with this CPU, in order; those of no CPU for -1."""
        prefix = f"cpu{cpu} "
        lines = self.console.splitlines()
        if cpu < 0:
            return [one for one in lines if not re.match(r"cpu\d+ ", one)]
        return [one for one in lines if one.startswith(prefix)]

    def place_of(self, taken: ExceptionTaken) -> str:
        """The instruction that raised an exception, by its symbol."""
        return self.image.symbolize(self.places.get((taken.cpu, taken.count), (taken.pc, 0))[0])

    def return_of(self, taken: ExceptionTaken) -> str:
        """The instruction that an exception prefers to return to, by its symbol."""
        return self.image.symbolize(self.places.get((taken.cpu, taken.count), (0, taken.preferred_return))[1])

    def load_of(self, symbol: str) -> int:
        """The load address of ``symbol``: what a CPU with its MMU off knows it by."""
        return self.image.to_load(self.virtual_of(symbol))

    def virtual_of(self, symbol: str) -> int:
        """The virtual address of ``symbol``; raises ShortfallError if the image has no such symbol."""
        return self.symbol(symbol).address

    def symbol(self, name: str) -> LoadedSymbol:
        """The symbol called ``name``; raises ShortfallError if the image has no such symbol."""
        if name not in self.image.symbols:
            raise ShortfallError(f"the image has no symbol {name}")
        return self.image.symbols[name]


def _of_each_image(image: LoadedImage, name: str) -> list[LoadedSymbol]:
    """A symbol that an image has, and the second one if there is one."""
    return [image.symbols[one] for one in (name, f"second_{name}") if one in image.symbols]


class Captured(NamedTuple):
    """A state to go back to: that of the machine, and what was seen until then."""

    machine: Snapshot
    seen: list[State]


def _state_terms(image: LoadedImage) -> StateTerms:
    """What the STATE rules hold these images to; what calls preserve is compared by :class:`Contracts`."""
    stacks = [
        Stack(start, start + area.size, STACK_PAGE)
        for area in _of_each_image(image, "hyp_stacks")
        for start in dict.fromkeys((area.address, image.to_load(area.address)))
    ]
    stacks += [
        Stack(end - LAST_STACK_SIZE, end, LAST_STACK_SIZE)
        for areas in _of_each_image(image, "hyp_records")
        for end in range(areas.address + RECORD_AREA_SIZE, areas.address + areas.size + 1, RECORD_AREA_SIZE)
    ]
    public = (one.address for name, one in image.symbols.items() if name.removeprefix("second_") in PUBLIC)
    return StateTerms(tuple(stacks), frozenset(public))


class Watched:
    """An image on the board's machine before its reset is left, and everything that watches it.

    ``board`` is the board as the scenario has it; a ``machine`` that is given is at the image's first
    instruction. What was seen can be captured and gone back to together with the machine. Raises InputError
    when the file cannot be loaded, or is no image that declares its scenario.
    """

    def __init__(
        self,
        board: Board,
        elf: bytes | LoadedImage,
        name: str = "image",
        *,
        scenario: Scenario,
        unknown_seed: Seed,
        complement: bool | Inversion,
        schedule_seed: int | None = 1,
        lines: Sequence[tuple[int, Location]] = (),
        mode: Literal["strict", "functional"] = "strict",
        pedantic: bool = False,
        machine: Machine | None = None,
    ) -> None:
        self.board = board
        self.scenario = scenario
        self.complement = bool(complement)
        self.schedule_seed = schedule_seed or 0
        self.image = elf if isinstance(elf, LoadedImage) else read_image(elf, name, lines)
        if machine is None:
            machine = Machine(
                board,
                mode=mode,
                unknown_seed=unknown_seed,
                complement=complement,
                schedule_seed=schedule_seed,
            )
            machine.start(self.image)
        self.machine = machine
        self.machine.contract.state = _state_terms(self.image)
        self.machine.contract.pedantic = pedantic
        self.writes: list[RegisterWrite] = []
        self.vectors: dict[tuple[int, int], int] = {}
        self.places: dict[tuple[int, int], tuple[int, int]] = {}
        self.machine.watch_registers(WATCHED, self._note)
        self.machine.on_exception.append(self._note_vector)
        self.contracts = Contracts(self.machine)
        self.worlds = Worlds(self.machine) if scenario.ipa_bits else None
        self.stimuli = Stimuli(self.machine, scenario)

    def _note(self, cpu: int, register: str, value: int, pc: int) -> None:
        place = link_address(self.machine, self.image, cpu, pc)
        self.writes.append(RegisterWrite(register, value, place, len(self.machine.exceptions), cpu, pc))

    def _note_vector(self, taken: ExceptionTaken) -> None:
        place = link_address(self.machine, self.image, taken.cpu, taken.vector_pc)
        self.vectors[taken.cpu, taken.count] = place
        if self.image.overlaps_itself:
            regime = "hyp" if taken.from_mode == Mode.HYP else "pl1" if taken.to_mode == Mode.HYP else None
            pc, then = (
                link_address(self.machine, self.image, taken.cpu, one, regime)
                for one in (taken.pc, taken.preferred_return)
            )
            self.places[taken.cpu, taken.count] = (pc, then)

    def run(self, limit: int = INSTRUCTION_LIMIT) -> Observation:
        """Run from reset until the image stops, and say what was seen."""
        return self.seen(self.stimuli.run(limit).stop)

    def capture(self) -> Captured:
        """The machine's state and what was seen until now."""
        return Captured(self.machine.snapshot(), [capture(part, names) for part, names in self.parts()])

    def reinstate(self, captured: Captured) -> None:
        """Go back to what :meth:`capture` gave."""
        self.machine.restore(captured.machine)
        for (part, names), state in zip(self.parts(), captured.seen, strict=True):
            reinstate(part, names, state)

    def parts(self) -> Iterator[tuple[object, tuple[str, ...]]]:
        """What holds that which was seen, with the names of the attributes."""
        yield self, ("writes", "vectors", "places")
        yield self.stimuli, Stimuli.STATE
        yield self.contracts, Contracts.STATE
        if self.worlds is not None:
            yield self.worlds, Worlds.STATE

    def seen(self, stop: StopReason) -> Observation:
        """What a run showed that ended so."""
        machine, image, scenario = self.machine, self.image, self.scenario
        return Observation(
            image=image,
            scenario=scenario,
            board=self.board,
            cpus=self.board.cpus.count if scenario.all_cpus else 1,
            complement=self.complement,
            schedule_seed=self.schedule_seed,
            stop=stop,
            instructions=machine.scheduler.executed(),
            exceptions=tuple(machine.exceptions),
            writes=tuple(self.writes),
            journal=_journal(machine, image, scenario),
            records=_records(machine, image),
            console=machine.console,
            findings=tuple(machine.findings),
            what_lies_at=machine.bus.what,
            calls=tuple(self.contracts.calls),
            traps=tuple(self.contracts.traps),
            unreturned=self.contracts.unreturned,
            worlds=self.worlds.log() if self.worlds else NO_GUESTS,
            vectors=dict(self.vectors),
            drawn=machine.unknown.drawn,
            places=dict(self.places),
            scheduled=machine.scheduler.decided,
        )


def observe(
    board: Board,
    elf: bytes,
    name: str,
    *,
    scenario: Scenario,
    unknown_seed: int,
    complement: bool | Inversion,
    schedule_seed: int = 1,
    lines: Sequence[tuple[int, Location]] = (),
    pedantic: bool = False,
) -> Observation:
    """Run ``elf`` on the board's strict machine from reset until it stops, and say what was seen.

    ``board`` is the board as the scenario has it. Raises InputError when the file cannot be loaded, or
    is no image that declares its scenario. ``pedantic`` has the rules told that only pedants ask for.
    """
    watched = Watched(
        board,
        elf,
        name,
        scenario=scenario,
        unknown_seed=unknown_seed,
        complement=complement,
        schedule_seed=schedule_seed,
        lines=lines,
        pedantic=pedantic,
    )
    return watched.run()


def declared_scenario(elf: bytes | LoadedImage, name: str) -> str:
    """The name of the scenario that an image declares; raises InputError VERDICT-001 if it has none."""
    image = elf if isinstance(elf, LoadedImage) else read_image(elf, name)
    require_symbols(image, ("hypgen_scenario", "host_journal", "hyp_records"))
    return declared_by(image)


def declared_by(image: LoadedImage) -> str:
    """The name of the scenario that an image declares; empty for one that hypgen did not make."""
    if "hypgen_scenario" not in image.symbols:
        return ""
    address = image.symbols["hypgen_scenario"].address
    for segment in image.segments:
        if address in segment.virtual_span:
            text = segment.data[address - segment.virtual :].partition(b"\0")[0]
            return text.decode("ascii", "replace")
    return ""


def require_symbols(image: LoadedImage, wanted: Sequence[str]) -> None:
    """Raise InputError VERDICT-001 unless the image has each of the symbols."""
    missing = [symbol for symbol in wanted if symbol not in image.symbols]
    if missing:
        raise InputError.at(
            "VERDICT-001",
            f"this image declares no scenario: it has no symbol {' and no symbol '.join(missing)}",
            Location(image.name),
            "verify an image that hypgen built and that is not stripped",
        )


def _journal(machine: Machine, image: LoadedImage, scenario: Scenario) -> tuple[Noted, ...]:
    """The journals of all CPUs; the steps of a second image are ``second.`` and their own names."""
    journals = [("host_journal", scenario, "")]
    if "second_host_journal" in image.symbols:
        journals.append(("second_host_journal", load_scenario(scenario.second), "second."))
    found = []
    for symbol, row, prefix in journals:
        for cpu in range(len(machine.cpus)):
            try:
                there = _at(machine, image, symbol, JOURNAL_SIZE, cpu)
                entries = read_journal(there, big_endian=image.big_endian)
            except ValueError:
                # The image overwrote its own journal: it has nothing to say, and every check will say so.
                continue
            found += [
                Noted(cpu, prefix + row.step(one.step), one.round, one.got, one.expected) for one in entries
            ]
    return tuple(found)


def _records(machine: Machine, image: LoadedImage) -> tuple[Record, ...]:
    areas = (
        read_record_area(
            _at(machine, image, "hyp_records", RECORD_AREA_SIZE, cpu), big_endian=image.big_endian
        )
        for cpu in range(len(machine.cpus))
    )
    return tuple(one for area in areas for one in area)


def _at(machine: Machine, image: LoadedImage, symbol: str, size: int, cpu: int = 0) -> bytes:
    """A CPU's part of the memory at a symbol; raises InputError VERDICT-002 if no memory is there."""
    address = image.to_load(image.symbols[symbol].address + cpu * size)
    try:
        return machine.read_physical(address, size)
    except ValueError as error:
        raise InputError.at(
            "VERDICT-002",
            f"{symbol} lies at load address {LoadAddr(address)}, and not all of its {size} bytes are memory",
            Location(image.name),
            "verify an image for this board that hypgen built",
        ) from error
