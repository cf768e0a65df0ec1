"""What one CPU's instructions reach outside its core registers: translation, barriers, events.

Its contexts are in :mod:`hypgen.emulator.contexts`, what it tells the strict rules in
:mod:`hypgen.emulator.observing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from hypgen.arch import registers as cp15
from hypgen.arch.exceptions import ExceptionClass
from hypgen.arch.psr import Mode
from hypgen.arch.register import Register
from hypgen.decode.table import Insn, decode_a32, decode_t32, is_32bit
from hypgen.emulator import mmu
from hypgen.emulator.access import Accesses, ExclusiveMonitor
from hypgen.emulator.contexts import Contexts, regimes_changed
from hypgen.emulator.dataside import DataSide
from hypgen.emulator.exceptions import ExceptionTaken, GuestException, HypTrap, Undefined
from hypgen.emulator.faults import Fault
from hypgen.emulator.interrupts import Interrupts, Line
from hypgen.emulator.memory import OFFSET_MASK, PAGE_SHIFT, Page, PhysicalMemory
from hypgen.emulator.not_modelled import not_modelled
from hypgen.emulator.operations import OPERATIONS
from hypgen.emulator.translation import Regime, Translation
from hypgen.emulator.watch import Watchpoints

if TYPE_CHECKING:
    from hypgen.emulator.cpu import Cpu
    from hypgen.emulator.event_stream import EventStream

SCR_NS = cp15.SCR.bit("NS")
SCTLR_A = cp15.SCTLR.bit("A")
HSCTLR_A = cp15.HSCTLR.bit("A")
HCR_TWI = cp15.HCR.bit("TWI")
HCR_TWE = cp15.HCR.bit("TWE")

_MMU_ENABLES = {
    "HSCTLR": cp15.HSCTLR.bit("M"),
    "SCTLR_S": cp15.SCTLR.bit("M"),
    "SCTLR_NS": cp15.SCTLR.bit("M"),
}
_FINITE_TIME = 8
"""Instructions for which the strict machine goes on with what pends when nothing masks it any more."""
_ROUTING = frozenset(
    ["SCR", "HCR", "HDCR", "HSCTLR", "SCTLR_S", "SCTLR_NS", "HVBAR", "MVBAR", "VBAR_S", "VBAR_NS"]
)
"""Stored names of the registers that say where an exception goes and how it is entered."""


CP15_BARRIER, SWAP = "a CP15 barrier", "SWP"
"""What the rules are told is read when such an instruction asks whether it may be executed."""


class Stop:
    """A wish to stop the run: its kind and a sentence."""

    __slots__ = ("kind", "sentence")

    def __init__(self, kind: str, sentence: str) -> None:
        self.kind = kind
        self.sentence = sentence


class PowerControl(Protocol):
    """What firmware starts and stops CPUs with."""

    @property
    def alone(self) -> bool:
        """Whether at most one CPU executes."""

    def start(self, index: int, entry: int, context: int = 0) -> None:
        """Start CPU number ``index`` at ``entry``, whose bit 0 selects Thumb, with ``context`` in r0."""

    def stop(self, index: int) -> None:
        """Switch a CPU off; it executes no further instruction."""

    def hold(self, index: int, release: Callable[[], int | None]) -> None:
        """Have a CPU wait until ``release`` gives an entry address."""

    def is_on(self, index: int) -> bool:
        """Whether a CPU executes."""


Firmware = Callable[["Cpu", str, int], bool]
"""Answers an SMC or HVC (conduit and immediate) by changing registers, or declines with False."""

Semihosting = Callable[["Cpu", GuestException, int], bool]
"""Performs the host call that an instruction (its exception and address) makes, or declines with False."""


class System(Contexts):
    """Translation regimes, barriers, hints and operations of one CPU."""

    __slots__ = (
        "accesses",
        "ccsidr",
        "check_exclusive",
        "clear_exclusive",
        "conduits",
        "current_pc",
        "cut",
        "event",
        "event_stream",
        "exceptions",
        "executing",
        "firmware",
        "interrupts",
        "last_exception",
        "mark_exclusive",
        "memory",
        "monitor",
        "on_barrier",
        "on_exception",
        "on_operation",
        "on_register_write",
        "on_return",
        "peers",
        "power",
        "put_off",
        "reached",
        "returned_to",
        "semihosting",
        "settle",
        "stop",
        "watchpoints",
        "what",
        "woken",
        "yielded",
    )

    STATE = (
        *("attention", "event", "executing", "interrupted", "last_exception", "put_off", "returned_to"),
        "stop",
    )
    """What a snapshot holds."""

    def __init__(self, cpu: Cpu, memory: PhysicalMemory, exceptions: list[ExceptionTaken]) -> None:
        super().__init__(cpu)
        self.memory = memory
        self.exceptions = exceptions
        self.what: Callable[[int], str] = memory.what
        """Names what lies at a physical address."""
        self.firmware: Firmware | None = None
        self.conduits: frozenset[str] = frozenset({"hvc", "smc"})
        """The instructions that :attr:`firmware` may answer."""
        self.ccsidr: Mapping[int, int] = {}
        self.on_register_write: list[Callable[[Cpu, str, int], None]] = []
        self.on_exception: list[Callable[[ExceptionTaken], None]] = []
        """Called after each exception entry."""
        self.on_barrier: list[Callable[[Cpu, str, int], None]] = []
        """Called at each DMB, DSB and ISB, by its name in lower case."""
        self.on_operation: list[Callable[[Cpu, str], None]] = []
        """Called with the name of each TLB, cache, predictor or address translation operation."""
        self.on_return: list[Callable[[Cpu], None]] = []
        """Called after each exception return, when the CPU is where it goes on."""
        self.semihosting: Semihosting | None = None
        self.watchpoints = Watchpoints()
        self.last_exception: ExceptionTaken | None = None
        self.stop: Stop | None = None
        self.current_pc: Callable[[], int] = lambda: cpu.r[15]
        """The address of the instruction being executed, asked of the runner."""
        self.cut: Callable[[], None] = lambda: None
        """Ends the running block after the current instruction; the runner provides it."""
        self.settle: Callable[[], None] = lambda: None
        """Has what register writes changed outside the CPU be so; called at context synchronisation."""
        self.woken: Callable[[], None] = lambda: None
        self.yielded: Callable[[], None] = lambda: None
        """Tells whoever shares the time between CPUs that this one may proceed."""
        self.interrupts = Interrupts(cpu)
        self.put_off = 0
        """Instructions for which what pends is not taken yet, though nothing masks it any more."""
        self.event = False
        """The Event Register, which SEV sets and WFE waits for (B1.8.13)."""
        self.event_stream: EventStream | None = None
        """What sends events as time passes, on a machine that has time."""
        self.returned_to = -1
        """Where the last exception return went."""
        self.reached: Translation | Fault | None = None
        """What the maintenance by address that is being performed reaches, if not what the tables say."""
        self.peers: Sequence[System] = (self,)
        """The systems of all CPUs of the machine, this one included."""
        self.accesses = Accesses(self)
        monitor = self.monitor = ExclusiveMonitor(self)
        self.mark_exclusive = monitor.mark
        self.check_exclusive = monitor.passes
        self.clear_exclusive = monitor.clear
        self.power: PowerControl | None = None
        """What starts and stops the CPUs of the machine, for its firmware."""
        self.executing = True
        """Whether this CPU has its turn."""
        cpu.system = self
        cpu.mem = DataSide(self.accesses, self)

    def leave(self) -> None:
        """Another CPU has its turn now."""
        self.executing = False
        self.monitor.leave()

    # -- registers -----------------------------------------------------------------------------------
    def register_written(self, row: Register, stored: str, old: int, new: int) -> None:
        """An MCR or MCRR changed a register: what depends on it changes with it."""
        regimes = regimes_changed(stored, old, new)
        if stored in _ROUTING:
            self.forget_switches()
        if self.observer is not None or ~old & new & _MMU_ENABLES.get(stored, 0):
            # The rules see every first use; and whoever turns an MMU on may have new tables in mind.
            if old != new:
                self.forget_translations(regimes)
        else:
            for regime in regimes:
                self.select(regime)
        if stored == "HCR":
            self._look_for_interrupts()
        if self.observer is not None:
            self.observer.register_written(stored, old, new)
            self.attention = self.attention or bool(self.observing)
        self.context_changed()
        for hook in self.on_register_write:
            hook(self.cpu, stored, new)

    def registers_set(self) -> None:
        """Registers were set from outside: nothing found out before holds."""
        self.forget_translations()
        self.forget_switches()
        self._look_for_interrupts()
        self.context_changed()

    def operation(self, row: Register, value: int) -> None:
        """Perform a write-only system operation."""
        perform = OPERATIONS.get(row.name)
        if perform is None:
            raise not_modelled(row.name)
        if self.observer is not None:
            self.observer.addressed(row.name, value)
        perform(self, row.name, value)
        for hook in self.on_operation:
            hook(self.cpu, row.name)
        if self.observer is not None:
            self.observer.operation(row, value)
            self.attention = self.attention or bool(self.observing)

    def cache_size_id(self) -> int:
        """CCSIDR of the cache that CSSELR selects; an unimplemented one is UNKNOWN and reads 0."""
        return self.ccsidr.get(self.cpu.coproc.read("CSSELR") & 0xF, 0)

    def interrupt_status(self) -> int:
        """ISR: what is pending."""
        return self.interrupts.status()

    def vector_base(self, stored: str) -> int:
        """The vector base that an exception entry takes from VBAR, MVBAR or HVBAR."""
        if self.observer is not None:
            self.observer.vectoring(stored)
        return self.cpu.coproc.values[stored]

    # -- synchronisation -----------------------------------------------------------------------------
    def exception_entered(self, taken: ExceptionTaken) -> None:
        """An exception was taken: a context synchronisation event."""
        self.exceptions.append(taken)
        self.last_exception = taken
        if self.observer is not None:
            self.observer.exception_taken(taken.kind)
            self._synchronise()
        for hook in self.on_exception:
            hook(taken)

    def exception_returned(self) -> None:
        """An exception return was executed: a context synchronisation event."""
        self.returned_to = self.cpu.r[15]
        self._synchronise()
        for hook in self.on_return:
            hook(self.cpu)

    def barrier(self, kind: str, option: int) -> None:
        """DMB, DSB or ISB."""
        for hook in self.on_barrier:
            hook(self.cpu, kind, option)
        if self.observer is None:
            return
        if kind == "isb":
            self._synchronise()
        else:
            self.observer.barrier(kind, option)

    def _synchronise(self) -> None:
        if self.observer is not None:
            self.put_off = 0
            self.settle()
            self.observer.synchronised()
            self.context_changed()

    # -- interrupts and events -----------------------------------------------------------------------
    def set_line(self, line: Line, asserted: bool) -> None:
        """Set the level of an interrupt input; it is taken after the current instruction at the earliest."""
        self.interrupts.set(line, asserted)
        self._look_for_interrupts()

    def raise_abort(self, why: str) -> None:
        """Signal an asynchronous external abort, which pends until it is taken."""
        self.interrupts.why = why
        self.set_line(Line.ABORT, True)

    def unmasked(self) -> None:
        """An instruction cleared CPSR.A, I or F.

        What pends is taken in finite time (B1.9.10), and before the instruction that follows a context
        synchronisation event. The strict machine takes its time until there is one.
        """
        if self.observer is not None and self.interrupted:
            self.put_off = _FINITE_TIME

    def _look_for_interrupts(self) -> None:
        self.interrupted = self.interrupts.anything
        if self.interrupted:
            self.look_up()

    def look_up(self) -> None:
        """Have the runner look up after the current instruction."""
        self.attention = True
        self.cut()
        if self.cpu.waiting and not self.executing:
            self.woken()

    def send_event(self) -> None:
        """Set the Event Register: something that WFE waits for happened."""
        self.event = True
        if self.cpu.waiting == "wfe":
            self.look_up()

    def may_proceed(self) -> bool:
        """Whether the wait of a WFI or WFE is over; takes the event that ended it."""
        waiting = self.cpu.waiting
        if waiting == "loop":
            return False
        if waiting == "wfe":
            if self.event or self.interrupts.ends_wfe():
                self.event = False
                return True
            return False
        return self.interrupts.ends_wfi()

    def hint(self, name: str) -> None:
        """A hint instruction: ``nop yield wfe wfi sev dbg``."""
        if name == "sev":
            if self.observer is not None:
                self.observer.event_sent()
            for peer in self.peers:
                peer.send_event()
        elif name == "wfe":
            stream = self.event_stream
            if stream is not None and stream.passed():
                self.event = True
            if self.event:
                self.event = False
            elif not self.interrupts.ends_wfe():
                self._trap_wait(name)
                self.wait(name)
        elif name == "wfi" and not self.interrupts.ends_wfi():
            self._trap_wait(name)
            self.wait(name)
        elif name == "yield":
            self.yielded()

    def wait(self, name: str) -> None:
        """Have the CPU wait as in WFI (``wfi``) or WFE (``wfe``), after the current instruction."""
        self.cpu.waiting = name
        if name == "wfe" and self.event_stream is not None:
            self.event_stream.arm()
        self.look_up()

    def _trap_wait(self, name: str) -> None:
        """HCR.TWI and HCR.TWE send a wait outside Hyp mode to Hyp mode."""
        cpu = self.cpu
        control = HCR_TWI if name == "wfi" else HCR_TWE
        if not cpu.secure and cpu.mode != Mode.HYP and cpu.coproc.values["HCR"] & control:
            raise HypTrap(ExceptionClass.WFI_WFE, int(name == "wfe"))

    def firmware_answers(self, conduit: str, imm: int) -> bool:
        """Whether the board's firmware answered this SMC or HVC."""
        firmware = self.firmware
        return firmware is not None and conduit in self.conduits and firmware(self.cpu, conduit, imm)

    def may_be_answered(self, conduit: str) -> bool:
        """Whether there is firmware that may answer a call by ``conduit`` (``smc`` or ``hvc``)."""
        return self.firmware is not None and conduit in self.conduits

    def request_stop(self, kind: str, sentence: str) -> None:
        """Have the run end after the current instruction."""
        self.stop = Stop(kind, sentence)
        self.attention = True
        self.cut()

    def deprecated_barrier(self, kind: str) -> None:
        """CP15ISB, CP15DSB and CP15DMB: the barrier, unless CP15BEN is 0."""
        cpu = self.cpu
        name = "HSCTLR" if cpu.is_hyp else "SCTLR"
        self.control_used(CP15_BARRIER)
        if not cpu.coproc.read(name) & cp15.BY_NAME[name].bit("CP15BEN"):
            raise Undefined(f"the CP15 barriers are UNDEFINED because {name}.CP15BEN is 0")
        self.barrier(kind, 0b1111)

    def control_used(self, what: str) -> None:
        """Tell the strict rules that an instruction depends on a control register."""
        if self.observer is not None and self.observer.pending:
            self.observer.register_read(what)

    # -- translation ---------------------------------------------------------------------------------
    def translate(self, va: int, fetch: bool = False, regime: Regime | None = None) -> Translation | Fault:
        """Translate ``va`` in ``regime`` (the current one by default), permissions not yet judged."""
        return self.translate_under(self.cpu.coproc.values, va, fetch, regime or self.context.regime)

    def operand(self, value: int) -> Translation | Fault:
        """What cache maintenance translates its address to."""
        return self.reached if self.reached is not None else self.translate(value)

    def translate_under(
        self, values: Mapping[str, int], va: int, fetch: bool, regime: Regime
    ) -> Translation | Fault:
        """Translate ``va`` as the register values given say; a pure function of them and of memory."""
        if regime is Regime.HYP:
            return mmu.translate_hyp(values, self.memory.read64, va, fetch)
        return mmu.translate_pl1(values, self.memory, va, regime, fetch)

    def instruction(self, pc: int) -> Insn | None:
        """The instruction at ``pc`` in the current context; None where there is none to be read."""
        known = self.context.fetched.get(pc >> PAGE_SHIFT)
        if known is not None:
            page: Page | None = known[1]
        else:
            outcome = self.translate(pc, fetch=True)
            page = None if isinstance(outcome, Fault) else self.memory.page(outcome.pa >> PAGE_SHIFT)
        if page is None:
            return None
        if not self.cpu.t:
            return decode_a32(page.words[(pc & OFFSET_MASK) >> 2])
        first = self._halfword(pc)
        second = self._halfword(pc + 2 & 0xFFFF_FFFF) if first is not None and is_32bit(first) else None
        return None if first is None else decode_t32(first, second, self.cpu.it)

    def _halfword(self, va: int) -> int | None:
        outcome = self.translate(va, fetch=True)
        page = None if isinstance(outcome, Fault) else self.memory.page(outcome.pa >> PAGE_SHIFT)
        offset = va & OFFSET_MASK
        return None if page is None else int.from_bytes(page.data[offset : offset + 2], "little")

    def alignment_checked(self) -> bool:
        """Whether SCTLR.A, or HSCTLR.A in Hyp mode, makes every unaligned access fault."""
        values = self.cpu.coproc.values
        regime = self.context.regime
        if regime is Regime.HYP:
            return bool(values["HSCTLR"] & HSCTLR_A)
        return bool(values["SCTLR_S" if regime is Regime.SECURE_PL1 else "SCTLR_NS"] & SCTLR_A)
