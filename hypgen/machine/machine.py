"""The machine: a board's CPUs, memory and devices, which loads and executes an image.

    machine = Machine(board)
    machine.load(elf_bytes)
    result = machine.run(until="done")
    machine.cpus[0].read("HSCTLR"), machine.console, machine.exceptions, machine.findings

It is built from the board's description and from nothing that the plan knows, so it runs images
that hypgen did not make. What only some machines need (the strict rules, snapshots, the loader of ELF files,
instructions as text) is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from hypgen.arch.registers import CLIDR
from hypgen.emulator.blocks import Hook, Runner
from hypgen.emulator.coprocessor import Coprocessors
from hypgen.emulator.cp15 import RegisterFile
from hypgen.emulator.cpu import Cpu
from hypgen.emulator.dataside import ToldDataSide
from hypgen.emulator.exceptions import ExceptionTaken
from hypgen.emulator.faults import Fault
from hypgen.emulator.strict.contract import Contract
from hypgen.emulator.system import System
from hypgen.emulator.timers import Clock
from hypgen.emulator.translation import Regime, Translation
from hypgen.emulator.unknown import ZEROS, Inversion, Seed, Unknown
from hypgen.emulator.watch import Watchpoint, Watchpoints
from hypgen.errors import Location
from hypgen.machine.bus import build_bus
from hypgen.machine.describe import CpuDescription, describe
from hypgen.machine.firmware import Firmware, PowerRequest
from hypgen.machine.places import link_address, linked_at
from hypgen.machine.reset import SECURE_MODES, enter, reset
from hypgen.machine.results import RunResult as RunResult
from hypgen.machine.results import StopReason as StopReason
from hypgen.machine.scheduler import Scheduler
from hypgen.machine.secondaries import releases
from hypgen.machine.virtual import read_virtual, write_virtual

if TYPE_CHECKING:
    from hypgen.board.model import Board
    from hypgen.emulator.strict.findings import Event, Finding
    from hypgen.emulator.strict.memory_side import MemorySide
    from hypgen.machine.loader import LoadedImage
    from hypgen.machine.snapshot import Snapshot, Snapshots

EXCEPTIONS_KEPT = 1 << 17
DEFAULT_LIMIT = 10_000_000
"""Instructions that a run may take when nobody says otherwise; no run goes on for ever."""

_AT_A_PLACE = frozenset({"loop", "lock-up", "until", "watch", "wfi"})
"""Kinds of stop whose sentence names an address; the machine adds its symbol."""

_REGIMES = {"hyp": Regime.HYP, "pl1": Regime.NON_SECURE_PL1, "secure-pl1": Regime.SECURE_PL1}

Until = str | int | Iterable[str | int]
"""Where to stop: a symbol, an address (virtual or load), or several."""


class Machine:
    """A board that executes an image.

    ``mode`` is ``strict``, which also applies the strict rules, or ``functional``. All state that
    the architecture or the entry contract leaves UNKNOWN comes from ``unknown_seed``, a number or
    "zeros" (by default 1 in strict mode and zeros in functional mode, as code that was written for an
    emulator may rely on); ``complement`` inverts every bit of it. The CPUs share time in turns that
    ``schedule_seed`` decides: short ones at random (by default in strict mode), or, without a seed, long
    ones that go round, as emulators do. All but the boot CPU are off until firmware starts them, or enter
    the image with it, as the board says. ``entry_mode`` (``hyp``, ``svc``, ``secure-svc`` or ``mon``)
    stands in for the board's own, ``contract`` for what the board's entry promises to the strict rules.
    """

    STATE = ("exceptions", "exceptions_dropped")
    """What a snapshot holds, besides what the machine is made of."""

    def __init__(
        self,
        board: Board,
        mode: Literal["strict", "functional"] = "strict",
        unknown_seed: Seed | None = None,
        complement: bool | Inversion = False,
        schedule_seed: int | None = None,
        entry_mode: str | None = None,
        contract: Contract | None = None,
    ) -> None:
        self.board = board
        self.entry_mode = entry_mode or board.entry.mode
        self.mode = mode
        self.description = describe(board, entry_mode)
        if unknown_seed is None:
            unknown_seed = 1 if mode == "strict" else ZEROS
        self.unknown = Unknown(unknown_seed, complement)
        self.bus = build_bus(self.description, self.unknown)
        self.memory = self.bus.memory
        self.exceptions: list[ExceptionTaken] = []
        """The exceptions taken, at least the last :data:`EXCEPTIONS_KEPT` of them."""
        self.exceptions_dropped = 0
        """How many of the first exceptions are no longer there."""
        self.on_exception: list[Callable[[ExceptionTaken], None]] = []
        """Called after each exception entry."""
        self._watchpoints = Watchpoints()
        self._on_register_write: list[Callable[[Cpu, str, int], None]] = []
        self.hooks: list[Hook] = []
        """Called before each block with the CPU and the block; blocks are basic blocks at most."""
        self.image: LoadedImage | None = None
        self._findings: list[Finding] = []
        entry = board.entry
        self.contract = contract or Contract(
            entry.tlb == "clean", entry.caches == "clean", board.assumptions, self.placed
        )
        self.contract.coherent = self.entry_mode not in SECURE_MODES
        self._side: MemorySide | None = None
        self._firmware = Firmware(self.description, self._has_memory)
        self.cpus: tuple[Cpu, ...] = tuple(self._make_cpu(one) for one in self.description.cpus)
        self.entering: Sequence[int] = range(len(self.cpus)) if self.description.together else (0,)
        """The CPUs that execute the image from its entry on; the boot CPU, which is number 0, is one."""
        systems = tuple(cpu.system for cpu in self.cpus)
        self.runners = tuple(Runner(cpu) for cpu in self.cpus)
        if schedule_seed is None and mode == "strict":
            schedule_seed = 1
        self.clock = Clock(self.description.counter_frequency)
        self.scheduler = Scheduler(self.runners, self.clock, schedule_seed, self._begin, self._switched)
        self.bus.requester.sent = self._interrupt_sent
        self.scheduler.between_turns = self._drop_exceptions
        for system, runner in zip(systems, self.runners, strict=True):
            system.peers = systems
            system.power = self.scheduler
            runner.hooks = self.hooks
        self.bus.connect(self.cpus, self.clock)
        self._switched(self.cpus[0])
        self._snapshots: Snapshots | None = None
        for index, release in releases(self.description, self.bus, self.cpus).items():
            self.scheduler.hold(index, release)

    # -- construction --------------------------------------------------------------------------------
    def _make_cpu(self, description: CpuDescription) -> Cpu:
        cpu = Cpu(description.index)
        handed_over = self.entry_mode not in SECURE_MODES  # firmware has run before the image
        values = RegisterFile(
            self.unknown, description.index, description.identification, handed_over=handed_over
        )
        cpu.coproc = Coprocessors(cpu, values)
        system = System(cpu, self.memory, self.exceptions)
        system.ccsidr = description.core.cache_sizes
        system.what = self.bus.what
        system.firmware = self._call_firmware
        system.conduits = self._firmware.conduits
        system.on_register_write = self._on_register_write
        system.on_exception = self.on_exception
        system.watchpoints = self._watchpoints
        if self.mode == "strict":
            from hypgen.emulator.strict.memory_side import MemorySide
            from hypgen.emulator.strict.observer import StrictRules

            if self._side is None:
                self._side = MemorySide(
                    self.memory,
                    description.core.data_line,
                    unknown=not self.contract.caches_clean,
                    unified=not CLIDR.field("LoUU").get(description.core.clidr),
                )
            system.observe(StrictRules(system, self._findings, self.contract, self._side))
            cpu.mem = ToldDataSide(system.accesses, system)
        reset(cpu, self.board, self.entry_mode, self.unknown, self.memory)
        return cpu

    def _begin(self, cpu: Cpu, entry: int, context: int) -> None:
        """Reset a CPU that firmware starts: in the boot CPU's mode, at ``entry`` with ``context`` in r0."""
        reset(cpu, self.board, self.entry_mode, self.unknown, self.memory)
        if cpu.system.observer is not None:
            cpu.system.observer.started(self.scheduler.current.index)
        cpu.r[0] = context
        cpu.t = entry & 1
        cpu.r[15] = entry & ~1
        self.bus.timers[cpu.index].refresh()

    # -- snapshots -----------------------------------------------------------------------------------
    def snapshot(self) -> Snapshot:
        """The whole state now, to go back to with :meth:`restore`."""
        if self._snapshots is None:
            from hypgen.machine.snapshot import Snapshots

            self._snapshots = Snapshots(self)
        return self._snapshots.take()

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this machine; what runs from there is the same every time."""
        if self._snapshots is None:
            raise ValueError("this machine has made no snapshot")
        self._snapshots.restore(snapshot)

    def restored(self) -> None:
        """The state is that of a snapshot: tell the devices whose turn it is, and show what they show."""
        self.bus.restored()
        self._switched(self.scheduler.current)

    def placed(self, address: int) -> bool:
        """Whether the loader put something at a physical address, or zeroed it."""
        return self.image is None or self.image.loaded_at(address)

    def _has_memory(self, address: int) -> bool:
        return self.memory.page(address >> 12) is not None

    def _interrupt_sent(self, target: int) -> None:
        """The CPU that executes sends an interrupt to another one."""
        observer = self.scheduler.current.system.observer
        if observer is not None:
            observer.interrupt_sent(target)

    def _switched(self, cpu: Cpu) -> None:
        """Another CPU executes from now on: devices that tell CPUs apart need to know."""
        self.bus.requester.cpu = cpu

    def _call_firmware(self, cpu: Cpu, conduit: str, immediate: int) -> bool:
        try:
            return self._firmware(cpu, conduit, immediate)
        except PowerRequest as request:
            cpu.system.request_stop("power-off", f"firmware was asked to {_POWER[request.kind]}")
            return True

    # -- running -------------------------------------------------------------------------------------
    def load(
        self, data: bytes, name: str = "image", lines: Sequence[tuple[int, Location]] = ()
    ) -> LoadedImage:
        """Load an ELF executable and point the boot CPU at its entry. Raises InputError when it cannot be.

        ``lines`` gives source places by virtual address, in ascending order.
        """
        from hypgen.machine.loader import read_image

        return self.start(read_image(data, name, lines))

    def start(self, image: LoadedImage) -> LoadedImage:
        """Place ``image`` in memory and point the boot CPU at its entry. Raises InputError RUN-004."""
        from hypgen.machine.loader import place

        self.bus.fill_roms([segment.load_span for segment in image.segments], self.unknown)
        place(image, self.memory, self.bus.what)
        self.image = image
        if self._side is not None and self.board.entry.hyp_mmu and not self.contract.caches_clean:
            for segment in image.segments:
                self._side.put_through_caches(int(segment.load), segment.size)
        for index in self.entering:
            enter(self.cpus[index], image.entry, image.big_endian)
            self.scheduler.admit(index)
        return image

    def _drop_exceptions(self) -> None:
        """Forget the oldest exceptions if there are very many."""
        surplus = len(self.exceptions) - EXCEPTIONS_KEPT
        if surplus > EXCEPTIONS_KEPT:
            del self.exceptions[:surplus]
            self.exceptions_dropped += surplus

    def run(self, limit: int = DEFAULT_LIMIT, until: Until | None = None) -> RunResult:
        """Execute at most ``limit`` instructions, and stop before the one at ``until``."""
        wanted = frozenset(self._addresses(until))
        marks = self.contract.state.marks
        for runner in self.runners:
            finder = runner.finder
            if wanted != finder.breakpoints or marks != finder.marks:
                finder.set_breakpoints(wanted, marks)
        before = self.scheduler.executed()
        stop, runner = self.scheduler.run(limit)
        cpu = runner.cpu
        sentence = stop.sentence
        if stop.kind == "unpredictable" and cpu.system.observer is not None:
            cpu.system.observer.unpredictable(sentence)
        place = cpu.r[15] if self.image is None else link_address(self, self.image, cpu.index, cpu.r[15])
        if stop.kind in ("not-modelled", "unpredictable"):
            sentence = f"{sentence}; {self._instruction(cpu, cpu.r[15], place)}"
        elif self.image is not None and self.image.symbol_at(place) and stop.kind in _AT_A_PLACE:
            sentence = f"{sentence} ({self.image.symbolize(place)})"
        reason = StopReason(stop.kind, sentence, cpu.r[15], cpu.index, place)
        return RunResult(reason, self.scheduler.executed() - before)

    def _addresses(self, until: Until | None) -> Iterable[int]:
        if until is None:
            return
        for one in (until,) if isinstance(until, (str, int)) else until:
            if isinstance(one, int):
                yield one
            elif self.image is None or one not in self.image.symbols:
                raise KeyError(f"the image has no symbol {one!r}")
            else:
                address = self.image.symbols[one].address
                yield address
                yield self.image.to_load(address)

    def _instruction(self, cpu: Cpu, pc: int, place: int) -> str:
        """The instruction at ``pc`` as text with its place, for a stop's sentence."""
        where = self.image.symbolize(place) if self.image else f"{pc:#010x}"
        outcome = cpu.system.translate(pc, fetch=True)
        page = None if isinstance(outcome, Fault) else self.memory.page(outcome.pa >> 12)
        if page is None:
            return f"at {where}"
        from hypgen.decode.disassembly import disassemble_code

        code = bytes(page.data[pc & 0xFFF :][:4])  # of an instruction across pages the first half
        for one in disassemble_code(code, "t32" if cpu.t else "a32", pc):
            shown = f"`{one.text}`" if one.insn is not None else f"{one.word:#0{2 * one.length + 2}x}"
            return f"at {where}, instruction {shown}"
        return f"at {where}"

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """Data accesses before which a run stops with the kind ``watch``; assign to change them.

        A run that goes on from such a stop passes it.
        """
        return self._watchpoints.points

    @watchpoints.setter
    def watchpoints(self, points: Iterable[Watchpoint]) -> None:
        self._watchpoints.replace(points)
        for cpu in self.cpus:
            cpu.system.forget_translations()
            cpu.system.context_changed()

    @property
    def watch_hit(self) -> Watchpoint | None:
        """The watchpoint that stopped a run last."""
        return self._watchpoints.hit

    def watch_registers(self, names: Iterable[str], note: Callable[[int, str, int, int], None]) -> None:
        """Call ``note(cpu, name, value, pc)`` after each MCR or MCRR to one of the registers ``names``.

        A register that is banked by security state is named with its suffix, as ``SCTLR_NS``.
        """
        watched = frozenset(names)

        def see(cpu: Cpu, stored: str, value: int) -> None:
            if stored in watched:
                note(cpu.index, stored, value, cpu.system.current_pc())

        self._on_register_write.append(see)

    # -- looking -------------------------------------------------------------------------------------
    @property
    def console(self) -> str:
        """What the guest printed; bytes that are no UTF-8 show as U+FFFD."""
        return self.bus.console.output.decode("utf-8", "replace")

    @property
    def findings(self) -> list[Finding]:
        """What the strict rules found, in order, with symbols and source lines where known."""
        return [self._placed(finding) for finding in self._findings]

    def _placed(self, finding: Finding) -> Finding:
        image = self.image
        if image is None:
            return finding

        def known(pc: int, pa: int | None) -> int:
            """The address by which the image knows an instruction, which may run at another."""
            return pc if pa is None else linked_at(self.board, image, pa, pc)

        def placed(event: Event) -> Event:
            at = known(event.pc, event.pa)
            return replace(event, symbol=image.symbolize(at), location=image.line(at))

        at = known(finding.pc, finding.pa)
        return replace(
            finding,
            symbol=image.symbolize(at),
            location=image.line(at),
            earlier=tuple(placed(event) for event in finding.earlier),
        )

    def translate(self, cpu: Cpu | int, va: int, regime: str | None = None) -> Translation | Fault:
        """Translate ``va`` as a load in ``regime`` (``hyp``, ``pl1``, ``secure-pl1``; by default the
        current one of ``cpu``), with the walk as data. Permissions are in the result, not judged."""
        one = self.cpus[cpu] if isinstance(cpu, int) else cpu
        return one.system.translate(va, regime=_REGIMES[regime] if regime else None)

    def read_physical(self, address: int, size: int) -> bytes:
        """Memory at a physical address. Raises ValueError where no memory is."""
        return self.memory.read(address, size)

    def write_physical(self, address: int, content: bytes) -> None:
        """Set memory at a physical address. Raises ValueError where no memory is."""
        self.memory.write(address, content)

    def read_virtual(self, cpu: Cpu | int, va: int, size: int, regime: str | None = None) -> bytes:
        """Memory at a virtual address, in a regime as :meth:`translate` has it. Raises ValueError."""
        one = self.cpus[cpu] if isinstance(cpu, int) else cpu
        return read_virtual(self, one, va, size, regime)

    def write_virtual(self, cpu: Cpu | int, va: int, content: bytes, regime: str | None = None) -> None:
        """Set memory at a virtual address, whatever its permissions. Raises ValueError."""
        one = self.cpus[cpu] if isinstance(cpu, int) else cpu
        write_virtual(self, one, va, content, regime)

    def read_load(self, address: int, size: int) -> bytes:
        """Memory of the image, at a load address or at a virtual address of one of its segments."""
        return self.memory.read(self.image.to_load(address) if self.image else address, size)

    def set_registers(self, values: Mapping[str, int], cpu: int = 0) -> None:
        """Set registers by name, as to start from another machine's state; CPSR first, so that the
        names of the current mode's registers mean that mode's."""
        target = self.cpus[cpu]
        for name in sorted(values, key=lambda one: one.upper() != "CPSR"):
            target.write(name, values[name])


_POWER = {"off": "switch the machine off (SYSTEM_OFF)", "reset": "reset the machine (SYSTEM_RESET)"}
